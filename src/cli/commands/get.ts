import type { StoredRevision } from '../../release/driver.ts'
import { sortedMaps } from '../../release/go-json.ts'
import type { ReleaseRecord } from '../../release/record.ts'
import { writeYaml } from '../../yaml/write.ts'
import { computedValues } from '../computed-values.ts'
import { wholeSeconds } from '../helm-time.ts'
import { printData } from '../output-format.ts'
import { hooksText, notesText, statusText } from '../release-text.ts'
import { readRevision, type ViewFlags, withView } from '../release-view.ts'
import { writeOut } from '../stdout.ts'

export type GetPart = 'all' | 'manifest' | 'values' | 'hooks' | 'notes' | 'metadata'
export type GetFlags = ViewFlags & { all?: boolean }

/** `converge get PART`: a part of a revision, as `helm get` prints it. */
export async function runGet(part: GetPart, release: string | undefined, flags: GetFlags): Promise<void> {
  await withView({ ...flags, release: release ?? flags.release }, async (view) => {
    const revision = await readRevision(view, flags.revision)
    const { record } = await revision.load()
    switch (part) {
      case 'manifest':
        return writeOut(`${record.manifest}\n`)
      case 'hooks':
        return writeOut(hooksText(record))
      case 'notes':
        return record.info.notes ? writeOut(`NOTES:\n${record.info.notes}\n`) : undefined
      case 'values':
        return printValues(record, flags)
      case 'metadata':
        return printMetadata(record, revision, flags)
      case 'all':
        return writeOut(allText(record))
    }
  })
}

function printValues(record: ReleaseRecord, flags: GetFlags): Promise<void> {
  const values = flags.all ? computedValues(record) : givenValues(record)
  if (flags.output === 'json' || flags.output === 'yaml') return printData(flags.output, sortedMaps(values))
  return writeOut((flags.all ? 'COMPUTED VALUES:\n' : 'USER-SUPPLIED VALUES:\n') + writeYaml(values))
}

/** null where there are none, as Helm has it. */
function givenValues({ config }: ReleaseRecord): unknown {
  return typeof config === 'object' && config !== null && Object.keys(config).length > 0 ? config : null
}

function printMetadata(record: ReleaseRecord, revision: StoredRevision, flags: GetFlags): Promise<void> {
  const { name = '', version = '', appVersion = '', annotations, dependencies } = record.chart?.metadata ?? {}
  // Of the last revision Helm shows its own labels too, of another one only those of the user.
  const labels = flags.revision ? revision.labels : revision.allLabels
  const deployedAt = wholeSeconds(record.info.last_deployed)
  if (flags.output === 'json' || flags.output === 'yaml')
    return printData(flags.output, {
      name: record.name,
      chart: name,
      version,
      appVersion,
      annotations: annotations ? sortedMaps(annotations) : undefined,
      labels: Object.keys(labels).length > 0 ? sortedMaps(labels) : undefined,
      dependencies: dependencies || undefined,
      namespace: record.namespace,
      revision: record.version,
      status: record.info.status,
      deployedAt,
      applyMethod: record.apply_method || undefined,
    })
  const lines: [string, unknown][] = [
    ['NAME', record.name],
    ['CHART', name],
    ['VERSION', version],
    ['APP_VERSION', appVersion],
    ['ANNOTATIONS', pairs(annotations)],
    ['LABELS', pairs(labels)],
    ['DEPENDENCIES', ((dependencies ?? []) as { name: string }[]).map((dependency) => dependency.name).join(',')],
    ['NAMESPACE', record.namespace],
    ['REVISION', record.version],
    ['STATUS', record.info.status],
    ['DEPLOYED_AT', deployedAt],
    [
      'APPLY_METHOD',
      record.apply_method === 'ssa'
        ? 'server-side apply'
        : record.apply_method === 'csa'
          ? 'client-side apply'
          : 'client-side apply (defaulted)',
    ],
  ]
  return writeOut(lines.map(([key, value]) => `${key}: ${value}\n`).join(''))
}

function pairs(map: unknown): string {
  return Object.entries((map ?? {}) as Record<string, string>)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',')
}

function allText(record: ReleaseRecord): string {
  return [
    statusText(record, { chart: true }),
    `USER-SUPPLIED VALUES:\n${writeYaml(givenValues(record))}\n`,
    `COMPUTED VALUES:\n${writeYaml(computedValues(record))}\n`,
    `HOOKS:\n${hooksText(record)}MANIFEST:\n${record.manifest}\n`,
    notesText(record),
  ].join('')
}
