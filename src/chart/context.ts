import { compareStrings } from '../template/bytes.ts'
import { type GoMap, Int, type Value } from '../template/value.ts'
import type { Capabilities } from './capabilities.ts'
import { type Chart, chartFullPath } from './chart.ts'
import { chartFiles } from './files.ts'
import { metadataMap } from './metadata.ts'
import { Values } from './table.ts'

/** What templates read under `.Release`. */
export interface ReleaseInfo {
  name: string
  namespace: string
  revision: number
  isUpgrade: boolean
}

/** A template with what it is executed on. */
export interface Template {
  /** root/charts/sub/templates/x.yaml */
  path: string
  text: string
  /** The context of its chart, which all templates of the chart share and may change. */
  context: GoMap
  /** root/charts/sub/templates */
  basePath: string
}

/**
 * The templates of a chart and its subcharts in Helm's order of parsing and execution: the deepest paths first, then backwards by name, so
 * that what the root chart defines comes last and wins.
 */
export function chartTemplates(chart: Chart, values: GoMap, release: ReleaseInfo, capabilities: Capabilities): Template[] {
  const releaseMap = new Map<string, Value>([
    ['Name', release.name],
    ['Namespace', release.namespace],
    ['IsUpgrade', release.isUpgrade],
    ['IsInstall', !release.isUpgrade],
    ['Revision', new Int('int', BigInt(release.revision))],
    ['Service', 'Helm'],
  ])
  const templates = new Map<string, Template>()
  collect(chart, values, releaseMap, capabilities, templates)
  return [...templates.values()].sort((a, b) => depth(b.path) - depth(a.path) || compareStrings(b.path, a.path))
}

function collect(chart: Chart, values: GoMap, release: GoMap, capabilities: Capabilities, templates: Map<string, Template>): GoMap {
  const metadata = metadataMap(chart.metadata)
  metadata.set('IsRoot', chart.parent === undefined)
  const subcharts: GoMap = new Map()
  const context: GoMap = new Map<string, Value>([
    ['Chart', metadata],
    ['Files', chartFiles(chart.files)],
    ['Release', release],
    ['Capabilities', capabilities],
    ['Values', new Values(values)],
    ['Subcharts', subcharts],
  ])
  for (const sub of chart.dependencies) {
    const { name } = sub.metadata
    // Helm looks the section up by a dotted path.
    subcharts.set(name, collect(sub, tableAt(values, name) ?? new Map(), release, capabilities, templates))
  }
  const base = chartFullPath(chart)
  const library = chart.metadata.type.toLowerCase() === 'library'
  for (const file of chart.templates) {
    if (library && !file.name.slice(file.name.lastIndexOf('/') + 1).startsWith('_')) continue
    const path = `${base}/${file.name}`
    templates.set(path, { path, text: file.text, context, basePath: `${base}/templates` })
  }
  return context
}

function tableAt(values: GoMap, path: string): GoMap | undefined {
  let table: Value | undefined = values
  for (const name of path.split('.')) table = table instanceof Map ? table.get(name) : undefined
  return table instanceof Map ? table : undefined
}

function depth(path: string): number {
  let count = 0
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) count++
  return count
}
