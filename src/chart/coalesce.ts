import { ConvergeError } from '../errors.ts'
import { formatValue, sprintf } from '../template/fmt.ts'
import type { GoMap, Value } from '../template/value.ts'
import type { Chart } from './chart.ts'

/** Takes what Helm logs to stderr. */
export type Warn = (message: string) => void

/** A deep copy of maps and lists; scalars are shared. `dropNulls` leaves out what is null, but not within lists. */
export function copyMap(value: GoMap, dropNulls = false): GoMap {
  const map: GoMap = new Map()
  // A loop over entries makes an array of each.
  value.forEach((item, key) => {
    if (item !== null || !dropNulls) map.set(key, typeof item === 'object' ? copyItem(item, dropNulls) : item)
  })
  return map
}

function copyItem(value: Value, dropNulls: boolean): Value {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Map) return copyMap(value, dropNulls)
  return Array.isArray(value) ? value.map((item) => copyItem(item, false)) : value
}

/**
 * The values that templates see: those of the user over those of the chart over those of its subcharts, each subchart's below its name,
 * with `global` handed down. A null of the user removes a chart's default.
 */
export function coalesceValues(chart: Chart, values: GoMap, warn: Warn): GoMap {
  return coalesce(chart, copyMap(values), '', false, warn)
}

/** {@link coalesceValues} with nulls kept, for steps that are followed by another one. */
export function mergeValues(chart: Chart, values: GoMap, warn: Warn): GoMap {
  return coalesce(chart, copyMap(values), '', true, warn)
}

function coalesce(chart: Chart, dest: GoMap, prefix: string, merge: boolean, warn: Warn): GoMap {
  coalesceChart(chart, dest, prefix, merge, warn)
  for (const sub of chart.dependencies) {
    const name = sub.metadata.name
    const section = dest.get(name)
    if (section !== undefined && !(section instanceof Map)) {
      throw new ConvergeError('ERR_VALUES', sprintf('type mismatch on %s: %t', [name, section]), {
        hint: `${name} is the name of a subchart, so its value must be a map`,
      })
    }
    const table = section ?? new Map<string, Value>()
    const subPrefix = joinPath(prefix, chart.metadata.name)
    coalesceGlobals(table, dest, subPrefix, warn)
    dest.set(name, coalesce(sub, table, subPrefix, merge, warn))
  }
  return dest
}

/** The chart's own values below `dest`. */
function coalesceChart(chart: Chart, dest: GoMap, prefix: string, merge: boolean, warn: Warn): void {
  const chartPath = joinPath(prefix, chart.metadata.name)
  for (const [key, value] of chart.values) {
    const present = dest.get(key)
    if (present === undefined) {
      if (merge || value !== null) dest.set(key, copyItem(value, !merge))
    } else if (present === null && !merge) dest.delete(key)
    else if (present instanceof Map) {
      if (value instanceof Map) {
        // A subchart's section keeps its nulls: they are for the subchart's own defaults.
        const mergeBelow = merge || chart.dependencies.some((sub) => sub.metadata.name === key)
        layBelow(present, value, joinPath(chartPath, key), mergeBelow, warn)
      } else if (value !== null) warn(`warning: skipped value for ${chartPath}.${key}: Not a table.`)
    }
  }
}

/** As mergeTables of a copy of `source`, which without `merge` has no nulls; but only what goes into `dest` is copied. */
function layBelow(dest: GoMap, source: GoMap, prefix: string, merge: boolean, warn: Warn): void {
  for (const [key, value] of source) {
    if (value === null && !merge) continue
    const present = dest.get(key)
    if (present === undefined) dest.set(key, copyItem(value, !merge))
    else if (present === null) {
      if (!merge) dest.delete(key)
    } else if (value instanceof Map) {
      if (present instanceof Map) layBelow(present, value, joinPath(prefix, key), merge, warn)
      else warnNoTable(joinPath(prefix, key), merge ? value : copyItem(value, true), warn)
    } else if (present instanceof Map && value !== null) warnTable(joinPath(prefix, key), value, warn)
  }
}

/** Hands `global` of `source` down to `dest`, where the parent's values win. */
function coalesceGlobals(dest: GoMap, source: GoMap, prefix: string, warn: Warn): void {
  const below = dest.get('global') ?? (dest.has('global') ? null : new Map<string, Value>())
  const above = source.get('global') ?? (source.has('global') ? null : new Map<string, Value>())
  if (!(below instanceof Map && above instanceof Map)) {
    warn(`warning: skipping globals because ${below instanceof Map ? 'source' : 'destination'} global is not a table.`)
    return
  }
  for (const [key, value] of above) {
    const present = below.get(key)
    if (value instanceof Map) {
      const copy: GoMap = new Map(value)
      if (!below.has(key)) below.set(key, copy)
      else if (present instanceof Map) {
        mergeTables(copy, present, joinPath(prefix, key), true, warn)
        below.set(key, copy)
      } else warn(`Conflict: cannot merge map onto non-map for ${JSON.stringify(key)}. Skipping.`)
    } else if (present instanceof Map) warn(`key ${key} is table. Skipping`)
    else below.set(key, value)
  }
  dest.set('global', below)
}

/**
 * Merges `source` below `dest`, which wins; both are changed. Without `merge`, a null in `dest` removes a value that `source` has.
 * `prefix` names the place in warnings.
 */
export function mergeTables(dest: GoMap, source: GoMap, prefix: string, merge: boolean, warn: Warn): GoMap {
  const hadValue = new Set<string>()
  if (!merge) for (const [key, value] of source) if (value !== null) hadValue.add(key)
  for (const [key, value] of dest) if (value === null) source.set(key, null)
  for (const [key, value] of source) {
    const present = dest.get(key)
    if (present === undefined) dest.set(key, value)
    else if (present === null && !merge && hadValue.has(key)) dest.delete(key)
    else if (value instanceof Map) {
      if (present instanceof Map) mergeTables(present, value, joinPath(prefix, key), merge, warn)
      else warnNoTable(joinPath(prefix, key), value, warn)
    } else if (present instanceof Map && value !== null) warnTable(joinPath(prefix, key), value, warn)
  }
  return dest
}

function warnNoTable(path: string, value: Value, warn: Warn): void {
  warn(`warning: cannot overwrite table with non table for ${path} (${formatValue(value)})`)
}

function warnTable(path: string, value: Value, warn: Warn): void {
  warn(`warning: destination for ${path} is a table. Ignoring non-table value (${formatValue(value)})`)
}

function joinPath(a: string, b: string): string {
  return a === '' ? b : `${a}.${b}`
}
