import { equal, type KubeObject } from '../object.ts'
import type { Resource } from '../resources.ts'
import { quantityValue } from '../schema/quantity.ts'
import { finding, forbidden, invalid, notFound } from '../status.ts'
import type { Api } from './api.ts'

/** What admission plugins and allocators of a real API server do to a new object, in place; throws what they refuse. */
export function admit(api: Api, resource: Resource, object: KubeObject): void {
  if (resource.namespaced) checkNamespace(api, resource, object)
  ADMIT[resource.key]?.(api, object, resource)
  if (resource.namespaced) checkQuota(api, resource, object)
}

/** The same for a change of `before` to `object`. */
export function admitChange(_api: Api, resource: Resource, before: KubeObject, object: KubeObject): void {
  if (resource.key === 'services') keepAddresses(_api, before, object)
  if (resource.key === 'daemonsets.apps') countTemplates(before, object)
  if (resource.key === 'jobs.batch' && before.spec.selector && !object.spec.selector) keepJobLabels(before, object)
  if (resource.key === 'persistentvolumeclaims' && before.spec.storageClassName !== undefined)
    object.spec.storageClassName ??= before.spec.storageClassName
  if (resource.key === 'persistentvolumeclaims' && before.spec.volumeName) object.spec.volumeName ??= before.spec.volumeName
}

function checkNamespace(api: Api, resource: Resource, object: KubeObject): void {
  const name = object.metadata.namespace!
  const namespace = api.store.get('namespaces', undefined, name)
  if (!namespace) throw notFound('namespaces', '', name)
  if (namespace.metadata.deletionTimestamp && resource.key !== 'events' && resource.key !== 'leases.coordination.k8s.io')
    throw forbidden(
      resource.resource,
      resource.group,
      object.metadata.name,
      `unable to create new content in namespace ${name} because it is being terminated`,
      [{ reason: 'NamespaceTerminating', message: `namespace ${name} is being terminated`, field: 'metadata.namespace' }],
    )
}

/** Jobs select their Pods by a label that no one else has. */
function selectorOf(job: any): void {
  const { spec } = job
  if (spec.manualSelector || spec.selector) return
  const uid = job.metadata.uid
  spec.selector = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } }
  const metadata = (spec.template.metadata ??= {})
  metadata.labels = {
    ...metadata.labels,
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': job.metadata.name,
    'controller-uid': uid,
    'job-name': job.metadata.name,
  }
  job.metadata.labels ??= { ...metadata.labels }
}

const ADMIT: Record<string, (api: Api, object: any, resource: Resource) => void> = {
  services: (api, object) => allocateService(api, object),
  'jobs.batch': (_api, object) => selectorOf(object),
  pods: (api, object) => {
    const spec = object.spec
    if (!spec.serviceAccountName) {
      spec.serviceAccountName = 'default'
      spec.serviceAccount = 'default'
    } else if (!api.store.get('serviceaccounts', object.metadata.namespace, spec.serviceAccountName))
      throw forbidden(
        'pods',
        '',
        object.metadata.name,
        `error looking up service account ${object.metadata.namespace}/${spec.serviceAccountName}: serviceaccount "${spec.serviceAccountName}" not found`,
      )
    if (spec.priorityClassName && !/^system-/.test(spec.priorityClassName)) {
      const found = api.store.get('priorityclasses.scheduling.k8s.io', undefined, spec.priorityClassName)
      if (!found) throw forbidden('pods', '', object.metadata.name, `no PriorityClass with name ${spec.priorityClassName} was found`)
      spec.priority = found.value
    }
    spec.priority ??= 0
    spec.preemptionPolicy ??= 'PreemptLowerPriority'
    const tolerations = (spec.tolerations ??= [])
    for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'])
      if (!tolerations.some((t: any) => (t.key === key || t.key === undefined) && (t.effect === 'NoExecute' || !t.effect)))
        tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 })
    limitDefaults(api, object)
    checkLimits(api, object)
    object.status = { phase: 'Pending', qosClass: qosClass(spec) }
  },
  persistentvolumeclaims: (api, object) => {
    object.metadata.finalizers = [...new Set([...(object.metadata.finalizers ?? []), 'kubernetes.io/pvc-protection'])]
    if (object.spec.storageClassName === undefined) {
      const standard = api.store
        .list('storageclasses.storage.k8s.io')
        .find((c) => c.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true')
      if (standard) object.spec.storageClassName = standard.metadata.name
    }
  },
  persistentvolumes: (_api, object) => {
    object.metadata.finalizers = [...new Set([...(object.metadata.finalizers ?? []), 'kubernetes.io/pv-protection'])]
  },
}

