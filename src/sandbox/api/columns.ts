import type { KubeObject } from '../object.ts'
import type { Resource } from '../resources.ts'

export interface Column {
  name: string
  type?: string
  /** Shown with `-o wide` only. */
  wide?: boolean
  cell(object: any): any
}

const NAME: Column = { name: 'Name', cell: (o) => o.metadata.name }
const AGE: Column = { name: 'Age', cell: (o) => age(o.metadata.creationTimestamp) }
const column = (name: string, cell: (o: any) => any, wide = false, type?: string): Column => ({ name, cell, wide, type })
const number = (name: string, cell: (o: any) => any): Column => ({ name, cell, type: 'integer' })

/** The columns that `kubectl get` shows for a kind. */
export function columnsOf(resource: Resource): Column[] {
  if (resource.custom?.additionalPrinterColumns) {
    const own = resource.custom.additionalPrinterColumns.map(
      (c: any): Column => column(c.name, (o) => value(o, c.jsonPath, c.type), c.priority > 0, c.type),
    )
    return [NAME, ...own, ...(own.some((c: Column) => c.name === 'Age') ? [] : [AGE])]
  }
  return COLUMNS[resource.key] ?? [NAME, column('Created At', (o) => o.metadata.creationTimestamp)].slice(0, 1).concat(AGE)
}

function value(object: any, path: string, type: string): any {
  const found = String(path)
    .split(/\.|\[(\d+)\]/)
    .filter(Boolean)
    .reduce((at: any, part) => at?.[part], object)
  return type === 'date' && found ? age(found) : (found ?? '')
}

/** A duration since `time` as kubectl prints it: 5s, 3m12s, 2h, 4d. */
function age(time: string | undefined): string {
  if (!time) return '<unknown>'
  return duration(Math.max(0, Math.floor((Date.now() - Date.parse(time)) / 1000)))
}

function duration(s: number): string {
  if (s < 120) return `${s}s`
  const m = Math.floor(s / 60)
  if (m < 10) return s % 60 ? `${m}m${s % 60}s` : `${m}m`
  if (m < 180) return `${m}m`
  const h = Math.floor(m / 60)
  if (h < 8) return m % 60 ? `${h}h${m % 60}m` : `${h}h`
  if (h < 48) return `${h}h`
  const d = Math.floor(h / 24)
  if (d < 8) return h % 24 ? `${d}d${h % 24}h` : `${d}d`
  return `${d}d`
}

function containers(spec: any): any[] {
  return spec?.containers ?? []
}

const names = (o: any): string =>
  containers(o.spec.template?.spec)
    .map((c) => c.name)
    .join(',')
const images = (o: any): string =>
  containers(o.spec.template?.spec)
    .map((c) => c.image)
    .join(',')
const labels = (selector: any): string =>
  Object.entries(selector ?? {})
    .map(([key, at]) => `${key}=${at}`)
    .join(',') || '<none>'
const WORKLOAD = [
  column('Containers', names, true),
  column('Images', images, true),
  column('Selector', (o) => labels(o.spec.selector?.matchLabels), true),
]

/** What kubectl shows as a Pod's status: the phase, or why a container waits or ended. */
function podStatus(pod: KubeObject): string {
  let reason: string = pod.status?.reason ?? pod.status?.phase ?? 'Unknown'
  const inits: any[] = pod.status?.initContainerStatuses ?? []
  const total = (pod.spec.initContainers ?? []).length
  let initializing = false
  for (const [i, status] of inits.entries()) {
    const sidecar = pod.spec.initContainers?.[i]?.restartPolicy === 'Always'
    if (status.state?.terminated?.exitCode === 0 || (sidecar && status.started)) continue
    const { waiting, terminated } = status.state ?? {}
    if (terminated) reason = terminated.reason ? `Init:${terminated.reason}` : `Init:ExitCode:${terminated.exitCode}`
    else if (waiting?.reason && waiting.reason !== 'PodInitializing') reason = `Init:${waiting.reason}`
    else reason = `Init:${i}/${total}`
    initializing = true
    break
  }
  if (!initializing) {
    let running = false
    for (const status of [...(pod.status?.containerStatuses ?? [])].reverse()) {
      const { waiting, terminated } = status.state ?? {}
      if (waiting?.reason) reason = waiting.reason
      else if (terminated) reason = terminated.reason ?? `ExitCode:${terminated.exitCode}`
      else if (status.ready && status.state?.running) running = true
    }
    if (reason === 'Completed' && running) reason = 'Running'
  }
  return pod.metadata.deletionTimestamp ? 'Terminating' : reason
}

