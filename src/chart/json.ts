import { passOverflow } from '../errors.ts'
import type { Value } from '../template/value.ts'

/** The nesting that encoding/json accepts. */
const maxDepth = 10_000

/**
 * A JSON text as Go's encoding/json reads it into `any`: objects become Maps, every number a float64.
 * @throws SyntaxError for what is not JSON, and for numbers beyond float64
 */
export function parseJson(text: string): Value {
  return fromJson(JSON.parse(text), 0)
}

/** The JSON value at the start of `text` and where it ends; undefined where there is none. */
export function parseJsonPrefix(text: string): { value: Value; end: number } | undefined {
  const end = valueEnd(text)
  try {
    return { value: parseJson(text.slice(0, end)), end }
  } catch (error) {
    passOverflow(error)
    return undefined
  }
}

function valueEnd(text: string): number {
  const scalar = /^(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)/.exec(text)
  if (scalar) return scalar[0].length
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (char === '"') {
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === '\\') i++
      if (depth === 0) return i + 1
    } else if (char === '{' || char === '[') depth++
    else if ((char === '}' || char === ']') && --depth <= 0) return i + 1
  }
  return text.length
}

function fromJson(json: unknown, depth: number): Value {
  if (depth >= maxDepth && typeof json === 'object' && json !== null) throw new SyntaxError('exceeded max depth')
  if (Array.isArray(json)) return json.map((item) => fromJson(item, depth + 1))
  if (typeof json === 'object' && json !== null) {
    const map = new Map<string, Value>()
    for (const key of Object.keys(json)) map.set(key.toWellFormed(), fromJson((json as Record<string, unknown>)[key], depth + 1))
    return map
  }
  if (typeof json === 'number' && !Number.isFinite(json)) throw new SyntaxError('number out of range')
  // Go writes U+FFFD for a lone surrogate that was escaped.
  return typeof json === 'string' ? json.toWellFormed() : (json as Value)
}
