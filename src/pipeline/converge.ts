import { isLockLost } from '../cluster/lease.ts'
import { ConvergeError, isConvergeError, messageOf } from '../errors.ts'
import type { Change } from '../plan/change.ts'
import type { ReleaseDriver } from '../release/driver.ts'
import { type History, isInstalled, loadHistory } from '../release/history.ts'
import type { ReleaseRecord } from '../release/record.ts'
import { descriptions } from '../release/status.ts'
import { keyOf, refOf } from '../resource.ts'
import { cleanAbandoned } from './abandoned.ts'
import { applyChanges, deleteByPolicy } from './apply.ts'
import { type Content, contentOfRecord, manifestsOfRecord } from './content.ts'
import { applyCrds } from './crds.ts'
import { expectedCreations } from './creations.ts'
import { describeError } from './error-description.ts'
import type { Event, FinishedEvent } from './events.ts'
import { createGuard } from './guard.ts'
import { hooksOf, runHooks, stagedHooks } from './hooks.ts'
import { type OpenRun, openRun } from './open-run.ts'
import type { ConvergeOptions, RunSettings } from './options.ts'
import { persistently } from './persist.ts'
import { createNamespace, lockRelease, namespaceExists } from './prepare.ts'
import { recover } from './recover.ts'
import { driverOf, isAbandoned, isUnchanged, loadPrevious, prepareRevision, reasonOf, supersede } from './revision.ts'
import { type Run, runStage } from './run.ts'
import { changedIn, countsOf, keysIn, type RunState } from './run-state.ts'
import { requireFresh } from './saved-plan.ts'
import { createScope } from './scope.ts'
import { openTracking } from './track.ts'
import { planChanges } from './validate.ts'

/**
 * Brings a release to what its chart says, or with `action: 'plan'` says what that would take. Never throws: the last event is `finished`, with the error of a failure.
 * One consumer; when it stops early the run is not stopped, use `signal` for that.
 */
export function converge(options: ConvergeOptions): AsyncIterable<Event> {
  return openRun(options, (open) => deploy(options, open))
}

/** Bound on what is done after the outcome is settled, milliseconds. */
const tidyingBound = 30_000

type Outcome = Pick<FinishedEvent, 'outcome' | 'counts'>

async function deploy(options: ConvergeOptions, open: OpenRun): Promise<void> {
  const { run, scope, settings } = open
  const state: RunState = { revision: 0, applied: new Set() }
  const finish = (event: Outcome & Partial<FinishedEvent>) => open.finish({ revision: state.revision, ...event })
  try {
    await finish(await runPipeline(run, options, settings, state, scope.follow))
  } catch (error) {
    const reason = scope.signal.aborted ? stopReason(scope.signal.reason, error) : error
    const end = await recover(run, settings, state, reason, {
      redeploy: (revision) => redeploy(run, options, settings, state, revision),
      interrupted: options.signal,
    })
    await finish({
      outcome: 'failed',
      counts: countsOf(state),
      error: describeError(reason, options.debug),
      ...end,
      lastGoodRevision: state.history?.lastDeployed?.revision,
    })
  } finally {
    await state.lock?.release().catch(() => {})
  }
}

/** Why a run was stopped, and what it waited for where that is no resource of its own. */
function stopReason(reason: unknown, error: unknown): unknown {
  if (!isConvergeError(reason) || reason.code !== 'ERR_TIMEOUT' || !isConvergeError(error) || error.code !== 'ERR_DEPENDENCY') return reason
  return new ConvergeError(reason.code, `${reason.message}: ${error.message}`, { hint: reason.hint, cause: reason })
}

