import { ConvergeError } from '../../errors.ts'
import type { ReleaseRecord } from '../../release/record.ts'
import { printAs, toYaml } from '../output-format.ts'
import { chartName, readRecord, type ViewFlags, withView } from '../release-view.ts'
import { writeOut } from '../stdout.ts'

const parts = ['all', 'manifest', 'values', 'hooks', 'notes', 'metadata'] as const

/** `converge get WHAT`: a part of a revision, as `helm get` prints it. */
export async function runGet(what: string, flags: ViewFlags & { all?: boolean }): Promise<void> {
  const part = parts.find((candidate) => candidate === what)
  if (!part) throw new ConvergeError('ERR_USAGE', `there is no "${what}" to get`, { hint: `There is ${parts.join(', ')}.` })
  await withView(flags, async (view) => {
    const record = await readRecord(view, flags.revision)
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
        return printMetadata(record, flags)
      case 'all':
        return writeOut(allText(record))
    }
  })
}

async function printValues(record: ReleaseRecord, flags: ViewFlags & { all?: boolean }): Promise<void> {
  const values = flags.all ? await computedValues(record) : (record.config ?? null)
  const shown = isEmpty(values) ? (flags.output === 'json' || !flags.all ? null : {}) : values
  if (flags.output === 'json') return writeOut(`${JSON.stringify(shown)}\n`)
  const head = flags.output === 'yaml' ? '' : flags.all ? 'COMPUTED VALUES:\n' : 'USER-SUPPLIED VALUES:\n'
  return writeOut(head + toYaml(shown))
}

/** The user's values over those of the stored chart. */
async function computedValues(record: ReleaseRecord): Promise<unknown> {
  return overlay(record.chart?.values ?? {}, record.config ?? {})
}

function overlay(base: unknown, top: unknown): unknown {
  if (!isMap(base) || !isMap(top)) return top
  const result: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(top)) {
    if (value === null) delete result[key]
    else result[key] = key in base ? overlay(base[key], value) : value
  }
  return result
}

function printMetadata(record: ReleaseRecord, flags: ViewFlags): Promise<void> {
  const metadata = record.chart?.metadata ?? {}
  const data = {
    name: record.name,
    chart: metadata.name ?? '',
    version: metadata.version ?? '',
    appVersion: metadata.appVersion ?? '',
    ...(metadata.annotations ? { annotations: metadata.annotations } : {}),
    ...(Object.keys(record.labels ?? {}).length > 0 ? { labels: record.labels } : {}),
    ...(metadata.dependencies ? { dependencies: metadata.dependencies } : {}),
    namespace: record.namespace,
    revision: record.version,
    status: record.info.status,
    deployedAt: record.info.last_deployed,
    applyMethod: record.apply_method ?? 'csa',
  }
  return printAs(flags.output, data, () =>
    Object.entries(data).map(([key, value]) => [
      `${key.toUpperCase()}:`,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  )
}

function hooksText(record: ReleaseRecord): string {
  return (record.hooks ?? []).map((hook) => `---\n# Source: ${hook.path}\n${hook.manifest}\n`).join('')
}

function allText(record: ReleaseRecord): string {
  const config = isEmpty(record.config) ? 'null\n' : toYaml(record.config)
  const lines = [
    `NAME: ${record.name}`,
    `NAMESPACE: ${record.namespace}`,
    `REVISION: ${record.version}`,
    `STATUS: ${record.info.status}`,
    `CHART: ${chartName(record)}`,
    '',
    `USER-SUPPLIED VALUES:\n${config}`,
    `HOOKS:\n${hooksText(record)}MANIFEST:\n${record.manifest}`,
    ...(record.info.notes ? [`NOTES:\n${record.info.notes}`] : []),
  ]
  return `${lines.join('\n')}\n`
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (isMap(value) && Object.keys(value).length === 0)
}