function qosClass(spec: any): string {
  const all = [...(spec.containers ?? []), ...(spec.initContainers ?? [])]
  let any = false
  let guaranteed = true
  for (const { resources = {} } of all) {
    const { requests = {}, limits = {} } = resources
    if (Object.keys(requests).length || Object.keys(limits).length) any = true
    for (const name of ['cpu', 'memory'])
      if (!limits[name] || (requests[name] && quantityValue(requests[name]) !== quantityValue(limits[name]))) guaranteed = false
  }
  return !any ? 'BestEffort' : guaranteed ? 'Guaranteed' : 'Burstable'
}

function limitDefaults(api: Api, pod: any): void {
  for (const range of api.store.list('limitranges', pod.metadata.namespace)) {
    for (const limit of range.spec?.limits ?? []) {
      if (limit.type !== 'Container') continue
      for (const container of pod.spec.containers) {
        const resources = (container.resources ??= {})
        if (limit.default) resources.limits = { ...limit.default, ...resources.limits }
        const requests = limit.defaultRequest ?? limit.default
        if (requests) resources.requests = { ...requests, ...resources.requests }
      }
    }
  }
}

/** What a LimitRange forbids: more than its maximum, or less than its minimum, for one container. */
function checkLimits(api: Api, pod: any): void {
  const said: string[] = []
  for (const range of api.store.list('limitranges', pod.metadata.namespace)) {
    for (const limit of range.spec?.limits ?? []) {
      if (limit.type !== 'Container') continue
      for (const { resources = {} } of pod.spec.containers) {
        for (const [name, most] of Object.entries<string>(limit.max ?? {})) {
          const asked = resources.limits?.[name]
          if (asked === undefined) said.push(`maximum ${name} usage per Container is ${most}.  No limit is specified`)
          else if (quantityValue(asked) > quantityValue(most))
            said.push(`maximum ${name} usage per Container is ${most}, but limit is ${asked}`)
        }
        for (const [name, least] of Object.entries<string>(limit.min ?? {})) {
          const asked = resources.requests?.[name]
          if (asked === undefined) said.push(`minimum ${name} usage per Container is ${least}.  No request is specified`)
          else if (quantityValue(asked) < quantityValue(least))
            said.push(`minimum ${name} usage per Container is ${least}, but request is ${asked}`)
        }
      }
    }
  }
  if (said.length === 1) throw forbidden('pods', '', pod.metadata.name, said[0]!)
  if (said.length > 1) throw forbidden('pods', '', pod.metadata.name, `[${said.join(', ')}]`)
}

/** The annotation in which DaemonSets count changes of their template. */
function countTemplates(before: KubeObject, object: any): void {
  const key = 'deprecated.daemonset.template.generation'
  const old = Number(before.metadata.annotations?.[key] ?? 1)
  object.metadata.annotations = {
    ...object.metadata.annotations,
    [key]: String(equal(before.spec.template, object.spec.template) ? old : old + 1),
  }
}

function keepJobLabels(before: KubeObject, object: any): void {
  object.spec.selector = before.spec.selector
  const labels = before.spec.template?.metadata?.labels ?? {}
  const own = Object.fromEntries(
    Object.entries(labels).filter(([key]) => /^(batch\.kubernetes\.io\/)?(controller-uid|job-name)$/.test(key)),
  )
  object.spec.template.metadata = { ...object.spec.template.metadata, labels: { ...object.spec.template.metadata?.labels, ...own } }
}

const allocated = new WeakMap<Api, { ip: number; port: number }>()

function allocator(api: Api): { ip: number; port: number } {
  let state = allocated.get(api)
  if (!state) allocated.set(api, (state = { ip: 0, port: 30000 }))
  return state
}

/** The next cluster IP of 10.96.0.0/16. */
function nextAddress(api: Api): string {
  const state = allocator(api)
  const taken = new Set(api.store.list('services').map((s) => s.spec.clusterIP))
  for (;;) {
    state.ip++
    const address = `10.96.${(state.ip >> 8) & 255}.${state.ip & 255}`
    if (!taken.has(address)) return address
  }
}

function nextPort(api: Api): number {
  const state = allocator(api)
  state.port = state.port >= 32767 ? 30001 : state.port + 1
  return state.port
}

function allocateService(api: Api, service: any): void {
  const spec = service.spec
  if (spec.type === 'ExternalName') return
  if (spec.clusterIP === undefined || spec.clusterIP === '') spec.clusterIP = spec.clusterIPs?.[0] ?? nextAddress(api)
  else if (spec.clusterIP !== 'None') {
    const taken = api.store.list('services').find((s) => s.spec.clusterIP === spec.clusterIP)
    if (taken)
      throw invalid('Service', '', service.metadata.name, [
        finding.invalid('spec.clusterIPs', [spec.clusterIP], `failed to allocate IP ${spec.clusterIP}: provided IP is already allocated`),
      ])
  }
  spec.clusterIPs = [spec.clusterIP]
  spec.ipFamilies ??= ['IPv4']
  spec.ipFamilyPolicy ??= 'SingleStack'
  if (spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false))
    for (const port of spec.ports ?? []) port.nodePort ||= nextPort(api)
  if (spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local') spec.healthCheckNodePort ||= nextPort(api)
}

