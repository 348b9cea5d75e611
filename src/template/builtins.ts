import { byteSlice, toBytes } from './bytes.ts'
import { equals, lessThan } from './compare.ts'
import { escapeHtml, escapeJs, escapeQuery } from './escape.ts'
import { sprint, sprintf, sprintln } from './fmt.ts'
import { elemTypeOf, zeroOf } from './params.ts'
import { goLength, goTypeOf, integerOf, isTrue, mapOf } from './reflect.ts'
import type { Arg } from './state.ts'
import { GoFunc, GoObject, Int, type TemplateFunction, TypedSlice, type Value } from './value.ts'

/** Bodies of and, or and call are in call.ts: they take their arguments unevaluated, or need the types of another function. */
export const and: TemplateFunction = { params: ['reflect.Value', 'reflect.Value'], variadic: true, call: unreachable }
export const or: TemplateFunction = { params: ['reflect.Value', 'reflect.Value'], variadic: true, call: unreachable }
export const call: TemplateFunction = { params: ['reflect.Value', 'reflect.Value'], variadic: true, call: unreachable }
export const eq: TemplateFunction = { params: ['reflect.Value', 'reflect.Value'], variadic: true, call: anyEqual }
export const ne = comparison((a, b) => !equals(a, b))
export const not: TemplateFunction = { params: ['reflect.Value'], call: ([value]: [Arg]) => !isTrue(value) }

/** The functions that every Go template has. */
export const builtins: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['and', and],
  ['or', or],
  ['not', not],
  ['call', call],
  ['eq', eq],
  ['ne', ne],
  ['lt', comparison(lessThan)],
  ['le', comparison((a, b) => lessThan(a, b) || equals(a, b))],
  ['gt', comparison((a, b) => !(lessThan(a, b) || equals(a, b)))],
  ['ge', comparison((a, b) => !lessThan(a, b))],
  ['index', { params: ['reflect.Value', 'reflect.Value'], variadic: true, call: index }],
  ['slice', { params: ['reflect.Value', 'reflect.Value'], variadic: true, call: slice }],
  ['len', { params: ['reflect.Value'], call: length }],
  ['print', { params: ['interface {}'], variadic: true, call: (args: Value[]) => sprint(args) }],
  ['println', { params: ['interface {}'], variadic: true, call: (args: Value[]) => sprintln(args) }],
  [
    'printf',
    { params: ['string', 'interface {}'], variadic: true, call: ([format, ...args]: [string, ...Value[]]) => sprintf(format, args) },
  ],
  ['html', escaper(escapeHtml)],
  ['js', escaper(escapeJs)],
  ['urlquery', escaper(escapeQuery)],
])

function unreachable(): never {
  throw new Error('unreachable')
}

function comparison(compare: (a: Arg, b: Arg) => boolean): TemplateFunction {
  return { params: ['reflect.Value', 'reflect.Value'], call: ([a, b]: [Arg, Arg]) => compare(a, b) }
}

function escaper(replace: (text: string) => string): TemplateFunction {
  return {
    params: ['interface {}'],
    variadic: true,
    call: (args: Value[]) =>
      replace(args.length === 1 && typeof args[0] === 'string' ? args[0] : sprint(args.map((arg) => arg ?? '<no value>'))),
  }
}

function anyEqual([first, ...others]: Arg[]): boolean {
  if (others.length === 0) throw new Error('missing argument for comparison')
  return others.some((other) => equals(first, other))
}

function length([item]: Arg[]): Value {
  if (item === null) throw new Error('len of nil pointer')
  if (item === undefined) throw new Error('reflect: call of reflect.Value.Type on zero Value')
  const size = goLength(item)
  if (size === undefined) throw new Error(`len of type ${pointee(item)}`)
  return new Int('int', BigInt(size))
}

function pointee(item: Value): string {
  return item instanceof GoObject && item.kind === 'ptr' ? item.goType.replace(/^\*/, '') : goTypeOf(item)
}

function index([item, ...indexes]: Arg[]): Value {
  if (item === null || item === undefined) throw new Error('index of untyped nil')
  let found: Value = item
  for (const at of indexes) found = indexOnce(found, at)
  return found
}

function indexOnce(item: Value, at: Arg): Value {
  if (item === null) throw new Error('index of nil pointer')
  if (typeof item === 'string') {
    const bytes = toBytes(item)
    return new Int('uint8', BigInt(bytes[position(at, bytes.length, 'string')]!))
  }
  if (Array.isArray(item)) {
    const value = item[position(at, item.length, 'slice')]
    return value === undefined ? null : value
  }
  if (item instanceof Uint8Array) return new Int('uint8', BigInt(item[position(at, item.length, 'slice')]!))
  const map = mapOf(item)
  if (map === undefined) throw new Error(`can't index item of type ${pointee(item)}`)
  if (at === null || at === undefined) throw new Error('value is nil; should be of type string')
  if (typeof at !== 'string') throw new Error(`value has type ${goTypeOf(at)}; should be string`)
  const value = map.get(at)
  return value === undefined ? zeroOf(elemTypeOf(item)) : value
}

/** An index as a number. Go lets an element's index be one too large here and panics when it takes the element. */
function position(at: Arg, limit: number, element?: 'slice' | 'string'): number {
  if (at === null || at === undefined) throw new Error('cannot index slice/array with nil')
  const value = integerOf(at)
  if (value === undefined) throw new Error(`cannot index slice/array with type ${goTypeOf(at)}`)
  if (value < 0n || value > BigInt(limit)) throw new Error(`index out of range: ${BigInt.asIntN(64, value)}`)
  if (element && value === BigInt(limit)) throw new Error(`reflect: ${element} index out of range`)
  return Number(value)
}

function slice([item, ...indexes]: Arg[]): Value {
  if (item === null || item === undefined) throw new Error('slice of untyped nil')
  if (indexes.length > 3) throw new Error(`too many slice indexes: ${indexes.length}`)
  const text = typeof item === 'string'
  if (text && indexes.length === 3) throw new Error('cannot 3-index slice a string')
  if (!text && !Array.isArray(item) && !(item instanceof Uint8Array)) throw new Error(`can't slice item of type ${pointee(item)}`)
  const size = goLength(item)!
  const ends = [0, size]
  indexes.forEach((at, i) => {
    ends[i] = position(at, size)
  })
  const [start, end, most] = ends as [number, number, number?]
  if (start > end) throw new Error(`invalid slice index: ${start} > ${end}`)
  if (most !== undefined && end > most) throw new Error(`invalid slice index: ${end} > ${most}`)
  if (text) return byteSlice(item as string, start, end)
  if (item instanceof Uint8Array) return item.subarray(start, end)
  const items = (item as Value[]).slice(start, end)
  return item instanceof TypedSlice ? TypedSlice.of_(item.elem, items) : items
}

/** A function as a value, for `call`. */
export function calleeOf(value: Arg, name: string): TemplateFunction {
  if (value === null || value === undefined) throw new Error('call of nil')
  if (!(value instanceof GoFunc)) throw new Error(`non-function ${name} of type ${goTypeOf(value)}`)
  return value.fn
}
