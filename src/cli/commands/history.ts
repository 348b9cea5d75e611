import { mapConcurrently } from '../../concurrency.ts'
import { ansiTime } from '../helm-time.ts'
import { printAs } from '../output-format.ts'
import { chartName, readRevisions, type ViewFlags, withView } from '../release-view.ts'

/** `converge history`: the revisions of the release, in the shapes of `helm history`. */
export async function runHistory(flags: ViewFlags & { max: string }): Promise<void> {
  await withView(flags, async (view) => {
    const { revisions } = await readRevisions(view)
    const records = await mapConcurrently(revisions.slice(-Number(flags.max)), 8, async (revision) => (await revision.load()).record)
    const items = records.map((record) => ({
      revision: record.version,
      updated: record.info.last_deployed,
      status: record.info.status,
      chart: chartName(record),
      app_version: String(record.chart?.metadata.appVersion ?? ''),
      description: record.info.description ?? '',
    }))
    await printAs(flags.output, items, () => [
      ['REVISION', 'UPDATED', 'STATUS', 'CHART', 'APP VERSION', 'DESCRIPTION'],
      ...items.map((item) => [String(item.revision), ansiTime(item.updated), item.status, item.chart, item.app_version, item.description]),
    ])
  })
}
