import type { ReleaseRecord } from '../../release/record.ts'
import { printData } from '../output-format.ts'
import { printableRelease } from '../printable-release.ts'
import { liveResources, resourcesText } from '../release-resources.ts'
import { notesText, statusText } from '../release-text.ts'
import { readRecord, type ViewFlags, withView } from '../release-view.ts'
import { writeOut } from '../stdout.ts'

/** `converge status`: one revision and its live objects, in the shapes of `helm status`. */
export async function runStatus(release: string | undefined, flags: ViewFlags): Promise<void> {
  await withView({ ...flags, release: release ?? flags.release }, async (view) => {
    const record: ReleaseRecord = await readRecord(view, flags.revision)
    if (flags.output === 'json' || flags.output === 'yaml')
      return printData(flags.output, printableRelease(record, await liveResources(view.cluster, record)))
    return writeOut(statusText(record, { resources: await resourcesText(view.cluster, record) }) + notesText(record))
  })
}
