import data from './kubernetes.json' with { type: 'json' }

/**
 * The shape of a value as the API knows it: what decoding, strategic merge and server-side apply are driven by. Built from the embedded
 * schema of Kubernetes for built-in kinds, and from `openAPIV3Schema` for custom resources.
 */
export type Type = ScalarType | ListType | MapType | StructType | AnyType
export interface ScalarType {
  t: 'scalar'
  /** Go's name: string, int32, int64, bool, float64, bytes, Time, MicroTime, Quantity, IntOrString. */
  go: string
}
export interface ListType {
  t: 'list'
  of: Type
  rel: 'atomic' | 'set' | 'map'
  keys: string[]
}
export interface MapType {
  t: 'map'
  of: Type
  atomic: boolean
}
export interface StructType {
  t: 'struct'
  name: string
  fields: Record<string, Field>
  atomic: boolean
  /** Keeps fields that it does not know (custom resources with `x-kubernetes-preserve-unknown-fields`). */
  preserve?: boolean
}
/** Unknown shape: maps are granular, lists atomic. */
export interface AnyType {
  t: 'any'
}

const entries = new WeakMap<StructType, [string, Field][]>()

/** The fields of a struct as pairs, kept: decoding walks them for every object. */
export function fieldEntries(type: StructType): [string, Field][] {
  let list = entries.get(type)
  if (!list) entries.set(type, (list = Object.entries(type.fields)))
  return list
}

export interface Field {
  readonly type: Type
  pointer: boolean
  omit: boolean
  mergeKey?: string
  strategy?: string
  default?: unknown
  required: boolean
  /** The protobuf field numbers that lead to it, `2.7` for a field of an embedded struct. */
  proto?: number | string
}

interface RawField {
  t: string
  o?: number
  m?: string
  s?: string
  l?: string
  k?: string[]
  a?: number
  d?: unknown
  r?: number
  p?: number | string
}

export interface RawSubresource {
  name: string
  kind: string
  group?: string
  version?: string
  verbs: string[]
}
export interface RawResource {
  resource: string
  kind: string
  singular: string
  namespaced?: boolean
  shortNames?: string[]
  categories?: string[]
  verbs: string[]
  type?: string
  subresources?: RawSubresource[]
}

const raw = data as unknown as {
  groups: { group: string; versions: { version: string; resources: RawResource[] }[] }[]
  types: Record<string, { fields: Record<string, RawField>; a?: number }>
}

/** The built-in groups, versions and resources, as discovery lists them. */
export const builtinGroups = raw.groups

const ANY: AnyType = { t: 'any' }
const cache = new Map<string, StructType>()

/** The struct named `name` (`io.k8s.api.core.v1.PodSpec`); undefined where the embedded schema has none. */
export function structType(name: string): StructType | undefined {
  const known = cache.get(name)
  if (known) return known
  const source = raw.types[name]
  if (!source) return undefined
  const struct: StructType = { t: 'struct', name, fields: Object.create(null), atomic: source.a === 1 }
  cache.set(name, struct)
  for (const [key, field] of Object.entries(source.fields)) struct.fields[key] = lazyField(field)
  return struct
}

function lazyField(source: RawField): Field {
  let type: Type | undefined
  return {
    get type() {
      type ??= parseType(source.t, source)
      return type
    },
    pointer: source.t.startsWith('*') || source.t === 'any',
    omit: source.o === 1,
    mergeKey: source.m,
    strategy: source.s,
    default: source.d,
    required: source.r === 1,
    proto: source.p,
  }
}

function parseType(text: string, source?: RawField): Type {
  if (text.startsWith('*')) return parseType(text.slice(1), source)
  if (text.startsWith('[]')) {
    const rel = source?.l === 'map' || source?.l === 'set' ? source.l : 'atomic'
    return { t: 'list', of: parseType(text.slice(2)), rel, keys: source?.k ?? [] }
  }
  if (text.startsWith('{}')) return { t: 'map', of: parseType(text.slice(2)), atomic: source?.a === 1 }
  if (text.startsWith('#')) {
    const struct = structType(text.slice(1))
    if (!struct) return ANY
    return source?.a === 1 && !struct.atomic ? { ...struct, atomic: true } : struct
  }
  if (text === 'any' || text === 'RawExtension' || text === 'FieldsV1' || text === 'JSON') return ANY
  return { t: 'scalar', go: text }
}

const SCALARS: Record<string, string> = { string: 'string', integer: 'int64', number: 'float64', boolean: 'bool' }

/** The type that an `openAPIV3Schema` of a CustomResourceDefinition describes. */
export function schemaType(schema: any, name: string): Type {
  if (!schema || typeof schema !== 'object') return ANY
  if (schema['x-kubernetes-int-or-string']) return { t: 'scalar', go: 'IntOrString' }
  if (schema.type === 'array') {
    const rel = schema['x-kubernetes-list-type']
    return {
      t: 'list',
      of: schemaType(schema.items, name),
      rel: rel === 'map' || rel === 'set' ? rel : 'atomic',
      keys: schema['x-kubernetes-list-map-keys'] ?? [],
    }
  }
  if (schema.type === 'object' || schema.properties) {
    const atomic = schema['x-kubernetes-map-type'] === 'atomic'
    if (schema.properties) {
      const struct: StructType = { t: 'struct', name, fields: Object.create(null), atomic }
      struct.preserve = schema['x-kubernetes-preserve-unknown-fields'] === true
      for (const [key, property] of Object.entries<any>(schema.properties)) {
        struct.fields[key] = {
          type: schemaType(property, name),
          pointer: true,
          omit: true,
          default: property?.default,
          required: schema.required?.includes(key) ?? false,
        }
      }
      return struct
    }
    if (schema.additionalProperties && typeof schema.additionalProperties === 'object')
      return { t: 'map', of: schemaType(schema.additionalProperties, name), atomic }
    if (schema['x-kubernetes-preserve-unknown-fields'] || schema.additionalProperties === true) return ANY
    return { t: 'struct', name, fields: Object.create(null), atomic }
  }
  const scalar = SCALARS[schema.type as string]
  return scalar ? { t: 'scalar', go: scalar } : ANY
}
