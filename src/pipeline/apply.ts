import { migrateManagedFields } from '../cluster/managed-fields.ts'
import { mapConcurrently } from '../concurrency.ts'
import { messageOf } from '../errors.ts'
import type { Change } from '../plan/change.ts'
import { propagationOf } from '../plan/lifecycle.ts'
import { displayName, type KubeObject } from '../resource.ts'
import { awaitAbsence } from './absence.ts'
import { applyBatches, deleteBatches } from './batches.ts'
import { awaitServed } from './crds.ts'
import type { Guard } from './guard.ts'
import type { Run } from './run.ts'

const parallel = 16

/**
 * Makes the cluster what the plan says: first what is created, updated, adopted or recreated, in Helm's kind order, a batch at a time; then what left the chart is
 * deleted, and followed until it is gone. Gives the live objects that the chart wants, the unchanged ones too.
 *
 * @param onApplied hears of each object as soon as the server has it, so that tracking misses nothing.
 */
export async function applyChanges(
  run: Run,
  changes: readonly Change[],
  guard: Guard,
  onApplied: (object: KubeObject) => void,
): Promise<KubeObject[]> {
  const applied: KubeObject[] = []
  for (const change of changes) {
    if (change.operation === 'unchanged' && change.live) {
      applied.push(change.live)
      onApplied(change.live)
    }
  }
  const writes = changes.filter((change) => change.desired && change.operation !== 'unchanged' && change.operation !== 'keep')
  for (const batch of applyBatches(writes, (change) => change.desired!)) {
    await mapConcurrently(batch, parallel, async (change) => {
      const object = await reporting(run, change, () => applyOne(run, change, guard))
      applied.push(object)
      onApplied(object)
    })
    await awaitServed(
      run,
      batch.flatMap((change) => change.desired ?? []),
    )
  }
  await deleteDropped(
    run,
    changes.filter((change) => change.operation === 'delete'),
  )
  return applied
}

async function applyOne(run: Run, change: Change, guard: Guard): Promise<KubeObject> {
  const { cluster, signal } = run
  if (change.operation === 'recreate') await deleteOld(run, change)
  // Fields that a client-side Helm has set would stay when they leave the manifest.
  else if (change.live) await migrateManagedFields(cluster, change.live, { signal })
  guard.attempt(change.ref)
  const object = await cluster.apply(change.desired!, { force: true, fieldValidation: 'Strict', signal })
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
