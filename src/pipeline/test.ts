import type { Cluster } from '../cluster/cluster.ts'
import { ConvergeError } from '../errors.ts'
import { loadHistory } from '../release/history.ts'
import { contentOfRecord } from './content.ts'
import { describeError } from './converge.ts'
import { createEventStream } from './event-stream.ts'
import type { Event, FinishedEvent } from './events.ts'
import { createGuard } from './guard.ts'
import { type HookRun, hooksOf, runHooks } from './hooks.ts'
import { defaultSettings, type RunSettings } from './options.ts'
import { driverOf } from './revision.ts'
import { type Run, runStage } from './run.ts'
import { createScope } from './scope.ts'

export interface TestOptions {
  cluster: Cluster
  release: string
  namespace: string
  environment?: string
  settings?: Partial<RunSettings>
  /** `name=x` runs only these, `!name=x` leaves these out. */
  filters?: readonly string[]
  signal?: AbortSignal
  now?: () => number
}

/** Runs the test hooks of the last revision and notes their outcome in it. Never throws, as `converge`. */
export function testRelease(options: TestOptions): AsyncIterable<Event> {
  const now = options.now ?? Date.now
  const stream = createEventStream(now)
  void run(options, stream.emit, now).finally(stream.end)
  return stream.events
}

async function run(options: TestOptions, emit: Run['emit'], now: () => number): Promise<void> {
  const startedAt = now()
  const settings = { ...defaultSettings, ...options.settings }
  const scope = createScope(options.signal, settings.timeoutMs)
  const run: Run = {
    cluster: options.cluster,
    release: { name: options.release, namespace: options.namespace },
    signal: scope.signal,
    emit,
    now,
  }
  let revision = 0
  const end = (outcome: FinishedEvent['outcome'], error?: FinishedEvent['error']) =>
    emit({
      type: 'finished',
      outcome,
      release: options.release,
      namespace: options.namespace,
      revision,
      ms: now() - startedAt,
      counts: { changed: 0, ready: 0, restarts: 0 },
      ...(error ? { error } : {}),
    })
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
        runHooks(run, hooks, 'test', { guard: createGuard([]), logs: settings.logs, onFinished: (item) => finished.push(item) }),
      )
    } finally {
      await driver.update({ ...record, hooks: record.hooks?.map((item) => withRun(item, finished)) })
    }
    await end('tested')
  } catch (error) {
    await end('failed', describeError(scope.signal.aborted ? scope.signal.reason : error))
  } finally {
    scope.dispose()
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
