import type { Api } from '../api/api.ts'
import type { KubeObject } from '../object.ts'

/** Why a container cannot be configured, in the kubelet's words. */
export class ConfigProblem extends Error {}

/** A container's environment. Throws ConfigProblem for ConfigMaps, Secrets and keys that are not there. */
export function environmentOf(api: Api, pod: KubeObject, container: any): Record<string, string> {
  const namespace = pod.metadata.namespace!
  const env: Record<string, string> = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOSTNAME: pod.spec.hostname ?? pod.metadata.name,
    HOME: '/root',
    KUBERNETES_SERVICE_HOST: '10.96.0.1',
    KUBERNETES_SERVICE_PORT: '443',
    KUBERNETES_PORT: 'tcp://10.96.0.1:443',
  }
  for (const source of container.envFrom ?? []) {
    const reference = source.configMapRef ?? source.secretRef
    if (!reference) continue
    const kind = source.configMapRef ? 'configmap' : 'secret'
    const object = api.store.get(`${kind}s`, namespace, reference.name)
    if (!object) {
      if (reference.optional) continue
      throw new ConfigProblem(`${kind} "${reference.name}" not found`)
    }
    for (const [key, value] of Object.entries(contents(object))) env[`${source.prefix ?? ''}${key}`] = value
  }
  for (const entry of container.env ?? []) {
    const value = entry.valueFrom ? resolve(api, pod, container, entry.valueFrom) : expand(entry.value ?? '', env)
    if (value !== undefined) env[entry.name] = value
  }
  return env
}

/** The text of every key of a ConfigMap or Secret. */
export function contents(object: KubeObject): Record<string, string> {
  if (object.kind === 'ConfigMap') {
    const binary = Object.entries<string>(object.binaryData ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()])
    return { ...object.data, ...Object.fromEntries(binary) }
  }
  return Object.fromEntries(Object.entries<string>(object.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))
}

function resolve(api: Api, pod: KubeObject, container: any, from: any): string | undefined {
  const namespace = pod.metadata.namespace!
  const reference = from.configMapKeyRef ?? from.secretKeyRef
  if (reference) {
    const kind = from.configMapKeyRef ? 'configmap' : 'secret'
    const object = api.store.get(`${kind}s`, namespace, reference.name)
    if (!object) {
      if (reference.optional) return undefined
      throw new ConfigProblem(`${kind} "${reference.name}" not found`)
    }
    const value = contents(object)[reference.key]
    if (value === undefined) {
      if (reference.optional) return undefined
      throw new ConfigProblem(
        `couldn't find key ${reference.key} in ${kind === 'configmap' ? 'ConfigMap' : 'Secret'} ${namespace}/${reference.name}`,
      )
    }
    return value
  }
  if (from.fieldRef) return fieldValue(pod, from.fieldRef.fieldPath)
  if (from.resourceFieldRef) {
    const [kind, name] = String(from.resourceFieldRef.resource).split('.') as [string, string]
    return String(container.resources?.[kind]?.[name] ?? 0)
  }
  return undefined
}

/** What the downward API gives for a field of a Pod. */
export function fieldValue(pod: KubeObject, path: string): string {
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path)
  if (keyed) return pod.metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2]!] ?? ''
  switch (path) {
    case 'status.podIP':
    case 'status.podIPs':
      return pod.status?.podIP ?? ''
    case 'status.hostIP':
    case 'status.hostIPs':
      return pod.status?.hostIP ?? '192.168.49.2'
    case 'metadata.labels':
    case 'metadata.annotations': {
      const map = pod.metadata[path.slice(9) as 'labels' | 'annotations'] ?? {}
      return Object.entries(map)
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .join('\n')
    }
  }
  const found = path.split('.').reduce((at: any, part) => at?.[part], pod)
  return found === undefined ? '' : String(found)
}

/** Replaces `$(NAME)`; `$$` is a dollar, and what is not known stays. */
export function expand(text: string, env: Record<string, string>): string {
  return text.replace(/\$\$|\$\(([^)]+)\)/g, (whole, name) => (whole === '$$' ? '$' : Object.hasOwn(env, name) ? env[name]! : whole))
}
