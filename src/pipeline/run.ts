import type { Cluster } from '../cluster/cluster.ts'
import type { Fence } from '../cluster/fence.ts'
import type { ReleaseName } from '../plan/ownership.ts'
import type { Event, Stage } from './events.ts'

type WithoutTime<T> = T extends unknown ? Omit<T, 'at'> : never
export type EventBody = WithoutTime<Event>

/** What every stage of one run shares and none changes. */
export interface Run {
  /** Its writes are held to the lock once there is one. */
  cluster: Cluster
  fence: Fence
  release: ReleaseName
  /** Aborted by a signal of the process, the timeout or a lost lock; the reason is a ConvergeError. */
  signal: AbortSignal
  /** Hands an event to the consumer; the promise holds while the consumer is behind. */
  emit: (event: EventBody) => Promise<void>
  now: () => number
  /** Decrypted values of the chart, which no event may show. Rendering may add to them. */
  secrets: readonly string[]
}

/** Runs one stage between its two events. `summary` says in a few words what came out. */
export async function runStage<T>(run: Run, stage: Stage, work: () => Promise<T>, summary?: (result: T) => string): Promise<T> {
  const from = run.now()
  await run.emit({ type: 'stage', stage, state: 'started' })
  try {
    run.signal.throwIfAborted()
    const result = await work()
    await run.emit({ type: 'stage', stage, state: 'finished', ms: run.now() - from, ...(summary ? { summary: summary(result) } : {}) })
    return result
  } catch (error) {
    await run.emit({ type: 'stage', stage, state: 'failed', ms: run.now() - from })
    throw error
  }
}
