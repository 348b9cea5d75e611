import type { Cluster } from '../cluster/cluster.ts'
import { messageOf } from '../errors.ts'
import { displayName, type KubeObject, keyOf, type ResourceRef, refOf } from '../resource.ts'

export interface AbsenceOptions {
  signal: AbortSignal
  /** Default 5 minutes. */
  timeoutMs?: number
}

/** What is still there after the wait, and why. */
export interface Remaining {
  ref: ResourceRef
  /** One sentence: `waits for its finalizer example.org/cleanup`. */
  reason: string
}

/**
 * Waits until objects that are being deleted are gone, by one watch for each kind and namespace. Gives those that are still there when the time
 * is over or the signal comes, with the finalizers that hold them. Never rejects. An object of the same name with another uid counts as gone
 * where `uid` was given.
 */
export async function waitAbsent(
  cluster: Cluster,
  refs: readonly (ResourceRef & { uid?: string })[],
  options: AbsenceOptions,
): Promise<Remaining[]> {
  const groups = new Map<string, (ResourceRef & { uid?: string })[]>()
  for (const ref of refs) {
    const group = `${ref.apiVersion} ${ref.kind} ${ref.namespace ?? ''}`
    groups.set(group, [...(groups.get(group) ?? []), ref])
  }
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs ?? 300_000)])
  return (await Promise.all([...groups.values()].map((group) => waitGroup(cluster, group, signal)))).flat()
}

async function waitGroup(cluster: Cluster, refs: readonly (ResourceRef & { uid?: string })[], outer: AbortSignal): Promise<Remaining[]> {
  const [first] = refs
  if (!first) return []
  const stop = new AbortController()
  const signal = AbortSignal.any([outer, stop.signal])
  const wanted = new Map(refs.map((ref) => [keyOf(ref), ref]))
  const present = new Map<string, KubeObject>()
  let synced = false
  let interruption = ''
  const { apiVersion, kind, namespace } = first
  const fieldSelector = refs.length === 1 ? `metadata.name=${first.name}` : undefined
  const trim = ({ metadata, apiVersion, kind, spec }: KubeObject): KubeObject => ({
    apiVersion,
    kind,
    metadata: { ...metadata, managedFields: undefined },
    ...(kind === 'Namespace' ? { spec } : {}),
  })
  try {
    for await (const event of cluster.watch({ apiVersion, kind, namespace, fieldSelector, trim, signal })) {
      if (event.type === 'synced') synced = true
      else if (event.type === 'interrupted') {
        // A kind that is not served any more has no objects.
        if (event.status === 404) return []
        interruption = event.reason
        if (event.fatal) break
      } else {
        const key = keyOf(refOf(event.object))
        const ref = wanted.get(key)
        if (!ref) continue
        const other = ref.uid !== undefined && ref.uid !== event.object.metadata.uid
        if (event.type === 'deleted' || other) present.delete(key)
        else present.set(key, event.object)
      }
      if (synced && present.size === 0) return []
    }
  } catch (error) {
    if ((error as { status?: number }).status === 404 || (error as { code?: string }).code === 'ERR_KUBE_UNKNOWN_KIND') return []
    interruption = messageOf(error)
  } finally {
    stop.abort()
  }
  if (!synced)
    return refs.map((ref) => ({
      ref,
      reason: `it is not known whether ${displayName(ref)} is gone${interruption ? `: ${interruption}` : ''}`,
    }))
  return [...present.values()].map((object) => ({ ref: refOf(object), reason: whyPresent(object) }))
}

function whyPresent(object: KubeObject): string {
  const { deletionTimestamp, finalizers = [] } = object.metadata
  if (!deletionTimestamp) return 'it is not being deleted'
  const names = finalizers.length > 0 ? finalizers : (object.spec?.finalizers ?? [])
  if (names.includes('foregroundDeletion')) return 'it waits until what it owns is deleted (foregroundDeletion)'
  if (names.length > 0) return `it waits for its ${names.length === 1 ? 'finalizer' : 'finalizers'} ${names.join(', ')}`
  return 'it is still ending'
}
