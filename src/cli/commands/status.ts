import { ansiTime } from '../helm-time.ts'
import { printAs } from '../output-format.ts'
import { readRecord, type ViewFlags, withView } from '../release-view.ts'
import { writeOut } from '../stdout.ts'

/** `converge status`: one revision, in the shapes of `helm status`. */
export async function runStatus(flags: ViewFlags): Promise<void> {
  await withView(flags, async (view) => {
    const record = await readRecord(view, flags.revision)
    if (flags.output === 'json' || flags.output === 'yaml') {
      const { labels: _labels, ...release } = record
      return printAs(flags.output, release, () => [])
    }
    const { info } = record
    const lines = [
      `NAME: ${record.name}`,
      `LAST DEPLOYED: ${ansiTime(info.last_deployed)}`,
      `NAMESPACE: ${record.namespace}`,
      `STATUS: ${info.status}`,
      `REVISION: ${record.version}`,
      `CHART: ${record.chart?.metadata.name ?? ''}`,
      `VERSION: ${record.chart?.metadata.version ?? ''}`,
      `APP_VERSION: ${record.chart?.metadata.appVersion ?? ''}`,
      `DESCRIPTION: ${info.description ?? ''}`,
    ]
    if (info.notes) lines.push('NOTES:', info.notes.trimEnd())
    return writeOut(`${lines.join('\n')}\n`)
  })
}
