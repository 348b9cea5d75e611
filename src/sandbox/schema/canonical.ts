import { badRequest } from '../status.ts'
import { canonicalQuantity } from './quantity.ts'
import { type Field, fieldEntries, type StructType, type Type } from './types.ts'

/** What decoding found besides the value. */
export interface Decoded<T> {
  value: T
  /** Paths of fields that the type does not have, as the API's strict decoder words them. */
  unknown: string[]
}

interface Context {
  unknown: string[]
  kind: string
  version: string
}

/**
 * The object as a Go API server holds it after decoding: unknown fields, nulls and omitted zero values dropped, embedded structs present,
 * quantities canonical. Throws the API's 400 where a value has the wrong type.
 */
export function canonical<T extends object>(type: Type, object: T, kind: string, version: string): Decoded<T> {
  const context: Context = { unknown: [], kind, version }
  const value = convert(type, object, [], '', '', context) as T
  const input = object as Record<string, unknown>
  const output = value as Record<string, unknown>
  const ordered = { ...(input.apiVersion === undefined ? {} : { kind: input.kind, apiVersion: input.apiVersion }), ...output }
  return { value: ordered as T, unknown: context.unknown }
}

function convert(type: Type, value: unknown, path: string[], shown: string, owner: string, context: Context): unknown {
  switch (type.t) {
    case 'any':
      return value
    case 'scalar':
      return scalar(type.go, value, path, owner, context)
    case 'list': {
      if (!Array.isArray(value)) throw mismatch(value, path, owner, goName(type), context)
      const out: unknown[] = []
      for (let i = 0; i < value.length; i++) {
        const item = value[i]
        if (item === null) out.push(zero(type.of))
        else out.push(convert(type.of, item, path, `${shown}[${i}]`, owner, context))
      }
      return out
    }
    case 'map': {
      if (!isMap(value)) throw mismatch(value, path, owner, goName(type), context)
      const out: Record<string, unknown> = {}
      for (const key of Object.keys(value).sort()) {
        const item = value[key]
        out[key] = item === null ? zero(type.of) : convert(type.of, item, path, `${shown}.${key}`, owner, context)
      }
      return out
    }
    case 'struct': {
      if (!isMap(value)) throw mismatch(value, path, owner, goName(type), context)
      return struct(type, value, path, shown, context)
    }
  }
}

function struct(
  type: StructType,
  value: Record<string, unknown>,
  path: string[],
  shown: string,
  context: Context,
): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  const converted: Record<string, unknown> = {}
  const short = type.name.slice(type.name.lastIndexOf('.') + 1)
  const prefix = shown ? `${shown}.` : ''
  // In the order of the document, as unknown fields are reported in it.
  for (const key of Object.keys(value)) {
    if (path.length === 0 && (key === 'apiVersion' || key === 'kind')) continue
    const field = type.fields[key]
    const given = value[key]
    if (!field) {
      if (type.preserve) out[key] = given
      else context.unknown.push(`unknown field "${prefix}${key}"`)
    } else if (given !== null && given !== undefined)
      converted[key] = convert(field.type, given, [...path, key], `${prefix}${key}`, short, context)
  }
  for (const [key, field] of fieldEntries(type)) {
    if (path.length === 0 && (key === 'apiVersion' || key === 'kind')) continue
    const result = Object.hasOwn(converted, key) ? converted[key] : undefined
    if (result !== undefined && !(field.omit && dropped(field, result))) out[key] = result
    else if (!field.omit && !field.pointer) out[key] = zero(field.type)
    else if (!field.omit) out[key] = null
  }
  return out
}

/** Whether `omitempty` leaves the value out. */
function dropped(field: Field, value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0 && field.type.t === 'list' && !field.pointer
  if (isMap(value)) {
    if (field.type.t === 'map') return Object.keys(value).length === 0 && !field.pointer
    return field.type.t === 'struct' && !field.pointer && Object.keys(value).length === 0
  }
  if (field.pointer) return false
  return value === '' || value === 0 || value === false
}

