import { ConvergeError } from '../errors.ts'
import { displayName, type ResourceRef } from '../resource.ts'
import { waitAbsent } from '../tracker/absence.ts'
import type { Run } from './run.ts'

/** Follows deletions until nothing is left; throws ERR_STILL_THERE with what holds the rest. Where the run is stopped meanwhile, a warning says it. */
export async function awaitAbsence(
  run: Pick<Run, 'cluster' | 'signal' | 'emit'>,
  refs: readonly (ResourceRef & { uid?: string })[],
): Promise<void> {
  const remaining = await waitAbsent(run.cluster, refs, { signal: run.signal })
  const lines = remaining.map(({ ref, reason }) => `${displayName(ref)} is still there: ${reason}`)
  if (run.signal.aborted) for (const line of lines) await run.emit({ type: 'warning', message: line })
  run.signal.throwIfAborted()
  if (remaining.length === 0) return
  throw new ConvergeError(
    'ERR_STILL_THERE',
    lines.length === 1 ? lines[0]! : `${lines.length} resources are being deleted and are still there`,
    {
      details: lines.length === 1 ? [] : lines,
      hint: 'Find out what should remove their finalizers.',
    },
  )
}
