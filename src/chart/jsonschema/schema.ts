import type { Value } from '../../template/value.ts'
import type { Address } from './address.ts'
import type { Draft } from './draft.ts'
import type { PatternTest } from './pattern.ts'

/** Bits of the JSON types, in the order in which messages list them. */
export const jsonTypes = ['null', 'boolean', 'number', 'integer', 'string', 'array', 'object'] as const

/** A compiled schema. What is undefined says nothing. */
export interface Schema {
  address: Address
  draft: Draft
  /** The schema whose `$id` this one belongs to; for dynamic references. */
  resource: Schema
  bool?: boolean
  /** A mask of jsonTypes. */
  types?: number
  const?: { value: Value; text: () => string }
  enum?: { values: Value[]; types: number; text: () => string }
  format?: { name: string; check: (text: string) => string | undefined }
  ref?: Schema
  recursiveRef?: Schema
  recursiveAnchor?: boolean
  dynamicRef?: { schema: Schema; anchor: string }
  dynamicAnchor?: string
  dynamicAnchors?: Map<string, Schema>
  minProperties?: number
  maxProperties?: number
  required?: string[]
  properties?: Map<string, Schema>
  patternProperties?: { matches: PatternTest; schema: Schema }[]
  additionalProperties?: Schema | boolean
  propertyNames?: Schema
  dependencies?: Map<string, string[] | Schema>
  dependentSchemas?: Map<string, Schema>
  dependentRequired?: Map<string, string[]>
  unevaluatedProperties?: Schema
  minItems?: number
  maxItems?: number
  uniqueItems?: boolean
  items?: Schema | Schema[]
  additionalItems?: Schema | boolean
  prefixItems?: Schema[]
  items2020?: Schema
  contains?: Schema
  minContains?: number
  maxContains?: number
  unevaluatedItems?: Schema
  minLength?: number
  maxLength?: number
  pattern?: { source: string; matches: PatternTest }
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  multipleOf?: number
  not?: Schema
  allOf?: Schema[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  /** `if`, `then` and `else` */
  condition?: Schema
  whenTrue?: Schema
  whenFalse?: Schema
  allPropsEvaluated?: boolean
  allItemsEvaluated?: boolean
  numItemsEvaluated?: number
}

/** The bit of a value's type; a whole number counts as `number` here. */
export function typeBit(value: Value): number {
  return 1 << jsonTypes.indexOf(typeName(value))
}

/** The JSON type of a value, as messages name it. */
export function typeName(value: Value): (typeof jsonTypes)[number] {
  if (value === null) return 'null'
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'string') return 'string'
  if (Array.isArray(value)) return 'array'
  return value instanceof Map ? 'object' : 'number'
}

/** Equality of JSON values: numbers by their size. */
export function equalValues(a: Value, b: Value): boolean {
  if (a instanceof Map) {
    if (!(b instanceof Map) || a.size !== b.size) return false
    for (const [key, value] of a) {
      const other = b.get(key)
      if (other === undefined || !equalValues(value, other)) return false
    }
    return true
  }
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => equalValues(item, b[i]!))
  if (typeof a === 'bigint' || typeof b === 'bigint') {
    // biome-ignore lint/suspicious/noDoubleEquals: == compares a bigint and a number by size
    return (typeof a === 'bigint' || typeof a === 'number') && (typeof b === 'bigint' || typeof b === 'number') && a == b
  }
  return a === b
}
