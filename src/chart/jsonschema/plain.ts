import type { Value } from '../../template/value.ts'
import type { Draft } from './draft.ts'
import { isPlainPattern } from './pattern.ts'
import { jsonTypes } from './schema.ts'

type Check = (value: Value, draft: Draft) => boolean

/**
 * Whether a document is valid against the metaschema of its draft, found by a look at its keywords. False means only that it is not plain
 * to see: unusual references, patterns and whatever is wrong are left to the metaschema, which is slower and has the words for it.
 */
export function isPlainSchema(value: Value, draft: Draft): boolean {
  if (typeof value === 'boolean') return draft >= 6
  if (!(value instanceof Map)) return false
  for (const [keyword, item] of value) {
    const check = Object.hasOwn(checks, keyword) ? checks[keyword] : undefined
    if (unusual.has(keyword) || (check && !check(item, draft))) return false
  }
  return true
}

const isText: Check = (value) => typeof value === 'string'
const isReference: Check = (value) => typeof value === 'string' && /^[\w#/$.:-]*$/.test(value) && !value.includes(':/')
const isBoolean: Check = (value) => typeof value === 'boolean'
const isNumber: Check = (value) => typeof value === 'number'
const isCount: Check = (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0
const isList: Check = (value) => Array.isArray(value)
const isSchemaList: Check = (value, draft) => Array.isArray(value) && value.length > 0 && value.every((item) => isPlainSchema(item, draft))
const isSchemaMap: Check = (value, draft) => value instanceof Map && [...value.values()].every((item) => isPlainSchema(item, draft))
const isSchemaOrBoolean: Check = (value, draft) => typeof value === 'boolean' || isPlainSchema(value, draft)
const isLimit: Check = (value, draft) => draft >= 6 && typeof value === 'number'
const isNames: Check = (value, draft) =>
  Array.isArray(value) &&
  (draft >= 6 || value.length > 0) &&
  value.every((item) => typeof item === 'string') &&
  new Set(value).size === value.length

const isType: Check = (value) => {
  const known = (item: Value) => typeof item === 'string' && (jsonTypes as readonly string[]).includes(item)
  return known(value) || (Array.isArray(value) && value.length > 0 && value.every(known) && new Set(value).size === value.length)
}

/** Keywords that are left to the metaschema. */
const unusual = new Set([
  ...['id', '$anchor', '$dynamicRef', '$dynamicAnchor', '$recursiveRef', '$recursiveAnchor', '$vocabulary', 'dependencies'],
  ...['dependentRequired', 'dependentSchemas', 'unevaluatedItems', 'unevaluatedProperties', 'prefixItems', 'minContains', 'maxContains'],
  ...['contentMediaType', 'contentEncoding', 'contentSchema'],
])

const checks: Record<string, Check> = {
  $schema: (value) => typeof value === 'string' && /^https?:\/\/json-schema\.org\/[\w/-]+#?$/.test(value),
  $id: (value, draft) => draft >= 6 && typeof value === 'string' && /^(?:https?:\/\/)?[\w./-]*$/.test(value),
  $ref: isReference,
  $comment: isText,
  title: isText,
  description: isText,
  format: isText,
  pattern: (value) => typeof value === 'string' && isPlainPattern(value),
  readOnly: isBoolean,
  writeOnly: isBoolean,
  deprecated: isBoolean,
  uniqueItems: isBoolean,
  examples: isList,
  maximum: isNumber,
  minimum: isNumber,
  exclusiveMaximum: isLimit,
  exclusiveMinimum: isLimit,
  multipleOf: (value) => typeof value === 'number' && value > 0,
  maxLength: isCount,
  minLength: isCount,
  maxItems: isCount,
  minItems: isCount,
  maxProperties: isCount,
  minProperties: isCount,
  required: isNames,
  type: isType,
  enum: (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item) => typeof item !== 'object' || item === null) &&
    new Set(value).size === value.length,
  allOf: isSchemaList,
  anyOf: isSchemaList,
  oneOf: isSchemaList,
  not: isPlainSchema,
  properties: isSchemaMap,
  patternProperties: (value, draft) => value instanceof Map && [...value.keys()].every(isPlainPattern) && isSchemaMap(value, draft),
  definitions: isSchemaMap,
  $defs: isSchemaMap,
  additionalProperties: isSchemaOrBoolean,
  additionalItems: isSchemaOrBoolean,
  items: (value, draft) => (Array.isArray(value) ? draft < 2020 && isSchemaList(value, draft) : isPlainSchema(value, draft)),
  if: isPlainSchema,
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: isPlainSchema,
  else: isPlainSchema,
  propertyNames: isPlainSchema,
  contains: isPlainSchema,
}
