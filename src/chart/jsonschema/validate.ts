import { compareStrings, sortedKeys } from '../../template/bytes.ts'
import type { Value } from '../../template/value.ts'
import { addressText } from './address.ts'
import { englishCount, englishNumber, type Finding, quoted, quotedList } from './finding.ts'
import { equalValues, jsonTypes, type Schema, typeBit, typeName } from './schema.ts'

/** The schemas that led to the one at hand, for dynamic references and to notice endless ones. */
interface Scope {
  schema: Schema
  /** One number for each value on the way: schemas that look at the same value share it. */
  value: number
  parent: Scope | undefined
}

/** What of an object or array no keyword has looked at yet; undefined where nobody asks. */
interface Unevaluated {
  props?: Set<string>
  items?: Set<number>
}

/**
 * What of `value` does not fit the schema; undefined where all does. The wording and nesting are those of santhosh-tekuri/jsonschema v6;
 * where Go's order is that of its maps, properties come in byte order.
 */
export function validate(schema: Schema, value: Value): Finding | undefined {
  const found = new Validator(schema, value, [], { schema, value: 0, parent: undefined }, false).run(unevaluatedOf(value, schema, false))
  if (!found) return undefined
  const causes = found.kind === 'group' ? found.causes : [found]
  return { kind: 'schema', path: [], text: () => `jsonschema validation failed with ${quoted(addressText(schema.address))}`, causes }
}

const invalid: Finding = { kind: 'other', path: [], text: () => '', causes: [] }

class Validator {
  private readonly schema: Schema
  private readonly value: Value
  private readonly path: readonly string[]
  private readonly scope: Scope
  /** Whether only validity matters, so that the first finding ends it. */
  private readonly brief: boolean
  private readonly findings: Finding[] = []
  private unevaluated: Unevaluated = {}

  constructor(schema: Schema, value: Value, path: readonly string[], scope: Scope, brief: boolean) {
    this.schema = schema
    this.value = value
    this.path = path
    this.scope = scope
    this.brief = brief
  }

  /** Validates and takes what was looked at out of `unevaluated`. */
  run(unevaluated: Unevaluated): Finding | undefined {
    this.unevaluated = unevaluated
    const { schema, value } = this
    if (schema.bool !== undefined) return schema.bool ? undefined : this.finding(() => 'false schema')
    if (this.isCycle()) return this.finding(() => `reference cycle at ${addressText(schema.address)}`)
    const early = this.typeConstEnumFormat()
    if (early) return early
    if (schema.ref) {
      const found = this.reference(schema.ref)
      if (schema.draft < 2019) return found
      this.add(found)
    }
    if (value instanceof Map) this.object(value)
    else if (Array.isArray(value)) this.array(value)
    else if (typeof value === 'string') this.string(value)
    else if (typeof value === 'number' || typeof value === 'bigint') this.number(value)
    if (this.findings.length === 0 || !this.brief) {
      if (schema.draft >= 2019) this.dynamicReferences()
      this.combinations()
      if (schema.draft >= 2019) this.unevaluatedParts()
    }
    if (this.findings.length <= 1) return this.findings[0]
    return { kind: 'group', path: this.path, text: () => 'validation failed', causes: this.findings }
  }

  private isCycle(): boolean {
    for (let scope = this.scope.parent; scope && scope.value === this.scope.value; scope = scope.parent) {
      if (scope.schema === this.schema) return true
    }
    return false
  }

  private typeConstEnumFormat(): Finding | undefined {
    const { schema, value } = this
    const { types } = schema
    const bit = typeBit(value)
    if (types !== undefined && !(types & bit) && !(types & integerBit && bit === numberBit && isInteger(value))) {
      const want = jsonTypes.filter((_, i) => types & (1 << i)).join(' or ')
      return this.finding(() => `got ${typeName(value)}, want ${want}`)
    }
    if (schema.const && !equalValues(value, schema.const.value)) return this.finding(schema.const.text)
    if (schema.enum && !(schema.enum.types & bit && schema.enum.values.some((item) => equalValues(value, item)))) {
      return this.finding(schema.enum.text)
    }
    if (schema.format && typeof value === 'string') {
      const { name, check } = schema.format
      const reason = check(value)
      if (reason !== undefined) return this.finding(() => `${quoted(value)} is not valid ${name}: ${reason}`)
    }
    return undefined
  }

