import type { Value } from '../../template/value.ts'
import { type Draft, metaschemaUrl } from './draft.ts'

/**
 * The metaschemas of the drafts, reduced to what they assert: titles, defaults and comments are left out. Rules are named by the word
 * that stands for their schema.
 */
type Json = boolean | number | string | Json[] | { [key: string]: Json }
type Rules = Record<string, string>

const simpleTypes = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']

/** Which rule holds for which keyword, by the vocabularies of the later drafts. */
const core: Rules = {
  $id: 'id',
  $schema: 'uri',
  $ref: 'uriReference',
  $anchor: 'anchor',
  $comment: 'string',
  $defs: 'schemaMap',
}
const applicator: Rules = {
  contains: 'schema',
  additionalProperties: 'schema',
  properties: 'schemaMap',
  patternProperties: 'patternMap',
  dependentSchemas: 'schemaMap',
  propertyNames: 'schema',
  if: 'schema',
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: 'schema',
  else: 'schema',
  allOf: 'schemaArray',
  anyOf: 'schemaArray',
  oneOf: 'schemaArray',
  not: 'schema',
}
const validation: Rules = {
  multipleOf: 'positive',
  maximum: 'number',
  exclusiveMaximum: 'number',
  minimum: 'number',
  exclusiveMinimum: 'number',
  maxLength: 'count',
  minLength: 'countOrZero',
  pattern: 'regex',
  maxItems: 'count',
  minItems: 'countOrZero',
  uniqueItems: 'boolean',
  maxProperties: 'count',
  minProperties: 'countOrZero',
  required: 'stringArray',
  type: 'type',
}
const metaData: Rules = { title: 'string', description: 'string', readOnly: 'boolean', writeOnly: 'boolean', examples: 'array' }
const content: Rules = { contentMediaType: 'string', contentEncoding: 'string' }

/** The document at the URL of a metaschema or of a part of one; undefined for other URLs. */
export function metaschemaDocument(url: string): Value | undefined {
  for (const draft of [4, 6, 7] as const) if (url === metaschemaUrl[draft]) return value(singleDocument(draft))
  for (const draft of [2019, 2020] as const) {
    const base = metaschemaUrl[draft].slice(0, -'schema'.length)
    if (url === metaschemaUrl[draft]) return value(wholeDocument(draft))
    if (url.startsWith(`${base}meta/`)) return value(vocabularyDocument(draft, url.slice(`${base}meta/`.length)))
  }
  return undefined
}

/** The parts that the metaschema of a later draft is made of, in its order. */
function vocabularies(draft: 2019 | 2020): string[] {
  return draft === 2019
    ? ['core', 'applicator', 'validation', 'meta-data', 'format', 'content']
    : ['core', 'applicator', 'unevaluated', 'validation', 'meta-data', 'format-annotation', 'content']
}

function singleDocument(draft: 4 | 6 | 7): Json {
  const self = { $ref: '#' }
  const boolOr = draft === 4 ? { anyOf: [{ type: 'boolean' }, self] } : self
  const properties: Record<string, Json> = {}
  const rules: Rules = { ...validation, ...applicator }
  for (const name of ['dependentSchemas', 'additionalProperties']) delete rules[name]
  if (draft === 4) for (const name of ['contains', 'propertyNames']) delete rules[name]
  if (draft < 7) for (const name of ['if', 'then', 'else']) delete rules[name]
  for (const [keyword, rule] of Object.entries(rules)) properties[keyword] = reference(rule, self, 'definitions', draft)
  Object.assign(properties, {
    $schema: { type: 'string', format: 'uri' },
    $ref: draft === 4 ? { type: 'string' } : { type: 'string', format: 'uri-reference' },
    [draft === 4 ? 'id' : '$id']: draft === 4 ? { type: 'string' } : { type: 'string', format: 'uri-reference' },
    title: { type: 'string' },
    description: { type: 'string' },
    format: { type: 'string' },
    additionalItems: boolOr,
    additionalProperties: boolOr,
    items: { anyOf: [self, { $ref: '#/definitions/schemaArray' }] },
    definitions: { type: 'object', additionalProperties: self },
    dependencies: { type: 'object', additionalProperties: { anyOf: [self, { $ref: '#/definitions/stringArray' }] } },
    enum: { type: 'array', minItems: 1, uniqueItems: true },
  })
  if (draft === 4) Object.assign(properties, { exclusiveMaximum: { type: 'boolean' }, exclusiveMinimum: { type: 'boolean' } })
  if (draft === 7) {
    Object.assign(properties, {
      $comment: { type: 'string' },
      examples: { type: 'array' },
      readOnly: { type: 'boolean' },
      writeOnly: { type: 'boolean' },
    })
    for (const keyword of Object.keys(content)) properties[keyword] = { type: 'string' }
  }
  return {
    $schema: `${metaschemaUrl[draft]}#`,
    definitions: definitions(self, 'definitions', draft),
    type: draft === 4 ? 'object' : ['object', 'boolean'],
    properties,
    ...(draft === 4 ? { dependencies: { exclusiveMaximum: ['maximum'], exclusiveMinimum: ['minimum'] } } : {}),
  }
}

