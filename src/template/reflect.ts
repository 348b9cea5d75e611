import { byteLength } from './bytes.ts'
import type { IntType } from './value.ts'
import { GoFunc, type GoMap, GoObject, Int, nilBytes, TypedMap, TypedSlice, type Value } from './value.ts'

/** Go's `reflect.Kind` as text. */
export type Kind =
  | 'invalid'
  | 'bool'
  | 'string'
  | 'float64'
  | 'int64'
  | 'complex128'
  | IntType
  | 'slice'
  | 'map'
  | 'struct'
  | 'ptr'
  | 'func'

/** Go's name of a value's type, as `%T` and sprig's `typeOf` print it: `map[string]interface {}`, `float64`, `<nil>`. */
export function goTypeOf(value: Value | undefined): string {
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'number':
      return 'float64'
    case 'boolean':
      return 'bool'
    case 'bigint':
      return 'int64'
    case 'undefined':
      return '<nil>'
  }
  if (value === null) return '<nil>'
  if (value instanceof Int) return value.type
  if (Array.isArray(value)) return value instanceof TypedSlice ? (value.named ?? `[]${value.elem}`) : '[]interface {}'
  if (value instanceof Map) return value instanceof TypedMap ? value.goType : 'map[string]interface {}'
  if (value instanceof Uint8Array) return '[]uint8'
  if (value instanceof GoFunc) return funcType(value)
  return value.goType
}

/** Go's kind of a value, as sprig's `kindOf` prints it; `invalid` for nil. */
export function goKindOf(value: Value | undefined): Kind {
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'number':
      return 'float64'
    case 'boolean':
      return 'bool'
    case 'bigint':
      return 'int64'
    case 'undefined':
      return 'invalid'
  }
  if (value === null) return 'invalid'
  if (value instanceof Int) return value.type
  if (Array.isArray(value) || value instanceof Uint8Array) return 'slice'
  if (value instanceof Map) return 'map'
  return value instanceof GoFunc ? 'func' : value.kind
}

/** Whether `if` takes a value as true: neither nil, false, zero nor empty. Structs are always true. */
export function isTrue(value: Value | undefined): boolean {
  switch (typeof value) {
    case 'string':
      return value !== ''
    case 'boolean':
      return value
    case 'number':
      return value !== 0
    case 'bigint':
      return value !== 0n
    case 'undefined':
      return false
  }
  if (value === null) return false
  if (value instanceof Map) return value.size > 0
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length > 0
  if (value instanceof Int) return value.value !== 0n
  if (value instanceof GoObject) return value.kind === 'map' ? (value.asMap()?.size ?? 1) > 0 : !value.isZero
  return true
}

/** What a value of any integer kind is worth, named types too; undefined for everything else. */
export function integerOf(value: Value | undefined): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (value instanceof Int) return value.value
  return value instanceof GoObject ? value.integer : undefined
}

/** The entries of anything that is a map to Go; undefined for everything else. */
export function mapOf(value: Value | undefined): GoMap | undefined {
  if (value instanceof Map) return value
  return value instanceof GoObject ? value.asMap() : undefined
}

/** Whether a value is a nil map or a nil slice: of a type, but holding nothing. */
export function isNilContainer(value: Value | undefined): boolean {
  return value === nilBytes || ((value instanceof TypedMap || value instanceof TypedSlice) && value.nil)
}

/** Go's `len` of a string (in bytes), slice or map; undefined for other kinds. */
export function goLength(value: Value | undefined): number | undefined {
  if (typeof value === 'string') return byteLength(value)
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length
  return mapOf(value)?.size
}

/** Go's `reflect.DeepEqual`: types must be the same (`1` and `1.0` differ), nil and empty containers differ, NaN equals nothing. */
export function deepEqual(a: Value | undefined, b: Value | undefined): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return (a ?? null) === (b ?? null)
  if (a instanceof Int) return b instanceof Int && a.type === b.type && a.value === b.value
  if (goTypeOf(a) !== goTypeOf(b) || isNilContainer(a) !== isNilContainer(b)) return false
  if (a === b) return !(a instanceof GoFunc)
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => deepEqual(item, b[i]))
  if (a instanceof Uint8Array) return b instanceof Uint8Array && a.length === b.length && a.every((byte, i) => byte === b[i])
  if (a instanceof Map) return b instanceof Map && mapsEqual(a, b)
  if (a instanceof GoObject && b instanceof GoObject) return objectsEqual(a, b)
  return false
}

function mapsEqual(a: GoMap, b: GoMap): boolean {
  if (a.size !== b.size) return false
  for (const [key, value] of a) {
    const other = b.get(key)
    if (other === undefined || !deepEqual(value, other)) return false
  }
  return true
}

function objectsEqual(a: GoObject, b: GoObject): boolean {
  if (a.integer !== undefined) return a.integer === b.integer
  const [x, y] = [a.goFields(), b.goFields()]
  if (x && y) return x.length === y.length && x.every(([, value], i) => deepEqual(value, y[i]![1]))
  const [m, n] = [a.asMap(), b.asMap()]
  return m && n ? mapsEqual(m, n) : a.toGoString() === b.toGoString()
}

function funcType(value: GoFunc): string {
  const { params, variadic } = value.fn
  const names = params.map((type, i) => (variadic && i === params.length - 1 ? `...${type}` : type))
  return `func(${names.join(', ')}) interface {}`
}
