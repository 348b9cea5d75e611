import { isLockLost } from '../cluster/lease.ts'
import { migrateManagedFields } from '../cluster/managed-fields.ts'
import { mapConcurrently } from '../concurrency.ts'
import { messageOf } from '../errors.ts'
import type { Change } from '../plan/change.ts'
import { deleteOrder } from '../plan/delete-order.ts'
import { deletePolicies, propagationOf } from '../plan/lifecycle.ts'
import { displayName, type KubeObject, keyOf, type ResourceRef } from '../resource.ts'
import { awaitAbsence } from './absence.ts'
import { applyOrder, deleteBatches } from './batches.ts'
import { awaitServed } from './crds.ts'
import { awaitExternal } from './external.ts'
import type { Guard } from './guard.ts'
import { persistently } from './persist.ts'
import type { Run } from './run.ts'

const parallel = 32

/** What applying asks of the tracking that goes on beside it. */
export interface Tracker {
  /** Hears of each object as soon as the server has it, so that tracking misses nothing. */
  applied(object: KubeObject): void
  /** Resolves when all of these are ready; throws where one has failed. */
  ready(refs: readonly ResourceRef[]): Promise<void>
}

/**
 * Makes the cluster what the plan says: first what is created, updated, adopted or recreated, batch by batch in the order of weights, dependencies and Helm's kinds; then
 * what left the chart is deleted, and followed until it is gone. Gives the live objects that the chart wants, the unchanged ones too.
 */
export async function applyChanges(run: Run, changes: readonly Change[], guard: Guard, tracker: Tracker): Promise<KubeObject[]> {
  const applied: KubeObject[] = []
  const note = (object: KubeObject) => {
    applied.push(object)
    tracker.applied(object)
  }
  for (const change of changes) if (change.operation === 'unchanged' && change.live) note(change.live)
  for (const { items, after, external } of applyOrder(changes, run.release.namespace).batches) {
    const writes = items.map((item) => item.change).filter((change) => isWrite(change))
    if (writes.length === 0) continue
    if (after.length > 0) await tracker.ready(after)
    await Promise.all(external.map((ref) => awaitExternal(run, ref)))
    await mapConcurrently(writes, parallel, async (change) => note(await reporting(run, change, () => applyOne(run, change, guard))))
    await awaitServed(
      run,
      writes.flatMap((change) => change.desired ?? []),
    )
  }
  await deleteDropped(
    run,
    changes.filter((change) => change.operation === 'delete'),
  )
  return applied
}

function isWrite({ operation, desired }: Change): boolean {
  return desired !== undefined && operation !== 'unchanged' && operation !== 'keep' && operation !== 'delete'
}

/**
 * Deletes what this run applied and `werf.io/delete-policy` wants gone once it has succeeded, or failed, and follows it until it is. `over` has the keys of those that
 * have. What cannot be deleted is a warning: the deploy itself is over.
 */
export async function deleteByPolicy(
  run: Pick<Run, 'cluster' | 'emit' | 'signal'>,
  changes: readonly Change[],
  policy: 'succeeded' | 'failed',
  over: ReadonlySet<string>,
): Promise<void> {
  const due = changes.filter((change) => change.desired && deletePolicies(change.desired).has(policy) && over.has(keyOf(change.ref)))
  for (const { ref, desired } of due) {
    try {
      const live = await run.cluster.get(ref, { signal: run.signal })
      if (!live) continue
      const { uid } = live.metadata
      await persistently(run.signal, () => run.cluster.delete(ref, { propagation: propagationOf(desired), uid, signal: run.signal }))
      await awaitAbsence(run, [{ ...ref, uid }])
      await run.emit({ type: 'change', ref, operation: 'delete', state: 'done' })
    } catch (error) {
      if (run.signal.aborted || isLockLost(error)) throw error
      await run.emit({ type: 'warning', message: `${displayName(ref)} could not be deleted: ${messageOf(error)}` })
    }
  }
}

async function applyOne(run: Run, change: Change, guard: Guard): Promise<KubeObject> {
  const { cluster, signal } = run
  if (change.operation === 'recreate') {
    if (change.live) guard.replacing(change.live)
    await deleteOld(run, change)
  }
  // Fields that a client-side Helm has set would stay when they leave the manifest.
  else if (change.live) await migrateManagedFields(cluster, change.live, { signal })
  guard.attempt(change.ref)
  const object = await cluster.apply(change.desired!, { force: true, fieldValidation: 'Strict', signal })
  guard.remade(change.ref)
  // What was made anew existed before: the guard leaves it.
  if (change.operation === 'create') guard.created(object)
  return object
}

async function deleteOld(run: Run, change: Change): Promise<void> {
  const { cluster, signal } = run
  await cluster.delete(change.ref, { propagation: propagationOf(change.desired), uid: change.live?.metadata.uid, signal })
  await awaitAbsence(run, [{ ...change.ref, uid: change.live?.metadata.uid }])
}

async function deleteDropped(run: Run, changes: readonly Change[]): Promise<void> {
  const { levels, cycle } = deleteOrder(changes, (change) => change.live, run.release.namespace)
  if (cycle) await run.emit({ type: 'warning', message: `the annotations of what is deleted go in a circle, and are not obeyed: ${cycle}` })
  for (const level of levels) await deleteTogether(run, level)
}

async function deleteTogether(run: Run, changes: readonly Change[]): Promise<void> {
  const { cluster, signal } = run
  for (const batch of deleteBatches(changes, (change) => change.ref)) {
    await mapConcurrently(batch, parallel, (change) =>
      reporting(run, change, () =>
        cluster.delete(change.ref, { propagation: propagationOf(change.live), uid: change.live?.metadata.uid, signal }),
      ),
    )
  }
  const followed = changes.filter((change) => propagationOf(change.live) !== 'Orphan')
  if (followed.length > 0) {
    await awaitAbsence(
      run,
      followed.map((change) => ({ ...change.ref, uid: change.live?.metadata.uid })),
    )
  }
}

async function reporting<T>(run: Run, change: Change, work: () => Promise<T>): Promise<T> {
  const { ref, operation } = change
  try {
    const result = await work()
    await run.emit({ type: 'change', ref, operation, state: 'done' })
    return result
  } catch (error) {
    if (!run.signal.aborted) await run.emit({ type: 'change', ref, operation, state: 'failed', message: messageOf(error) })
    if (error instanceof Error && !error.message.includes(displayName(ref)) && 'location' in error && change.source)
      Object.assign(error, { location: { file: change.source } })
    throw error
  }
}