function wholeDocument(draft: 2019 | 2020): Json {
  const self = selfReference(draft)
  return {
    ...header(draft, metaschemaUrl[draft]),
    allOf: vocabularies(draft).map((name) => ({ $ref: `meta/${name}` })),
    type: ['object', 'boolean'],
    properties: {
      definitions: { type: 'object', additionalProperties: self },
      dependencies: { type: 'object', additionalProperties: { anyOf: [self, { $ref: 'meta/validation#/$defs/stringArray' }] } },
      ...(draft === 2020
        ? { $recursiveAnchor: { $ref: 'meta/core#/$defs/anchor' }, $recursiveRef: { $ref: 'meta/core#/$defs/uriReference' } }
        : {}),
    },
  }
}

function vocabularyDocument(draft: 2019 | 2020, name: string): Json {
  const self = selfReference(draft)
  const properties: Record<string, Json> = {}
  for (const [keyword, rule] of Object.entries(vocabularyRules(draft, name))) properties[keyword] = reference(rule, self, '$defs', draft)
  if (name === 'applicator' && draft === 2019) properties.items = { anyOf: [self, { $ref: '#/$defs/schemaArray' }] }
  return {
    ...header(draft, `${metaschemaUrl[draft].slice(0, -'schema'.length)}meta/${name}`),
    type: ['object', 'boolean'],
    properties,
    $defs: definitions(self, '$defs', draft),
  }
}

function vocabularyRules(draft: 2019 | 2020, name: string): Rules {
  if (name === 'core') {
    const dynamic: Rules =
      draft === 2019
        ? { $recursiveRef: 'uriReference', $recursiveAnchor: 'boolean' }
        : { $dynamicRef: 'uriReference', $dynamicAnchor: 'anchor' }
    return { ...core, ...dynamic, $vocabulary: 'vocabulary' }
  }
  if (name === 'applicator') {
    const later: Rules =
      draft === 2019
        ? { additionalItems: 'schema', unevaluatedItems: 'schema', unevaluatedProperties: 'schema' }
        : { prefixItems: 'schemaArray', items: 'schema' }
    return { ...applicator, ...later }
  }
  if (name === 'unevaluated') return { unevaluatedItems: 'schema', unevaluatedProperties: 'schema' }
  if (name === 'validation')
    return { ...validation, enum: 'array', maxContains: 'count', minContains: 'count', dependentRequired: 'stringArrayMap' }
  if (name === 'meta-data') return { ...metaData, deprecated: 'boolean' }
  if (name === 'content') return { ...content, contentSchema: 'schema' }
  return { format: 'string' }
}

function header(draft: 2019 | 2020, id: string): { [key: string]: Json } {
  return { $schema: metaschemaUrl[draft], $id: id, ...(draft === 2019 ? { $recursiveAnchor: true } : { $dynamicAnchor: 'meta' }) }
}

function selfReference(draft: 2019 | 2020): { [key: string]: Json } {
  return draft === 2019 ? { $recursiveRef: '#' } : { $dynamicRef: '#meta' }
}

/** Rules that the metaschemas keep among their definitions; the others stand where they are used. */
function definitions(self: Json, at: string, draft: Draft): { [key: string]: Json } {
  const count = { $ref: `#/${at}/count` }
  return {
    schemaArray: { type: 'array', minItems: 1, items: self },
    count: { type: 'integer', minimum: 0 },
    countOrZero: draft < 2019 ? { allOf: [count, {}] } : count,
    simpleTypes: { enum: simpleTypes },
    stringArray: { type: 'array', items: { type: 'string' }, uniqueItems: true, ...(draft === 4 ? { minItems: 1 } : {}) },
    anchor: { type: 'string', pattern: draft === 2020 ? '^[A-Za-z_][-A-Za-z0-9._]*$' : '^[A-Za-z][-A-Za-z0-9.:_]*$' },
    uri: { type: 'string', format: 'uri' },
    uriReference: { type: 'string', format: 'uri-reference' },
  }
}

function reference(rule: string, self: Json, at: string, draft: Draft): Json {
  const byName = { $ref: `#/${at}/${rule}` }
  switch (rule) {
    case 'schema':
      return self
    case 'schemaMap':
      return { type: 'object', additionalProperties: self }
    case 'patternMap':
      return { type: 'object', additionalProperties: self, ...(draft < 7 ? {} : { propertyNames: { format: 'regex' } }) }
    case 'stringArrayMap':
      return { type: 'object', additionalProperties: { $ref: `#/${at}/stringArray` } }
    case 'vocabulary':
      return { type: 'object', propertyNames: { type: 'string', format: 'uri' }, additionalProperties: { type: 'boolean' } }
    case 'type': {
      const simple = { $ref: `#/${at}/simpleTypes` }
      return { anyOf: [simple, { type: 'array', items: simple, minItems: 1, uniqueItems: true }] }
    }
    case 'positive':
      return draft === 4 ? { type: 'number', minimum: 0, exclusiveMinimum: true } : { type: 'number', exclusiveMinimum: 0 }
    case 'number':
      return { type: 'number' }
    case 'regex':
      return { type: 'string', format: 'regex' }
    case 'id':
      return draft === 2020
        ? { $ref: `#/${at}/uriReference`, pattern: '^[^#]*#?$' }
        : { type: 'string', format: 'uri-reference', pattern: '^[^#]*#?$' }
    case 'string':
    case 'boolean':
    case 'array':
      return { type: rule }
    default:
      return byName
  }
}

function value(json: Json): Value {
  if (Array.isArray(json)) return json.map(value)
  if (typeof json === 'object') return new Map(Object.entries(json).map(([key, item]) => [key, value(item)]))
  return json
}
