import { formatValue } from '../fmt.ts'
import { readInt } from '../number.ts'
import { type FunctionTable, Int, TypedSlice, type Value } from '../value.ts'
import { boundItems } from './bounds.ts'
import { toFloat64, toInt64 } from './conversion.ts'
import { failure } from './failure.ts'
import { aliasOf } from './registry.ts'

const int64 = (number: bigint): bigint => BigInt.asIntN(64, number)

/** Go's int of a number; numbers beyond 2^53 lose digits where the argument came in as one. */
function int(number: number | bigint): Int {
  return new Int('int', typeof number === 'bigint' ? number : BigInt(number))
}

function divide(one: bigint, other: bigint, operation: (one: bigint, other: bigint) => bigint): bigint {
  if (other === 0n) throw failure('runtime error: integer divide by zero')
  return int64(operation(one, other))
}

/** The numbers from start up or down to stop, which is not among them; none where the step leads away from it. */
function range(start: number, stop: number, step: number): number[] {
  if (stop < start ? step >= 0 : step <= 0) return []
  boundItems(Math.ceil((stop - start) / step))
  const numbers: number[] = []
  if (step < 0) for (let number = start; number > stop; number += step) numbers.push(number)
  else for (let number = start; number < stop; number += step) numbers.push(number)
  return numbers
}

function untilStep(start: number, stop: number, step: number): Value {
  return TypedSlice.of_('int', range(start, stop, step).map(int))
}

function sequence(params: number[]): string {
  if (params.length === 0 || params.length > 3) return ''
  const start = params.length === 1 ? 1 : params[0]!
  const end = params.at(-1)!
  const direction = end < start ? -1 : 1
  const step = params.length === 3 ? params[1]! : direction
  return range(start, end + direction, step).join(' ')
}

/** Go's math.Pow(10, exponent), which is a little off where the power has more than 53 bits. The exponent is an integer. */
function powerOfTen(exponent: number): number {
  let fraction = 1
  let binary = 0
  let square = 10 / 16
  let squareBinary = 4
  for (let rest = Math.abs(exponent); rest > 0; rest = Math.floor(rest / 2)) {
    if (squareBinary > 4096) {
      binary += squareBinary
      break
    }
    if (rest % 2 === 1) {
      fraction *= square
      binary += squareBinary
    }
    square *= square
    squareBinary *= 2
    if (square < 0.5) {
      square += square
      squareBinary--
    }
  }
  // In two steps: two to the power of the whole may be beyond what a number holds.
  const half = Math.trunc(binary / 2)
  return exponent < 0 ? 2 ** -half * (2 ** (half - binary) / fraction) : 2 ** half * (fraction * 2 ** (binary - half))
}

/** sprig's rounding: from `on` of the last digit's fraction upwards, below it downwards; the fraction of a negative number is negative. */
function round(value: number, places: number, on: number): number {
  const power = powerOfTen(places)
  const shifted = power * value
  const fraction = shifted - Math.trunc(shifted)
  return (fraction >= on ? Math.ceil(shifted) : Math.floor(shifted)) / power
}

const parseWith = (text: string, base: number): bigint => {
  const number = readInt(text, base)
  return typeof number === 'bigint' ? number : number.error === 'range' && base === 10 ? number.value : 0n
}

function larger(one: bigint, other: bigint): bigint {
  if (one > other) return one
  return other
}

function smaller(one: bigint, other: bigint): bigint {
  if (one < other) return one
  return other
}

const largest: FunctionTable[string] = {
  params: ['interface {}', 'interface {}'],
  variadic: true,
  call: (values) => values.map(toInt64).reduce(larger),
  doc: 'The largest of the integers.',
  example: { template: '{{ max 1 3 2 }}', output: '3' },
}