/** What a client leaves out of a Service stays as it was allocated. */
function keepAddresses(api: Api, before: any, service: any): void {
  const spec = service.spec
  const old = before.spec
  if (spec.type === 'ExternalName') {
    delete spec.clusterIP
    delete spec.clusterIPs
    delete spec.ipFamilies
    delete spec.ipFamilyPolicy
    return
  }
  if (old.type === 'ExternalName') {
    allocateService(api, service)
    return
  }
  if (!spec.clusterIP) {
    spec.clusterIP = old.clusterIP
    spec.clusterIPs = old.clusterIPs
  }
  spec.clusterIPs ??= old.clusterIPs
  spec.ipFamilies ??= old.ipFamilies
  spec.ipFamilyPolicy ??= old.ipFamilyPolicy
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') {
    for (const port of spec.ports ?? []) {
      const same = old.ports?.find((p: any) => p.port === port.port && p.protocol === port.protocol)
      port.nodePort ||= same?.nodePort ?? nextPort(api)
    }
  }
  if (spec.healthCheckNodePort === undefined && old.healthCheckNodePort && spec.externalTrafficPolicy === 'Local')
    spec.healthCheckNodePort = old.healthCheckNodePort
}

/** What an object takes from a ResourceQuota, by resource name. */
export function quotaUsage(resource: Resource, object: KubeObject): Record<string, number> {
  const usage: Record<string, number> = { [`count/${resource.key}`]: 1 }
  if (
    ['pods', 'services', 'configmaps', 'secrets', 'persistentvolumeclaims', 'replicationcontrollers', 'resourcequotas'].includes(
      resource.key,
    )
  )
    usage[resource.key] = 1
  if (resource.key === 'services') {
    if (object.spec.type === 'LoadBalancer') usage['services.loadbalancers'] = 1
    if (object.spec.type === 'NodePort' || object.spec.type === 'LoadBalancer') usage['services.nodeports'] = object.spec.ports?.length ?? 0
  }
  if (resource.key === 'persistentvolumeclaims') usage['requests.storage'] = quantityValue(object.spec.resources?.requests?.storage)
  if (resource.key === 'pods') {
    if (object.status?.phase === 'Succeeded' || object.status?.phase === 'Failed') return {}
    for (const kind of ['requests', 'limits']) {
      for (const name of ['cpu', 'memory', 'ephemeral-storage']) {
        const total = object.spec.containers.reduce((sum: number, c: any) => sum + quantityValue(c.resources?.[kind]?.[name]), 0)
        usage[`${kind}.${name}`] = total
        if (kind === 'requests') usage[name] = total
      }
    }
  }
  return usage
}

function checkQuota(api: Api, resource: Resource, object: KubeObject): void {
  const namespace = object.metadata.namespace!
  for (const quota of api.store.list('resourcequotas', namespace)) {
    const hard: Record<string, string> = quota.spec?.hard ?? {}
    const wanted = quotaUsage(resource, object)
    const missing = Object.keys(hard).filter(
      (name) => resource.key === 'pods' && /^(requests\.|limits\.)?(cpu|memory)$/.test(name) && !wanted[name],
    )
    if (missing.length > 0)
      throw forbidden(
        resource.resource,
        resource.group,
        object.metadata.name,
        `failed quota: ${quota.metadata.name}: must specify ${missing
          .sort()
          .map((name) => `${name} for: ${object.spec.containers.map((c: any) => c.name).join(',')}`)
          .join('; ')}`,
      )
    const names = Object.keys(hard)
      .filter((name) => wanted[name])
      .sort()
    if (names.length === 0) continue
    const used: Record<string, number> = {}
    for (const other of api.store.list(resource.key, namespace))
      for (const [name, amount] of Object.entries(quotaUsage(resource, other))) used[name] = (used[name] ?? 0) + amount
    const over = names.filter((name) => (used[name] ?? 0) + wanted[name]! > quantityValue(hard[name]))
    if (over.length > 0) {
      const list = (of: (name: string) => string | number): string => over.map((name) => `${name}=${of(name)}`).join(',')
      throw forbidden(
        resource.resource,
        resource.group,
        object.metadata.name,
        `exceeded quota: ${quota.metadata.name}, requested: ${list((n) => amount(n, wanted[n]!))}, used: ${list((n) => amount(n, used[n] ?? 0))}, limited: ${list((n) => hard[n]!)}`,
      )
    }
  }
}

function amount(name: string, value: number): string {
  if (/cpu$/.test(name) && !Number.isInteger(value)) return `${Math.round(value * 1000)}m`
  if (/memory$|storage$/.test(name)) {
    for (const [suffix, unit] of [
      ['Gi', 2 ** 30],
      ['Mi', 2 ** 20],
      ['Ki', 2 ** 10],
    ] as const)
      if (value && value % unit === 0) return `${value / unit}${suffix}`
  }
  return String(value)
}
