import type { Api } from '../api/api.ts'
import { deleteObject } from '../api/deleting.ts'
import { templateHash } from '../api/names.ts'
import { createObject, modify } from '../api/rest.ts'
import { recordEvent } from '../events.ts'
import { controllerReference, copy, equal, type KubeObject } from '../object.ts'
import { StatusError } from '../status.ts'
import { availableIn, createPod, isReady, MANAGER, owned } from './owned.ts'
import { addOwner, createQueue, fromKey, keyOf } from './queue.ts'

const RESOURCE = 'statefulsets.apps'
const REVISIONS = 'controllerrevisions.apps'
const REVISION = 'controller-revision-hash'
const REPORTER = 'statefulset-controller'

/** Keeps the numbered Pods of StatefulSets, in order. */
export function runStatefulSets(api: Api): () => void {
  const queue = createQueue(api, (key) => sync(api, key, (k, s) => queue.addAfter(k, s)))
  const ends = [
    api.store.subscribe(RESOURCE, ({ object }) => queue.add(keyOf(object))),
    api.store.subscribe('pods', (change) => addOwner(queue, 'StatefulSet', change)),
  ]
  return () => {
    for (const end of ends) end()
  }
}

function ordinal(set: KubeObject, pod: KubeObject): number {
  const tail = pod.metadata.name.slice(set.metadata.name.length + 1)
  return /^\d+$/.test(tail) ? Number(tail) : -1
}

/** The ControllerRevision of the current template, and its name. */
function revisionOf(api: Api, set: KubeObject): string {
  const template = set.spec.template
  const list = owned(api, REVISIONS, set).sort((a, b) => a.revision - b.revision)
  const same = list.find((r) => equal(r.data?.spec?.template, { ...template, $patch: 'replace' }))
  const last = list.at(-1)?.revision ?? 0
  if (same) {
    if (same.revision < last) modify(api, REVISIONS, same, (next) => (next.revision = last + 1), { manager: MANAGER })
    return same.metadata.name
  }
  const hash = templateHash(template)
  const name = `${set.metadata.name}-${hash}`
  try {
    createObject(
      api,
      api.registry.stored(REVISIONS)!,
      set.metadata.namespace,
      {
        apiVersion: 'apps/v1',
        kind: 'ControllerRevision',
        metadata: {
          name,
          labels: { ...template.metadata?.labels, 'controller.kubernetes.io/hash': hash },
          ownerReferences: [controllerReference(set)],
        },
        data: { spec: { template: { ...copy(template), $patch: 'replace' } } },
        revision: last + 1,
      },
      { manager: MANAGER, fieldValidation: 'Ignore' },
    )
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
  }
  const old = list
    .filter((r) => r.metadata.name !== set.status?.currentRevision)
    .slice(0, Math.max(0, list.length - (set.spec.revisionHistoryLimit ?? 10)))
  for (const r of old) deleteObject(api, api.registry.stored(REVISIONS)!, r.metadata.namespace, r.metadata.name, {})
  return name
}

function sync(api: Api, key: string, later: (key: string, seconds: number) => void): void {
  const set = fromKey(api, RESOURCE, key)
  if (!set) return
  const updateRevision = set.metadata.deletionTimestamp ? (set.status?.updateRevision ?? '') : revisionOf(api, set)
  const currentRevision = set.status?.currentRevision ?? updateRevision
  const mine = (): KubeObject[] => owned(api, 'pods', set).filter((p) => ordinal(set, p) >= 0)
  if (!set.metadata.deletionTimestamp) act(api, set, mine(), currentRevision, updateRevision, key, later)
  writeStatus(api, set, mine(), currentRevision, updateRevision, key, later)
}

