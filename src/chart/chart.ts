import type { GoMap } from '../template/value.ts'
import type { ChartFile } from './chartfile.ts'
import type { Lock, Metadata } from './metadata.ts'

/** A loaded chart, as Helm's chart v2 holds it. */
export interface Chart {
  metadata: Metadata
  /** The content of Chart.lock or requirements.lock. */
  lock?: Lock
  /** All of templates/, helpers and NOTES.txt included. */
  templates: ChartFile[]
  /** Default values; from dependency processing on with those of the subcharts merged in. */
  values: GoMap
  /** values.schema.json */
  schema?: Uint8Array
  schemaModTime?: number
  /** Everything else: what `.Files` gives, crds/ and README included. */
  files: ChartFile[]
  modTime: number
  dependencies: Chart[]
  parent?: Chart
}

/** A file below crds/, which is applied or printed as it is. */
export interface CrdFile {
  /** Path within its chart: crds/x.yaml */
  name: string
  /** Path from the root chart: chart/charts/sub/crds/x.yaml */
  filename: string
  /** Its bytes, read when they are first asked for. */
  readonly data: Uint8Array
}

/** Replaces the subcharts of `chart` and makes it their parent. */
export function setDependencies(chart: Chart, dependencies: Chart[]): void {
  for (const dependency of dependencies) dependency.parent = chart
  chart.dependencies = dependencies
}

/** The path of a chart from the root chart on: root/charts/sub. It carries aliases, so it need not exist on disk. */
export function chartFullPath(chart: Chart): string {
  return chart.parent ? `${chartFullPath(chart.parent)}/charts/${chart.metadata.name}` : chart.metadata.name
}

/** The CRD files of a chart and its subcharts, in the order in which Helm prints and applies them. */
export function crdFiles(chart: Chart): CrdFile[] {
  const base = chartFullPath(chart)
  const own = chart.files
    .filter((file) => file.name.startsWith('crds/') && /\.(ya?ml|json)$/i.test(file.name))
    .map((file) => ({
      name: file.name,
      filename: `${base}/${file.name}`,
      get data() {
        return file.data
      },
    }))
  return [...own, ...chart.dependencies.flatMap(crdFiles)]
}
