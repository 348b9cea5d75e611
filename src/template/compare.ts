import { compareStrings } from './bytes.ts'
import { Complex } from './complex.ts'
import { HintedError } from './failure.ts'
import { formatValue, sprintf } from './fmt.ts'
import { goKindOf, goTypeOf, integerOf, isNilContainer } from './reflect.ts'
import type { Arg } from './state.ts'
import { GoObject, Int } from './value.ts'

type Basic = 'bool' | 'int' | 'uint' | 'float' | 'string' | undefined

const badType = 'invalid type for comparison'

function basicKind(value: Arg): Basic {
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'number':
      return 'float'
    case 'boolean':
      return 'bool'
    case 'bigint':
      return 'int'
  }
  if (value instanceof Int) return value.type.startsWith('u') ? 'uint' : 'int'
  return value instanceof GoObject && value.integer !== undefined ? 'int' : undefined
}

function bothIntegers(a: Basic, b: Basic): boolean {
  return (a === 'int' || a === 'uint') && (b === 'int' || b === 'uint')
}

/** Go's builtin `eq` of two values. Throws Go's error for types that cannot be compared. */
export function equals(a: Arg, b: Arg): boolean {
  const x = basicKind(a)
  const y = basicKind(b)
  if (bothIntegers(x, y)) return integerOf(a) === integerOf(b)
  const nothing = a === null || a === undefined || b === null || b === undefined
  if (x !== y) {
    if (nothing) return false
    throw incompatible(a, b)
  }
  if (x !== undefined) return a === b
  if (!nothing && goKindOf(a) !== goKindOf(b)) {
    throw new Error(`non-comparable types ${shown(a)}: ${goTypeOf(a)}, ${goTypeOf(b)}: ${formatValue(b)}`)
  }
  const aNil = nothing ? isNil(a) : isNilContainer(a)
  const bNil = nothing ? isNil(b) : isNilContainer(b)
  if (aNil || bNil) return aNil === bNil
  const kind = goKindOf(b)
  if (kind === 'map' || kind === 'slice' || kind === 'func') {
    throw new Error(`non-comparable type ${shown(b)}: ${goTypeOf(b)}`)
  }
  return sameObject(a, b)
}

/** The commonest of all mistakes: numbers of values files are float64, literals without a point are int. */
function incompatible(a: Arg, b: Arg): Error {
  const types = [goTypeOf(a), goTypeOf(b)]
  const numbers = types.includes('float64') && types.some((type) => type.startsWith('int'))
  const hint = numbers ? 'Numbers of values files are float64: convert with `int`, or write the literal with a point.' : undefined
  return new HintedError(`incompatible types for comparison: ${types.join(' and ')}`, hint)
}

function isNil(value: Arg): boolean {
  return value === null || value === undefined || isNilContainer(value)
}

/** Go prints the value by `%s`. */
function shown(value: Arg): string {
  return sprintf('%s', [value ?? null])
}

function sameObject(a: Arg, b: Arg): boolean {
  if (a === b) return true
  if (a instanceof Complex && b instanceof Complex) return a.real === b.real && a.imaginary === b.imaginary
  if (!(a instanceof GoObject && b instanceof GoObject) || a.kind !== 'struct' || a.goType !== b.goType) return false
  const fields = b.goFields()
  const others = a.goFields()
  if (!fields || !others) return a.toGoString() === b.toGoString()
  return fields.every(([, value], i) => equals(others[i]![1], value))
}

/** Go's builtin `lt` of two values. */
export function lessThan(a: Arg, b: Arg): boolean {
  const x = basicKind(a)
  const y = basicKind(b)
  if (x === undefined || y === undefined) throw new Error(badType)
  if (bothIntegers(x, y)) return integerOf(a)! < integerOf(b)!
  if (x !== y) throw incompatible(a, b)
  if (x === 'bool') throw new Error(badType)
  return x === 'string' ? compareStrings(a as string, b as string) < 0 : (a as number) < (b as number)
}