/** A new object of a type: what of it is there before anything is set. */
export function emptyOf(type: Type): any {
  return zero(type)
}

function zero(type: Type): unknown {
  if (type.t === 'struct') {
    const out: Record<string, unknown> = {}
    for (const [key, field] of fieldEntries(type)) {
      if (field.omit || key === 'apiVersion' || key === 'kind') continue
      out[key] = field.pointer ? null : zero(field.type)
    }
    return out
  }
  if (type.t !== 'scalar') return null
  if (type.go === 'string') return ''
  if (type.go === 'bool') return false
  if (type.go === 'int32' || type.go === 'int64' || type.go === 'float64' || type.go === 'IntOrString') return 0
  if (type.go === 'Quantity') return '0'
  return null
}

function scalar(go: string, value: unknown, path: string[], owner: string, context: Context): unknown {
  switch (go) {
    case 'string':
    case 'bytes':
      if (typeof value !== 'string') throw mismatch(value, path, owner, go === 'bytes' ? '[]uint8' : go, context)
      if (go === 'bytes' && !/^[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*$/.test(value))
        throw unhandled(context, `illegal base64 data at input byte ${Math.max(0, value.search(/[^A-Za-z0-9+/=\r\n]/))}`)
      return go === 'bytes' ? value.replace(/[\r\n]/g, '') : value
    case 'bool':
      if (typeof value !== 'boolean') throw mismatch(value, path, owner, go, context)
      return value
    case 'int32':
    case 'int64':
      if (typeof value !== 'number') throw mismatch(value, path, owner, go, context)
      if (!Number.isInteger(value) || (go === 'int32' && Math.abs(value) > 2 ** 31))
        throw unhandled(context, `json: cannot unmarshal number ${value} into Go struct field ${owner}.${path.join('.')} of type ${go}`)
      return value
    case 'float64':
      if (typeof value !== 'number') throw mismatch(value, path, owner, go, context)
      return value
    case 'Quantity': {
      const text = typeof value === 'number' ? String(value) : value
      if (typeof text !== 'string') throw mismatch(value, path, owner, 'resource.Quantity', context)
      const result = canonicalQuantity(text.trim())
      if (result === undefined) {
        throw unhandled(context, "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
      }
      return result
    }
    case 'IntOrString':
      if (typeof value !== 'number' && typeof value !== 'string') throw mismatch(value, path, owner, 'intstr.IntOrString', context)
      return value
    case 'Time':
    case 'MicroTime':
      if (typeof value !== 'string' || Number.isNaN(Date.parse(value)))
        throw unhandled(
          context,
          `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(value)} as "2006"`,
        )
      return go === 'Time' ? `${new Date(value).toISOString().slice(0, 19)}Z` : microTime(value)
    default:
      return value
  }
}

function microTime(value: string): string {
  const fraction = /\.(\d+)/.exec(value)?.[1] ?? ''
  return `${new Date(value).toISOString().slice(0, 19)}.${fraction.padEnd(6, '0').slice(0, 6)}Z`
}

function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

function mismatch(value: unknown, path: string[], owner: string, wanted: string, context: Context) {
  const given = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
  const target = path.length ? `Go struct field ${owner}.${path.join('.')} of type ${wanted}` : `Go value of type ${wanted}`
  return unhandled(context, `json: cannot unmarshal ${given} into ${target}`)
}

function unhandled(context: Context, why: string) {
  return badRequest(`${context.kind} in version ${JSON.stringify(context.version)} cannot be handled as a ${context.kind}: ${why}`)
}

function goName(type: Type): string {
  if (type.t === 'list') return `[]${goName(type.of)}`
  if (type.t === 'map') return `map[string]${goName(type.of)}`
  if (type.t === 'struct') return type.name.split('.').slice(-2).join('.')
  if (type.t === 'scalar') return type.go
  return 'interface {}'
}
