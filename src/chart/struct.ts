import { compareStrings, sortStrings } from '../template/bytes.ts'
import type { Value } from '../template/value.ts'
import { jsonKind, mismatchText, type RawYaml, scalarText } from '../yaml/struct.ts'

/** The Go type of a struct's field, as far as Helm's files need them. */
export type FieldType =
  | 'string'
  | 'bool'
  | '[]string'
  | 'map[string]string'
  | '[]interface {}'
  | 'time.Time'
  | { list: StructType; goType: string }

/** A Go struct: its name in messages, and its fields by their JSON names. */
export interface StructType {
  name: string
  fields: Record<string, FieldType>
}

/** What does not fit into the struct; the message is that of sigs.k8s.io/yaml. */
export class StructError extends Error {}

type Decoded = Record<string, unknown>

/**
 * Reads a YAML document into a Go struct as sigs.k8s.io/yaml does: names match without regard to case, scalars become strings where the
 * field is one, unknown fields are ignored, null leaves the zero value (here: no property).
 * @throws StructError for a value of another type
 */
export function decodeStruct(type: StructType, goType: string, value: RawYaml): Decoded {
  if (value === null) return {}
  if (!(value instanceof Map)) throw new StructError(mismatchText(value, goType))
  return decodeFields(type, value, '')
}

function decodeFields(type: StructType, map: Map<string, RawYaml>, path: string): Decoded {
  const decoded: Decoded = {}
  for (const key of sortStrings([...map.keys()])) {
    const name = fieldName(type, key)
    const value = map.get(key)!
    if (name === undefined || value === null) continue
    decoded[name] = decodeField(type.fields[name]!, value, { struct: type.name, path: path === '' ? name : `${path}.${name}` })
  }
  return decoded
}

function fieldName(type: StructType, key: string): string | undefined {
  if (Object.hasOwn(type.fields, key)) return key
  const folded = key.toLowerCase()
  return Object.keys(type.fields).find((name) => name.toLowerCase() === folded)
}

interface Place {
  struct: string
  path: string
}

function decodeField(type: FieldType, value: RawYaml, place: Place): unknown {
  if (type === 'string') return stringField(value, place)
  if (type === 'bool') {
    if (typeof value !== 'boolean') throw mismatch(value, place, 'bool')
    return value
  }
  if (type === 'map[string]string') {
    if (!(value instanceof Map)) throw mismatch(value, place, type)
    return new Map([...value].sort(([a], [b]) => compareStrings(a, b)).map(([key, item]) => [key, stringField(item, place)]))
  }
  if (type === 'time.Time') {
    if (typeof value !== 'string')
      throw new StructError('error unmarshaling JSON: while decoding JSON: Time.UnmarshalJSON: input is not a JSON string')
    return value
  }
  if (!Array.isArray(value)) throw mismatch(value, place, typeof type === 'string' ? type : type.goType)
  if (type === '[]string') return value.map((item) => stringField(item, place))
  if (type === '[]interface {}') return value.map(jsonValue)
  return value.map((item) => {
    if (item === null) return null
    if (!(item instanceof Map)) throw mismatch(item, place, type.goType.replace(/^\[\]\*?/, ''))
    return decodeFields(type.list, item, place.path)
  })
}

/** A string, or a scalar that becomes one; null is the empty string. */
function stringField(value: RawYaml, place: Place): string {
  const text = scalarText(value)
  if (text === undefined) throw mismatch(value, place, 'string')
  return text ?? ''
}

/** Numbers inside `any` are float64. */
function jsonValue(value: RawYaml): Value {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(jsonValue)
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, jsonValue(item)]))
  return value
}

function mismatch(value: RawYaml, place: Place, goType: string): StructError {
  const field = `${place.struct}.${place.path}`
  return new StructError(
    `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonKind(value)} into Go struct field ${field} of type ${goType}`,
  )
}
