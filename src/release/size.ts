import { ConvergeError } from '../errors.ts'
import { encodeRecord } from './codec.ts'
import { encodeJournal, type Journal } from './journal.ts'
import type { ReleaseRecord } from './record.ts'

/** What Kubernetes allows for the data of a Secret or a ConfigMap, before the Secret's own base64. */
export const maxDataBytes = 1024 * 1024

export interface Fitted {
  record: ReleaseRecord
  /** What was left out, for a warning: `files of the chart`. */
  leftOut: string[]
  bytes: number
}

/**
 * Makes a record fit into a Secret: where it is too large, first the chart's other files are left out, then its templates, then its schema. Helm
 * reads none of them again: rollback and uninstall work on the manifest, `--reuse-values` on the values. `journal` is what will lie beside it.
 * Errors: ERR_RELEASE_TOO_LARGE with the sizes of its parts where that is not enough.
 */
export async function fitRecord(record: ReleaseRecord, journal?: Journal): Promise<Fitted> {
  // Without uids, which the journal can do without.
  const beside = journal ? (await encodeJournal(journal, { uids: false })).length : 0
  const slim = { ...record, chart: record.chart && { ...record.chart } }
  const leftOut: string[] = []
  const steps: [what: string, drop: () => void][] = [
    ['the files of the chart beside its templates', () => slim.chart && (slim.chart.files = null)],
    ['the templates of the chart', () => slim.chart && (slim.chart.templates = null)],
    ['the schema of the values', () => slim.chart && (slim.chart.schema = null)],
  ]
  for (const step of [undefined, ...steps]) {
    if (step) {
      step[1]()
      leftOut.push(step[0])
    }
    const bytes = (await encodeRecord(slim)).length + beside
    if (bytes <= maxDataBytes) return { record: step ? slim : record, leftOut, bytes }
  }
  throw await tooLarge(slim, (await encodeRecord(slim)).length, beside)
}

async function packedSize(part: Partial<ReleaseRecord>): Promise<number> {
  const empty: ReleaseRecord = {
    name: '',
    info: { first_deployed: '', last_deployed: '', status: 'unknown' },
    manifest: '',
    version: 0,
    namespace: '',
  }
  return (await encodeRecord({ ...empty, ...part })).length
}

async function tooLarge(record: ReleaseRecord, bytes: number, beside: number): Promise<ConvergeError> {
  const parts: [string, number][] = [
    ['manifests', await packedSize({ manifest: record.manifest })],
    ['hooks', await packedSize({ hooks: record.hooks })],
    [
      'values of the chart',
      await packedSize({ chart: { metadata: {}, lock: null, templates: null, schema: null, files: null, values: record.chart?.values } }),
    ],
    ['values of the user', await packedSize({ config: record.config })],
    ['journal', beside],
  ]
  const sizes = parts.filter(([, size]) => size > 1024).sort((a, b) => b[1] - a[1])
  const message = `the release is too large to be stored: ${kib(bytes + beside)} compressed, ${kib(maxDataBytes)} are allowed`
  return new ConvergeError('ERR_RELEASE_TOO_LARGE', message, {
    hint: 'nothing was touched; split the chart, or move large data out of ConfigMaps and Secrets',
    details: sizes.map(([what, size]) => `${what}: ${kib(size)}`),
  })
}

function kib(bytes: number): string {
  return `${Math.ceil(bytes / 1024).toLocaleString('en-US')} KiB`
}
