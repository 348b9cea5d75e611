import { messageOf } from '../../errors.ts'
import { sortedKeys } from '../../template/bytes.ts'
import { quote } from '../../template/quote.ts'
import type { Value } from '../../template/value.ts'
import { type Address, addressText, escapeToken, resolveReference } from './address.ts'
import { type Resource, readDocument, resourceAt, type SchemaDocument, SchemaProblem, valueAt } from './document.ts'
import type { Draft } from './draft.ts'
import { displayed } from './finding.ts'
import { formats } from './format.ts'
import { compileTest } from './pattern.ts'
import { jsonTypes, type Schema, typeBit } from './schema.ts'

/** Gives the document at a URL other than those that were added. @throws SchemaProblem */
export type LoadDocument = (url: string) => Value

/** Called for each document, before anything of it is compiled. @throws SchemaProblem for what is no schema */
export type CheckDocument = (document: SchemaDocument) => void

type Keywords = Map<string, Value>

/** Compiles the schemas of one document and of what it refers to. */
export class Compiler {
  private readonly documents = new Map<string, SchemaDocument>()
  private readonly schemas = new Map<string, Schema>()
  /** What is still to be read of schemas that were met: one after the other, so that of several references that lead nowhere the outermost is told of. */
  private unread: (() => void)[] = []
  private readonly load: LoadDocument
  private readonly check: CheckDocument
  /** Whether formats are asserted in every draft, as in metaschemas. */
  private readonly assertFormats: boolean

  constructor(load: LoadDocument, check: CheckDocument, assertFormats = false) {
    this.load = load
    this.check = check
    this.assertFormats = assertFormats
  }

  /** The compiled schema at the root of a document. */
  compile(url: string): Schema {
    const schema = this.at({ url, pointer: '' })
    // What is read meets others, which are read in turn.
    for (const read of this.unread) read()
    this.unread = []
    return schema
  }

  private document(url: string): SchemaDocument {
    const known = this.documents.get(url)
    if (known) return known
    const document = readDocument(url, this.load(url), 2020)
    this.check(document)
    this.documents.set(url, document)
    return document
  }

  private at(address: Address): Schema {
    const known = this.schemas.get(`${address.url}#${address.pointer}`)
    if (known) return known
    const document = this.document(address.url)
    const value = valueAt(document, address)
    if (value === undefined) throw new SchemaProblem(`json-pointer in ${quote(addressText(address))} not found`)
    return this.build(address, document, value, resourceAt(document, address.pointer))
  }

  private build(address: Address, document: SchemaDocument, value: Value, resource: Resource): Schema {
    const schema = { address, draft: resource.draft } as Schema
    this.schemas.set(`${address.url}#${address.pointer}`, schema)
    schema.resource = this.at({ url: address.url, pointer: resource.pointer })
    if (resource.draft >= 2020 && schema.resource === schema) this.dynamicAnchors(schema, resource, address.url)
    if (typeof value === 'boolean') schema.bool = value
    else if (value instanceof Map && value.size > 0) {
      this.unread.push(() => new KeywordReader(this, schema, value, address, document, resource).read(this.assertFormats))
    } else schema.bool = true
    return schema
  }

  private dynamicAnchors(schema: Schema, resource: Resource, url: string): void {
    for (const anchor of resource.dynamicAnchors) {
      schema.dynamicAnchors ??= new Map()
      schema.dynamicAnchors.set(anchor, this.at({ url, pointer: resource.anchors.get(anchor)! }))
    }
  }

  /** The schema `value` that lies below another one, of which all but the tokens to it are given. */
  below(value: Value, address: Address, document: SchemaDocument, resource: Resource, ...tokens: string[]): Schema {
    const pointer = address.pointer + tokens.map((token) => `/${escapeToken(token)}`).join('')
    const known = this.schemas.get(`${address.url}#${pointer}`)
    return known ?? this.build({ url: address.url, pointer }, document, value, document.resources.get(pointer) ?? resource)
  }

  /** The schema that a reference in `document` means. */
  referenced(reference: string, document: SchemaDocument, resource: Resource): Schema {
    const { url, fragment } = resolveReference(resource.id, reference)
    const owner = url === document.url ? document.resources.get('') : [...document.resources.values()].find((known) => known.id === url)
    if (owner) return this.at({ url: document.url, pointer: this.pointer(document, owner, fragment) })
    const other = this.document(url)
    return this.at({ url, pointer: this.pointer(other, other.resources.get('')!, fragment) })
  }

