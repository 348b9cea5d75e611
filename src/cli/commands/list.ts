import { RE2JS } from 're2js'
import { mapConcurrently } from '../../concurrency.ts'
import type { StoredRevision } from '../../release/driver.ts'
import { helmTime } from '../helm-time.ts'
import { printAs } from '../output-format.ts'
import { chartName, type ViewFlags, withView } from '../release-view.ts'
import { writeOut } from '../stdout.ts'

/** `converge list`: the newest revision of each release, in the shapes of `helm list`. */
export async function runList(flags: ViewFlags & { allNamespaces?: boolean; short?: boolean; filter?: string }): Promise<void> {
  await withView(flags, async (view) => {
    const revisions = await view.driver(flags.allNamespaces).list()
    const newest = new Map<string, StoredRevision>()
    for (const revision of revisions) newest.set(`${revision.namespace}/${revision.name}`, revision)
    const pattern = flags.filter === undefined ? undefined : RE2JS.compile(flags.filter)
    const chosen = [...newest.values()]
      .filter((revision) => !pattern || pattern.matcher(revision.name).find())
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    if (flags.short) return writeOut(chosen.map((revision) => `${revision.name}\n`).join(''))
    const records = await mapConcurrently(chosen, 8, async (revision) => (await revision.load()).record)
    const items = records.map((record) => ({
      name: record.name,
      namespace: record.namespace,
      revision: String(record.version),
      updated: helmTime(record.info.last_deployed),
      status: record.info.status,
      chart: chartName(record),
      app_version: String(record.chart?.metadata.appVersion ?? ''),
    }))
    await printAs(flags.output, items, () => [
      ['NAME', 'NAMESPACE', 'REVISION', 'UPDATED', 'STATUS', 'CHART', 'APP VERSION'],
      ...items.map((item) => [item.name, item.namespace, item.revision, item.updated, item.status, item.chart, item.app_version]),
    ])
  })
}
