/** A version of JSON Schema, by the year of its specification where it has one. */
export type Draft = 4 | 6 | 7 | 2019 | 2020

/** The URL of a draft's metaschema. */
export const metaschemaUrl: Record<Draft, string> = {
  4: 'http://json-schema.org/draft-04/schema',
  6: 'http://json-schema.org/draft-06/schema',
  7: 'http://json-schema.org/draft-07/schema',
  2019: 'https://json-schema.org/draft/2019-09/schema',
  2020: 'https://json-schema.org/draft/2020-12/schema',
}

/** The draft that a `$schema` names; undefined for others. An empty fragment is ignored. */
export function draftOf(url: string): Draft | undefined {
  const [base = '', fragment = ''] = url.split('#', 2)
  if (fragment !== '') return undefined
  const path = base.replace(/^https?:\/\//, '')
  if (path === 'json-schema.org/schema') return 2020
  const found = Object.entries(metaschemaUrl).find(([, known]) => known.replace(/^https?:\/\//, '') === path)
  return found && (Number(found[0]) as Draft)
}

/** Where a schema of a draft holds further schemas: under a keyword, in its list, or under the keys of its map. */
export interface SubschemaKeywords {
  single: readonly string[]
  lists: readonly string[]
  maps: readonly string[]
}

const single4 = ['not', 'additionalProperties', 'items', 'additionalItems']
const lists4 = ['allOf', 'anyOf', 'oneOf', 'items']
const maps4 = ['definitions', 'properties', 'patternProperties', 'dependencies']
const single6 = [...single4, 'propertyNames', 'contains']
const single7 = [...single6, 'if', 'then', 'else']
const single2019 = [...single7, 'unevaluatedProperties', 'unevaluatedItems', 'contentSchema']
const maps2019 = [...maps4, '$defs', 'dependentSchemas']

export const subschemaKeywords: Record<Draft, SubschemaKeywords> = {
  4: { single: single4, lists: lists4, maps: maps4 },
  6: { single: single6, lists: lists4, maps: maps4 },
  7: { single: single7, lists: lists4, maps: maps4 },
  2019: { single: single2019, lists: lists4, maps: maps2019 },
  2020: { single: single2019, lists: [...lists4, 'prefixItems'], maps: maps2019 },
}
