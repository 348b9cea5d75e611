import type { Cluster } from '../cluster/cluster.ts'
import type { KubeObject, ResourceRef } from '../resource.ts'
import { readTrackingAnnotations } from './annotations.ts'
import { rulesOf } from './kinds/registry.ts'
import { defaultSettleMs } from './kinds/settle.ts'
import { type KubernetesEvent, readEvent } from './kubernetes-event.ts'
import { claimsOf, controllerOf } from './owners.ts'
import type { StatusContext } from './rules.ts'
import { commonSelector, podLabels } from './selector.ts'

/** What the cluster says of one resource at the moment of its diagnosis. Whatever could not be read is missing. */
export interface Scene {
  object: KubeObject
  /** ReplicaSets and Pods that it controls, also indirectly. */
  children: KubeObject[]
  /** Pods of the newest revision. */
  pods: KubeObject[]
  /** Events about it, its children and the volume claims of its Pods, the newest first. */
  events: KubernetesEvent[]
}

/** Reads a resource, its Pods and their events, each with one request. Never rejects: `object` is the last known where it cannot be read. */
export async function readScene(cluster: Cluster, known: KubeObject, signal: AbortSignal): Promise<Scene> {
  const ref: ResourceRef = {
    apiVersion: known.apiVersion,
    kind: known.kind,
    name: known.metadata.name,
    namespace: known.metadata.namespace,
  }
  const { namespace } = ref
  const runsPods = rulesOf(known).pods !== undefined
  const labelSelector = commonSelector([podLabels(known)])
  const list = async (apiVersion: string, kind: string, selector?: string): Promise<KubeObject[]> => {
    if (namespace === undefined) return []
    const { items } = await cluster.list(apiVersion, kind, namespace, { labelSelector: selector, signal })
    return items.map((item) => ({ ...item, apiVersion, kind }))
  }
  const [object, pods, sets, events] = await Promise.all([
    cluster.get(ref, { signal }).catch(() => undefined),
    runsPods ? list('v1', 'Pod', labelSelector).catch(() => []) : [],
    known.kind === 'Deployment' ? list('apps/v1', 'ReplicaSet', labelSelector).catch(() => []) : [],
    list('v1', 'Event').catch(() => []),
  ])
  const current = object ?? known
  const children = [...sets, ...pods].filter((child) => isBelow(child, current, sets))
  const uids = new Set([current, ...children].map((item) => item.metadata.uid))
  const claims = new Set(pods.filter((pod) => uids.has(pod.metadata.uid)).flatMap(claimsOf))
  const about = events
    .map(readEvent)
    .filter(({ about }) => uids.has(about.uid) || (about.kind === 'PersistentVolumeClaim' && claims.has(about.name)))
    .sort((a, b) => b.lastAt - a.lastAt)
  const context = contextAt(current, children, about)
  const newest = rulesOf(current).pods?.(current, context) ?? []
  return { object: current, children, pods: newest, events: about }
}

/** A context for the status functions, of this moment and without a memory. */
export function contextAt(object: KubeObject, children: readonly KubeObject[], events: readonly KubernetesEvent[]): StatusContext {
  const { settings } = readTrackingAnnotations(object)
  return {
    now: Date.now(),
    children,
    podsReadable: true,
    eventsReadable: true,
    isTracked: () => false,
    events,
    settings,
    settleMs: settings.settleMs ?? defaultSettleMs,
    appliedAt: 0,
    runningSince: () => 0,
  }
}

function isBelow(child: KubeObject, object: KubeObject, sets: readonly KubeObject[]): boolean {
  if (child.metadata.uid === object.metadata.uid) return true
  const owner = controllerOf(child)
  if (owner === undefined) return false
  if (owner === object.metadata.uid) return true
  const set = sets.find((candidate) => candidate.metadata.uid === owner)
  return set !== undefined && controllerOf(set) === object.metadata.uid
}