  private pointer(document: SchemaDocument, resource: Resource, fragment: string): string {
    if (fragment === '' || fragment.startsWith('/')) return resource.pointer + fragment
    const anchor = resource.anchors.get(fragment)
    if (anchor !== undefined) return anchor
    const reference = addressText({ url: resource.id, pointer: fragment })
    throw new SchemaProblem(`anchor in ${quote(reference)} not found in schema ${quote(document.url)}`)
  }
}

/** Reads the keywords of one schema object. */
class KeywordReader {
  private readonly compiler: Compiler
  private readonly schema: Schema
  private readonly keywords: Keywords
  private readonly address: Address
  private readonly document: SchemaDocument
  private readonly resource: Resource

  constructor(compiler: Compiler, schema: Schema, keywords: Keywords, address: Address, document: SchemaDocument, resource: Resource) {
    this.compiler = compiler
    this.schema = schema
    this.keywords = keywords
    this.address = address
    this.document = document
    this.resource = resource
  }

  read(assertFormats: boolean): void {
    const { schema } = this
    const { draft } = schema
    schema.ref = this.reference('$ref')
    // Up to draft 7, what stands beside $ref is ignored, but for what drafts 6 and 7 have more than draft 4: the library reads that apart.
    if (draft < 2019 && schema.ref) {
      this.constant(draft)
      return
    }
    this.applicators(draft)
    this.assertions(draft)
    if (draft < 2019 || assertFormats) {
      const name = this.text('format')
      const check = name === undefined || !Object.hasOwn(formats, name) ? undefined : formats[name]
      if (check) schema.format = { name: name!, check }
    }
    if (draft >= 2019) this.dynamic(draft)
    schema.allPropsEvaluated = schema.additionalProperties !== undefined
    schema.allItemsEvaluated =
      draft < 2020
        ? schema.additionalItems !== undefined || (schema.items !== undefined && !Array.isArray(schema.items))
        : !!schema.items2020
    schema.numItemsEvaluated = draft < 2020 ? (Array.isArray(schema.items) ? schema.items.length : 0) : (schema.prefixItems?.length ?? 0)
  }

  private applicators(draft: Draft): void {
    const { schema } = this
    schema.allOf = this.list('allOf')
    schema.anyOf = this.list('anyOf')
    schema.oneOf = this.list('oneOf')
    schema.not = this.single('not')
    if (draft < 2020) {
      if (Array.isArray(this.keywords.get('items'))) {
        schema.items = this.list('items')
        schema.additionalItems = this.additional('additionalItems')
      } else schema.items = this.single('items')
    } else {
      schema.prefixItems = this.list('prefixItems')
      schema.items2020 = this.single('items')
    }
    schema.properties = this.map('properties')
    const patterns = this.map('patternProperties')
    if (patterns) {
      schema.patternProperties = [...patterns].map(([source, below]) => ({
        matches: this.pattern(source, 'patternProperties'),
        schema: below,
      }))
    }
    schema.additionalProperties = this.additional('additionalProperties')
    const dependencies = this.keywords.get('dependencies')
    if (dependencies instanceof Map) {
      schema.dependencies = new Map(
        sortedKeys(dependencies).map((name) => {
          const value = dependencies.get(name)!
          return [name, Array.isArray(value) ? strings(value) : this.below(value, 'dependencies', name)]
        }),
      )
    }
    if (draft >= 6) {
      schema.contains = this.single('contains')
      schema.propertyNames = this.single('propertyNames')
    }
    if (draft >= 7) this.conditional()
    if (draft >= 2019) {
      schema.dependentSchemas = this.map('dependentSchemas')
      schema.unevaluatedItems = this.single('unevaluatedItems')
      schema.unevaluatedProperties = this.single('unevaluatedProperties')
    }
  }

  private conditional(): void {
    const { schema } = this
    schema.condition = this.single('if')
    if (!schema.condition) return
    const constant = this.keywords.get('if')
    if (constant !== false) schema.whenTrue = this.single('then')
    if (constant !== true) schema.whenFalse = this.single('else')
  }

  private constant(draft: Draft): void {
    const value = this.keywords.get('const')
    if (draft < 6 || value === undefined) return
    this.schema.const = { value, text: () => (isContainer(value) ? "'const' failed" : `value must be ${displayed(value)}`) }
  }

