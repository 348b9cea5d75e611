import { fenceOf } from '../cluster/fence.ts'
import { withoutSecrets } from '../plan/redact.ts'
import { createEventStream } from './event-stream.ts'
import type { Event, FinishedEvent } from './events.ts'
import { defaultSettings, type RunOptions, type RunSettings } from './options.ts'
import type { Run } from './run.ts'
import { createScope, type Scope } from './scope.ts'

/** A run that has begun. */
export interface OpenRun {
  run: Run
  scope: Scope
  settings: RunSettings
  /** Emits the last event. */
  finish(event: Pick<FinishedEvent, 'outcome' | 'revision' | 'counts'> & Partial<FinishedEvent>): Promise<void>
}

/** Begins a run and gives its events, which end when `work` does. `work` tells its errors as its last event and throws none. */
export function openRun(options: RunOptions, work: (open: OpenRun) => Promise<void>): AsyncIterable<Event> {
  const { cluster, release, namespace, now = Date.now } = options
  const startedAt = now()
  const stream = createEventStream(now)
  const settings = { ...defaultSettings, ...options.settings }
  const scope = createScope(options.signal, settings.timeoutMs)
  const { secrets = [] } = options
  const emit: Run['emit'] = (event) => stream.emit(secrets.length > 0 ? withoutSecrets(event, secrets) : event)
  const fence = fenceOf(cluster)
  const run: Run = { cluster: fence.cluster, fence, release: { name: release, namespace }, signal: scope.signal, emit, now, secrets }
  const finish: OpenRun['finish'] = (event) => emit({ type: 'finished', release, namespace, ms: now() - startedAt, ...event })
  const deafen = cluster.onWarning((message) => void emit({ type: 'warning', message: `the API server warns: ${message}` }))
  void work({ run, scope, settings, finish }).finally(() => {
    deafen()
    scope.dispose()
    stream.end()
  })
  return stream.events
}