function act(
  api: Api,
  set: KubeObject,
  pods: KubeObject[],
  currentRevision: string,
  updateRevision: string,
  key: string,
  later: (key: string, seconds: number) => void,
): void {
  const wanted = set.spec.replicas ?? 1
  const start = set.spec.ordinals?.start ?? 0
  const parallel = set.spec.podManagementPolicy === 'Parallel'
  const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0
  const minReady = set.spec.minReadySeconds ?? 0
  const byOrdinal = new Map(pods.map((p) => [ordinal(set, p), p]))
  const healthy = (pod: KubeObject): boolean => isReady(pod) && !pod.metadata.deletionTimestamp
  const available = (pod: KubeObject): boolean => {
    const wait = availableIn(pod, minReady)
    if (wait) later(key, wait + 0.01)
    return wait === 0 && !pod.metadata.deletionTimestamp
  }
  const revisionFor = (n: number): string => {
    if (set.spec.updateStrategy?.type === 'OnDelete') return updateRevision
    return n < start + partition ? currentRevision : updateRevision
  }
  for (let n = start; n < start + wanted; n++) {
    const pod = byOrdinal.get(n)
    if (pod && (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') && !pod.metadata.deletionTimestamp) {
      recordEvent(
        api,
        set,
        { component: REPORTER },
        'Warning',
        'RecreatingFailedPod',
        `StatefulSet ${set.metadata.namespace}/${set.metadata.name} is recreating failed Pod ${pod.metadata.name}`,
      )
      remove(api, set, pod)
      if (!parallel) return
      continue
    }
    if (!pod) {
      const revision = revisionFor(n)
      if (!create(api, set, n, revision, updateRevision)) {
        later(key, 1)
        return
      }
      if (!parallel) return
      continue
    }
    if (pod.metadata.deletionTimestamp && !parallel) return
    if (!parallel && !(healthy(pod) && available(pod))) {
      // A Pod that never becomes ready must not hold its own update back.
      if (pod.metadata.labels?.[REVISION] !== revisionFor(n) && set.spec.updateStrategy?.type !== 'OnDelete' && stuck(pod)) break
      return
    }
  }
  const excess = pods
    .filter((p) => ordinal(set, p) >= start + wanted || ordinal(set, p) < start)
    .sort((a, b) => ordinal(set, b) - ordinal(set, a))
  for (const pod of excess) {
    if (!pod.metadata.deletionTimestamp) remove(api, set, pod)
    if (!parallel) return
  }
  if (set.spec.updateStrategy?.type === 'OnDelete') return
  const kept = pods.filter((p) => !excess.includes(p)).sort((a, b) => ordinal(set, b) - ordinal(set, a))
  for (const pod of kept) {
    if (ordinal(set, pod) < start + partition) break
    if (pod.metadata.labels?.[REVISION] !== updateRevision) {
      if (!pod.metadata.deletionTimestamp) remove(api, set, pod)
      return
    }
    if (!healthy(pod) || !available(pod)) return
  }
}

function stuck(pod: KubeObject): boolean {
  return pod.status?.phase === 'Pending' || !isReady(pod)
}

function remove(api: Api, set: KubeObject, pod: KubeObject): void {
  deleteObject(api, api.registry.stored('pods')!, pod.metadata.namespace, pod.metadata.name, { propagationPolicy: 'Background' })
  recordEvent(
    api,
    set,
    { component: REPORTER },
    'Normal',
    'SuccessfulDelete',
    `Delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`,
  )
}

function templateOf(api: Api, set: KubeObject, revision: string): any {
  const stored = api.store.get(REVISIONS, set.metadata.namespace, revision)?.data?.spec?.template
  if (!stored) return set.spec.template
  const { $patch, ...template } = stored
  return template
}

function create(api: Api, set: KubeObject, n: number, revision: string, updateRevision: string): boolean {
  const name = `${set.metadata.name}-${n}`
  const template = revision === updateRevision ? set.spec.template : templateOf(api, set, revision)
  for (const claim of set.spec.volumeClaimTemplates ?? []) {
    const claimName = `${claim.metadata.name}-${name}`
    if (api.store.get('persistentvolumeclaims', set.metadata.namespace, claimName)) continue
    try {
      createObject(
        api,
        api.registry.stored('persistentvolumeclaims')!,
        set.metadata.namespace,
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: {
            name: claimName,
            labels: { ...claim.metadata.labels, ...set.spec.selector.matchLabels },
            annotations: claim.metadata.annotations,
          },
          spec: copy(claim.spec),
        },
        { manager: MANAGER, fieldValidation: 'Ignore' },
      )
      recordEvent(
        api,
        set,
        { component: REPORTER },
        'Normal',
        'SuccessfulCreate',
        `Create Claim ${claimName} Pod ${name} in StatefulSet ${set.metadata.name} success`,
      )
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      recordEvent(
        api,
        set,
        { component: REPORTER },
        'Warning',
        'FailedCreate',
        `Create Claim ${claimName} for Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${error.message}`,
      )
      return false
    }
  }
  const { pod, problem } = createPod(
    api,
    set,
    template,
    { name, labels: { [REVISION]: revision, 'statefulset.kubernetes.io/pod-name': name, 'apps.kubernetes.io/pod-index': String(n) } },
    REPORTER,
    (next) => {
      next.spec.hostname = name
      if (set.spec.serviceName) next.spec.subdomain = set.spec.serviceName
      const claims = (set.spec.volumeClaimTemplates ?? []).map((c: any) => ({
        name: c.metadata.name,
        persistentVolumeClaim: { claimName: `${c.metadata.name}-${name}` },
      }))
      const names = new Set(claims.map((c: any) => c.name))
      const volumes = [...claims, ...(next.spec.volumes ?? []).filter((v: any) => !names.has(v.name))]
      if (volumes.length) next.spec.volumes = volumes
    },
  )
  if (pod) {
    recordEvent(
      api,
      set,
      { component: REPORTER },
      'Normal',
      'SuccessfulCreate',
      `Create Pod ${name} in StatefulSet ${set.metadata.name} successful`,
    )
    return true
  }
  recordEvent(
    api,
    set,
    { component: REPORTER },
    'Warning',
    'FailedCreate',
    `Create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${problem}`,
  )
  return false
}

