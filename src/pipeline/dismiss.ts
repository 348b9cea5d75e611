import type { Hook } from '../chart/manifests.ts'
import { mapConcurrently } from '../concurrency.ts'
import { ConvergeError } from '../errors.ts'
import type { Change } from '../plan/change.ts'
import type { ReleaseDriver } from '../release/driver.ts'
import { type History, loadHistory } from '../release/history.ts'
import { type ReleaseRecord, withStatus } from '../release/record.ts'
import { descriptions } from '../release/status.ts'
import { refOf } from '../resource.ts'
import { awaitAbsence } from './absence.ts'
import { applyChanges } from './apply.ts'
import { contentOfRecord, manifestsOfRecord } from './content.ts'
import { prepareDesired, type SourceManifest } from './desired.ts'
import { describeError } from './error-description.ts'
import type { Event, FinishedEvent } from './events.ts'
import { cleanCreated, createGuard } from './guard.ts'
import { hooksOf, runHooks } from './hooks.ts'
import { type OpenRun, openRun } from './open-run.ts'
import type { RunOptions, RunSettings } from './options.ts'
import { lockRelease } from './prepare.ts'
import { driverOf, loadPrevious, supersede } from './revision.ts'
import { type Run, runStage } from './run.ts'
import { planChanges } from './validate.ts'

export interface DismissOptions extends RunOptions {
  keepHistory?: boolean
  withNamespace?: boolean
  ignoreNotFound?: boolean
}

/** Deletes a release: pre-delete hooks, its resources in uninstall order, followed until they are gone, post-delete hooks, its revisions. A deploy of nothing. Never throws, as `converge`. */
export function dismiss(options: DismissOptions): AsyncIterable<Event> {
  return openRun(options, (open) => dismissRelease(options, open))
}

async function dismissRelease(options: DismissOptions, { run, scope, settings, finish }: OpenRun): Promise<void> {
  const driver = driverOf(run, settings.storage)
  const end = (outcome: FinishedEvent['outcome'], revision: number, changed: number, error?: FinishedEvent['error']) =>
    finish({ outcome, revision, counts: { changed, ready: 0, restarts: 0 }, ...(error ? { error } : {}) })
  let revision = 0
  let unlock: (() => Promise<void>) | undefined
  try {
    const history = await loadHistory(driver, options.release, { signal: scope.signal })
    if (!history.last) {
      if (options.ignoreNotFound) return await end('dismissed', 0, 0)
      throw new ConvergeError('ERR_RELEASE_NOT_FOUND', `there is no release ${options.release} in namespace ${options.namespace}`, {
        hint: 'converge list -A lists all releases.',
      })
    }
    revision = history.last.revision
    const lock = await lockRelease(run, settings)
    unlock = lock.release
    scope.follow(lock.signal)
    // Whoever had the lock may have made revisions, or dismissed it.
    const now = await loadHistory(driver, options.release, { signal: scope.signal })
    const changed = now.last ? await deleteRelease(run, options, settings, driver, now) : 0
    await unlock()
    unlock = undefined
    if (options.withNamespace) await deleteNamespace(run)
    await end('dismissed', revision, changed)
  } catch (error) {
    const reason = scope.signal.aborted ? scope.signal.reason : error
    await end('failed', revision, 0, describeError(reason, options.debug))
  } finally {
    await unlock?.().catch(() => {})
  }
}

async function deleteRelease(
  run: Run,
  options: DismissOptions,
  settings: RunSettings,
  driver: ReleaseDriver,
  history: History,
): Promise<number> {
  const { signal } = run
  const last = history.last!
  const { record } = await last.load({ signal })
  const content = contentOfRecord(record)
  // A failed or killed upgrade may have dropped from the chart what it has not deleted yet.
  const { records } = await loadPrevious(history, signal)
  await run.emit({
    type: 'started',
    action: 'dismiss',
    release: run.release.name,
    namespace: run.release.namespace,
    revision: last.revision,
    environment: options.environment,
    context: run.cluster.context,
  })
  const changes: Change[] = await runStage(run, 'validate', () =>
    planChanges(run, {
      manifests: [],
      crds: [],
      previous: (records.length > 0 ? records.flatMap(manifestsOfRecord) : content.manifests) as never,
      previousApplied: false,
      takeOwnership: false,
      namespaceExists: true,
    }),
  )
  const hooks = settings.hooks ? content.hooks : []
  const planned = [
    ...hooksOf(hooks, 'pre-delete').map((hook) => ({ hook, event: 'pre-delete' })),
    ...hooksOf(hooks, 'post-delete').map((hook) => ({ hook, event: 'post-delete' })),
  ]
  await run.emit({
    type: 'plan',
    changes,
    hooks: planned.map(({ hook, event }) => ({
      ref: { apiVersion: hook.apiVersion, kind: hook.kind, name: hook.name },
      event,
      weight: hook.weight,
    })),
  })
  const deleting: ReleaseRecord = withStatus(
    { ...record, info: { ...record.info, deleted: new Date(run.now()).toISOString() } },
    'uninstalling',
    descriptions.uninstalling,
  )
  await driver.update(deleting, { signal })

  const hookOptions = { guard: createGuard([], run.cluster.now), logs: settings.logs, onFinished: () => {} }
  if (hooksOf(hooks, 'pre-delete').length > 0) await runStage(run, 'pre-hooks', () => runHooks(run, hooks, 'pre-delete', hookOptions))
  const deletions = changes.filter((change) => change.operation === 'delete')
  await runStage(
    run,
    'apply',
    () => applyChanges(run, deletions, hookOptions.guard, { applied() {}, async ready() {} }),
    () => `${deletions.length} deleted`,
  )
  if (hooksOf(hooks, 'post-delete').length > 0) await runStage(run, 'post-hooks', () => runHooks(run, hooks, 'post-delete', hookOptions))
  if (settings.hooks) await deleteHooks(run, content.hooks)
  if (options.keepHistory) {
    await driver.update(withStatus(deleting, 'uninstalled', settings.description ?? descriptions.uninstalled), { signal })
    await supersede(
      driver,
      history.revisions.filter((revision) => revision !== last),
      signal,
    )
  } else {
    // The last one last: what is left of a history that was cut short must not look deployed.
    const older = history.revisions.filter((revision) => revision !== last)
    await mapConcurrently(older, 8, (revision) => driver.delete(revision.name, revision.revision, { signal }))
    await driver.delete(last.name, last.revision, { signal })
  }
  return deletions.length
}

/** Hooks are no part of the manifest, and what a policy has left of them belongs to the release all the same. */
async function deleteHooks(run: Run, hooks: readonly Hook[]): Promise<void> {
  const { desired } = await prepareDesired(run.cluster, run.release, hooks as unknown as SourceManifest[], [], {
    owned: false,
    signal: run.signal,
  })
  await cleanCreated(
    run,
    desired.map(({ object }) => ({ ref: refOf(object), hook: true })),
    run.signal,
  )
}

async function deleteNamespace(run: Run): Promise<void> {
  const ref = { apiVersion: 'v1', kind: 'Namespace', name: run.release.namespace }
  const live = await run.cluster.get(ref, { signal: run.signal })
  if (!live) return
  await run.cluster.delete(ref, { uid: live.metadata.uid, signal: run.signal })
  await awaitAbsence(run, [{ ...ref, uid: live.metadata.uid }])
}
