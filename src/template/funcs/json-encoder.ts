import { compareStrings, joinBytes } from '../bytes.ts'
import { formatFloat } from '../float.ts'
import { goTypeOf, isNilContainer } from '../reflect.ts'
import { GoFunc, type GoMap, GoObject, Int, TypedMap, TypedSlice, type Value } from '../value.ts'
import { encodeBase64 } from './encoding.ts'
import { failure } from './failure.ts'

export interface JsonOptions {
  /** Whether `<`, `>` and `&` are escaped, as encoding/json does unless told otherwise. */
  escapeHtml?: boolean
  /** The indentation of one level; without it everything is on one line. */
  indent?: string
}

/** From here on a value that lies within itself is looked for, as in Go. */
const cycleDepth = 1000
const plainHtml = /^[^"\\\x00-\x1f<>&\u2028\u2029\ud800-\udfff]*$/
const escaped = /["\\\x00-\x1f<>&\u2028\u2029]|[\ud800-\udfff]/gu
const short: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * Text of a value as Go's encoding/json writes it: keys in byte order, `[]byte` in base64, bytes that are not UTF-8 as `\ufffd`. Throws
 * for NaN, infinities, functions, and nesting that does not end.
 */
export function encodeJson(value: Value, options: JsonOptions = {}): string {
  const escapeHtml = options.escapeHtml ?? true
  const step = options.indent
  const above = new Set<Value>()
  const text = (content: string): string => encodeText(content, escapeHtml)
  const encode = (item: Value, indent: string, depth: number, ordered = false): string => {
    if (item === null) return 'null'
    if (typeof item === 'string') return text(item)
    if (typeof item === 'number') return encodeNumber(item)
    if (typeof item === 'boolean' || typeof item === 'bigint') return String(item)
    if (item instanceof Int) return item.value.toString()
    if (item instanceof Uint8Array) return isNilContainer(item) ? 'null' : `"${encodeBase64(item)}"`
    // The fields of a struct come in its own order.
    if (item instanceof GoObject) return encode(item.toJsonValue(), indent, depth, item.kind !== 'map')
    if (item instanceof GoFunc) throw failure(`json: unsupported type: ${goTypeOf(item)}`)
    const inner = step === undefined ? '' : indent + step
    if (depth >= cycleDepth) {
      if (above.has(item)) throw failure(`json: unsupported value: encountered a cycle via ${goTypeOf(item)}`)
      above.add(item)
    }
    const members = item instanceof Map ? encodeMap(item, inner, depth, ordered) : encodeList(item, inner, depth)
    if (depth >= cycleDepth) above.delete(item)
    if (typeof members === 'string') return members
    const [open, close] = item instanceof Map ? '{}' : '[]'
    if (members.length === 0) return `${open}${close}`
    if (step === undefined) return open + members.join(',') + close
    return `${open}\n${inner}${members.join(`,\n${inner}`)}\n${indent}${close}`
  }
  const encodeMap = (map: GoMap, inner: string, depth: number, ordered: boolean): string[] | string => {
    if (map instanceof TypedMap && map.nil) return 'null'
    const colon = step === undefined ? ':' : ': '
    const keys = ordered ? [...map.keys()] : [...map.keys()].sort(compareStrings)
    return keys.map((key) => text(key) + colon + encode(map.get(key)!, inner, depth + 1))
  }
  const encodeList = (list: Value[], inner: string, depth: number): string[] | string => {
    if (list instanceof TypedSlice && list.nil) return 'null'
    return Array.from(list, (item) => encode(item, inner, depth + 1))
  }
  return encode(value, '', 0)
}

function encodeText(content: string, escapeHtml: boolean): string {
  if (plainHtml.test(content)) return `"${content}"`
  return `"${joinBytes(content).replace(escaped, (character) => {
    if (short[character]) return short[character]
    const code = character.charCodeAt(0)
    if (code >= 0xd800 && code <= 0xdfff) return '\\ufffd'
    if (!escapeHtml && code >= 0x20 && code < 0x80) return character
    return `\\u${code.toString(16).padStart(4, '0')}`
  })}"`
}

/** JavaScript writes numbers as encoding/json does, but for the sign of zero. */
function encodeNumber(number: number): string {
  if (!Number.isFinite(number)) throw failure(`json: unsupported value: ${formatFloat(number)}`)
  return Object.is(number, -0) ? '-0' : String(number)
}
