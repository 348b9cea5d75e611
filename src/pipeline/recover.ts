import { isConvergeError, messageOf } from '../errors.ts'
import type { Change } from '../plan/change.ts'
import { keyOf } from '../resource.ts'
import { deleteByPolicy } from './apply.ts'
import { keysIn, type RunState } from './converge.ts'
import type { InterruptedEvent } from './events.ts'
import { cleanCreated } from './guard.ts'
import type { RunSettings } from './options.ts'
import { reasonOf } from './revision.ts'
import type { Run } from './run.ts'

/** Bound on everything that follows a failure, milliseconds: it must end also on a cluster that does not answer. */
const recoveryBound = 120_000

/**
 * What follows a failure: the diagnosis of what is not ready, then the guard by its policy, then the revision is marked failed. Nothing is done where nothing was touched.
 *
 * @param redeploy brings back an older revision, for `rollback`
 */
export async function recover(
  run: Run,
  settings: RunSettings,
  state: RunState,
  reason: unknown,
  redeploy: (revision: number) => Promise<void>,
): Promise<void> {
  const { pending, guard, tracked } = state
  if (run.signal.aborted) await run.emit({ type: 'interrupted', ...describeInterruption(reason, guard?.objects.length ?? 0, settings) })
  if (!pending || !guard) {
    tracked?.close()
    return
  }
  const signal = AbortSignal.timeout(recoveryBound)
  if (tracked) {
    if (isConvergeError(reason) && reason.code === 'ERR_TIMEOUT') await tracked.diagnoseUnready(signal).catch(() => {})
    state.statuses = tracked.statuses()
    tracked.close()
    await deleteByPolicy({ ...run, signal }, state.changes ?? [], 'failed', keysIn(state.statuses, 'failed')).catch(() => {})
  }
  const failures: string[] = []
  if (settings.onFailure !== 'keep') {
    await run.emit({ type: 'guard', policy: settings.onFailure, state: 'started' })
    await cleanCreated(run, guard.objects, signal)
    const kept = keptChanges(state)
    for (const { ref } of kept) await run.emit({ type: 'guard', policy: settings.onFailure, state: 'kept', ref })
    await run.emit({
      type: 'guard',
      policy: settings.onFailure,
      state: 'finished',
      ...(kept.length > 0 ? { message: `which existed before; they are at revision ${state.revision}` } : {}),
    })
  }
  await pending
    .fail(reasonOf(reason), signal)
    .catch((error) => failures.push(`revision ${state.revision} could not be marked failed: ${messageOf(error)}`))
  const good = state.history?.lastDeployed?.revision
  if (settings.onFailure === 'rollback' && good !== undefined)
    await redeploy(good).catch((error) => failures.push(`revision ${good} could not be brought back: ${messageOf(error)}`))
  for (const message of failures) await run.emit({ type: 'warning', message })
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
  const text = messageOf(reason)
  const work =
    settings.onFailure === 'keep' || created === 0 ? '' : `: removing ${created === 1 ? 'what is new' : `up to ${created} new resources`}`
  if (code === 'ERR_TIMEOUT') return { by: 'timeout', message: `${text}${work}` }
  if (code === 'ERR_LOCK_LOST') return { by: 'lost-lock', message: `${text}${work}` }
  return { by: text.includes('SIGTERM') ? 'SIGTERM' : 'SIGINT', message: `stopping${work}${work ? '; press again to leave it' : ''}` }
}
