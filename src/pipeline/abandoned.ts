import { ConvergeError } from '../errors.ts'
import type { ReleaseDriver } from '../release/driver.ts'
import type { History } from '../release/history.ts'
import type { Journal, JournalEntry } from '../release/journal.ts'
import { withStatus } from '../release/record.ts'
import { descriptions, isPending } from '../release/status.ts'
import { cleanCreated } from './guard.ts'
import type { Run } from './run.ts'

type PendingStatus = 'pending-install' | 'pending-upgrade' | 'pending-rollback'

const failedAs: Record<PendingStatus, (release: string, reason: string) => string> = {
  'pending-install': descriptions.installFailed,
  'pending-upgrade': descriptions.upgradeFailed,
  'pending-rollback': descriptions.rollbackFailed,
}

/**
 * Cleans up after a run that was killed, or that could not clean up after itself: with the lock held, what its journal names belongs to nobody alive. Deletes what it has
 * created, and marks a pending revision failed. A pending revision of Helm has no journal and is only marked. What cannot be deleted stays in the journal.
 */
export async function cleanAbandoned(run: Run, driver: ReleaseDriver, history: History): Promise<void> {
  const last = history.last
  if (!last) return
  const { record, journal } = await last.load({ signal: run.signal })
  const message = isPending(last.status)
    ? `revision ${last.revision} was left ${last.status} by a run that was killed; cleaning up after it`
    : `revision ${last.revision} has left things behind; cleaning up after it`
  await run.emit({ type: 'warning', message })
  const left = journal ? await cleanJournal(run, last.revision, journal) : []
  const update = { signal: run.signal, ...(journal && left.length > 0 ? { journal: { ...journal, entries: left } } : {}) }
  if (!isPending(last.status)) return await driver.update(record, update)
  const reason = 'the run was killed'
  await driver.update(withStatus(record, 'failed', failedAs[last.status as PendingStatus](run.release.name, reason)), update)
}

async function cleanJournal(run: Run, revision: number, journal: Journal): Promise<JournalEntry[]> {
  const started = Date.parse(journal.startedAt)
  if (Number.isNaN(started))
    throw new ConvergeError('ERR_JOURNAL', `the journal of revision ${revision} cannot be read`, {
      hint: 'Look at what the release left behind, then delete the revision.',
    })
  await run.emit({ type: 'guard', policy: 'clean', state: 'started' })
  const objects = journal.entries.map(({ uid, hook, ...ref }) => ({ ref, uid, hook }))
  const left = await cleanCreated(run, objects, run.signal, started)
  run.signal.throwIfAborted()
  await run.emit({ type: 'guard', policy: 'clean', state: 'finished' })
  return left.map(({ ref, uid, hook }) => ({ ...ref, uid, hook }))
}
