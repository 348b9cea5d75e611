import { isLockLost } from '../cluster/lease.ts'
import { isConvergeError, messageOf } from '../errors.ts'
import type { Change } from '../plan/change.ts'
import { keyOf } from '../resource.ts'
import { deleteByPolicy } from './apply.ts'
import type { FinishedEvent, InterruptedEvent } from './events.ts'
import { cleanCreated } from './guard.ts'
import type { RunSettings } from './options.ts'
import { restoreReplaced } from './restore.ts'
import { reasonOf } from './revision.ts'
import type { Run } from './run.ts'
import { keysIn, type RunState } from './run-state.ts'

/** Bound on everything that follows a failure, milliseconds: it must end also on a cluster that does not answer. */
const recoveryBound = 120_000

export interface Recovery {
  /** Brings back an older revision, for `--on-failure=rollback`; gives the new one. */
  redeploy(revision: number): Promise<number>
  /** Aborted by whoever wants the run to stop: that it is stopping already is said then. */
  interrupted?: AbortSignal
}

/** What the last event tells of it. */
export type Recovered = Pick<FinishedEvent, 'recorded' | 'restoredRevision' | 'abandoned'>

/**
 * What follows a failure: the diagnosis of what is not ready, then the guard by its policy, then the revision is marked failed. Nothing is done where nothing was touched,
 * and nothing more once the lock is lost: what this run has created may be another's by now, which has the journal. Never throws.
 */
export async function recover(run: Run, settings: RunSettings, state: RunState, reason: unknown, recovery: Recovery): Promise<Recovered> {
  const quiet = new AbortController()
  if (!run.signal.aborted) {
    const message = `this run has failed and is being cleaned up after; press again to leave it`
    const explain = () => void run.emit({ type: 'interrupted', by: signalOf(recovery.interrupted?.reason), message })
    recovery.interrupted?.addEventListener('abort', explain, { once: true, signal: quiet.signal })
  }
  try {
    return await cleanUp(run, settings, state, reason, recovery)
  } catch (error) {
    if (isLockLost(error)) return await standBack(run, state, error)
    await run.emit({ type: 'warning', message: `cleaning up broke off: ${messageOf(error)}; the next run goes on with it` })
    return { recorded: true, abandoned: true }
  } finally {
    quiet.abort()
    await state.tracked?.close().catch(() => {})
  }
}

/** The lock is lost: not a write more. */
async function standBack(run: Run, state: RunState, reason: unknown): Promise<Recovered> {
  const begun = state.guard !== undefined && (await isStored(state))
  const message = begun
    ? `${messageOf(reason)}: nothing more is touched, nothing is cleaned up; revision ${state.revision} and what it created are for the run that has the lock now, or the next one`
    : `${messageOf(reason)}: this run stops`
  await run.emit({ type: 'interrupted', by: 'lost-lock', message })
  return begun ? { recorded: true, abandoned: true } : { recorded: false }
}

async function cleanUp(run: Run, settings: RunSettings, state: RunState, reason: unknown, recovery: Recovery): Promise<Recovered> {
  const { pending, guard, tracked } = state
  if (isLockLost(reason)) return standBack(run, state, reason)
  if (run.signal.aborted) {
    const created = guard?.objects.filter(({ attempted }) => attempted !== false).length ?? 0
    await run.emit({ type: 'interrupted', ...describeInterruption(reason, created, settings) })
  }
  if (!pending || !guard || !(await isStored(state))) return { recorded: false }
  const signal = AbortSignal.timeout(recoveryBound)
  if (tracked) {
    if (isConvergeError(reason) && reason.code === 'ERR_TIMEOUT') await tracked.diagnoseUnready(signal).catch(() => {})
    state.statuses = tracked.statuses()
    await tracked.close()
    await deleteByPolicy({ ...run, signal }, state.changes ?? [], 'failed', keysIn(state.statuses, 'failed')).catch((error) => {
      if (isLockLost(error)) throw error
    })
  }
  const left = settings.onFailure === 'keep' ? [] : await runGuard(run, settings, state, signal)
  const entries = left.map(({ ref, uid, hook }) => ({ ...ref, uid, hook }))
  const recovered: Recovered = { recorded: true }
  try {
    await pending.fail(reasonOf(reason), signal, entries)
  } catch (error) {
    if (isLockLost(error)) throw error
    const message = `revision ${state.revision} could not be marked failed: ${messageOf(error)}`
    await run.emit({ type: 'warning', message, hint: 'The next run cleans up after it.' })
    recovered.abandoned = true
  }
  const good = state.history?.lastDeployed?.revision
  if (settings.onFailure !== 'rollback' || good === undefined || recovered.abandoned) return recovered
  try {
    recovered.restoredRevision = await recovery.redeploy(good)
  } catch (error) {
    await run.emit({ type: 'warning', message: `revision ${good} could not be brought back: ${messageOf(error)}` })
  }
  return recovered
}

/** Whether there is a revision of this run. Where that cannot be told, it is taken to be there. */
async function isStored({ pending }: RunState): Promise<boolean> {
  if (!pending) return false
  return pending.isStored(AbortSignal.timeout(recoveryBound / 4)).catch(() => true)
}

async function runGuard(run: Run, settings: RunSettings, state: RunState, signal: AbortSignal) {
  const policy = settings.onFailure
  await run.emit({ type: 'guard', policy, state: 'started' })
  const left = await cleanCreated(run, state.guard!.objects, signal)
  await restoreReplaced(run, state.guard!, signal)
  const kept = keptChanges(state)
  for (const { ref } of kept) await run.emit({ type: 'guard', policy, state: 'kept', ref })
  const message = kept.length > 0 ? `which existed before; they are at revision ${state.revision}` : undefined
  await run.emit({ type: 'guard', policy, state: 'finished', ...(message ? { message } : {}) })
  return left
}

/** What this run changed and the guard leaves as it is now. */
function keptChanges(state: RunState): Change[] {
  return (state.changes ?? []).filter(
    (change) =>
      (change.operation === 'update' || change.operation === 'adopt' || change.operation === 'recreate') &&
      state.applied.has(keyOf(change.ref)),
  )
}

function describeInterruption(reason: unknown, created: number, settings: RunSettings): Pick<InterruptedEvent, 'by' | 'message'> {
  const code = isConvergeError(reason) ? reason.code : ''
  const work =
    settings.onFailure === 'keep' || created === 0 ? '' : `: removing ${created === 1 ? 'what is new' : `up to ${created} new resources`}`
  if (code === 'ERR_TIMEOUT') return { by: 'timeout', message: `${messageOf(reason)}${work}` }
  return { by: signalOf(reason), message: `stopping${work}${work ? '; press again to leave it' : ''}` }
}

function signalOf(reason: unknown): 'SIGINT' | 'SIGTERM' | 'SIGHUP' {
  const message = messageOf(reason)
  return (['SIGTERM', 'SIGHUP'] as const).find((name) => message.includes(name)) ?? 'SIGINT'
}