function writeStatus(
  api: Api,
  set: KubeObject,
  pods: KubeObject[],
  currentRevision: string,
  updateRevision: string,
  key: string,
  later: (key: string, seconds: number) => void,
): void {
  const live = pods.filter((p) => p.status?.phase !== 'Failed' && p.status?.phase !== 'Succeeded')
  const minReady = set.spec.minReadySeconds ?? 0
  const running = live.filter((p) => !p.metadata.deletionTimestamp)
  const ready = live.filter(isReady)
  const available = ready.filter((p) => {
    const wait = availableIn(p, minReady)
    if (wait) later(key, wait + 0.01)
    return wait === 0
  })
  const updated = running.filter((p) => p.metadata.labels?.[REVISION] === updateRevision)
  const wanted = set.spec.replicas ?? 1
  const complete = updated.length === wanted && live.length === wanted && available.length === wanted
  const current = complete && set.spec.updateStrategy?.type !== 'OnDelete' ? updateRevision : currentRevision
  const currentCount = running.filter((p) => p.metadata.labels?.[REVISION] === current).length
  const status: any = {
    observedGeneration: set.metadata.generation,
    replicas: live.length,
    ...(ready.length ? { readyReplicas: ready.length } : {}),
    ...(currentCount ? { currentReplicas: currentCount } : {}),
    ...(updated.length ? { updatedReplicas: updated.length } : {}),
    currentRevision: current,
    updateRevision,
    collisionCount: 0,
    availableReplicas: available.length,
  }
  if (!equal(set.status, status)) modify(api, RESOURCE, set, (next) => (next.status = status), { manager: MANAGER, subresource: 'status' })
}