const COLUMNS: Record<string, Column[]> = {
  pods: [
    NAME,
    column('Ready', (o) => {
      const statuses: any[] = o.status?.containerStatuses ?? []
      return `${statuses.filter((s) => s.ready).length}/${o.spec.containers.length}`
    }),
    column('Status', podStatus),
    column('Restarts', (o) => String((o.status?.containerStatuses ?? []).reduce((sum: number, s: any) => sum + (s.restartCount ?? 0), 0))),
    AGE,
    column('IP', (o) => o.status?.podIP ?? '<none>', true),
    column('Node', (o) => o.spec.nodeName ?? '<none>', true),
    column('Nominated Node', () => '<none>', true),
    column('Readiness Gates', () => '<none>', true),
  ],
  'deployments.apps': [
    NAME,
    column('Ready', (o) => `${o.status?.readyReplicas ?? 0}/${o.spec.replicas ?? 0}`),
    number('Up-to-date', (o) => o.status?.updatedReplicas ?? 0),
    number('Available', (o) => o.status?.availableReplicas ?? 0),
    AGE,
    ...WORKLOAD,
  ],
  'replicasets.apps': [
    NAME,
    number('Desired', (o) => o.spec.replicas ?? 0),
    number('Current', (o) => o.status?.replicas ?? 0),
    number('Ready', (o) => o.status?.readyReplicas ?? 0),
    AGE,
    ...WORKLOAD,
  ],
  'statefulsets.apps': [
    NAME,
    column('Ready', (o) => `${o.status?.readyReplicas ?? 0}/${o.spec.replicas ?? 0}`),
    AGE,
    column('Containers', names, true),
    column('Images', images, true),
  ],
  'daemonsets.apps': [
    NAME,
    number('Desired', (o) => o.status?.desiredNumberScheduled ?? 0),
    number('Current', (o) => o.status?.currentNumberScheduled ?? 0),
    number('Ready', (o) => o.status?.numberReady ?? 0),
    number('Up-to-date', (o) => o.status?.updatedNumberScheduled ?? 0),
    number('Available', (o) => o.status?.numberAvailable ?? 0),
    column('Node Selector', (o) => labels(o.spec.template?.spec?.nodeSelector)),
    AGE,
    ...WORKLOAD,
  ],
  'jobs.batch': [
    NAME,
    column('Status', (o) => {
      const is = (type: string): boolean => o.status?.conditions?.some((c: any) => c.type === type && c.status === 'True')
      return is('Complete')
        ? 'Complete'
        : is('Failed')
          ? 'Failed'
          : o.metadata.deletionTimestamp
            ? 'Terminating'
            : is('Suspended')
              ? 'Suspended'
              : 'Running'
    }),
    column('Completions', (o) => `${o.status?.succeeded ?? 0}/${o.spec.completions ?? 1}`),
    column('Duration', (o) => {
      if (!o.status?.startTime) return ''
      const end = o.status.completionTime ? Date.parse(o.status.completionTime) : Date.now()
      return duration(Math.max(0, Math.floor((end - Date.parse(o.status.startTime)) / 1000)))
    }),
    AGE,
    ...WORKLOAD,
  ],
  'cronjobs.batch': [
    NAME,
    column('Schedule', (o) => o.spec.schedule),
    column('Timezone', (o) => o.spec.timeZone ?? '<none>'),
    column('Suspend', (o) => (o.spec.suspend ? 'True' : 'False')),
    number('Active', (o) => o.status?.active?.length ?? 0),
    column('Last Schedule', (o) => (o.status?.lastScheduleTime ? age(o.status.lastScheduleTime) : '<none>')),
    AGE,
  ],
  services: [
    NAME,
    column('Type', (o) => o.spec.type),
    column('Cluster-IP', (o) => o.spec.clusterIP ?? '<none>'),
    column('External-IP', (o) =>
      o.spec.type === 'ExternalName'
        ? o.spec.externalName
        : o.spec.type === 'LoadBalancer'
          ? (o.status?.loadBalancer?.ingress?.[0]?.ip ?? '<pending>')
          : (o.spec.externalIPs?.join(',') ?? '<none>'),
    ),
    column(
      'Port(s)',
      (o) => (o.spec.ports ?? []).map((p: any) => `${p.port}${p.nodePort ? `:${p.nodePort}` : ''}/${p.protocol}`).join(',') || '<none>',
    ),
    AGE,
    column('Selector', (o) => labels(o.spec.selector), true),
  ],
  endpoints: [
    NAME,
    column('Endpoints', (o) => {
      const all = (o.subsets ?? []).flatMap((s: any) =>
        (s.addresses ?? []).flatMap((a: any) => (s.ports ?? []).map((p: any) => `${a.ip}:${p.port}`)),
      )
      return all.slice(0, 3).join(',') + (all.length > 3 ? ` + ${all.length - 3} more...` : '') || '<none>'
    }),
    AGE,
  ],
  persistentvolumes: [
    NAME,
    column('Capacity', (o) => o.spec.capacity?.storage ?? ''),
    column('Access Modes', (o) => (o.spec.accessModes ?? []).map((m: string) => m.replace(/[a-z]/g, '')).join(',')),
    column('Reclaim Policy', (o) => o.spec.persistentVolumeReclaimPolicy),
    column('Status', (o) => o.status?.phase),
    column('Claim', (o) => (o.spec.claimRef ? `${o.spec.claimRef.namespace}/${o.spec.claimRef.name}` : '')),
    column('StorageClass', (o) => o.spec.storageClassName ?? ''),
    AGE,
  ],
  configmaps: [NAME, number('Data', (o) => Object.keys(o.data ?? {}).length + Object.keys(o.binaryData ?? {}).length), AGE],
  secrets: [NAME, column('Type', (o) => o.type), number('Data', (o) => Object.keys(o.data ?? {}).length), AGE],
  namespaces: [NAME, column('Status', (o) => o.status?.phase), AGE],
  nodes: [
    NAME,
    column('Status', () => 'Ready'),
    column('Roles', () => '<none>'),
    AGE,
    column('Version', (o) => o.status?.nodeInfo?.kubeletVersion),
  ],
  events: [
    column('Last Seen', (o) => age(o.lastTimestamp ?? o.deprecatedLastTimestamp ?? o.eventTime ?? o.metadata.creationTimestamp)),
    column('Type', (o) => o.type),
    column('Reason', (o) => o.reason),
    column('Object', (o) => `${(o.involvedObject ?? o.regarding)?.kind?.toLowerCase()}/${(o.involvedObject ?? o.regarding)?.name}`),
    column('Message', (o) => o.message ?? o.note),
  ],
  persistentvolumeclaims: [
    NAME,
    column('Status', (o) => (o.metadata.deletionTimestamp ? 'Terminating' : o.status?.phase)),
    column('Volume', (o) => o.spec.volumeName ?? ''),
    column('Capacity', (o) => o.status?.capacity?.storage ?? ''),
    column('Access Modes', (o) => (o.status?.accessModes ?? []).map((m: string) => m.replace(/[a-z]/g, '')).join(',')),
    column('StorageClass', (o) => o.spec.storageClassName ?? ''),
    AGE,
  ],
  'ingresses.networking.k8s.io': [
    NAME,
    column('Class', (o) => o.spec.ingressClassName ?? '<none>'),
    column('Hosts', (o) => (o.spec.rules ?? []).map((r: any) => r.host ?? '*').join(',') || '*'),
    column('Address', (o) => (o.status?.loadBalancer?.ingress ?? []).map((i: any) => i.ip ?? i.hostname).join(',')),
    column('Ports', (o) => (o.spec.tls ? '80, 443' : '80')),
    AGE,
  ],
  serviceaccounts: [NAME, number('Secrets', (o) => o.secrets?.length ?? 0), AGE],
  'horizontalpodautoscalers.autoscaling': [
    NAME,
    column('Reference', (o) => `${o.spec.scaleTargetRef?.kind}/${o.spec.scaleTargetRef?.name}`),
    number('MinPods', (o) => o.spec.minReplicas ?? 1),
    number('MaxPods', (o) => o.spec.maxReplicas),
    number('Replicas', (o) => o.status?.currentReplicas ?? 0),
    AGE,
  ],
}
