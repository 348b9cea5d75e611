import { mapConcurrently } from '../../concurrency.ts'
import { ansiTime } from '../helm-time.ts'
import { printAs } from '../output-format.ts'
import { appVersion, chartName, readRevisions, type ViewFlags, withView } from '../release-view.ts'

/** `converge history`: the newest revisions of the release, in the shapes of `helm history`. */
export async function runHistory(release: string | undefined, flags: ViewFlags & { max: number }): Promise<void> {
  await withView({ ...flags, release: release ?? flags.release }, async (view) => {
    const { revisions } = await readRevisions(view)
    const shown = flags.max > 0 ? revisions.slice(-flags.max) : revisions
    const records = await mapConcurrently(shown, 8, async (revision) => (await revision.load()).record)
    const items = records.map((record) => ({
      revision: record.version,
      updated: record.info.last_deployed,
      status: record.info.status,
      chart: chartName(record),
      app_version: appVersion(record),
      rollback_revision: record.info.rollback_revision || undefined,
      description: record.info.description ?? '',
    }))
    await printAs(flags.output, items, () => [
      ['REVISION', 'UPDATED', 'STATUS', 'CHART', 'APP VERSION', 'DESCRIPTION'],
      ...items.map((item) => [String(item.revision), ansiTime(item.updated), item.status, item.chart, item.app_version, item.description]),
    ])
  })
}
