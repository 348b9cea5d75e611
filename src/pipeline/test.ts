import { ConvergeError } from '../errors.ts'
import { loadHistory } from '../release/history.ts'
import { contentOfRecord } from './content.ts'
import { describeError } from './error-description.ts'
import type { Event, FinishedEvent } from './events.ts'
import { createGuard } from './guard.ts'
import { type HookRun, hooksOf, runHooks } from './hooks.ts'
import { type OpenRun, openRun } from './open-run.ts'
import type { RunOptions } from './options.ts'
import { driverOf } from './revision.ts'
import { runStage } from './run.ts'

export interface TestOptions extends RunOptions {
  /** `name=x` runs only these, `!name=x` leaves these out. */
  filters?: readonly string[]
}

/** Runs the test hooks of the last revision and notes their outcome in it. Never throws, as `converge`. */
export function testRelease(options: TestOptions): AsyncIterable<Event> {
  return openRun(options, (open) => runTests(options, open))
}

async function runTests(options: TestOptions, { run, scope, settings, finish }: OpenRun): Promise<void> {
  const { emit } = run
  let revision = 0
  const end = (outcome: FinishedEvent['outcome'], error?: FinishedEvent['error']) =>
    finish({ outcome, revision, counts: { changed: 0, ready: 0, restarts: 0 }, ...(error ? { error } : {}) })
  try {
    const driver = driverOf(run, settings.storage)
    const { last } = await loadHistory(driver, options.release, { signal: scope.signal })
    if (!last)
      throw new ConvergeError('ERR_RELEASE_NOT_FOUND', `there is no release ${options.release} in namespace ${options.namespace}`, {
        hint: 'converge list -A lists all releases.',
      })
    revision = last.revision
    const { record } = await last.load({ signal: scope.signal })
    const hooks = contentOfRecord(record).hooks.filter((hook) => selects(options.filters ?? [], hook.name))
    const tests = hooksOf(hooks, 'test')
    await emit({
      type: 'started',
      action: 'test',
      release: options.release,
      namespace: options.namespace,
      revision,
      environment: options.environment,
      context: run.cluster.context,
    })
    await emit({
      type: 'plan',
      changes: [],
      hooks: tests.map((hook) => ({
        ref: { apiVersion: hook.apiVersion, kind: hook.kind, name: hook.name },
        event: 'test',
        weight: hook.weight,
      })),
    })
    const finished: HookRun[] = []
    try {
      await runStage(run, 'post-hooks', () =>
        runHooks(run, hooks, 'test', {
          guard: createGuard([], run.cluster.now),
          logs: settings.logs,
          onFinished: (item) => finished.push(item),
        }),
      )
    } finally {
      await driver.update({ ...record, hooks: record.hooks?.map((item) => withRun(item, finished)) })
    }
    await end('tested')
  } catch (error) {
    await end('failed', describeError(scope.signal.aborted ? scope.signal.reason : error, options.debug))
  }
}

function withRun<T extends { name: string; path: string }>(item: T, finished: readonly HookRun[]): T {
  const done = finished.find(({ hook }) => hook.name === item.name && hook.source === item.path)
  if (!done) return item
  return {
    ...item,
    last_run: {
      started_at: new Date(done.startedAt).toISOString(),
      completed_at: new Date(done.completedAt).toISOString(),
      phase: done.phase,
    },
  }
}

function selects(filters: readonly string[], name: string): boolean {
  const without = filters.filter((filter) => filter.startsWith('!name=')).map((filter) => filter.slice(6))
  const only = filters.filter((filter) => filter.startsWith('name=')).map((filter) => filter.slice(5))
  return !without.includes(name) && (only.length === 0 || only.includes(name))
}