/** The stages in their order. */
async function runPipeline(
  run: Run,
  options: ConvergeOptions,
  settings: RunSettings,
  state: RunState,
  follow: (signal: AbortSignal) => void,
): Promise<Outcome> {
  const { cluster, signal } = run
  const driver = driverOf(run, settings.storage)
  const placing = early(namespaceExists(run))
  const history = await loadHistory(driver, run.release.name, { signal })
  const loading = early(loadPrevious(history, signal))
  state.history = history
  state.revision = history.next
  const isUpgrade = isInstalled(history)
  await run.emit({
    type: 'started',
    action: options.action,
    release: run.release.name,
    namespace: run.release.namespace,
    revision: history.next,
    chart: options.chart,
    environment: options.environment,
    context: cluster.context,
    expectedMs: history.lastDeployed?.ageMs,
  })

  const content = await runStage(run, 'render', () => options.content({ revision: history.next, isUpgrade, history, signal }))
  for (const message of content.warnings) await run.emit({ type: 'warning', message })
  const [before, after] = hookEvents(options.action, isUpgrade)
  const all = stagedHooks(content)
  const hooks = settings.hooks ? [...hooksOf(all, before), ...hooksOf(all, after)] : []

  const previous = await loading
  const former = previous.records.flatMap(manifestsOfRecord)
  const placed = await placing
  const changes = await runStage(run, 'validate', () =>
    planChanges(run, {
      manifests: content.manifests as never,
      crds: content.crds,
      previous: former as never,
      previousApplied: previous.applied,
      takeOwnership: settings.takeOwnership,
      namespaceExists: placed,
      hooks: hooks as never,
      storage: settings.storage,
      createNamespace: settings.createNamespace,
      appliesCrds: !settings.skipCrds,
      tellLess: options.action === 'plan',
      action: options.action === 'rollback' ? 'rollback' : isUpgrade ? 'upgrade' : 'install',
    }),
  )
  if (options.savedPlan) requireFresh(options.savedPlan, cluster.server, history, changes)
  await options.onPlan?.({ content, changes, history })
  const emitPlan = () =>
    run.emit({
      type: 'plan',
      changes,
      hooks: hooks.map((hook) => ({
        ref: { apiVersion: hook.apiVersion, kind: hook.kind, name: hook.name },
        event: hook.events.includes(before) ? before : after,
        weight: hook.weight,
      })),
    })
  const unchanged = !settings.forceRevision && (await isSameAgain(options, content, previous.record, changes, history, signal))
  if (options.action === 'plan') {
    if (unchanged) hooks.length = 0
    await emitPlan()
    return { outcome: 'planned', counts: { changed: changedIn(changes) + hooks.length, ready: 0, restarts: 0 } }
  }
  if (unchanged) {
    state.revision = history.last!.revision
    await supersedeOlder(run, settings, state, driver, history)
    return { outcome: 'unchanged', counts: { changed: 0, ready: 0, restarts: 0 } }
  }
  await emitPlan()

  const tracking = await runStage(run, 'prepare', async () => {
    if (!placed) await createNamespace(run, settings)
    state.lock ??= await lockRelease(run, settings)
    follow(state.lock.signal)
    if (await isOutdated(run, driver, history, previous.leftovers && !state.cleaned)) {
      state.cleaned = true
      return undefined
    }
    state.changes = changes
    if (!settings.skipCrds) await applyCrds(run, content.crds)
    const creations = await expectedCreations(run, changes, hooks)
    state.guard = createGuard(creations, cluster.now)
    state.pending = await prepareRevision(run, driver, {
      action: options.action,
      content,
      history,
      firstDeployed: previous.record?.info.first_deployed,
      creations,
      historyMax: settings.historyMax,
    })
    await state.pending.store(signal)
    await state.pending.prune(signal).catch((error) => warnUnlessStopped(run, `old revisions could not be deleted: ${messageOf(error)}`))
    return openTracking(run, changes, {
      logs: settings.logs,
      settleMs: settings.settleMs,
      previous: former.map((manifest) => manifest.object() as never),
    })
  })
  // What was planned is not what there is any more. The lock is held now: the second time it is.
  if (!tracking) return runPipeline(run, options, settings, state, follow)
  state.tracked = tracking
  const { guard, pending } = state as Required<RunState>
  const hookOptions = { guard, logs: settings.logs, onFinished: pending.hookFinished }

  if (hooksOf(hooks, before).length > 0) await runStage(run, 'pre-hooks', () => runHooks(run, hooks, before, hookOptions))
  await runStage(
    run,
    'apply',
    () =>
      applyChanges(run, changes, guard, {
        applied(object) {
          state.applied.add(keyOf(refOf(object)))
          tracking.applied(object)
        },
        ready: tracking.ready,
      }),
    () => `${changedIn(changes)} change${changedIn(changes) === 1 ? '' : 's'}`,
  )
  await runStage(
    run,
    'record',
    () => pending.save(signal),
    () => `revision ${history.next}`,
  )
  state.statuses = await runStage(run, 'track', () => tracking.finish())
  await deleteByPolicy(run, changes, 'succeeded', keysIn(state.statuses, 'ready'))
  if (hooksOf(hooks, after).length > 0) await runStage(run, 'post-hooks', () => runHooks(run, hooks, after, hookOptions))
  await pending.succeed(settings.description, signal)
  // From here on it is deployed, whatever comes: what is left to do is for tidiness.
  await supersedeSurely(run, driver, history)
  if (content.notes.trim() !== '') await run.emit({ type: 'notes', text: content.notes })
  return { outcome: 'deployed', counts: countsOf(state) }
}

/** Begins what is awaited later, so that its answer comes beside others; a failure of it shows when it is awaited. */
function early<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

