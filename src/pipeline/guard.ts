import { isLockLost } from '../cluster/lease.ts'
import { pause } from '../cluster/retry.ts'
import { mapConcurrently } from '../concurrency.ts'
import { messageOf } from '../errors.ts'
import { policies } from '../plan/lifecycle.ts'
import { isOwned } from '../plan/ownership.ts'
import { displayName, type KubeObject, keyOf, type ResourceRef, refOf } from '../resource.ts'
import { waitAbsent } from '../tracker/absence.ts'
import { deleteBatches } from './batches.ts'
import { isRefusal, pauseMs } from './persist.ts'
import type { Run } from './run.ts'

/** One object that a run was going to create, or has created; the uid is known once it has. */
export interface CreatedObject {
  ref: ResourceRef
  uid?: string
  keep?: boolean
  /** A hook carries no ownership metadata. */
  hook?: boolean
  /** A request to create it was sent; undefined where that is not known (a killed run's). */
  attempted?: boolean
}

/**
 * What this run newly creates. All of it stands in the journal of the pending revision before the first of it is created, so that whatever kills the process, the next
 * run knows what to look for; the guard only learns the uids.
 */
export interface Guard {
  /** Called before the request that creates it, whose answer may be lost. */
  attempt(ref: ResourceRef): void
  created(object: KubeObject): void
  /** What a hook's delete policy has removed again, or what turned out to exist before, needs no cleaning. */
  removed(ref: ResourceRef): void
  /** Called before an object is deleted to be made anew; what `remade` is not told of is brought back. */
  replacing(old: KubeObject): void
  remade(ref: ResourceRef): void
  readonly replaced: readonly KubeObject[]
  readonly objects: readonly CreatedObject[]
}

/** How far the clocks of API servers may be apart, milliseconds. */
const skew = 10_000

/** @param now milliseconds since the epoch by the server's clock */
export function createGuard(creations: readonly (ResourceRef & { hook?: boolean })[], now: () => number): Guard {
  const attempts = new Map<string, number>()
  const replaced = new Map<string, KubeObject>()
  const entries = new Map<string, CreatedObject>()
  for (const { hook, ...ref } of creations) entries.set(keyOf(ref), { ref, hook, attempted: false })
  return {
    attempt(ref) {
      const entry = entries.get(keyOf(ref))
      if (entry) entry.attempted = true
      attempts.set(keyOf(ref), now())
    },
    created(object) {
      const ref = refOf(object)
      const attemptedAt = attempts.get(keyOf(ref))
      // Somebody else has made it since the plan: it was only changed.
      if (attemptedAt !== undefined && isOlder(object, attemptedAt - skew)) return void entries.delete(keyOf(ref))
      entries.set(keyOf(ref), { ...entries.get(keyOf(ref)), ref, uid: object.metadata.uid, ...(isKept(object) ? { keep: true } : {}) })
    },
    removed(ref) {
      entries.delete(keyOf(ref))
    },
    replacing(old) {
      replaced.set(keyOf(refOf(old)), old)
    },
    remade(ref) {
      replaced.delete(keyOf(ref))
    },
    get replaced() {
      return [...replaced.values()]
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
/** How often cleaning is tried; between, a moment. Requests have their own retries: this is for answers that are no answers, of a proxy or an admission webhook. */
const attemptsAtMost = 3

/**
 * Deletes what the run has created, in uninstall order, and follows it until it is gone. Never touches an object of another uid, a namespace, a CRD, or what its resource
 * policy keeps. Says what could not be deleted, and gives it. Throws only where the lock is lost: then nothing more may be touched.
 *
 * @param since milliseconds since the epoch by the server's clock: objects whose uid is not known and that are older existed before the run
 */
export async function cleanCreated(
  run: Pick<Run, 'cluster' | 'emit' | 'release'>,
  objects: readonly CreatedObject[],
  signal: AbortSignal,
  since?: number,
): Promise<CreatedObject[]> {
  let left: Uncleaned[] = objects.map((entry) => ({ entry, error: undefined }))
  for (let attempt = 1; left.length > 0 && attempt <= attemptsAtMost; attempt++) {
    if (attempt > 1) await pause(pauseMs(attempt - 1), signal).catch(() => {})
    const entries = left.map(({ entry }) => entry)
    left = await cleanOnce(run, entries, signal, since)
    const lost = left.find(({ error }) => isLockLost(error))
    if (lost) throw lost.error
    if (signal.aborted || left.every(({ error }) => isRefusal(error))) break
  }
  for (const { entry, error } of left) {
    const message = `it is not known whether it is gone: ${messageOf(error)}`
    await run.emit({ type: 'guard', policy: 'clean', state: 'failed', ref: entry.ref, message })
  }
  return left.map(({ entry }) => entry)
}

interface Uncleaned {
  entry: CreatedObject
  error: unknown
}

/** One attempt; gives what failed. */
async function cleanOnce(
  run: Pick<Run, 'cluster' | 'emit' | 'release'>,
  objects: readonly CreatedObject[],
  signal: AbortSignal,
  since: number | undefined,
): Promise<Uncleaned[]> {
  const { cluster, emit } = run
  const failed: Uncleaned[] = []
  const found = await mapConcurrently(objects, 16, async (entry) => {
    try {
      return await identify(run, entry, signal, since)
    } catch (error) {
      failed.push({ entry, error })
      return undefined
    }
  })
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
        failed.push({ entry, error })
      }
    })
  }
  if (deleted.length === 0) return failed
  const names = deleted.slice(0, 3).map((entry) => displayName(entry.ref))
  const text = `waiting until ${names.join(', ')}${deleted.length > 3 ? ` and ${deleted.length - 3} more` : ''} ${deleted.length > 1 ? 'are' : 'is'} gone; Pods may take their grace period`
  const patience = setTimeout(() => void emit({ type: 'guard', policy: 'clean', state: 'waiting', message: text }), 2_000)
  const remaining = await waitAbsent(
    cluster,
    deleted.map(({ ref, uid }) => ({ ...ref, uid })),
    { signal, timeoutMs: deletionBound },
  )
  clearTimeout(patience)
  for (const { ref, reason } of remaining)
    await emit({ type: 'guard', policy: 'clean', state: 'failed', ref, message: `is still there: ${reason}` })
  return failed
}

/** The entry with the uid of the object that is there now; undefined where there is none, or another one than the run's. */
async function identify(
  run: Pick<Run, 'cluster' | 'release'>,
  entry: CreatedObject,
  signal: AbortSignal,
  since: number | undefined,
): Promise<CreatedObject | undefined> {
  if (entry.uid !== undefined) return entry
  if (entry.attempted === false) return undefined
  const live = await run.cluster.get(entry.ref, { signal })
  // Announced, but its answer never came. What another client has put there meanwhile, or what is older than the run, is not ours.
  if (!live || !appliedByUs(live) || (!entry.hook && !isOwned(live, run.release)) || isOlder(live, since)) return undefined
  return { ...entry, uid: live.metadata.uid, keep: isKept(live) }
}

function isOlder(object: KubeObject, since: number | undefined): boolean {
  // Kubernetes keeps whole seconds.
  return since !== undefined && Date.parse(object.metadata.creationTimestamp ?? '') < Math.floor(since / 1000) * 1000
}

function appliedByUs(object: KubeObject): boolean {
  const entries = (object.metadata.managedFields ?? []) as { manager?: string; operation?: string }[]
  return entries.some((entry) => entry.manager === 'helm' && entry.operation === 'Apply')
}

function isKept(object: KubeObject): boolean {
  const policy = policies(object)
  return policy.has('keep') || policy.has('skip-delete')
}
