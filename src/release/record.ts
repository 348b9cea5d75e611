import { sortedMaps } from './go-json.ts'
import type { ReleaseStatus } from './status.ts'

/** A chart as it is stored with a release: only itself, without its subcharts, as Helm does. */
export interface StoredChart {
  /** Chart.yaml by its own keys; what is empty is left out. `importValues` of dependencies is written as `import-values`. */
  metadata: object
  /** Chart.lock by its own keys. */
  lock?: object
  /** Every file of templates/, also helpers and NOTES.txt. */
  templates: StoredFile[]
  /** values.yaml after its dependencies were processed: a Map or a plain object. */
  values: unknown
  /** values.schema.json */
  schema?: Uint8Array | string
  files: StoredFile[]
}

export interface StoredFile {
  name: string
  data: Uint8Array | string
  /** RFC 3339; left out where it is not known. */
  modtime?: string
}

/** A revision as Helm stores it: the keys of its JSON, in Helm's order. Times are RFC 3339. */
export interface ReleaseRecord {
  name: string
  info: ReleaseInfo
  chart?: ChartRecord
  /** The values that the user gave, merged; a Map or a plain object. */
  config?: unknown
  /** All manifests that are no hooks, in install order, each below `---` and `# Source: …`. */
  manifest: string
  hooks?: HookRecord[]
  version: number
  namespace: string
  /** How it was applied: server-side or client-side. Absent in Helm 3, which knew only `csa`. */
  apply_method?: 'ssa' | 'csa'
  /** Labels of the user. They are on the Secret, not in the JSON. */
  labels?: Record<string, string>
}

export interface ReleaseInfo {
  first_deployed: string
  last_deployed: string
  /** When its deletion began; Helm 3 writes an empty string where it did not. */
  deleted?: string
  description?: string
  status: ReleaseStatus
  /** The revision that a rollback went back to (Helm 4.3). */
  rollback_revision?: number
  notes?: string
}

export interface ChartRecord {
  metadata: Record<string, unknown>
  lock: Record<string, unknown> | null
  templates: FileRecord[] | null
  values: unknown
  schema: string | null
  schemamodtime?: string
  files: FileRecord[] | null
  modtime?: string
}

export interface FileRecord {
  name: string
  /** Base64. */
  data: string
  modtime?: string
}

export interface HookRecord {
  name: string
  kind: string
  /** `chart/templates/x.yaml` */
  path: string
  manifest: string
  events: string[]
  last_run: HookRun
  weight?: number
  delete_policies?: string[]
  output_log_policies?: string[]
}

export interface HookRun {
  started_at?: string
  completed_at?: string
  phase: '' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'
}

/** What a new revision is made of. */
export interface RecordInput {
  name: string
  namespace: string
  revision: number
  status: ReleaseStatus
  description: string
  chart: StoredChart
  config: unknown
  manifest: string
  hooks: (Omit<HookRecord, 'last_run'> & { last_run?: HookRun })[]
  notes?: string
  labels?: Record<string, string>
  /** When the release was first deployed, of the revision before; default `now`. */
  firstDeployed?: string
  /** RFC 3339, default the current time. */
  now?: string
}

/** A revision as Helm 4 would make it for the same input, applied server-side. */
export function buildRecord(input: RecordInput): ReleaseRecord {
  const now = input.now ?? new Date().toISOString()
  return {
    name: input.name,
    info: {
      first_deployed: input.firstDeployed || now,
      last_deployed: now,
      description: input.description,
      status: input.status,
      notes: input.notes || undefined,
    },
    chart: chartRecord(input.chart),
    config: input.config,
    manifest: input.manifest,
    hooks: input.hooks.map((hook) => ({ ...hook, last_run: hook.last_run ?? { phase: '' } })),
    version: input.revision,
    namespace: input.namespace,
    apply_method: 'ssa',
    labels: input.labels,
  }
}

/** A copy with another status and description. */
export function withStatus(record: ReleaseRecord, status: ReleaseStatus, description = record.info.description): ReleaseRecord {
  return { ...record, info: { ...record.info, status, description } }
}

/** Go's zero time, which Helm writes where a chart has no schema file. */
const zeroTime = '0001-01-01T00:00:00Z'

function chartRecord(chart: StoredChart): ChartRecord {
  return {
    metadata: metadataRecord(chart.metadata as Record<string, unknown>),
    lock: chart.lock ? pick(chart.lock as Record<string, unknown>, ['generated', 'digest', 'dependencies'], dependencyRecords) : null,
    templates: fileRecords(chart.templates),
    values: chart.values ?? {},
    schema: chart.schema === undefined ? null : base64(chart.schema),
    schemamodtime: zeroTime,
    files: fileRecords(chart.files),
  }
}

function fileRecords(files: StoredFile[]): FileRecord[] | null {
  if (files.length === 0) return null
  return files.map(({ name, data, modtime }) => ({ name, data: base64(data), modtime }))
}

function base64(data: Uint8Array | string): string {
  return (typeof data === 'string' ? Buffer.from(data, 'utf8') : Buffer.from(data.buffer, data.byteOffset, data.byteLength)).toString(
    'base64',
  )
}

const metadataKeys = [
  'name',
  'home',
  'sources',
  'version',
  'description',
  'keywords',
  'maintainers',
  'icon',
  'apiVersion',
  'condition',
  'tags',
  'appVersion',
  'deprecated',
  'annotations',
  'kubeVersion',
  'dependencies',
  'type',
]

function metadataRecord(metadata: Record<string, unknown>): Record<string, unknown> {
  return pick(metadata, metadataKeys, (key, value) => {
    if (key === 'dependencies') return dependencyRecords(key, value)
    if (key === 'maintainers' && Array.isArray(value)) return value.map((item) => pick(item, ['name', 'email', 'url']))
    return key === 'annotations' ? sortedMaps(value) : value
  })
}

const dependencyKeys = ['name', 'version', 'repository', 'condition', 'tags', 'enabled', 'import-values', 'alias']

function dependencyRecords(key: string, value: unknown): unknown {
  if (key !== 'dependencies' || !Array.isArray(value)) return value
  return value.map((item) => {
    // `repository` alone is written even where it is empty.
    const fields = { ...item, 'import-values': item['import-values'] ?? item.importValues }
    const record = pick(fields, dependencyKeys, (field, content) => (field === 'import-values' ? sortedMaps(content) : content), [
      'repository',
    ])
    return record
  })
}

/** The fields of a Go struct in its order, without the empty ones (`omitempty`), but for those of `always`. */
function pick(
  source: Record<string, unknown> | null,
  keys: string[],
  convert: (key: string, value: unknown) => unknown = (_, value) => value,
  always: string[] = [],
): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const key of keys) {
    const value = source?.[key]
    if (!isEmpty(value) || always.includes(key)) result[key] = convert(key, value ?? '')
  }
  return result
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false || value === 0) return true
  if (Array.isArray(value)) return value.length === 0
  if (value instanceof Map) return value.size === 0
  return typeof value === 'object' && Object.keys(value).length === 0
}