async function warnUnlessStopped(run: Run, message: string): Promise<void> {
  run.signal.throwIfAborted()
  await run.emit({ type: 'warning', message })
}

/** Older revisions become superseded. The deploy is done: what goes wrong here is a warning, and mended by the next run. */
async function supersedeSurely(run: Run, driver: ReleaseDriver, history: History): Promise<void> {
  const signal = AbortSignal.timeout(tidyingBound)
  await persistently(signal, () => supersede(driver, history.revisions, signal)).catch((error) =>
    run.emit({ type: 'warning', message: `an older revision still says that it is deployed: ${messageOf(error)}` }),
  )
}

/** A run that was killed between its last two writes has left two revisions that say `deployed`. */
async function supersedeOlder(run: Run, settings: RunSettings, state: RunState, driver: ReleaseDriver, history: History): Promise<void> {
  const older = history.revisions.filter((revision) => revision.status === 'deployed' && revision !== history.last)
  if (older.length === 0) return
  state.lock ??= await lockRelease(run, settings)
  const now = await loadHistory(driver, run.release.name, { signal: run.signal })
  if (now.last?.revision === history.last?.revision) await supersede(driver, older, run.signal)
}

/**
 * Deploys the content of an older revision again, as a new revision, within the same lock: what `--on-failure=rollback` does. Gives the new revision.
 */
async function redeploy(run: Run, options: ConvergeOptions, settings: RunSettings, failed: RunState, target: number): Promise<number> {
  const scope = createScope(undefined, settings.timeoutMs)
  const inner: Run = {
    ...run,
    signal: scope.signal,
    emit: (event) =>
      event.type === 'started' || event.type === 'finished' || event.type === 'notes' ? Promise.resolve() : run.emit(event),
  }
  const state: RunState = { revision: 0, lock: failed.lock, applied: new Set() }
  try {
    const driver = driverOf(inner, settings.storage)
    const loaded = await driver.get(run.release.name, target, { signal: scope.signal })
    if (!loaded) throw new ConvergeError('ERR_RELEASE_NOT_FOUND', `revision ${target} of ${run.release.name} is gone`)
    const content: Content = contentOfRecord(loaded.record)
    await runPipeline(
      inner,
      // A saved plan was for the revision that has failed, not for this one.
      { ...options, action: 'rollback', content: async () => content, savedPlan: undefined, onPlan: undefined },
      { ...settings, forceRevision: true, lockTimeoutMs: 0 },
      state,
      scope.follow,
    )
    return state.revision
  } catch (error) {
    const reason = scope.signal.aborted ? scope.signal.reason : error
    state.tracked?.close()
    const signal = AbortSignal.timeout(tidyingBound)
    if (!isLockLost(reason) && (await state.pending?.isStored(signal))) await state.pending?.fail(reasonOf(reason), signal)
    throw reason
  } finally {
    scope.dispose()
  }
}

function hookEvents(action: ConvergeOptions['action'], isUpgrade: boolean) {
  if (action === 'rollback') return ['pre-rollback', 'post-rollback'] as const
  return isUpgrade ? (['pre-upgrade', 'post-upgrade'] as const) : (['pre-install', 'post-install'] as const)
}

/**
 * Whether the plan is void: another run has made a revision since, or the last one was left pending by a run that was killed, after which this cleans up. To be asked
 * with the lock held.
 */
async function isOutdated(run: Run, driver: ReleaseDriver, history: History, leftovers: boolean): Promise<boolean> {
  // What was pending before the lock was taken may have been at work then, and be done now.
  const now = await loadHistory(driver, run.release.name, { signal: run.signal })
  const isSame = now.last?.revision === history.last?.revision && now.last?.status === history.last?.status
  if (isAbandoned(now) || (leftovers && isSame)) {
    await cleanAbandoned(run, driver, now)
    return true
  }
  if (isSame) return false
  await run.emit({ type: 'warning', message: `revision ${now.last?.revision} was made meanwhile; planning anew` })
  return true
}

/**
 * Whether nothing would be different after a new revision. A chart that names its revision (`.Release.Revision`) never renders the same twice: it is compared as it
 * would have been at the last revision.
 */
async function isSameAgain(
  options: ConvergeOptions,
  content: Content,
  previous: ReleaseRecord | undefined,
  changes: readonly Change[],
  history: History,
  signal: AbortSignal,
): Promise<boolean> {
  if (!previous || changedIn(changes) > 0) return false
  if (isUnchanged(content, previous, changes)) return true
  if (options.action === 'rollback') return false
  const isUpgrade = previous.info.description !== descriptions.installed
  return isUnchanged(await options.content({ revision: previous.version, isUpgrade, history, signal }), previous, changes)
}