/** Functions on integers, and those on floating-point numbers that do without decimal arithmetic. */
export const math: FunctionTable = {
  int: {
    params: ['interface {}'],
    call: ([value]) => int(toInt64(value)),
    doc: 'The value as an int: floating-point numbers lose their fraction, texts are read as Go literals, what is no number is 0.',
    example: { template: '{{ int 3.9 }} {{ int "0x1F" }} {{ int "abc" }}', output: '3 31 0' },
  },
  int64: {
    params: ['interface {}'],
    call: ([value]) => toInt64(value),
    doc: 'The value as an int64, by the rules of `int`.',
    example: { template: '{{ int64 "42" }} {{ typeOf (int64 1) }}', output: '42 int64' },
  },
  float64: {
    params: ['interface {}'],
    call: ([value]) => toFloat64(value),
    doc: 'The value as a float64; what is no number is 0.',
    example: { template: '{{ float64 "1.5" }}', output: '1.5' },
  },
  atoi: {
    params: ['string'],
    call: ([text]) => int(parseWith(text, 10)),
    doc: 'The decimal integer that the text is; 0 where it is none.',
    example: { template: '{{ atoi "42" }} {{ atoi "4x" }}', output: '42 0' },
  },
  toDecimal: {
    params: ['interface {}'],
    call: ([value]) => parseWith(formatValue(value), 8),
    doc: 'The number whose octal digits the value has.',
    example: { template: '{{ toDecimal "777" }}', output: '511' },
  },
  add: {
    params: ['interface {}'],
    variadic: true,
    call: (values) => values.reduce((sum: bigint, value) => int64(sum + toInt64(value)), 0n),
    doc: 'The sum of the integers.',
    example: { template: '{{ add 1 2 3 }}', output: '6' },
  },
  add1: {
    params: ['interface {}'],
    call: ([value]) => int64(toInt64(value) + 1n),
    doc: 'The integer plus 1.',
    example: { template: '{{ add1 41 }}', output: '42' },
  },
  sub: {
    params: ['interface {}', 'interface {}'],
    call: ([one, other]) => int64(toInt64(one) - toInt64(other)),
    doc: 'The first integer less the second.',
    example: { template: '{{ sub 5 7 }}', output: '-2' },
  },
  mul: {
    params: ['interface {}', 'interface {}'],
    variadic: true,
    call: (values) => values.reduce((product: bigint, value) => int64(product * toInt64(value)), 1n),
    doc: 'The product of the integers.',
    example: { template: '{{ mul 2 3 4 }}', output: '24' },
  },
  div: {
    params: ['interface {}', 'interface {}'],
    call: ([one, other]) => divide(toInt64(one), toInt64(other), (a, b) => a / b),
    doc: 'The first integer divided by the second, without the fraction.',
    example: { template: '{{ div 7 2 }}', output: '3' },
  },
  mod: {
    params: ['interface {}', 'interface {}'],
    call: ([one, other]) => divide(toInt64(one), toInt64(other), (a, b) => a % b),
    doc: 'What the division of the first integer by the second leaves; it has the sign of the first.',
    example: { template: '{{ mod 7 3 }} {{ mod -7 3 }}', output: '1 -1' },
  },
  max: largest,
  biggest: aliasOf('max', largest, 'biggest', 'An older name of `max`.'),
  min: {
    params: ['interface {}', 'interface {}'],
    variadic: true,
    call: (values) => values.map(toInt64).reduce(smaller),
    doc: 'The smallest of the integers.',
    example: { template: '{{ min 3 1 2 }}', output: '1' },
  },
  maxf: {
    params: ['interface {}', 'interface {}'],
    variadic: true,
    call: (values) => Math.max(...values.map(toFloat64)),
    doc: 'The largest of the floating-point numbers.',
    example: { template: '{{ maxf 1.5 2.5 2 }}', output: '2.5' },
  },
  minf: {
    params: ['interface {}', 'interface {}'],
    variadic: true,
    call: (values) => Math.min(...values.map(toFloat64)),
    doc: 'The smallest of the floating-point numbers.',
    example: { template: '{{ minf 1.5 2.5 2 }}', output: '1.5' },
  },
  ceil: {
    params: ['interface {}'],
    call: ([value]) => Math.ceil(toFloat64(value)),
    doc: 'The least whole number that is not below the number, as a float64.',
    example: { template: '{{ ceil 1.2 }}', output: '2' },
  },
  floor: {
    params: ['interface {}'],
    call: ([value]) => Math.floor(toFloat64(value)),
    doc: 'The greatest whole number that is not above the number, as a float64.',
    example: { template: '{{ floor 1.8 }}', output: '1' },
  },
  round: {
    params: ['interface {}', 'int', 'float64'],
    variadic: true,
    call: ([value, places, on = 0.5]) => round(toFloat64(value), places, on),
    doc: 'The number rounded to that many decimal places; from which fraction on it is rounded up can be given.',
    example: { template: '{{ round 123.5555 2 }} {{ round 1.4 0 0.3 }}', output: '123.56 2' },
  },
  until: {
    params: ['int'],
    call: ([count]) => untilStep(0, count, count < 0 ? -1 : 1),
    doc: 'The integers from 0 up to but not including the number.',
    example: { template: '{{ until 4 }} {{ until -3 }}', output: '[0 1 2 3] [0 -1 -2]' },
  },
  untilStep: {
    params: ['int', 'int', 'int'],
    call: ([start, stop, step]) => untilStep(start, stop, step),
    doc: 'The integers from start up to but not including stop, in steps.',
    example: { template: '{{ untilStep 3 10 3 }}', output: '[3 6 9]' },
  },
  seq: {
    params: ['int'],
    variadic: true,
    call: (params) => sequence(params),
    doc: 'A text of integers with spaces between them: up to end, from start to end, or from start in steps to end.',
    example: { template: '{{ seq 4 }}; {{ seq 2 4 }}; {{ seq 0 2 6 }}', output: '1 2 3 4; 2 3 4; 0 2 4 6' },
  },
}
