import type { Api } from '../api/api.ts'
import { modify } from '../api/rest.ts'
import { recordEvent } from '../events.ts'
import type { KubeObject } from '../object.ts'
import { quantityValue } from '../schema/quantity.ts'
import { selects } from '../selectors.ts'
import { setCondition } from './status.ts'

const REPORTER = { component: 'default-scheduler' }

/** Binds Pods to Nodes. Pods that fit nowhere are looked at again when something changes that could help. */
export function startScheduler(api: Api): () => void {
  const waiting = new Set<string>()
  const attempts = new Map<string, () => void>()

  const consider = (key: string): void => {
    attempts.delete(key)
    const [namespace, name] = key.split('/') as [string, string]
    const pod = api.store.get('pods', namespace, name)
    if (!pod || pod.spec.nodeName || pod.metadata.deletionTimestamp || pod.spec.schedulerName !== 'default-scheduler') {
      waiting.delete(key)
      return
    }
    if (pod.spec.schedulingGates?.length) {
      unschedulable(pod, 'SchedulingGated', 'Scheduling is blocked due to non-empty scheduling gates')
      waiting.add(key)
      return
    }
    const { node, why } = place(api, pod)
    if (!node) {
      waiting.add(key)
      recordEvent(api, pod, REPORTER, 'Warning', 'FailedScheduling', why)
      unschedulable(pod, 'Unschedulable', why)
      return
    }
    waiting.delete(key)
    modify(
      api,
      'pods',
      pod,
      (next) => {
        next.spec.nodeName = node
      },
      { manager: 'kube-scheduler', subresource: 'binding' },
    )
    const bound = api.store.get('pods', namespace, name)
    if (!bound) return
    recordEvent(api, bound, REPORTER, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${node}`)
    modify(api, 'pods', bound, (next) => setCondition((next.status.conditions ??= []), 'PodScheduled', 'True'), {
      manager: 'kube-scheduler',
      subresource: 'status',
    })
  }

  const unschedulable = (pod: KubeObject, reason: string, message: string): void => {
    modify(api, 'pods', pod, (next) => setCondition((next.status.conditions ??= []), 'PodScheduled', 'False', reason, message), {
      manager: 'kube-scheduler',
      subresource: 'status',
    })
  }

  const enqueue = (key: string, seconds: number): void => {
    if (!attempts.has(key))
      attempts.set(
        key,
        api.clock.after(seconds, () => consider(key)),
      )
  }
  const again = (): void => {
    for (const key of waiting) enqueue(key, 0.1)
  }

  const ends = [
    api.store.subscribe('pods', ({ type, object, previous }) => {
      const key = `${object.metadata.namespace}/${object.metadata.name}`
      if (type === 'ADDED') enqueue(key, 0.01)
      else if (type === 'DELETED') {
        waiting.delete(key)
        again()
      } else if (previous?.spec.schedulingGates?.length && !object.spec.schedulingGates?.length) enqueue(key, 0.01)
    }),
    api.store.subscribe('nodes', again),
    api.store.subscribe('persistentvolumeclaims', ({ previous, object }) => {
      if (previous?.status?.phase !== object.status?.phase || !previous) again()
    }),
  ]
  return () => {
    for (const end of ends) end()
  }
}

function requests(pod: KubeObject): Record<string, number> {
  const sum = (name: string): number => {
    const of = (list: any[]): number[] => list.map((c) => quantityValue(c.resources?.requests?.[name]))
    const main = of(pod.spec.containers).reduce((a, b) => a + b, 0)
    return Math.max(main, ...of(pod.spec.initContainers ?? []))
  }
  const names = new Set<string>(['cpu', 'memory'])
  for (const c of pod.spec.containers) for (const name of Object.keys(c.resources?.requests ?? {})) names.add(name)
  return Object.fromEntries([...names].map((name) => [name, sum(name)]))
}

/** The node for a Pod, or the scheduler's words for why there is none. */
function place(api: Api, pod: KubeObject): { node?: string; why: string } {
  for (const volume of pod.spec.volumes ?? []) {
    const claim = volume.persistentVolumeClaim?.claimName
    if (!claim) continue
    const found = api.store.get('persistentvolumeclaims', pod.metadata.namespace, claim)
    if (!found) return { why: `persistentvolumeclaim "${claim}" not found` }
    if (found.metadata.deletionTimestamp) return { why: `persistentvolumeclaim "${claim}" is being deleted` }
    if (found.status?.phase !== 'Bound' && !waitsForConsumer(api, found)) {
      const nodes = api.store.list('nodes').length
      return {
        why: `0/${nodes} nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/${nodes} nodes are available: ${nodes} Preemption is not helpful for scheduling.`,
      }
    }
  }
  const nodes = api.store.list('nodes')
  const wanted = requests(pod)
  const reasons = new Map<string, number>()
  const refuse = (why: string): void => void reasons.set(why, (reasons.get(why) ?? 0) + 1)
  let helpful = 0
  const fits: { name: string; load: number }[] = []
  for (const node of nodes) {
    const problem = unfit(pod, node)
    if (problem) {
      refuse(problem)
      continue
    }
    const bound = api.store
      .list('pods')
      .filter((p) => p.spec.nodeName === node.metadata.name && p.status?.phase !== 'Succeeded' && p.status?.phase !== 'Failed')
    const conflict = conflictOf(api, pod, node, bound)
    if (conflict) {
      refuse(conflict)
      continue
    }
    const short: string[] = []
    for (const [name, amount] of Object.entries(wanted)) {
      if (amount === 0) continue
      const used = bound.reduce((sum, p) => sum + (requests(p)[name] ?? 0), 0)
      if (used + amount > quantityValue(node.status?.allocatable?.[name])) short.push(`Insufficient ${name}`)
    }
    if (bound.length + 1 > quantityValue(node.status?.allocatable?.pods ?? '110')) short.push('Too many pods')
    for (const why of short) refuse(why)
    if (short.length > 0) helpful++
    else fits.push({ name: node.metadata.name, load: bound.length })
  }
  if (fits.length > 0) return { node: fits.sort((a, b) => a.load - b.load)[0]!.name, why: '' }
  const list = [...reasons]
    .map(([why, count]) => `${count} ${why}`)
    .sort()
    .join(', ')
  const total = nodes.length
  const preemption =
    helpful > 0 ? `${helpful} No preemption victims found for incoming pod` : `${total} Preemption is not helpful for scheduling`
  const parts = [
    helpful > 0 ? preemption : '',
    total - helpful > 0 && helpful > 0 ? `${total - helpful} Preemption is not helpful for scheduling` : '',
  ].filter(Boolean)
  return {
    why:
      total === 0
        ? 'no nodes available to schedule pods'
        : `0/${total} nodes are available: ${list}. preemption: 0/${total} nodes are available: ${parts.length ? parts.join(', ') : preemption}.`,
  }
}

/** Why a Pod cannot be beside those that are on a node: a host port that is taken, or a Pod that its anti-affinity does not want there. */
function conflictOf(api: Api, pod: KubeObject, node: KubeObject, bound: readonly KubeObject[]): string | undefined {
  const taken = new Set(bound.flatMap(hostPorts))
  if (hostPorts(pod).some((port) => taken.has(port))) return "node(s) didn't have free ports for the requested pod ports"
  const rules: any[] = pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  for (const rule of rules) {
    const place = node.metadata.labels?.[rule.topologyKey]
    if (place === undefined) continue
    const near = api.store
      .list('pods', pod.metadata.namespace)
      .filter(
        (other) => other.metadata.uid !== pod.metadata.uid && other.spec.nodeName && selects(rule.labelSelector, other.metadata.labels),
      )
    const there = near.some(
      (other) => api.store.get('nodes', undefined, other.spec.nodeName)?.metadata.labels?.[rule.topologyKey] === place,
    )
    if (there) return "node(s) didn't match pod anti-affinity rules"
  }
  return undefined
}

function hostPorts(pod: KubeObject): string[] {
  const ports = pod.spec.containers.flatMap((container: any) => container.ports ?? [])
  return ports.filter((port: any) => port.hostPort).map((port: any) => `${port.protocol ?? 'TCP'}/${port.hostPort}`)
}

function waitsForConsumer(api: Api, claim: KubeObject): boolean {
  const name = claim.spec.storageClassName
  return name ? api.store.get('storageclasses.storage.k8s.io', undefined, name)?.volumeBindingMode === 'WaitForFirstConsumer' : false
}

function unfit(pod: KubeObject, node: KubeObject): string | undefined {
  const labels = node.metadata.labels ?? {}
  if (node.spec?.unschedulable) return 'node(s) were unschedulable'
  for (const taint of node.spec?.taints ?? []) {
    if (taint.effect === 'PreferNoSchedule') continue
    const tolerated = (pod.spec.tolerations ?? []).some(
      (t: any) =>
        (!t.key || t.key === taint.key) &&
        (!t.effect || t.effect === taint.effect) &&
        (t.operator === 'Exists' || (t.value ?? '') === (taint.value ?? '')),
    )
    if (!tolerated) return `node(s) had untolerated taint(s)`
  }
  const mismatch = "node(s) didn't match Pod's node affinity/selector"
  for (const [key, value] of Object.entries(pod.spec.nodeSelector ?? {})) if (labels[key] !== value) return mismatch
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  if (
    terms &&
    !terms.some(
      (term: any) =>
        (term.matchExpressions ?? []).every((e: any) => expression(e, labels)) &&
        (term.matchFields ?? []).every((e: any) => expression(e, { 'metadata.name': node.metadata.name })),
    )
  )
    return mismatch
  return undefined
}

function expression(e: any, labels: Record<string, string>): boolean {
  const value = labels[e.key]
  switch (e.operator) {
    case 'In':
      return value !== undefined && e.values.includes(value)
    case 'NotIn':
      return value === undefined || !e.values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return Number(value) > Number(e.values[0])
    default:
      return Number(value) < Number(e.values[0])
  }
}