  private object(object: Map<string, Value>): void {
    const { schema } = this
    const { size } = object
    if (schema.minProperties !== undefined && size < schema.minProperties) this.count('minProperties', size, schema.minProperties)
    if (schema.maxProperties !== undefined && size > schema.maxProperties) this.count('maxProperties', size, schema.maxProperties)
    const missing = (schema.required ?? []).filter((name) => !object.has(name))
    if (missing.length > 0) {
      this.add(this.finding(() => `missing ${missing.length === 1 ? 'property' : 'properties'} ${quotedList(missing)}`))
    }
    if (this.brief && this.findings.length > 0) return
    for (const [name, dependency] of sorted(schema.dependencies)) {
      if (!object.has(name)) continue
      if (Array.isArray(dependency)) this.needs(object, name, dependency)
      else this.add(this.same(dependency))
    }
    this.properties(object)
    if (schema.draft === 4) return
    if (schema.propertyNames) for (const name of sortedKeys(object)) this.propertyName(schema.propertyNames, name)
    if (schema.draft === 6) return
    for (const [name, dependent] of sorted(schema.dependentSchemas)) if (object.has(name)) this.add(this.same(dependent))
    for (const [name, names] of sorted(schema.dependentRequired)) if (object.has(name)) this.needs(object, name, names)
  }

  private needs(object: Map<string, Value>, name: string, names: readonly string[]): void {
    const missing = names.filter((other) => !object.has(other))
    if (missing.length > 0) this.add(this.finding(() => `properties ${quotedList(missing)} required, if ${quoted(name)} exists`))
  }

  private properties(object: Map<string, Value>): void {
    const { properties, patternProperties, additionalProperties } = this.schema
    if (!properties && !patternProperties && additionalProperties === undefined) return
    const additional: string[] = []
    for (const name of sortedKeys(object)) {
      if (this.brief && this.findings.length > 0) return
      const value = object.get(name)!
      const own = properties?.get(name)
      let evaluated = own !== undefined
      if (own) this.add(this.part(own, value, name))
      for (const { matches, schema } of patternProperties ?? []) {
        if (!matches(name)) continue
        evaluated = true
        this.add(this.part(schema, value, name))
      }
      if (!evaluated && additionalProperties !== undefined) {
        evaluated = true
        if (additionalProperties === false) additional.push(name)
        else if (additionalProperties !== true) this.add(this.part(additionalProperties, value, name))
      }
      if (evaluated) this.unevaluated.props?.delete(name)
    }
    if (additional.length > 0) this.add(this.finding(() => `additional properties ${quotedList(additional)} not allowed`))
  }

  private propertyName(schema: Schema, name: string): void {
    const found = validate(schema, name)
    if (found) this.add({ ...found, kind: 'other', text: () => `invalid propertyName ${quoted(name)}` })
  }

  private array(array: Value[]): void {
    const { schema } = this
    const { length } = array
    if (schema.minItems !== undefined && length < schema.minItems) this.count('minItems', length, schema.minItems)
    if (schema.maxItems !== undefined && length > schema.maxItems) this.count('maxItems', length, schema.maxItems)
    if (schema.uniqueItems && length > 1) {
      const pair = duplicates(array)
      if (pair) this.add(this.finding(() => `items at ${englishCount(pair[0])} and ${englishCount(pair[1])} are equal`))
    }
    if (schema.draft < 2020) this.items(array)
    else {
      const prefix = schema.prefixItems ?? []
      for (const [i, item] of array.slice(0, prefix.length).entries()) this.add(this.part(prefix[i]!, item, String(i)))
      // The index starts anew here, as it does in the library.
      if (schema.items2020) this.each(schema.items2020, array.slice(prefix.length))
    }
    if (schema.contains) this.contains(array, schema.contains)
  }

  private items(array: Value[]): void {
    const { items, additionalItems } = this.schema
    let evaluated = 0
    if (Array.isArray(items)) {
      evaluated = Math.min(array.length, items.length)
      for (let i = 0; i < evaluated; i++) this.add(this.part(items[i]!, array[i]!, String(i)))
    } else if (items) {
      this.each(items, array)
      evaluated = array.length
    }
    const rest = array.length - evaluated
    if (additionalItems === false && rest > 0) this.add(this.finding(() => `last ${englishCount(rest)} additionalItem(s) not allowed`))
    if (typeof additionalItems === 'object') this.each(additionalItems, array.slice(evaluated))
  }

  private each(schema: Schema, items: readonly Value[]): void {
    for (const [i, item] of items.entries()) this.add(this.part(schema, item, String(i)))
  }

