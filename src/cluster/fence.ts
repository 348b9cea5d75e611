import type { Cluster } from './cluster.ts'
import type { Lock } from './lease.ts'

/** A cluster whose writes are held to a lock. */
export interface Fence {
  /** Writes go through only while the lock is ours; without a lock they all do. Dry runs and reads always. */
  cluster: Cluster
  /** The same without the fence: for the lock itself, whose renewal is a write. */
  open: Cluster
  /** From here on writes are held to this lock; undefined lets go. */
  hold(lock: Pick<Lock, 'confirm'> | undefined): void
}

/**
 * Puts a fence before a cluster. A process may have been paused at any line for longer than its lease lives, and go on where it was: so it is not enough that the loss of
 * the lock aborts the run, each write asks first.
 */
export function fenceOf(open: Cluster): Fence {
  let held: Pick<Lock, 'confirm'> | undefined
  const cluster: Cluster = {
    ...open,
    async create(object, options) {
      if (!options?.dryRun) await held?.confirm()
      return open.create(object, options)
    },
    async replace(object, options) {
      await held?.confirm()
      return open.replace(object, options)
    },
    async apply(object, options) {
      if (!options?.dryRun) await held?.confirm()
      return open.apply(object, options)
    },
    async mergePatch(ref, patch, options) {
      await held?.confirm()
      return open.mergePatch(ref, patch, options)
    },
    async delete(ref, options) {
      if (!options?.dryRun) await held?.confirm()
      return open.delete(ref, options)
    },
  }
  return {
    cluster,
    open,
    hold(lock) {
      held = lock
    },
  }
}
