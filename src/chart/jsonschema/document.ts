import type { Value } from '../../template/value.ts'
import { type Address, escapeToken, unescapeToken } from './address.ts'
import { type Draft, draftOf, subschemaKeywords } from './draft.ts'

/** A schema that cannot be compiled; the message is santhosh-tekuri/jsonschema's. */
export class SchemaProblem extends Error {}

/** A part of a document with an `$id` of its own, or the whole. */
export interface Resource {
  pointer: string
  id: string
  draft: Draft
  /** Pointers by anchor name. */
  anchors: Map<string, string>
  dynamicAnchors: string[]
}

/** A JSON document that holds schemas. */
export interface SchemaDocument {
  url: string
  value: Value
  resources: Map<string, Resource>
}

/** Finds the resources and anchors of a document. `draft` is for what names none. */
export function readDocument(url: string, value: Value, draft: Draft): SchemaDocument {
  const document: SchemaDocument = { url, value, resources: new Map() }
  collect(document, value, undefined, '', draft)
  return document
}

function collect(document: SchemaDocument, value: Value, outer: Resource | undefined, pointer: string, fallback: Draft): void {
  if (!(value instanceof Map)) {
    if (!outer) document.resources.set('', resource('', document.url, fallback))
    return
  }
  const owner = ownerOf(document, value, outer, pointer, fallback)
  collectAnchors(document, value, pointer, owner)
  const keywords = subschemaKeywords[owner.draft]
  for (const [key, child] of value) {
    if (keywords.single.includes(key) && child instanceof Map) collect(document, child, owner, `${pointer}/${key}`, owner.draft)
    else if (keywords.lists.includes(key) && Array.isArray(child)) {
      for (const [i, item] of child.entries()) collect(document, item, owner, `${pointer}/${key}/${i}`, owner.draft)
    }
    if (keywords.maps.includes(key) && child instanceof Map) {
      for (const [name, item] of child) collect(document, item, owner, `${pointer}/${key}/${escapeToken(name)}`, owner.draft)
    }
  }
}

/** The resource that a schema begins, or the one around it. */
function ownerOf(
  document: SchemaDocument,
  schema: Map<string, Value>,
  outer: Resource | undefined,
  pointer: string,
  fallback: Draft,
): Resource {
  const named = schema.get('$schema')
  let draft = typeof named === 'string' ? (draftOf(named) ?? unknownDraft(named, document.url)) : fallback
  let id = idOf(schema, draft)
  if (id === '' && outer) {
    draft = fallback
    id = idOf(schema, draft)
    if (id === '') return outer
  }
  const base = outer?.id ?? document.url
  const url = id === '' ? base : URL.canParse(id, base) ? new URL(id, base).href : id
  const other = [...document.resources.values()].find((known) => known.id === url)
  if (other && other.pointer !== pointer) {
    throw new SchemaProblem(`duplicate id "${url}" in "${document.url}" at "${pointer}" and "${other.pointer}"`)
  }
  const owner = other ?? resource(pointer, url, draft)
  document.resources.set(pointer, owner)
  return owner
}

function resource(pointer: string, id: string, draft: Draft): Resource {
  return { pointer, id, draft, anchors: new Map(), dynamicAnchors: [] }
}

function unknownDraft(named: string, url: string): Draft {
  const [base = ''] = named.split('#')
  if (base === url) throw new SchemaProblem(`draft "${base}" is not supported`)
  throw new SchemaProblem(`failing loading "${base}": metaschemas from elsewhere are not read`)
}

function idOf(schema: Map<string, Value>, draft: Draft): string {
  if (draft < 2019 && schema.has('$ref')) return ''
  const id = schema.get(draft === 4 ? 'id' : '$id')
  return typeof id === 'string' ? id.split('#')[0]! : ''
}

function collectAnchors(document: SchemaDocument, schema: Map<string, Value>, pointer: string, owner: Resource): void {
  const add = (anchor: Value | undefined): anchor is string => {
    if (typeof anchor !== 'string' || anchor === '') return false
    const known = owner.anchors.get(anchor)
    if (known !== undefined && known !== pointer) {
      throw new SchemaProblem(`duplicate anchor "${anchor}" in "${document.url}" at "${known}" and "${pointer}"`)
    }
    owner.anchors.set(anchor, pointer)
    return true
  }
  if (owner.draft >= 2019) {
    add(schema.get('$anchor'))
    const dynamic = schema.get('$dynamicAnchor')
    if (owner.draft >= 2020 && add(dynamic)) owner.dynamicAnchors.push(dynamic)
  } else if (!schema.has('$ref')) {
    const id = schema.get(owner.draft === 4 ? 'id' : '$id')
    const fragment = typeof id === 'string' ? id.split('#')[1] : undefined
    if (fragment && !fragment.startsWith('/')) add(fragment)
  }
}

/** The resource that a pointer lies in. */
export function resourceAt(document: SchemaDocument, pointer: string): Resource {
  for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
    const found = document.resources.get(at)
    if (found) return found
    if (at === '') throw new SchemaProblem('no resource')
  }
}

/** The value at an address; undefined where there is none. */
export function valueAt(document: SchemaDocument, { pointer }: Address): Value | undefined {
  let value: Value | undefined = document.value
  for (const token of pointer.split('/').slice(1)) {
    const name = unescapeToken(token)
    if (value instanceof Map) value = value.get(name)
    else if (Array.isArray(value)) value = /^[0-9]+$/.test(name) ? value[Number(name)] : undefined
    else return undefined
  }
  return value
}
