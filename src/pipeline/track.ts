import { ConvergeError, isConvergeError } from '../errors.ts'
import type { Change } from '../plan/change.ts'
import { displayName, type KubeObject, keyOf, type ResourceRef, refOf } from '../resource.ts'
import { diagnose } from '../tracker/diagnose.ts'
import type { Evidence } from '../tracker/outcome.ts'
import type { ResourceStatus } from '../tracker/status.ts'
import { summarize } from '../tracker/summary.ts'
import { startTracking, type Tracking, type TrackResult, trackHook } from '../tracker/track.ts'
import { accepted } from './event-stream.ts'
import type { EventBody, Run } from './run.ts'

/** The tracking of a run's resources, watching from before the first of them is applied. */
export interface Tracked {
  applied(object: KubeObject): void
  /** Resolves when all of these are ready; throws ERR_NOT_READY, after the diagnoses, when one has failed. */
  ready(refs: readonly ResourceRef[]): Promise<void>
  /** Resolves with the last statuses when everything is ready; throws ERR_NOT_READY, after the diagnoses, when something has failed. */
  finish(): Promise<ResourceStatus[]>
  statuses(): readonly ResourceStatus[]
  /** Diagnoses what was applied and is neither ready nor failed: a timeout's evidence. */
  diagnoseUnready(signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** Diagnoses of one failure, at the most; the rest are named in the error. */
const diagnosesAtMost = 5
/** Names of those without a diagnosis. */
const namesAtMost = 10
/** Bound on collecting a diagnosis, milliseconds. */
const diagnosisBound = 10_000

/** Opens the watches for what the plan is about to apply, and for what it leaves as it is. */
export function openTracking(
  run: Run,
  changes: readonly Change[],
  options: { logs: boolean; settleMs: number; previous: readonly KubeObject[] },
): Tracked {
  const tracking = startTracking({
    cluster: run.cluster,
    signal: run.signal,
    namespace: run.release.namespace,
    logs: options.logs,
    settleMs: options.settleMs,
    now: run.now,
  })
  const expected = changes.flatMap((change) => (change.desired && change.operation !== 'keep' ? [change.desired] : []))
  tracking.expect(expected)
  const pump = forward(run, tracking)
  const sent = new Set<string>()
  const requireReady = async (result: TrackResult) => {
    if (run.signal.aborted) throw run.signal.reason
    if (result.outcome !== 'failed') return
    throw notReady(result, await diagnoseAll(run, result.failed, options.previous, AbortSignal.timeout(diagnosisBound)))
  }
  return {
    applied(object) {
      sent.add(keyOf(refOf(object)))
      tracking.applied(object)
    },
    ready: async (refs) => requireReady(await tracking.settled(refs)),
    async finish() {
      // Tracking waits for the first thing that is expected of it.
      if (expected.length === 0) await tracking.stop()
      const result = await tracking.done
      await pump
      await requireReady(result)
      await tellIgnored(run, result)
      return result.statuses
    },
    statuses: () => tracking.snapshot().statuses,
    async diagnoseUnready(signal) {
      const { failed, pending } = tracking.snapshot()
      const begun = [...failed, ...pending].filter(({ status }) => sent.has(keyOf(status.ref)))
      await diagnoseAll(run, begun, options.previous, signal)
    },
    async close() {
      await tracking.stop()
      await pump
    },
  }
}

/** Follows one hook with its logs until it is done. Throws ERR_HOOK_FAILED after its diagnosis. */
export async function followHook(run: Run, manifest: KubeObject, live: KubeObject, logs: boolean, what: string): Promise<void> {
  const tracking = trackHook({
    cluster: run.cluster,
    signal: run.signal,
    namespace: run.release.namespace,
    logs,
    now: run.now,
    object: manifest,
  })
  tracking.applied(live)
  const pump = forward(run, tracking)
  const result = await tracking.done
  await pump
  if (run.signal.aborted) {
    // What the time went by with is known only here.
    const late = isConvergeError(run.signal.reason) && run.signal.reason.code === 'ERR_TIMEOUT'
    if (late) await diagnoseAll(run, [...result.failed, ...result.pending], [], AbortSignal.timeout(diagnosisBound))
    throw run.signal.reason
  }
  if (result.outcome !== 'failed') return
  const [summary = 'it did not succeed'] = await diagnoseAll(run, result.failed, [], AbortSignal.timeout(diagnosisBound))
  throw new ConvergeError('ERR_HOOK_FAILED', `${what} ${displayName({ kind: manifest.kind, name: live.metadata.name })} failed: ${summary}`)
}

/** Failures that the run lets pass must not go by unseen. */
async function tellIgnored(run: Run, { ignored }: TrackResult): Promise<void> {
  for (const { status, incidents } of ignored) {
    const message = `${displayName(status.ref)} failed and is let pass, as its annotation asks: ${summarize(status, incidents)}`
    await run.emit({ type: 'warning', message })
  }
}

async function forward(run: Run, tracking: Tracking): Promise<void> {
  for await (const event of tracking.events) {
    // The event is nobody else's any more; `emit` gives it the time at which it is told. Most take no waiting.
    const taken = run.emit(event as EventBody)
    if (taken !== accepted) await taken
  }
}

async function diagnoseAll(
  run: Run,
  evidence: readonly Evidence[],
  previous: readonly KubeObject[],
  signal: AbortSignal,
): Promise<string[]> {
  const summaries: string[] = []
  for (const item of evidence.slice(0, diagnosesAtMost)) {
    const { kind, name } = item.status.ref
    const diagnosis = await diagnose(run.cluster, item, {
      signal,
      previous: previous.find((object) => object.kind === kind && object.metadata?.name === name),
    })
    await run.emit({ type: 'diagnosis', diagnosis })
    summaries.push(diagnosis.summary)
  }
  const more = evidence.slice(diagnosesAtMost)
  if (more.length > 0) {
    const names = more.slice(0, namesAtMost).map(({ status }) => `${displayName(status.ref)} (${status.reason})`)
    const rest = more.length > namesAtMost ? ` and ${more.length - namesAtMost} others` : ''
    await run.emit({ type: 'warning', message: `${more.length} more: ${names.join(', ')}${rest}` })
  }
  return summaries
}

function notReady(result: TrackResult, summaries: readonly string[]): ConvergeError {
  const names = result.failed.map(({ status }) => displayName(status.ref))
  const waiting =
    result.pending.length > 0
      ? [
          `${result.pending.length} more were not ready yet: ${result.pending
            .slice(0, 5)
            .map(({ status }) => displayName(status.ref))
            .join(', ')}`,
        ]
      : []
  return new ConvergeError(
    'ERR_NOT_READY',
    names.length === 1
      ? `${names[0]} failed: ${summaries[0] ?? result.failed[0]!.status.reason}`
      : `${names.length} resources failed: ${names.slice(0, 5).join(', ')}; ${names[0]}: ${summaries[0]}`,
    { details: waiting },
  )
}