  private assertions(draft: Draft): void {
    const { schema, keywords } = this
    schema.types = typeMask(keywords.get('type'))
    const items = keywords.get('enum')
    if (Array.isArray(items))
      schema.enum = { values: items, types: items.reduce<number>((mask, item) => mask | typeBit(item), 0), text: enumText(items) }
    this.constant(draft)
    schema.multipleOf = this.number('multipleOf')
    schema.maximum = this.number('maximum')
    schema.minimum = this.number('minimum')
    if (keywords.get('exclusiveMaximum') === true) {
      schema.exclusiveMaximum = schema.maximum
      schema.maximum = undefined
    } else schema.exclusiveMaximum = this.number('exclusiveMaximum')
    if (keywords.get('exclusiveMinimum') === true) {
      schema.exclusiveMinimum = schema.minimum
      schema.minimum = undefined
    } else schema.exclusiveMinimum = this.number('exclusiveMinimum')
    schema.minLength = this.count('minLength')
    schema.maxLength = this.count('maxLength')
    const source = this.text('pattern')
    if (source !== undefined) schema.pattern = { source, matches: this.pattern(source, 'pattern') }
    schema.minItems = this.count('minItems')
    schema.maxItems = this.count('maxItems')
    schema.uniqueItems = keywords.get('uniqueItems') === true
    schema.minProperties = this.count('minProperties')
    schema.maxProperties = this.count('maxProperties')
    const required = keywords.get('required')
    if (Array.isArray(required)) schema.required = strings(required)
    if (draft < 2019) return
    if (schema.contains) {
      schema.minContains = this.count('minContains')
      schema.maxContains = this.count('maxContains')
    }
    const dependent = keywords.get('dependentRequired')
    if (dependent instanceof Map) {
      schema.dependentRequired = new Map([...dependent].flatMap(([name, list]) => (Array.isArray(list) ? [[name, strings(list)]] : [])))
    }
  }

  private dynamic(draft: Draft): void {
    const { schema } = this
    schema.recursiveRef = this.reference('$recursiveRef')
    schema.recursiveAnchor = this.keywords.get('$recursiveAnchor') === true
    if (draft < 2020) return
    const reference = this.text('$dynamicRef')
    if (reference !== undefined) {
      const fragment = resolveReference(this.resource.id, reference).fragment
      schema.dynamicRef = { schema: this.reference('$dynamicRef')!, anchor: fragment.startsWith('/') ? '' : fragment }
    }
    schema.dynamicAnchor = this.text('$dynamicAnchor')
  }

  private below(value: Value, ...tokens: string[]): Schema {
    return this.compiler.below(value, this.address, this.document, this.resource, ...tokens)
  }

  private reference(keyword: string): Schema | undefined {
    const reference = this.text(keyword)
    return reference === undefined ? undefined : this.compiler.referenced(reference, this.document, this.resource)
  }

  private single(keyword: string): Schema | undefined {
    const value = this.keywords.get(keyword)
    return value === undefined ? undefined : this.below(value, keyword)
  }

  private list(keyword: string): Schema[] | undefined {
    const list = this.keywords.get(keyword)
    return Array.isArray(list) ? list.map((item, i) => this.below(item, keyword, String(i))) : undefined
  }

  private map(keyword: string): Map<string, Schema> | undefined {
    const map = this.keywords.get(keyword)
    if (!(map instanceof Map)) return undefined
    return new Map(sortedKeys(map).map((name) => [name, this.below(map.get(name)!, keyword, name)]))
  }

  private additional(keyword: string): Schema | boolean | undefined {
    const value = this.keywords.get(keyword)
    return typeof value === 'boolean' ? value : this.single(keyword)
  }

  private text(keyword: string): string | undefined {
    const value = this.keywords.get(keyword)
    return typeof value === 'string' ? value : undefined
  }

  private number(keyword: string): number | undefined {
    const value = this.keywords.get(keyword)
    return typeof value === 'number' ? value : undefined
  }

  private count(keyword: string): number | undefined {
    const value = this.number(keyword)
    return value !== undefined && Number.isInteger(value) ? value : undefined
  }

  private pattern(source: string, keyword: string) {
    try {
      return compileTest(source)
    } catch (error) {
      const place = addressText({ url: this.address.url, pointer: `${this.address.pointer}/${keyword}` })
      throw new SchemaProblem(`invalid regex ${quote(source)} at ${quote(place)}: ${messageOf(error)}`)
    }
  }
}

function typeMask(type: Value | undefined): number | undefined {
  const names = typeof type === 'string' ? [type] : Array.isArray(type) ? strings(type) : []
  let mask = 0
  for (const name of names) {
    const bit = (jsonTypes as readonly string[]).indexOf(name)
    if (bit >= 0) mask |= 1 << bit
  }
  return mask === 0 ? undefined : mask
}

function enumText(items: readonly Value[]): () => string {
  return () => {
    if (items.some(isContainer)) return "'enum' failed"
    return items.length === 1 ? `value must be ${displayed(items[0]!)}` : `value must be one of ${items.map(displayed).join(', ')}`
  }
}

function isContainer(value: Value): boolean {
  return value instanceof Map || Array.isArray(value)
}

function strings(list: readonly Value[]): string[] {
  return list.filter((item) => typeof item === 'string')
}