  private contains(array: Value[], schema: Schema): void {
    const { minContains, maxContains, draft } = this.schema
    const failed: Finding[] = []
    const matched: number[] = []
    array.forEach((item, i) => {
      const found = this.part(schema, item, String(i))
      if (found) failed.push(found)
      else {
        matched.push(i)
        if (draft >= 2020) this.unevaluated.items?.delete(i)
      }
    })
    const got = `matched ${matched.length} items at ${matched.join(' ')}`
    if (minContains !== undefined) {
      if (matched.length < minContains) {
        const rest = matched.length === 0 ? 'none matched' : got
        this.add(this.finding(() => `min ${englishCount(minContains)} items required to match contains schema, but ${rest}`, failed))
      }
    } else if (matched.length === 0) this.add(this.finding(() => 'no items match contains schema', failed))
    if (maxContains !== undefined && matched.length > maxContains) {
      this.add(this.finding(() => `max ${englishCount(maxContains)} items required to match contains schema, but ${got}`))
    }
  }

  private string(text: string): void {
    const { minLength, maxLength, pattern } = this.schema
    if (minLength !== undefined || maxLength !== undefined) {
      let length = 0
      for (const _ of text) length++
      if (minLength !== undefined && length < minLength) this.count('minLength', length, minLength)
      if (maxLength !== undefined && length > maxLength) this.count('maxLength', length, maxLength)
    }
    if (pattern && !pattern.matches(text)) {
      this.add(this.finding(() => `${quoted(text)} does not match pattern ${quoted(pattern.source)}`))
    }
  }

  private number(value: number | bigint): void {
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = this.schema
    if (minimum !== undefined && value < minimum) this.bound('minimum', value, minimum)
    if (maximum !== undefined && value > maximum) this.bound('maximum', value, maximum)
    if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) this.bound('exclusiveMinimum', value, exclusiveMinimum)
    if (exclusiveMaximum !== undefined && value >= exclusiveMaximum) this.bound('exclusiveMaximum', value, exclusiveMaximum)
    if (multipleOf !== undefined && !isMultiple(Number(value), multipleOf)) this.bound('multipleOf', value, multipleOf)
  }

  private combinations(): void {
    const { schema } = this
    if (schema.not && !this.same(schema.not, true)) this.add(this.finding(() => "'not' failed"))
    if (schema.allOf) {
      const failed: Finding[] = []
      for (const part of schema.allOf) {
        const found = this.same(part)
        if (found) failed.push(found)
        if (found && this.brief) break
      }
      if (failed.length > 0) this.add(this.finding(() => "'allOf' failed", failed))
    }
    if (schema.anyOf) this.anyOf(schema.anyOf)
    if (schema.oneOf) this.oneOf(schema.oneOf)
    if (schema.condition) {
      const branch = this.same(schema.condition, true) ? schema.whenFalse : schema.whenTrue
      if (branch) this.add(this.same(branch))
    }
  }

  private anyOf(schemas: readonly Schema[]): void {
    const failed: Finding[] = []
    let matched = false
    for (const schema of schemas) {
      const found = this.same(schema)
      if (found) failed.push(found)
      else {
        matched = true
        if (isEmpty(this.unevaluated)) break
      }
    }
    if (!matched) this.add(this.finding(() => "'anyOf' failed", failed))
  }

  private oneOf(schemas: readonly Schema[]): void {
    const failed: Finding[] = []
    let matched = -1
    for (const [i, schema] of schemas.entries()) {
      const found = this.same(schema, matched !== -1)
      if (found) {
        if (matched === -1) failed.push(found)
      } else if (matched === -1) matched = i
      else {
        const first = matched
        this.add(this.finding(() => `'oneOf' failed, subschemas ${first}, ${i} matched`))
        return
      }
    }
    if (matched === -1) this.add(this.finding(() => "'oneOf' failed, none matched", failed))
  }

  private dynamicReferences(): void {
    const { recursiveRef, dynamicRef } = this.schema
    if (recursiveRef) this.add(this.reference(recursiveRef.recursiveAnchor ? this.outermost(recursiveRef) : recursiveRef))
    if (!dynamicRef) return
    const { schema, anchor } = dynamicRef
    this.add(this.reference(anchor !== '' && schema.dynamicAnchor === anchor ? this.outermost(schema, anchor) : schema))
  }

  /** The outermost schema on the way here that has the dynamic anchor, or with `$recursiveAnchor`. */
  private outermost(fallback: Schema, anchor?: string): Schema {
    let found = fallback
    for (let scope: Scope | undefined = this.scope; scope; scope = scope.parent) {
      const { resource } = scope.schema
      if (anchor === undefined) found = resource.recursiveAnchor ? scope.schema : found
      else found = resource.dynamicAnchors?.get(anchor) ?? found
    }
    return found
  }

  private unevaluatedParts(): void {
    const { unevaluatedProperties, unevaluatedItems } = this.schema
    const { value, unevaluated } = this
    if (unevaluatedProperties && value instanceof Map) {
      for (const name of [...(unevaluated.props ?? [])].sort(compareStrings)) {
        this.add(this.part(unevaluatedProperties, value.get(name)!, name))
      }
      unevaluated.props = undefined
    }
    if (unevaluatedItems && Array.isArray(value)) {
      for (const i of unevaluated.items ?? []) this.add(this.part(unevaluatedItems, value[i]!, String(i)))
      unevaluated.items = undefined
    }
  }

  private reference(schema: Schema): Finding | undefined {
    const found = this.same(schema)
    if (!found || this.brief) return found
    const causes = found.kind === 'group' ? found.causes : [found]
    return { kind: 'reference', path: this.path, text: () => 'validation failed', causes }
  }

  /** Holds another schema against the same value. */
  private same(schema: Schema, brief = false): Finding | undefined {
    const scope = { schema, value: this.scope.value, parent: this.scope }
    const unevaluated = unevaluatedOf(this.value, schema, !isEmpty(this.unevaluated))
    const found = new Validator(schema, this.value, this.path, scope, this.brief || brief).run(unevaluated)
    if (!found) {
      for (const name of this.unevaluated.props ?? []) if (!unevaluated.props?.has(name)) this.unevaluated.props!.delete(name)
      for (const i of this.unevaluated.items ?? []) if (!unevaluated.items?.has(i)) this.unevaluated.items!.delete(i)
    }
    return found
  }

  /** Holds a schema against a part of the value. */
  private part(schema: Schema, value: Value, token: string): Finding | undefined {
    const scope = { schema, value: this.scope.value + 1, parent: this.scope }
    return new Validator(schema, value, [...this.path, token], scope, this.brief).run(unevaluatedOf(value, schema, false))
  }

  private finding(text: () => string, causes: Finding[] = []): Finding {
    return this.brief ? invalid : { kind: 'other', path: this.path, text, causes }
  }

  private add(found: Finding | undefined): void {
    if (found) this.findings.push(found)
  }

  private count(keyword: string, got: number, want: number): void {
    this.add(this.finding(() => `${keyword}: got ${englishCount(got)}, want ${englishCount(want)}`))
  }

  private bound(keyword: string, got: number | bigint, want: number): void {
    this.add(this.finding(() => `${keyword}: got ${englishNumber(got)}, want ${englishNumber(want)}`))
  }
}

