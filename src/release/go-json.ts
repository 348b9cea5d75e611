/**
 * JSON as Go's encoding/json writes it: keys of maps sorted, those of structs (plain objects here) in their own order, `<`, `>` and `&` escaped.
 * bigint becomes an integer; undefined fields are left out. (JavaScript puts integer-like keys first, which no reader can tell.)
 */
export function goJson(value: unknown): string {
  return JSON.stringify(plain(value)).replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** A value with all its mappings, Maps or plain objects, sorted by key: what Go holds as `map[string]any`. */
export function sortedMaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedMaps)
  if (!isMapping(value)) return value
  const entries = value instanceof Map ? [...(value as Map<string, unknown>)] : Object.entries(value)
  const sorted = entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return new Map(sorted.map(([key, item]) => [key, sortedMaps(item)]))
}

export function isMapping(value: unknown): value is object {
  if (value === null || typeof value !== 'object') return false
  const prototype = Object.getPrototypeOf(value)
  return value instanceof Map || prototype === Object.prototype || prototype === null
}

// JSON.rawJSON came with Node 21; TypeScript does not know it yet.
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON

interface JsonAware {
  toJsonValue?(): unknown
  value?: unknown
}

function plain(value: unknown): unknown {
  if (typeof value === 'string') return value.isWellFormed() ? value : value.toWellFormed()
  if (typeof value === 'bigint') return rawJson(String(value))
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (!isMapping(value)) {
    // Go values of the template engine: structs know their JSON, integers of other types than int64 hold a bigint.
    const { toJsonValue, value: integer } = value as JsonAware
    if (typeof toJsonValue === 'function') return plain(toJsonValue.call(value))
    if (typeof integer === 'bigint') return rawJson(String(integer))
  }
  const entries = value instanceof Map ? (value as Map<string, unknown>) : Object.entries(value)
  // Without a prototype, so that a key `__proto__` is a key.
  const result: Record<string, unknown> = Object.create(null)
  for (const [key, item] of entries) if (item !== undefined) result[key] = plain(item)
  return result
}
