import type { Cluster } from '../cluster/cluster.ts'
import { mapConcurrently } from '../concurrency.ts'
import { messageOf } from '../errors.ts'
import { type KubeObject, keyOf, type ResourceRef, refOf } from '../resource.ts'
import { waitAbsent } from '../tracker/absence.ts'
import { deleteBatches } from './batches.ts'
import type { Run } from './run.ts'
import { policies } from './validate.ts'

/** One object that a run was going to create, or has created; the uid is known once it has. */
export interface CreatedObject {
  ref: ResourceRef
  uid?: string
  keep?: boolean
}

/**
 * What this run has newly created. Everything is announced before it is created (the journal is written by `save`), so that whatever kills the process, the next run knows
 * what to look for.
 */
export interface Guard {
  /** Announces a batch of creations; resolves when that is saved. */
  expect(refs: readonly ResourceRef[]): Promise<void>
  created(object: KubeObject): void
  /** What a hook's delete policy has removed again needs no cleaning. */
  removed(ref: ResourceRef): void
  readonly objects: readonly CreatedObject[]
}

export function createGuard(save: (objects: readonly CreatedObject[]) => Promise<void>): Guard {
  const entries = new Map<string, CreatedObject>()
  return {
    async expect(refs) {
      const fresh = refs.filter((ref) => !entries.has(keyOf(ref)))
      if (fresh.length === 0) return
      for (const ref of fresh) entries.set(keyOf(ref), { ref })
      await save([...entries.values()])
    },
    created(object) {
      const ref = refOf(object)
      entries.set(keyOf(ref), { ref, uid: object.metadata.uid, ...(isKept(object) ? { keep: true } : {}) })
    },
    removed(ref) {
      entries.delete(keyOf(ref))
    },
    get objects() {
      return [...entries.values()]
    },
  }
}

/** Kinds that hold more than this release may have put there. */
const neverDeleted = new Set(['Namespace', 'CustomResourceDefinition'])
/** How long deletions are followed before what is left is named and the run ends, milliseconds. */
const deletionBound = 60_000

/**
 * Deletes what the run has created, in uninstall order, and follows it until it is gone. Never touches an object of another uid, a namespace, a CRD, or what its resource
 * policy keeps. Says what could not be deleted and goes on: never throws but for an abort.
 */
export async function cleanCreated(
  run: Pick<Run, 'cluster' | 'emit'>,
  objects: readonly CreatedObject[],
  signal: AbortSignal,
): Promise<void> {
  const { cluster, emit } = run
  const found = await mapConcurrently(objects, 16, (entry) => identify(cluster, entry, signal))
  const doomed = found.filter((entry) => entry !== undefined)
  for (const entry of doomed) {
    if (entry.keep || neverDeleted.has(entry.ref.kind)) await emit({ type: 'guard', policy: 'clean', state: 'kept', ref: entry.ref })
  }
  const deletable = doomed.filter((entry) => !entry.keep && !neverDeleted.has(entry.ref.kind))
  const deleted: CreatedObject[] = []
  for (const batch of deleteBatches(deletable, (entry) => entry.ref)) {
    await mapConcurrently(batch, 16, async (entry) => {
      try {
        await cluster.delete(entry.ref, { propagation: 'Foreground', uid: entry.uid, signal })
        deleted.push(entry)
        await emit({ type: 'guard', policy: 'clean', state: 'deleted', ref: entry.ref })
      } catch (error) {
        await emit({ type: 'guard', policy: 'clean', state: 'failed', ref: entry.ref, message: `cannot be deleted: ${messageOf(error)}` })
      }
    })
  }
  if (deleted.length === 0) return
  try {
    await waitAbsent(cluster, deleted, { signal, timeoutMs: deletionBound })
  } catch (error) {
    await emit({ type: 'guard', policy: 'clean', state: 'failed', message: messageOf(error) })
  }
}

/** The entry with the uid of the object that is there now; undefined where there is none, or another one than the run's. */
async function identify(cluster: Cluster, entry: CreatedObject, signal: AbortSignal): Promise<CreatedObject | undefined> {
  if (entry.uid !== undefined) return entry
  try {
    const live = await cluster.get(entry.ref, { signal })
    // Announced, but its answer never came. What another client has put there meanwhile is not ours.
    return live && appliedByUs(live) ? { ref: entry.ref, uid: live.metadata.uid, keep: isKept(live) } : undefined
  } catch {
    return entry
  }
}

function appliedByUs(object: KubeObject): boolean {
  const entries = (object.metadata.managedFields ?? []) as { manager?: string; operation?: string }[]
  return entries.some((entry) => entry.manager === 'helm' && entry.operation === 'Apply')
}

function isKept(object: KubeObject): boolean {
  const policy = policies(object)
  return policy.has('keep') || policy.has('skip-delete')
}
