import type { Chart } from '../chart/chart.ts'
import { coalesceValues } from '../chart/coalesce.ts'
import { emptyMetadata } from '../chart/metadata.ts'
import type { ReleaseRecord } from '../release/record.ts'
import type { GoMap, Value } from '../template/value.ts'

/** The values that the templates of a stored revision saw: the user's over those of the stored chart, as `helm get values --all` computes them. */
export function computedValues(record: ReleaseRecord): GoMap {
  const chart: Chart = {
    metadata: { ...emptyMetadata(), name: String(record.chart?.metadata.name ?? '') },
    templates: [],
    values: mapOf(record.chart?.values),
    files: [],
    modTime: 0,
    dependencies: [],
  }
  return coalesceValues(chart, mapOf(record.config), () => {})
}

function mapOf(value: unknown): GoMap {
  const read = goValue(value ?? {})
  return read instanceof Map ? (read as GoMap) : new Map()
}

function goValue(json: unknown): Value {
  if (Array.isArray(json)) return json.map(goValue)
  if (json instanceof Map || typeof json !== 'object' || json === null) return json as Value
  return new Map(Object.entries(json).map(([key, item]) => [key, goValue(item)]))
}
