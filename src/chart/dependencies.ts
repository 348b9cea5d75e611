import { ConvergeError } from '../errors.ts'
import { formatValue } from '../template/fmt.ts'
import { type GoMap, TypedMap, type Value } from '../template/value.ts'
import { type Chart, setDependencies } from './chart.ts'
import { coalesceValues, copyMap, mergeTables, mergeValues, type Warn } from './coalesce.ts'
import type { Dependency } from './metadata.ts'
import { isCompatibleRange } from './versions.ts'

/**
 * Refuses a chart whose Chart.yaml names dependencies that are not in charts/.
 * @throws ConvergeError with Helm's list of what is missing
 */
export function checkDependencies(chart: Chart): void {
  const present = new Set(chart.dependencies.map((dependency) => dependency.metadata.name))
  const missing = (chart.metadata.dependencies ?? []).map((dependency) => dependency.name).filter((name) => !present.has(name))
  if (missing.length === 0) return
  throw new ConvergeError(
    'ERR_CHART_DEPENDENCIES',
    `an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: ${missing.join(', ')}`,
    { hint: 'run `converge dependency build`', location: { file: 'Chart.yaml' } },
  )
}

/**
 * Takes the subcharts that tags and conditions switch off out of the chart, makes a copy for each alias, and merges imported values into
 * the charts' defaults. Changes `chart`.
 */
export function processDependencies(chart: Chart, values: GoMap, warn: Warn): void {
  processEnabled(chart, values, '', warn)
  processImports(chart, warn)
}

function processEnabled(chart: Chart, values: GoMap, path: string, warn: Warn): void {
  const declared = chart.metadata.dependencies
  if (!declared) return
  const undeclared = chart.dependencies.filter(
    (present) => !declared.some((d) => d.name === present.metadata.name && isCompatibleRange(d.version, present.metadata.version)),
  )
  const found: Chart[] = []
  for (const dependency of declared) {
    const copy = aliasedCopy(chart.dependencies, dependency)
    if (copy) found.push(copy)
    if (dependency.alias !== '') dependency.name = dependency.alias
  }
  setDependencies(chart, [...undeclared, ...found])

  for (const dependency of declared) dependency.enabled = true
  const coalesced = coalesceValues(chart, values, warn)
  applyTags(declared, coalesced, warn)
  applyConditions(declared, coalesced, path, warn)
  const disabled = new Set(declared.filter((dependency) => !dependency.enabled).map((dependency) => dependency.name))
  const enabledCharts = chart.dependencies.filter((dependency) => !disabled.has(dependency.metadata.name))
  const enabledDeclared = declared.filter((dependency) => !disabled.has(dependency.name))

  for (const sub of enabledCharts) processEnabled(sub, coalesced, `${path}${sub.metadata.name}.`, warn)
  chart.metadata.dependencies = enabledDeclared.length > 0 ? enabledDeclared : undefined
  setDependencies(chart, enabledCharts)
}

/** The chart that a dependency means, copied as far as it will be changed, under its alias. */
function aliasedCopy(charts: readonly Chart[], dependency: Dependency): Chart | undefined {
  const chart = charts.find((c) => c.metadata.name === dependency.name && isCompatibleRange(dependency.version, c.metadata.version))
  if (!chart) return undefined
  const copy: Chart = {
    ...chart,
    metadata: { ...chart.metadata, dependencies: chart.metadata.dependencies?.map((d) => ({ ...d })) },
    dependencies: [],
  }
  setDependencies(
    copy,
    chart.dependencies.map((sub) => ({ ...sub })),
  )
  if (dependency.alias !== '') copy.metadata.name = dependency.alias
  return copy
}

function applyTags(declared: Dependency[], values: GoMap, warn: Warn): void {
  const tags = values.get('tags')
  if (!(tags instanceof Map)) return
  for (const dependency of declared) {
    let on = false
    let off = false
    for (const tag of dependency.tags) {
      const value = tags.get(tag)
      if (value === true) on = true
      else if (value === false) off = true
      else if (value !== undefined) warn(`warning: tag ${tag} of ${dependency.name} returned non-bool value`)
    }
    dependency.enabled = on || !off
  }
}

function applyConditions(declared: Dependency[], values: GoMap, prefix: string, warn: Warn): void {
  for (const dependency of declared) {
    for (const condition of dependency.condition.trim().split(',')) {
      if (condition === '') continue
      const value = pathValue(values, prefix + condition)
      if (typeof value === 'boolean') {
        dependency.enabled = value
        break
      }
      if (value !== undefined) warn(`warning: condition path ${condition} of ${dependency.name} returned non-bool value`)
    }
  }
}

/** The value at a dotted path; undefined where there is none, or a map. */
function pathValue(values: GoMap, path: string): Value | undefined {
  const names = path.split('.')
  const last = names.pop()!
  const value = (names.length === 0 ? values : tableAt(values, names.join('.')))?.get(last)
  return value instanceof Map ? undefined : value
}

/** The map at a dotted path. */
function tableAt(values: GoMap, path: string): GoMap | undefined {
  let table: Value | undefined = values
  for (const name of path.split('.')) {
    if (!(table instanceof Map)) return undefined
    table = table.get(name)
  }
  return table instanceof Map ? table : undefined
}

function processImports(chart: Chart, warn: Warn): void {
  for (const sub of chart.dependencies) processImports(sub, warn)
  const declared = chart.metadata.dependencies
  if (!declared) return
  const merged = mergeValues(chart, new Map(), warn)
  const imported: GoMap = new Map()
  for (const dependency of declared) {
    const resolved: Value[] = []
    for (const item of dependency.importValues) {
      const pair = importPair(item)
      if (!pair) continue
      resolved.push(new TypedMap('map[string]string', Object.entries(pair)))
      const table = tableAt(merged, `${dependency.name}.${pair.child}`)
      if (!table) {
        warn(`warning: ImportValues missing table from chart ${dependency.name}: ${pair.child}`)
        continue
      }
      mergeTables(imported, pair.parent === '.' ? table : nest(pair.parent, table), '', true, warn)
    }
    dependency.importValues = resolved
  }
  // The parent's own values win over what it imports. The copy keeps imported maps from being shared with it.
  chart.values = imported.size === 0 ? merged : mergeTables(copyMap(merged), imported, '', true, warn)
}

function importPair(item: Value): { child: string; parent: string } | undefined {
  if (typeof item === 'string') return { child: `exports.${item}`, parent: '.' }
  if (!(item instanceof Map) || item instanceof TypedMap) return undefined
  return { child: formatValue(item.get('child')), parent: formatValue(item.get('parent')) }
}

/** `table` below the names of a dotted path. */
function nest(path: string, table: GoMap): GoMap {
  return path.split('.').reduceRight<GoMap>((inner, name) => new Map([[name, inner]]), table)
}
