import { ConvergeError } from '../errors.ts'
import type { ReleaseDriver } from '../release/driver.ts'
import type { History } from '../release/history.ts'
import { withStatus } from '../release/record.ts'
import { descriptions } from '../release/status.ts'
import { cleanCreated } from './guard.ts'
import type { Run } from './run.ts'

/**
 * Cleans up after a run that was killed: with the lock held, a pending revision belongs to nobody alive. Deletes what its journal says that it created, and marks the
 * revision failed. A pending revision of Helm has no journal and is only marked.
 */
export async function cleanAbandoned(run: Run, driver: ReleaseDriver, history: History): Promise<void> {
  const last = history.last
  if (!last) return
  const { record, journal } = await last.load({ signal: run.signal })
  await run.emit({
    type: 'warning',
    message: `revision ${last.revision} was left ${last.status} by a run that was killed; cleaning up after it`,
  })
  if (journal) {
    const started = Date.parse(journal.startedAt)
    if (Number.isNaN(started))
      throw new ConvergeError('ERR_JOURNAL', `the journal of revision ${last.revision} cannot be read`, {
        hint: 'Look at what the release left behind, then delete the revision.',
      })
    await run.emit({ type: 'guard', policy: 'clean', state: 'started' })
    const objects = journal.entries.map(({ uid, hook, ...ref }) => ({ ref, uid, hook }))
    // Kubernetes keeps whole seconds.
    await cleanCreated(run, objects, run.signal, Math.floor(started / 1000) * 1000)
    await run.emit({ type: 'guard', policy: 'clean', state: 'finished' })
  }
  const reason = 'the run was killed'
  const text =
    last.status === 'pending-install'
      ? descriptions.installFailed(run.release.name, reason)
      : descriptions.upgradeFailed(run.release.name, reason)
  await driver.update(withStatus(record, 'failed', text), { signal: run.signal })
}
