import type { Api } from '../api/api.ts'
import { deleteObject } from '../api/deleting.ts'
import { templateHash } from '../api/names.ts'
import { createObject, modify } from '../api/rest.ts'
import { recordEvent } from '../events.ts'
import { controllerReference, copy, equal, type KubeObject } from '../object.ts'
import { StatusError } from '../status.ts'
import { availableIn, createPod, isActive, isReady, MANAGER, owned, portion } from './owned.ts'
import { addOwner, createQueue, fromKey, keyOf } from './queue.ts'

const RESOURCE = 'daemonsets.apps'
const HASH = 'controller-revision-hash'
const REPORTER = 'daemonset-controller'

/** One Pod on every node that takes it. */
export function runDaemonSets(api: Api): () => void {
  const queue = createQueue(api, (key) => sync(api, key, (k, s) => queue.addAfter(k, s)))
  const ends = [
    api.store.subscribe(RESOURCE, ({ object }) => queue.add(keyOf(object))),
    api.store.subscribe('pods', (change) => addOwner(queue, 'DaemonSet', change)),
    api.store.subscribe('nodes', () => {
      for (const set of api.store.list(RESOURCE)) queue.add(keyOf(set))
    }),
  ]
  return () => {
    for (const end of ends) end()
  }
}

function wantedNodes(api: Api, set: KubeObject): string[] {
  const selector = Object.entries(set.spec.template?.spec?.nodeSelector ?? {})
  return api.store
    .list('nodes')
    .filter((node) => selector.every(([key, value]) => node.metadata.labels?.[key] === value))
    .map((node) => node.metadata.name)
}

/** The node that a Pod of a DaemonSet is for. */
function target(pod: KubeObject): string | undefined {
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  return pod.spec.nodeName ?? terms?.[0]?.matchFields?.[0]?.values?.[0]
}

function sync(api: Api, key: string, later: (key: string, seconds: number) => void): void {
  const set = fromKey(api, RESOURCE, key)
  if (!set) return
  const hash = templateHash(set.spec.template)
  const nodes = wantedNodes(api, set)
  const minReady = set.spec.minReadySeconds ?? 0
  const pods = (): KubeObject[] => owned(api, 'pods', set)
  const available = (pod: KubeObject): boolean => {
    const wait = availableIn(pod, minReady)
    if (wait) later(key, wait + 0.01)
    return wait === 0
  }
  if (!set.metadata.deletionTimestamp) {
    revision(api, set, hash)
    const list = pods()
    for (const pod of list) {
      const failed = pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded'
      if (failed && !pod.metadata.deletionTimestamp) {
        recordEvent(
          api,
          set,
          { component: REPORTER },
          'Warning',
          'FailedDaemonPod',
          `Found failed daemon pod ${pod.metadata.namespace}/${pod.metadata.name} on node ${target(pod)}, will try to kill it`,
        )
        remove(api, set, pod)
      } else if (!nodes.includes(target(pod) ?? '') && !pod.metadata.deletionTimestamp) remove(api, set, pod)
    }
    if (set.spec.updateStrategy?.type !== 'OnDelete') {
      const allowed = Math.max(1, portion(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable, nodes.length, true))
      const active = list.filter(isActive)
      const old = active.filter((p) => p.metadata.labels?.[HASH] !== hash)
      let unavailable = nodes.filter((node) => !active.some((p) => target(p) === node && available(p))).length
      for (const pod of old) {
        const healthy = available(pod)
        if (healthy && unavailable >= allowed) continue
        if (healthy) unavailable++
        remove(api, set, pod)
      }
    }
    for (const node of nodes) {
      if (pods().some((p) => target(p) === node)) continue
      const { problem } = createPod(
        api,
        set,
        set.spec.template,
        { generateName: `${set.metadata.name}-`, labels: { [HASH]: hash, 'pod-template-generation': String(set.metadata.generation) } },
        REPORTER,
        (pod) => place(pod, node),
      )
      if (problem) later(key, 1)
    }
  }
  const list = pods().filter((p) => !p.metadata.deletionTimestamp && nodes.includes(target(p) ?? ''))
  const ready = list.filter(isReady).length
  const updated = list.filter((p) => p.metadata.labels?.[HASH] === hash).length
  const availableCount = list.filter(available).length
  const status: any = {
    currentNumberScheduled: list.length,
    numberMisscheduled: 0,
    desiredNumberScheduled: nodes.length,
    numberReady: ready,
    observedGeneration: set.metadata.generation,
    ...(updated ? { updatedNumberScheduled: updated } : {}),
    ...(availableCount ? { numberAvailable: availableCount } : {}),
    ...(nodes.length - availableCount > 0 ? { numberUnavailable: nodes.length - availableCount } : {}),
  }
  if (!equal(set.status, status)) modify(api, RESOURCE, set, (next) => (next.status = status), { manager: MANAGER, subresource: 'status' })
}

function remove(api: Api, set: KubeObject, pod: KubeObject): void {
  deleteObject(api, api.registry.stored('pods')!, pod.metadata.namespace, pod.metadata.name, { propagationPolicy: 'Background' })
  recordEvent(api, set, { component: REPORTER }, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`)
}

function place(pod: any, node: string): void {
  const affinity = (pod.spec.affinity ??= {})
  affinity.nodeAffinity = {
    ...affinity.nodeAffinity,
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }],
    },
  }
  const keys = ['not-ready', 'unreachable'].map((key) => ({ key: `node.kubernetes.io/${key}`, operator: 'Exists', effect: 'NoExecute' }))
  const pressure = ['disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'].map((key) => ({
    key: `node.kubernetes.io/${key}`,
    operator: 'Exists',
    effect: 'NoSchedule',
  }))
  pod.spec.tolerations = [...(pod.spec.tolerations ?? []), ...keys, ...pressure]
}

function revision(api: Api, set: KubeObject, hash: string): void {
  const list = owned(api, 'controllerrevisions.apps', set)
  if (list.some((r) => r.metadata.labels?.[HASH] === hash)) return
  try {
    createObject(
      api,
      api.registry.stored('controllerrevisions.apps')!,
      set.metadata.namespace,
      {
        apiVersion: 'apps/v1',
        kind: 'ControllerRevision',
        metadata: {
          name: `${set.metadata.name}-${hash}`,
          labels: { ...set.spec.template.metadata?.labels, [HASH]: hash },
          ownerReferences: [controllerReference(set)],
        },
        data: { spec: { template: { ...copy(set.spec.template), $patch: 'replace' } } },
        revision: Math.max(0, ...list.map((r) => r.revision)) + 1,
      },
      { manager: MANAGER, fieldValidation: 'Ignore' },
    )
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
  }
}
