import type { Api } from '../api/api.ts'
import type { KubeObject } from '../object.ts'
import { contents, fieldValue } from './environment.ts'
import type { Mount } from './files.ts'

/** The contents of emptyDir and claims, by volume: shared by the containers that mount them. */
export type Disks = Map<string, Map<string, string>>

/** The kubelet's words for each volume that cannot be mounted now; empty when all can. */
export function mountProblems(api: Api, pod: KubeObject): string[] {
  const out: string[] = []
  for (const volume of pod.spec.volumes ?? []) {
    for (const source of sources(volume)) {
      if (!source.kind) continue
      const problem = sourceProblem(api, pod, source)
      if (problem) out.push(`MountVolume.SetUp failed for volume "${volume.name}" : ${problem}`)
    }
  }
  return out
}

interface Source {
  kind?: 'configmap' | 'secret'
  name: string
  items?: { key: string; path: string }[]
  optional: boolean
}

function sources(volume: any): Source[] {
  const of = (kind: 'configmap' | 'secret', from: any, name: string): Source => ({
    kind,
    name,
    items: from.items,
    optional: from.optional === true,
  })
  if (volume.configMap) return [of('configmap', volume.configMap, volume.configMap.name)]
  if (volume.secret) return [of('secret', volume.secret, volume.secret.secretName)]
  const out: Source[] = []
  for (const part of volume.projected?.sources ?? []) {
    if (part.configMap) out.push(of('configmap', part.configMap, part.configMap.name))
    if (part.secret) out.push(of('secret', part.secret, part.secret.name))
  }
  return out
}

function sourceProblem(api: Api, pod: KubeObject, source: Source): string | undefined {
  const object = api.store.get(`${source.kind}s`, pod.metadata.namespace, source.name)
  if (!object) return source.optional ? undefined : `${source.kind} "${source.name}" not found`
  const data = contents(object)
  for (const item of source.items ?? [])
    if (data[item.key] === undefined && !source.optional)
      return source.kind === 'configmap'
        ? `configmap references non-existent config key: ${item.key}`
        : `references non-existent secret key: ${item.key}`
  return undefined
}

/** What a container sees at its volumeMounts. */
export function mountsOf(api: Api, pod: KubeObject, container: any, disks: Disks): Mount[] {
  const volumes = new Map<string, any>((pod.spec.volumes ?? []).map((v: any) => [v.name, v]))
  return (container.volumeMounts ?? []).map((mount: any): Mount => {
    const volume = volumes.get(mount.name) ?? {}
    const fixed = sources(volume)
    const readOnly = fixed.length > 0 || volume.downwardAPI !== undefined || mount.readOnly === true
    const files = (): Map<string, string> =>
      readOnly && !volume.emptyDir && !volume.persistentVolumeClaim
        ? projected(api, pod, volume, fixed)
        : disk(pod, volume, mount.name, disks)
    if (!mount.subPath) return { at: mount.mountPath.replace(/\/+$/, '') || '/', readOnly, files }
    // A subPath shows one file or directory of the volume in place of all.
    return {
      at: mount.mountPath.replace(/\/+$/, ''),
      readOnly,
      files: () => {
        const all = files()
        const out = new Map<string, string>()
        for (const [path, text] of all) {
          if (path === mount.subPath) out.set('', text)
          else if (path.startsWith(`${mount.subPath}/`)) out.set(path.slice(mount.subPath.length + 1), text)
        }
        return readOnly ? out : writable(out, all, mount.subPath)
      },
    }
  })
}

function writable(view: Map<string, string>, all: Map<string, string>, prefix: string): Map<string, string> {
  const set = view.set.bind(view)
  view.set = (key, text) => {
    all.set(key === '' ? prefix : `${prefix}/${key}`, text)
    return set(key, text)
  }
  return view
}

function disk(pod: KubeObject, volume: any, name: string, disks: Disks): Map<string, string> {
  const claim = volume.persistentVolumeClaim?.claimName
  const key = claim ? `claim/${pod.metadata.namespace}/${claim}` : `${pod.metadata.uid}/${name}`
  let found = disks.get(key)
  if (!found) disks.set(key, (found = new Map()))
  return found
}

function projected(api: Api, pod: KubeObject, volume: any, list: Source[]): Map<string, string> {
  const out = new Map<string, string>()
  for (const source of list) {
    const object = api.store.get(`${source.kind}s`, pod.metadata.namespace, source.name)
    if (!object) continue
    const data = contents(object)
    if (source.items) {
      for (const item of source.items) if (data[item.key] !== undefined) out.set(item.path, data[item.key]!)
    } else for (const [key, value] of Object.entries(data)) out.set(key, value)
  }
  const down = [...(volume.downwardAPI?.items ?? []), ...(volume.projected?.sources ?? []).flatMap((s: any) => s.downwardAPI?.items ?? [])]
  for (const item of down) if (item.fieldRef) out.set(item.path, fieldValue(pod, item.fieldRef.fieldPath))
  return out
}