const numberBit = 1 << jsonTypes.indexOf('number')
const integerBit = 1 << jsonTypes.indexOf('integer')

function isInteger(value: Value): boolean {
  return typeof value === 'bigint' || Number.isInteger(value)
}

/** Whether `value / step` is whole, by the digits that both are written with. */
function isMultiple(value: number, step: number): boolean {
  if (Number.isInteger(value) && Number.isInteger(step)) return value % step === 0
  const [a, b] = [decimal(value), decimal(step)]
  const scale = Math.max(a.scale, b.scale)
  return (a.digits * 10n ** BigInt(scale - a.scale)) % (b.digits * 10n ** BigInt(scale - b.scale)) === 0n
}

function decimal(value: number): { digits: bigint; scale: number } {
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  const digits = BigInt(whole + fraction)
  const scale = fraction.length - Number(exponent)
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 }
}

function duplicates(array: readonly Value[]): [number, number] | undefined {
  const scalars = new Map<Value, number>()
  for (let i = 0; i < array.length; i++) {
    const item = array[i]!
    if (typeof item !== 'object' && typeof item !== 'bigint') {
      const first = scalars.get(item)
      if (first !== undefined) return [first, i]
      scalars.set(item, i)
    } else for (let j = 0; j < i; j++) if (equalValues(item, array[j]!)) return [j, i]
  }
  return undefined
}

function unevaluatedOf(value: Value, schema: Schema, asked: boolean): Unevaluated {
  if (value instanceof Map && !schema.allPropsEvaluated && (asked || schema.unevaluatedProperties)) return { props: new Set(value.keys()) }
  const from = schema.numItemsEvaluated ?? 0
  if (Array.isArray(value) && !schema.allItemsEvaluated && (asked || schema.unevaluatedItems) && from < value.length) {
    return { items: new Set(value.map((_, i) => i).slice(from)) }
  }
  return {}
}

function isEmpty(unevaluated: Unevaluated): boolean {
  return !unevaluated.props?.size && !unevaluated.items?.size
}

function sorted<T>(map: ReadonlyMap<string, T> | undefined): [string, T][] {
  return map ? [...map].sort(([a], [b]) => compareStrings(a, b)) : []
}
