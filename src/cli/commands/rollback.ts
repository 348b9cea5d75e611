import { ConvergeError } from '../../errors.ts'
import { contentOfRecord } from '../../pipeline/content.ts'
import type { History } from '../../release/history.ts'
import { type RunFlags, runPipelineCommand } from '../session.ts'
import { requireRelease } from '../target.ts'

/** `converge rollback [REVISION]`: deploys a stored revision again, as a new one. */
export async function runRollback(argument: string | undefined, flags: RunFlags): Promise<void> {
  if (argument !== undefined && !/^\d+$/.test(argument))
    throw new ConvergeError('ERR_USAGE', `"${argument}" is not a revision`, { hint: 'converge history lists them.' })
  await runPipelineCommand(flags, 'rollback', async (session) => ({
    release: requireRelease(session.target),
    async content({ history, signal }) {
      const revision = chooseRevision(
        history,
        argument === undefined || argument === '0' ? undefined : Number(argument),
        requireRelease(session.target),
      )
      const { record } = await revision.load({ signal })
      return contentOfRecord(record)
    },
  }))
}

/** The revision of that number; without one, the newest good one before the last. */
function chooseRevision(history: History, number: number | undefined, release: string) {
  const { revisions, last } = history
  if (!last)
    throw new ConvergeError('ERR_RELEASE_NOT_FOUND', `there is no release ${release} here`, {
      hint: 'converge list -A lists all releases.',
    })
  if (number !== undefined) {
    const found = revisions.find((revision) => revision.revision === number)
    if (found) return found
    throw new ConvergeError('ERR_RELEASE_NOT_FOUND', `release ${release} has no revision ${number}`, {
      hint: `It has ${revisions.map((revision) => revision.revision).join(', ')}.`,
    })
  }
  if (last.status !== 'deployed' && history.lastDeployed) return history.lastDeployed
  const good = revisions.findLast((revision) => revision !== last && (revision.status === 'superseded' || revision.status === 'deployed'))
  if (good) return good
  throw new ConvergeError('ERR_RELEASE_NOT_FOUND', `release ${release} has no earlier good revision to go back to`, {
    hint: 'converge history lists what there is.',
  })
}
