import { isLockLost } from '../cluster/lease.ts'
import { messageOf } from '../errors.ts'
import { type KubeObject, refOf } from '../resource.ts'
import { waitAbsent } from '../tracker/absence.ts'
import type { Guard } from './guard.ts'
import { persistently } from './persist.ts'
import type { Run } from './run.ts'

/**
 * Brings back what the run has deleted to make it anew, and did not come to make: a resource that had to be recreated, a ConfigMap that came as a hook. As it was, but for
 * what the server gives; not Jobs and Pods, which would run again. Says what could not be brought back. Throws only where the lock is lost.
 */
export async function restoreReplaced(run: Pick<Run, 'cluster' | 'emit'>, guard: Guard, signal: AbortSignal): Promise<void> {
  for (const old of guard.replaced) {
    const ref = refOf(old)
    if (ref.kind === 'Job' || ref.kind === 'Pod') continue
    try {
      const restored = await persistently(signal, () => restore(run, old, signal))
      if (restored) await run.emit({ type: 'guard', policy: 'clean', state: 'restored', ref })
    } catch (error) {
      if (isLockLost(error)) throw error
      await run.emit({ type: 'guard', policy: 'clean', state: 'failed', ref, message: `cannot be brought back: ${messageOf(error)}` })
    }
  }
}

async function restore({ cluster }: Pick<Run, 'cluster'>, old: KubeObject, signal: AbortSignal): Promise<boolean> {
  const ref = refOf(old)
  const live = await cluster.get(ref, { signal })
  if (live && !live.metadata.deletionTimestamp) return false
  if (live) await waitAbsent(cluster, [{ ...ref, uid: live.metadata.uid }], { signal })
  await cluster.apply(asNew(old), { force: true, signal })
  return true
}

/** An object as it can be made again. */
function asNew({ status: _, ...object }: KubeObject): KubeObject {
  const { name, namespace, labels, annotations, ownerReferences } = object.metadata
  const metadata = { name, namespace, labels, annotations, ownerReferences } as KubeObject['metadata']
  if (object.kind !== 'PersistentVolumeClaim') return { ...object, metadata } as KubeObject
  // It was bound to a volume that is released now.
  const { volumeName: __, ...spec } = object.spec ?? {}
  const free = Object.fromEntries(Object.entries(annotations ?? {}).filter(([key]) => !key.startsWith('pv.kubernetes.io/')))
  return { ...object, metadata: { ...metadata, annotations: free }, spec } as KubeObject
}
