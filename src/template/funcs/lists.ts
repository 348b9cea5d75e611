import { deepEqual, goKindOf, isTrue } from '../reflect.ts'
import { type FunctionTable, Int, TypedSlice, type Value } from '../value.ts'
import { boundItems } from './bounds.ts'
import { toInt64 } from './conversion.ts'
import { failure, nilDereference } from './failure.ts'
import { aliasOf, mustVariants } from './registry.ts'

/** The items of a slice of any type. For anything else the error is `problem`, a space and the kind of the value. */
function itemsOf(list: Value, problem: string): readonly Value[] {
  if (Array.isArray(list)) return list
  if (list instanceof Uint8Array) return Array.from(list, (byte) => new Int('uint8', BigInt(byte)))
  if (list === null) throw nilDereference()
  throw failure(`${problem} ${goKindOf(list)}`)
}

const nilList = (): Value => TypedSlice.of_('interface {}', [], true)

/** A list as `[]interface {}`, which Go makes nil where nothing was appended. */
const orNil = (items: Value[]): Value => (items.length === 0 ? nilList() : items)

const contains = (items: readonly Value[], wanted: Value): boolean => items.some((item) => deepEqual(wanted, item))

function chunk(size: number, list: Value): Value {
  const items = itemsOf(list, 'Cannot chunk type')
  const count = Math.floor((items.length - 1) / size) + 1
  if (!(count >= 0 && Number.isFinite(count))) throw failure('runtime error: makeslice: len out of range')
  const chunks: Value[] = []
  for (let index = 0; index < count; index++) {
    const length = index === count - 1 ? items.length % size || size : size
    if (length < 0) throw failure('runtime error: makeslice: len out of range')
    chunks.push(items.slice(index * size, index * size + length))
  }
  return TypedSlice.of_('[]interface {}', chunks)
}

function slice(list: Value, indices: Value[]): Value {
  const items = itemsOf(list, 'list should be type of slice or array but')
  if (items.length === 0) return null
  const start = indices.length > 0 ? Number(toInt64(indices[0]!)) : 0
  const end = indices.length > 1 ? Number(toInt64(indices[1]!)) : items.length
  if (start < 0 || end < start || end > items.length) throw failure('reflect.Value.Slice: slice index out of bounds')
  if (list instanceof Uint8Array) return list.subarray(start, end)
  const part = items.slice(start, end)
  return list instanceof TypedSlice ? TypedSlice.of_(list.elem, part) : part
}

function concat(lists: Value[]): Value {
  const all: Value[] = []
  for (const list of lists) {
    if (list !== null && !Array.isArray(list) && !(list instanceof Uint8Array)) {
      throw failure(`Cannot concat type ${goKindOf(list)} as list`)
    }
    const items = itemsOf(list, '')
    boundItems(all.length + items.length)
    for (const item of items) all.push(item)
  }
  return orNil(all)
}

function unique(list: Value): Value[] {
  const found: Value[] = []
  const texts = new Set<string>()
  for (const item of itemsOf(list, 'Cannot find uniq on type')) {
    if (typeof item === 'string') {
      if (texts.has(item)) continue
      texts.add(item)
    } else if (contains(found, item)) continue
    found.push(item)
  }
  return found
}

const append: FunctionTable[string] = {
  params: ['interface {}', 'interface {}'],
  call: ([list, value]) => [...itemsOf(list, 'Cannot push on type'), value],
  doc: 'A new list with the value after the items of the list.',
  example: { template: '{{ append (list 1 2) 3 }}', output: '[1 2 3]' },
}

const list: FunctionTable[string] = {
  params: ['interface {}'],
  variadic: true,
  call: (values) => values,
  doc: 'A list of the values.',
  example: { template: '{{ list 1 "a" true }}', output: '[1 a true]' },
}

