import { sortedKeys } from '../bytes.ts'
import { goTypeOf } from '../reflect.ts'
import { type FunctionTable, type GoMap, GoObject, TypedMap, TypedSlice, type Value } from '../value.ts'
import { failure } from './failure.ts'
import { entriesOf, isNilMap, mustVariants } from './registry.ts'
import { textList, textOf } from './text.ts'

const plainMap = 'map[string]interface {}'

function dict(values: Value[]): GoMap {
  const map: GoMap = new Map()
  for (let at = 0; at < values.length; at += 2) map.set(textOf(values[at]!), at + 1 < values.length ? values[at + 1]! : '')
  return map
}

function set(map: GoMap, key: string, value: Value): GoMap {
  if (isNilMap(map)) throw failure('assignment to entry in nil map')
  return map.set(key, value)
}

function unset(map: GoMap, key: string): GoMap {
  entriesOf(map).delete(key)
  return map
}

function filter(map: GoMap, keep: (key: string) => boolean): GoMap {
  const kept: GoMap = new Map()
  for (const [key, value] of entriesOf(map)) if (keep(key)) kept.set(key, value)
  return kept
}

/** What Go says where a value in an interface is not of the type that a function expects. */
function conversionFailure(value: Value, wanted: string): Error {
  return failure(`interface conversion: interface {} is ${value === null ? 'nil' : goTypeOf(value)}, not ${wanted}`)
}

function asPlainMap(value: Value): GoMap {
  if (value instanceof Map && (!(value instanceof TypedMap) || value.goType === plainMap)) return value
  throw conversionFailure(value, plainMap)
}

function dig(values: Value[]): Value {
  if (values.length < 3) throw failure('dig needs at least three arguments')
  let map = asPlainMap(values.at(-1)!)
  const keys = values.slice(0, -2).map((key) => {
    if (typeof key !== 'string') throw conversionFailure(key, 'string')
    return key
  })
  for (const [index, key] of keys.entries()) {
    const step = map.get(key)
    if (step === undefined) return values.at(-2)!
    if (index === keys.length - 1) return step
    map = asPlainMap(step)
  }
  return null
}

function deepCopy(value: Value): Value {
  if (value instanceof TypedMap) return new TypedMap(value.goType, copyEntries(value), value.nil)
  if (value instanceof Map) return new Map(copyEntries(value))
  if (value instanceof TypedSlice) return TypedSlice.of_(value.elem, value.map(deepCopy), value.nil)
  if (Array.isArray(value)) return value.map(deepCopy)
  if (value instanceof Uint8Array) return value.slice()
  return value instanceof GoObject ? value.copy() : value
}

function copyEntries(map: GoMap): [string, Value][] {
  return Array.from(map, ([key, value]) => [key, deepCopy(value)])
}

const copying: FunctionTable = {
  deepCopy: {
    params: ['interface {}'],
    call: ([value]) => {
      if (value === null) throw failure('reflect: call of reflect.Value.Type on zero Value')
      return deepCopy(value)
    },
    doc: 'A copy of the value that shares no map or list with it.',
    example: { template: '{{ $a := dict "k" 1 }}{{ $b := set (deepCopy $a) "k" 2 }}{{ $a.k }}', output: '1' },
  },
}

/** Functions on maps. Where Go's order of keys is random, keys and values come in byte order of the keys. */
export const dicts: FunctionTable = {
  dict: {
    params: ['interface {}'],
    variadic: true,
    call: (values) => dict(values),
    doc: 'A map of the keys and values, which are given in turn.',
    example: { template: '{{ dict "a" 1 "b" 2 }}', output: 'map[a:1 b:2]' },
  },
  get: {
    params: [plainMap, 'string'],
    call: ([map, key]) => entriesOf(map).get(key) ?? (entriesOf(map).has(key) ? null : ''),
    doc: 'The value of the key; the empty text where the map has no such key.',
    example: { template: '{{ get (dict "a" 1) "a" }}', output: '1' },
  },
  set: {
    params: [plainMap, 'string', 'interface {}'],
    call: ([map, key, value]) => set(map, key, value),
    doc: 'Sets the value of the key in the map itself, and returns the map.',
    example: { template: '{{ set (dict "a" 1) "b" 2 }}', output: 'map[a:1 b:2]' },
  },
  unset: {
    params: [plainMap, 'string'],
    call: ([map, key]) => unset(map, key),
    doc: 'Removes the key from the map itself, and returns the map.',
    example: { template: '{{ unset (dict "a" 1 "b" 2) "a" }}', output: 'map[b:2]' },
  },
  hasKey: {
    params: [plainMap, 'string'],
    call: ([map, key]) => entriesOf(map).has(key),
    doc: 'Whether the map has the key.',
    example: { template: '{{ hasKey (dict "a" nil) "a" }}', output: 'true' },
  },
  pluck: {
    params: ['string', plainMap],
    variadic: true,
    call: ([key, ...maps]) => maps.filter((map) => entriesOf(map).has(key)).map((map) => map.get(key)),
    doc: 'The values of the key in those of the maps that have it.',
    example: { template: '{{ pluck "a" (dict "a" 1) (dict "b" 2) (dict "a" 3) }}', output: '[1 3]' },
  },
  keys: {
    params: [plainMap],
    variadic: true,
    call: (maps) => textList(maps.flatMap((map) => sortedKeys(entriesOf(map)))),
    doc: 'The keys of the maps. Helm gives them in random order, this engine sorted.',
    example: { template: '{{ keys (dict "b" 1 "a" 2) | sortAlpha }}', output: '[a b]' },
  },
  values: {
    params: [plainMap],
    call: ([map]) => sortedKeys(entriesOf(map)).map((key) => map.get(key)),
    doc: 'The values of the map. Helm gives them in random order, this engine in the order of the keys.',
    example: { template: '{{ values (dict "a" 1) }}', output: '[1]' },
  },
  pick: {
    params: [plainMap, 'string'],
    variadic: true,
    call: ([map, ...keys]) => {
      const wanted = new Set(keys)
      return filter(map, (key) => wanted.has(key))
    },
    doc: 'A new map with only those keys.',
    example: { template: '{{ pick (dict "a" 1 "b" 2) "a" "c" }}', output: 'map[a:1]' },
  },
  omit: {
    params: [plainMap, 'string'],
    variadic: true,
    call: ([map, ...keys]) => {
      const unwanted = new Set(keys)
      return filter(map, (key) => !unwanted.has(key))
    },
    doc: 'A new map without those keys.',
    example: { template: '{{ omit (dict "a" 1 "b" 2) "a" }}', output: 'map[b:2]' },
  },
  dig: {
    params: ['interface {}'],
    variadic: true,
    call: (values) => dig(values),
    doc: 'The value below the keys of nested maps; the second to last value where a key is missing. The map comes last.',
    example: { template: '{{ dig "a" "b" "none" (dict "a" (dict "b" 1)) }} {{ dig "a" "c" "none" (dict "a" dict) }}', output: '1 none' },
  },
  ...copying,
  ...mustVariants(copying, ['deepCopy']),
}
