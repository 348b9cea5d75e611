import { mapConcurrently } from '../../concurrency.ts'
import { ConvergeError, messageOf } from '../../errors.ts'
import type { StoredRevision } from '../../release/driver.ts'
import type { ReleaseRecord } from '../../release/record.ts'
import { isPending, type ReleaseStatus } from '../../release/status.ts'
import { helmTable } from '../helm-table.ts'
import { helmTime } from '../helm-time.ts'
import { parseLabelSelector } from '../label-selector.ts'
import { printData } from '../output-format.ts'
import { appVersion, chartName, type ViewFlags, withView } from '../release-view.ts'
import { writeOut } from '../stdout.ts'

export type ListFlags = ViewFlags & {
  allNamespaces?: boolean
  short?: boolean
  filter?: string
  selector?: string
  max: number
  offset: number
  date?: boolean
  reverse?: boolean
  headers: boolean
  deployed?: boolean
  failed?: boolean
  pending?: boolean
  superseded?: boolean
  uninstalled?: boolean
  uninstalling?: boolean
}

/** `converge list`: the newest revision of each release, in the shapes of `helm list`. */
export async function runList(flags: ListFlags): Promise<void> {
  const chooses = await chooser(flags)
  await withView(flags, async (view) => {
    const revisions = await view.driver(flags.allNamespaces).list()
    // The newest revision is superseded of no release: who asks for these alone means older ones.
    const candidates = flags.superseded && !otherStatuses(flags) ? revisions : newest(revisions)
    const chosen = candidates.filter(chooses).sort((a, b) => compare(a.name, b.name) || compare(a.namespace, b.namespace))
    if (flags.date) {
      const dates = new Map(await mapConcurrently(chosen, 8, async (item) => [item, (await load(item)).info.last_deployed] as const))
      chosen.sort((a, b) => Date.parse(dates.get(a)!) - Date.parse(dates.get(b)!))
    }
    if (flags.reverse) chosen.reverse()
    const shown = chosen.slice(flags.offset, flags.max > 0 ? flags.offset + flags.max : undefined)
    const format = flags.output ?? 'table'
    if (flags.short) {
      const names = shown.map(({ name }) => name)
      return format === 'table' ? writeOut(names.map((name) => `${name}\n`).join('')) : printData(format, names)
    }
    const items = (await mapConcurrently(shown, 8, load)).map(itemOf)
    if (format !== 'table') return printData(format, items)
    const rows = items.map((item) => Object.values(item))
    const head = ['NAME', 'NAMESPACE', 'REVISION', 'UPDATED', 'STATUS', 'CHART', 'APP VERSION']
    return writeOut(helmTable(flags.headers ? [head, ...rows] : rows))
  })
}

async function chooser(flags: ListFlags): Promise<(revision: StoredRevision) => boolean> {
  const matchesName = flags.filter === undefined ? () => true : await namePattern(flags.filter)
  const matchesLabels = flags.selector === undefined ? () => true : parseLabelSelector(flags.selector)
  const anyStatus = !otherStatuses(flags) && !flags.superseded
  return ({ name, status, allLabels }) => matchesName(name) && matchesLabels(allLabels) && (anyStatus || asksFor(flags, status))
}

/** Only a filter needs Go's regular expressions. */
async function namePattern(text: string): Promise<(name: string) => boolean> {
  const { RE2JS } = await import('re2js')
  try {
    const pattern = RE2JS.compile(text)
    return (name) => pattern.matcher(name).find()
  } catch (cause) {
    throw new ConvergeError('ERR_USAGE', `--filter ${text} is no regular expression: ${messageOf(cause)}`, { cause })
  }
}

function otherStatuses({ deployed, failed, pending, uninstalled, uninstalling }: ListFlags): boolean {
  return [deployed, failed, pending, uninstalled, uninstalling].some(Boolean)
}

function asksFor(flags: ListFlags, status: ReleaseStatus): boolean {
  if (isPending(status)) return flags.pending === true
  return status !== 'unknown' && flags[status as 'deployed' | 'failed' | 'superseded' | 'uninstalled' | 'uninstalling'] === true
}

/** The last of each release; revisions come in ascending order. */
function newest(revisions: readonly StoredRevision[]): StoredRevision[] {
  return [...new Map(revisions.map((revision) => [`${revision.namespace}/${revision.name}`, revision])).values()]
}

function itemOf(record: ReleaseRecord) {
  return {
    name: record.name,
    namespace: record.namespace,
    revision: String(record.version),
    updated: helmTime(record.info.last_deployed),
    status: record.info.status,
    chart: chartName(record),
    app_version: appVersion(record),
  }
}

async function load(revision: StoredRevision): Promise<ReleaseRecord> {
  return (await revision.load()).record
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
