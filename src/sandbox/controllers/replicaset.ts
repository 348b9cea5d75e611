import type { Api } from '../api/api.ts'
import { deleteObject } from '../api/deleting.ts'
import { modify } from '../api/rest.ts'
import { recordEvent } from '../events.ts'
import { copy, equal, type KubeObject, timestamp } from '../object.ts'
import { availableIn, createPod, isActive, isReady, MANAGER, owned } from './owned.ts'
import { addOwner, createQueue, fromKey, keyOf } from './queue.ts'

const REPORTER = 'replicaset-controller'

/** Keeps as many Pods as a ReplicaSet says. */
export function runReplicaSets(api: Api): () => void {
  const queue = createQueue(api, (key) => sync(api, key, (k, s) => queue.addAfter(k, s), attempts))
  const attempts = new Map<string, number>()
  const ends = [
    api.store.subscribe('replicasets.apps', ({ object }) => queue.add(keyOf(object))),
    api.store.subscribe('pods', (change) => addOwner(queue, 'ReplicaSet', change)),
  ]
  return () => {
    for (const end of ends) end()
  }
}

function sync(api: Api, key: string, later: (key: string, seconds: number) => void, attempts: Map<string, number>): void {
  const set = fromKey(api, 'replicasets.apps', key)
  if (!set) {
    attempts.delete(key)
    return
  }
  let pods = owned(api, 'pods', set).filter(isActive)
  let problem: string | undefined
  if (!set.metadata.deletionTimestamp) {
    const wanted = set.spec.replicas ?? 1
    for (let i = pods.length; i < wanted && !problem; i++) {
      const created = createPod(api, set, set.spec.template, { generateName: `${set.metadata.name}-` }, REPORTER)
      problem = created.problem
      if (created.pod) pods.push(created.pod)
    }
    if (pods.length > wanted) {
      const going = [...pods].sort(byWorth).slice(0, pods.length - wanted)
      pods = pods.filter((pod) => !going.includes(pod))
      for (const pod of going) {
        deleteObject(api, api.registry.stored('pods')!, pod.metadata.namespace, pod.metadata.name, { propagationPolicy: 'Background' })
        recordEvent(api, set, { component: REPORTER }, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`)
      }
    }
  }
  if (problem) {
    const tries = (attempts.get(key) ?? 0) + 1
    attempts.set(key, tries)
    later(key, Math.min(0.25 * 2 ** tries, 10))
  } else attempts.delete(key)
  const minReady = set.spec.minReadySeconds ?? 0
  let available = 0
  for (const pod of pods) {
    const wait = availableIn(pod, minReady)
    if (wait === 0) available++
    else if (wait !== undefined) later(key, wait + 0.01)
  }
  const labels = Object.entries(set.spec.template?.metadata?.labels ?? {})
  const full = pods.filter((p) => labels.every(([k, v]) => p.metadata.labels?.[k] === v)).length
  const ready = pods.filter(isReady).length
  const conditions = copy(set.status?.conditions ?? []).filter((c: any) => c.type !== 'ReplicaFailure')
  if (problem) {
    const old = set.status?.conditions?.find((c: any) => c.type === 'ReplicaFailure')
    conditions.push(
      old ?? { type: 'ReplicaFailure', status: 'True', lastTransitionTime: timestamp(), reason: 'FailedCreate', message: problem },
    )
  }
  const status: any = {
    replicas: pods.length,
    ...(full ? { fullyLabeledReplicas: full } : {}),
    ...(ready ? { readyReplicas: ready } : {}),
    ...(available ? { availableReplicas: available } : {}),
    observedGeneration: set.metadata.generation,
    terminatingReplicas: owned(api, 'pods', set).filter(
      (p) => p.metadata.deletionTimestamp && p.status?.phase !== 'Succeeded' && p.status?.phase !== 'Failed',
    ).length,
    ...(conditions.length ? { conditions } : {}),
  }
  if (!equal(set.status, status))
    modify(api, 'replicasets.apps', set, (next) => (next.status = status), { manager: MANAGER, subresource: 'status' })
}

/** Which Pods go first: those that are bound to no node, not running, not ready, younger. */
function byWorth(a: KubeObject, b: KubeObject): number {
  const rank = (pod: KubeObject): number[] => [
    pod.spec.nodeName ? 1 : 0,
    pod.status?.phase === 'Running' ? 1 : 0,
    isReady(pod) ? 1 : 0,
    Number(pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0),
    -Date.parse(pod.metadata.creationTimestamp),
    -(Number(pod.metadata.resourceVersion) || 0),
  ]
  const left = rank(a)
  const right = rank(b)
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return left[i]! - right[i]!
  return 0
}
