import { formatFloat } from '../float.ts'
import type { FunctionTable, Value } from '../value.ts'
import { toFloat64 } from './conversion.ts'
import { failure } from './failure.ts'

/** digits × 10^exponent, the number of shopspring/decimal, by which sprig does its sums so that 1.1 + 2.2 is 3.3. */
interface Decimal {
  digits: bigint
  exponent: number
}

const divisionPrecision = 16

function fromFloat(number: number): Decimal {
  if (!Number.isFinite(number)) throw failure(`Cannot create a Decimal from ${formatFloat(number)}`)
  const [mantissa, power] = number.toExponential().split('e') as [string, string]
  const [whole, fraction = ''] = mantissa.split('.') as [string, string?]
  return { digits: BigInt(whole + fraction), exponent: Number(power) - fraction.length }
}

/** The nearest float64: JavaScript reads decimals as exactly as Go does. */
function toFloat(decimal: Decimal): number {
  return Number(`${decimal.digits}e${decimal.exponent}`)
}

const shift = (decimal: Decimal, exponent: number): bigint => decimal.digits * 10n ** BigInt(decimal.exponent - exponent)

function add(one: Decimal, other: Decimal, sign = 1n): Decimal {
  const exponent = Math.min(one.exponent, other.exponent)
  return { digits: shift(one, exponent) + sign * shift(other, exponent), exponent }
}

const multiply = (one: Decimal, other: Decimal): Decimal => ({
  digits: one.digits * other.digits,
  exponent: one.exponent + other.exponent,
})

/** Division to 16 decimal places, half away from zero. */
function divide(one: Decimal, other: Decimal): Decimal {
  if (other.digits === 0n) throw failure('decimal division by 0')
  const power = one.exponent - other.exponent + divisionPrecision
  const numerator = power >= 0 ? one.digits * 10n ** BigInt(power) : one.digits
  const denominator = power >= 0 ? other.digits : other.digits * 10n ** BigInt(-power)
  const quotient = numerator / denominator
  const rest = numerator % denominator
  const up = 2n * absolute(rest) >= absolute(denominator)
  const away = one.digits < 0n !== other.digits < 0n ? -1n : 1n
  return { digits: quotient + (up ? away : 0n), exponent: -divisionPrecision }
}

const absolute = (number: bigint): bigint => (number < 0n ? -number : number)

function fold(first: Value, rest: Value[], operation: (one: Decimal, other: Decimal) => Decimal): number {
  let result = fromFloat(toFloat64(first))
  for (const value of rest) result = operation(result, fromFloat(toFloat64(value)))
  return toFloat(result)
}

/** Sums, products and quotients of floating-point numbers in decimal arithmetic. */
export const decimals: FunctionTable = {
  addf: {
    params: ['interface {}'],
    variadic: true,
    call: (values) => fold(0, values, add),
    doc: 'The sum of the numbers.',
    example: { template: '{{ addf 1.1 2.2 }}', output: '3.3' },
  },
  add1f: {
    params: ['interface {}'],
    call: ([value]) => fold(value, [1], add),
    doc: 'The number plus 1.',
    example: { template: '{{ add1f 1.5 }}', output: '2.5' },
  },
  subf: {
    params: ['interface {}', 'interface {}'],
    variadic: true,
    call: ([first, ...rest]) => fold(first, rest, (one, other) => add(one, other, -1n)),
    doc: 'The first number less the others.',
    example: { template: '{{ subf 7.5 2 3 }}', output: '2.5' },
  },
  mulf: {
    params: ['interface {}', 'interface {}'],
    variadic: true,
    call: ([first, ...rest]) => fold(first, rest, multiply),
    doc: 'The product of the numbers.',
    example: { template: '{{ mulf 1.5 2 2 }}', output: '6' },
  },
  divf: {
    params: ['interface {}', 'interface {}'],
    variadic: true,
    call: ([first, ...rest]) => fold(first, rest, divide),
    doc: 'The first number divided by the others in turn, to 16 decimal places.',
    example: { template: '{{ divf 10 2 4 }} {{ divf 1 3 }}', output: '1.25 0.3333333333333333' },
  },
}