const plain: FunctionTable = {
  append,
  push: aliasOf('append', append, 'push', 'The same as `append`.'),
  prepend: {
    params: ['interface {}', 'interface {}'],
    call: ([list, value]) => [value, ...itemsOf(list, 'Cannot prepend on type')],
    doc: 'A new list with the value before the items of the list.',
    example: { template: '{{ prepend (list 1 2) 0 }}', output: '[0 1 2]' },
  },
  first: {
    params: ['interface {}'],
    call: ([list]) => itemsOf(list, 'Cannot find first on type')[0] ?? null,
    doc: 'The first item of the list; nil where it is empty.',
    example: { template: '{{ first (list 1 2 3) }}', output: '1' },
  },
  last: {
    params: ['interface {}'],
    call: ([list]) => itemsOf(list, 'Cannot find last on type').at(-1) ?? null,
    doc: 'The last item of the list; nil where it is empty.',
    example: { template: '{{ last (list 1 2 3) }}', output: '3' },
  },
  rest: {
    params: ['interface {}'],
    call: ([list]) => {
      const items = itemsOf(list, 'Cannot find rest on type')
      return items.length === 0 ? nilList() : Array.from(items.slice(1))
    },
    doc: 'The list without its first item.',
    example: { template: '{{ rest (list 1 2 3) }}', output: '[2 3]' },
  },
  initial: {
    params: ['interface {}'],
    call: ([list]) => {
      const items = itemsOf(list, 'Cannot find initial on type')
      return items.length === 0 ? nilList() : Array.from(items.slice(0, -1))
    },
    doc: 'The list without its last item.',
    example: { template: '{{ initial (list 1 2 3) }}', output: '[1 2]' },
  },
  reverse: {
    params: ['interface {}'],
    call: ([list]) => Array.from(itemsOf(list, 'Cannot find reverse on type')).reverse(),
    doc: 'A new list with the items in the opposite order.',
    example: { template: '{{ reverse (list 1 2 3) }}', output: '[3 2 1]' },
  },
  uniq: {
    params: ['interface {}'],
    call: ([list]) => unique(list),
    doc: 'The list without items that are equal to an earlier one.',
    example: { template: '{{ uniq (list 1 2 1 "a" "a") }}', output: '[1 2 a]' },
  },
  compact: {
    params: ['interface {}'],
    call: ([list]) => itemsOf(list, 'Cannot compact on type').filter(isTrue),
    doc: 'The list without its empty items.',
    example: { template: '{{ compact (list 1 "" 0 "a" nil) }}', output: '[1 a]' },
  },
  without: {
    params: ['interface {}', 'interface {}'],
    variadic: true,
    call: ([list, ...unwanted]) => itemsOf(list, 'Cannot find without on type').filter((item) => !contains(unwanted, item)),
    doc: 'The list without the items that equal one of the values, type included.',
    example: { template: '{{ without (list 1 2 3 2) 2 3 }}', output: '[1]' },
  },
  has: {
    params: ['interface {}', 'interface {}'],
    call: ([wanted, list]) => list !== null && contains(itemsOf(list, 'Cannot find has on type'), wanted),
    doc: 'Whether the list has an item that equals the value, type included: a number of a values file is a float64, 4 in a template an int.',
    example: { template: '{{ has 4 (list 1 2 4) }}', output: 'true' },
  },
  slice: {
    params: ['interface {}', 'interface {}'],
    variadic: true,
    call: ([list, ...indices]) => slice(list, indices),
    doc: 'The items from the first index up to but not including the second; nil where the list is empty.',
    example: { template: '{{ slice (list 1 2 3 4) 1 3 }}', output: '[2 3]' },
  },
  chunk: {
    params: ['int', 'interface {}'],
    call: ([size, list]) => chunk(size, list),
    doc: 'The list cut into lists of that many items; the last may be shorter.',
    example: { template: '{{ chunk 2 (list 1 2 3) }}', output: '[[1 2] [3]]' },
  },
}

/** Functions on lists. They take slices of any type, and give `[]interface {}`. */
export const lists: FunctionTable = {
  list,
  tuple: aliasOf('list', list, 'tuple', 'An older name of `list`.'),
  ...plain,
  concat: {
    params: ['interface {}'],
    variadic: true,
    call: (values) => concat(values),
    doc: 'One list of the items of all the lists.',
    example: { template: '{{ concat (list 1 2) (list 3) (list) }}', output: '[1 2 3]' },
  },
  ...mustVariants(plain, [
    'append',
    'push',
    'prepend',
    'first',
    'last',
    'rest',
    'initial',
    'reverse',
    'uniq',
    'compact',
    'without',
    'has',
    'slice',
    'chunk',
  ]),
}
