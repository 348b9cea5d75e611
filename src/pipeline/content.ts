import type { Chart } from '../chart/chart.ts'
import type { Hook, Manifest } from '../chart/manifests.ts'
import { sortManifests } from '../chart/manifests.ts'
import type { Rendered } from '../chart/render.ts'
import type { HookRecord, RecordInput, ReleaseRecord, StoredChart } from '../release/record.ts'
import type { KubeObject } from '../resource.ts'
import { parseManifest } from '../yaml/read.ts'

/** What a revision consists of, rendered from a chart or taken from a stored revision. */
export interface Content {
  manifests: Manifest[]
  hooks: Hook[]
  /** Objects of crds/. */
  crds: KubeObject[]
  notes: string
  warnings: string[]
  /** The revision that it was taken from, for a rollback. */
  revision?: number
  /** What the release record keeps of it. */
  stored: Pick<RecordInput, 'chart' | 'config' | 'manifest' | 'hooks' | 'notes'>
}

export function contentOfChart(rendered: Rendered): Content {
  return {
    manifests: rendered.manifests,
    hooks: rendered.hooks,
    crds: rendered.crds.flatMap((file) => crdObjects(Buffer.from(file.data).toString('utf8'))),
    notes: rendered.notes,
    warnings: rendered.warnings,
    stored: {
      chart: storedChart(rendered.chart),
      config: rendered.config,
      manifest: rendered.manifestText,
      hooks: rendered.hooks.map(hookRecord),
      notes: rendered.notes,
    },
  }
}

/** The content of a stored revision; nothing is rendered again. The chart's parts go into the new record as they are. */
export function contentOfRecord(record: ReleaseRecord): Content {
  const hooks = (record.hooks ?? []).flatMap((hook) => sortManifests(new Map([[hook.path, hook.manifest]])).hooks)
  return {
    manifests: manifestsOfRecord(record),
    hooks,
    crds: [],
    notes: record.info.notes ?? '',
    warnings: [],
    revision: record.version,
    stored: {
      chart: restoredChart(record),
      config: record.config,
      manifest: record.manifest,
      hooks: (record.hooks ?? []).map(({ last_run: _, ...hook }) => hook),
      notes: record.info.notes,
    },
  }
}

/** The manifests of a stored revision, each with the template that its `# Source:` line names. */
export function manifestsOfRecord(record: ReleaseRecord): Manifest[] {
  const files = new Map<string, string>()
  for (const part of record.manifest.split(/^---\n(?=# Source: )/m)) {
    const source = /^# Source: (.*)\n/.exec(part)
    const path = source?.[1] ?? 'stored manifest'
    const text = source ? part.slice(source[0].length) : part
    if (text.trim() !== '') files.set(path, files.has(path) ? `${files.get(path)}\n---\n${text}` : text)
  }
  const { manifests, hooks } = sortManifests(files)
  // A hook's annotation that reached the manifest is no hook any more.
  return [...manifests, ...hooks]
}

/** The objects of a file of crds/. */
export function crdObjects(text: string): KubeObject[] {
  return text
    .split(/^---.*$/m)
    .map((part) => parseManifest(part) as unknown as KubeObject | null)
    .filter((object): object is KubeObject => object?.kind !== undefined)
}

function storedChart(chart: Chart): StoredChart {
  const file = ({ name, data, modTime }: { name: string; data: Uint8Array; modTime: number }) => ({
    name,
    data,
    modtime: modTime > 0 ? new Date(modTime).toISOString() : undefined,
  })
  return {
    metadata: chart.metadata,
    lock: chart.lock,
    templates: chart.templates.map(file),
    values: chart.values,
    schema: chart.schema,
    files: chart.files.map(file),
  }
}

function restoredChart(record: ReleaseRecord): StoredChart {
  const chart = record.chart
  const file = ({ name, data, modtime }: { name: string; data: string; modtime?: string }) => ({
    name,
    data: Buffer.from(data, 'base64'),
    modtime,
  })
  return {
    metadata: chart?.metadata ?? {},
    lock: chart?.lock ?? undefined,
    templates: (chart?.templates ?? []).map(file),
    values: chart?.values ?? {},
    schema: chart?.schema ? Buffer.from(chart.schema, 'base64') : undefined,
    files: (chart?.files ?? []).map(file),
  }
}

function hookRecord(hook: Hook): Omit<HookRecord, 'last_run'> {
  return {
    name: hook.name,
    kind: hook.kind,
    path: hook.source,
    manifest: hook.text,
    events: hook.events,
    ...(hook.weight === 0 ? {} : { weight: hook.weight }),
    ...(hook.deletePolicies.length === 0 ? {} : { delete_policies: hook.deletePolicies }),
    ...(hook.outputLogPolicies.length === 0 ? {} : { output_log_policies: hook.outputLogPolicies }),
  }
}
