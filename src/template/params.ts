import { goKindOf, goTypeOf } from './reflect.ts'
import { type Arg, fail, type State } from './state.ts'
import { GoFunc, GoObject, Int, nilBytes, type ParamType, TypedMap, TypedSlice, type Value } from './value.ts'

/** Checks a value against the type of a parameter by Go's rules and gives it the shape that functions expect (see ParamType). */
export type Convert = (state: State, value: Arg) => unknown

const converters = new Map<string, Convert>([
  ['interface {}', (_, value) => (value === undefined ? null : value)],
  ['reflect.Value', (_, value) => value],
  ['string', (state, value) => (typeof value === 'string' ? value : mismatch(state, value, 'string'))],
  ['bool', (state, value) => (typeof value === 'boolean' ? value : mismatch(state, value, 'bool'))],
  ['float64', (state, value) => (typeof value === 'number' ? value : mismatch(state, value, 'float64'))],
  ['int64', (state, value) => (typeof value === 'bigint' ? value : mismatch(state, value, 'int64'))],
  ['[]interface {}', toSlice('interface {}')],
  ['[]string', toSlice('string')],
  ['[]uint8', (state, value) => (value instanceof Uint8Array ? value : value === undefined ? nilBytes : mismatch(state, value, '[]uint8'))],
])

/** The check for a type. */
export function converterOf(type: ParamType): Convert {
  let convert = converters.get(type)
  if (convert === undefined) {
    convert = make(type)
    converters.set(type, convert)
  }
  return convert
}

function make(type: ParamType): Convert {
  if (isIntType(type))
    return (state, value) => (value instanceof Int && value.type === type ? intValue(type, value.value) : mismatch(state, value, type))
  if (type.startsWith('[]')) return toSlice(type.slice(2))
  if (type.startsWith('map[')) return toMap(type)
  return (state, value) => {
    if (value instanceof GoObject && (value.goType === type || value.goType === `*${type}`)) return value
    if (value === undefined && canBeNil(type)) return null
    return value !== undefined && value !== null && goTypeOf(value) === type ? value : mismatch(state, value, type)
  }
}

function toSlice(elem: string): Convert {
  return (state, value) => {
    if (value === undefined) return TypedSlice.of_(elem, [], true)
    if (Array.isArray(value) && elem === (value instanceof TypedSlice ? value.elem : 'interface {}')) return value
    return mismatch(state, value, `[]${elem}`)
  }
}

function toMap(type: string): Convert {
  return (state, value) => {
    if (value === undefined) return new TypedMap(type, [], true)
    const plain = type === 'map[string]interface {}'
    if (value instanceof TypedMap) {
      if (value.goType === type) return value
      // A named map type, as common.Values, is assignable to the type behind it; the function then sees that type.
      if (plain && !value.goType.startsWith('map[')) return value.target ?? value
    } else if (plain && value instanceof Map) return value
    return mismatch(state, value, type)
  }
}

function mismatch(state: State, value: Arg, type: string): never {
  if (value === undefined) fail(state, `invalid value; expected ${type}`)
  const found = value === null ? 'interface {}' : goTypeOf(value)
  fail(state, `wrong type for value; expected ${type}; got ${found}`, mismatchHint(type, value))
}

function mismatchHint(type: string, value: Arg): string | undefined {
  if (value === null) return 'The value is null or not set.'
  if (type === 'string' && typeof value !== 'object') return 'Convert it with `toString`.'
  if (isIntType(type) && typeof value === 'number') return 'Numbers of values files are float64: convert with `int`.'
  return undefined
}

/** Whether nil can be given for a parameter of the type. */
export function canBeNil(type: ParamType): boolean {
  return type === 'interface {}' || type === 'reflect.Value' || type === 'error' || /^(\[\]|map\[|\*|func)/.test(type)
}

/** The literal nil as an argument. */
export function nilOf(type: ParamType): unknown {
  if (type === 'reflect.Value') return undefined
  if (type.startsWith('[]')) return type === '[]uint8' ? nilBytes : TypedSlice.of_(type.slice(2), [], true)
  return type.startsWith('map[') ? new TypedMap(type, [], true) : null
}

export function isIntType(type: string): boolean {
  switch (type) {
    case 'int':
    case 'int8':
    case 'int16':
    case 'int32':
    case 'uint':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'uint64':
      return true
  }
  return false
}

/** An integer as functions take it: a number, but for the 64 bit types a bigint. */
export function intValue(type: string, value: bigint): number | bigint {
  return type === 'int64' || type === 'uint64' ? value : Number(value)
}

/** The zero value of an element type, as a map gives it for a missing key. */
export function zeroOf(type: string): Value {
  if (type === 'string') return ''
  if (type === 'bool') return false
  if (type === 'float64') return 0
  if (type === 'int64') return 0n
  if (isIntType(type)) return new Int(type as Int['type'], 0n)
  if (type.startsWith('[]') || type.startsWith('map[')) return nilOf(type) as Value
  return null
}

/** The element type of a map or slice; `interface {}` for all that came from YAML. */
export function elemTypeOf(container: Value): string {
  if (container instanceof TypedMap) return container.goType.startsWith('map[string]') ? container.goType.slice(11) : 'interface {}'
  if (container instanceof Map) return 'interface {}'
  if (Array.isArray(container)) return container instanceof TypedSlice ? container.elem : 'interface {}'
  if (container instanceof Uint8Array) return 'uint8'
  // Of the structs only engine.files is a map: of file contents.
  if (container instanceof GoObject && container.kind === 'map') return '[]uint8'
  return container instanceof GoFunc ? '' : goKindOf(container)
}
