import { isDigit } from './characters.ts'

/** The type that a plain scalar has for Go. */
export const NULL_TAG = 'tag:yaml.org,2002:null'
export const BOOL_TAG = 'tag:yaml.org,2002:bool'
export const STR_TAG = 'tag:yaml.org,2002:str'
export const INT_TAG = 'tag:yaml.org,2002:int'
export const FLOAT_TAG = 'tag:yaml.org,2002:float'
export const TIMESTAMP_TAG = 'tag:yaml.org,2002:timestamp'
export const BINARY_TAG = 'tag:yaml.org,2002:binary'
export const MERGE_TAG = 'tag:yaml.org,2002:merge'

/** A resolved scalar. Integers are bigint (or number, where Go's types do not matter), floats number; a timestamp keeps its text. */
export type Scalar = null | boolean | bigint | number | string

const words = new Map<string, Scalar>([
  ['', null],
  ['~', null],
  ['null', null],
  ['Null', null],
  ['NULL', null],
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word): [string, boolean] => [word, true]),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word): [string, boolean] => [word, false]),
  ...['.nan', '.NaN', '.NAN'].map((word): [string, number] => [word, Number.NaN]),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((word): [string, number] => [word, Number.POSITIVE_INFINITY]),
  ...['-.inf', '-.Inf', '-.INF'].map((word): [string, number] => [word, Number.NEGATIVE_INFINITY]),
])

// What a plain scalar's first character says of it: nothing but a string, a word of the table above, a number.
const STRING = 0
const WORD = 1
const NUMBER = 2
const DOT = 3
const hints = new Uint8Array(128)
for (const c of 'yYnNtTfFoO~') hints[c.charCodeAt(0)] = WORD
for (const c of '0123456789+-') hints[c.charCodeAt(0)] = NUMBER
hints['.'.charCodeAt(0)] = DOT

/**
 * What a plain scalar means to Go (go.yaml.in/yaml/v2 2.4.3): YAML 1.1 with `0o` octals, without base 60. Timestamps come back as their text,
 * as they do when Go decodes into `interface {}`; so does what overflows a float. Unless `exact`, integers are numbers like floats.
 */
export function resolvePlain(text: string, exact = true): Scalar {
  if (text === '') return null
  const c = text.charCodeAt(0)
  const hint = c < 128 ? hints[c] : STRING
  if (hint === STRING) return text
  if (hint === WORD) {
    if (text.length > 5) return text
    const word = words.get(text)
    return word === undefined ? text : word
  }
  const plain = hint === DOT ? undefined : resolveDigits(text, exact)
  return plain === undefined ? resolveNumber(text, hint === DOT, exact) : plain
}

const ZERO = 48
const DOT_SIGN = 46
const UNDERSCORE = 95

/**
 * What begins with digits (or a sign) as nearly all does: whole numbers, digits with a point among them, and text, such as `30s`, `1.2.3` and
 * `--port=80`. Undefined for what needs the patterns below, which take half a millisecond to be compiled.
 */
function resolveDigits(text: string, exact: boolean): Scalar | undefined {
  const first = text.charCodeAt(0)
  const { length } = text
  if (!isDigit(first)) {
    const second = text.charCodeAt(1)
    return isDigit(second) || second === DOT_SIGN || second === UNDERSCORE ? undefined : text
  }
  let i = 1
  while (isDigit(text.charCodeAt(i))) i++
  if (i === length) {
    if (length > 15 || (first === ZERO && length > 1)) return undefined
    return exact ? BigInt(text) : Number(text)
  }
  const hasPoint = text.charCodeAt(i) === DOT_SIGN
  if (hasPoint) {
    i++
    while (isDigit(text.charCodeAt(i))) i++
    if (i === length) return finite(Number(text), text)
  }
  // Exponents, underscores, and the letters behind the zero of other bases.
  const next = text[i]!
  const unusual = hasPoint ? '_eE' : i === 1 && first === ZERO ? '_eExXoObB' : '_eE'
  return unusual.includes(next) ? undefined : text
}

function resolveNumber(text: string, dot: boolean, exact: boolean): Scalar {
  const length = text.length
  const word = length < 6 ? words.get(text) : undefined
  if (word !== undefined) return word
  // What starts with a dot goes to strconv.ParseFloat as it is, and that wants underscores between digits.
  if (dot) return dotFloat.test(text) ? finite(Number(text.replaceAll('_', '')), text) : text
  const plain = text.includes('_') ? text.replaceAll('_', '') : text
  const integer = parseInteger(plain)
  if (integer !== undefined) return exact ? integer : Number(integer)
  if (float.test(plain)) return finite(Number(plain), text)
  return text
}

const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const dotFloat = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/
const integer = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/
// Go parses what follows `0b` once more by itself, and there a sign is welcome.
const signedBinary = /^0b([-+])([01]+)$/

/** strconv.ParseInt and ParseUint with base 0; undefined where neither takes it. */
function parseInteger(text: string): bigint | undefined {
  let match = integer.exec(text)
  let sign: string
  let value: bigint
  if (match !== null) {
    sign = match[1]!
    if (match[5] !== undefined) value = BigInt(match[5])
    else value = BigInt(match[2] !== undefined ? `0x${match[2]}` : match[3] !== undefined ? `0b${match[3]}` : `0o${match[4]}`)
  } else {
    match = signedBinary.exec(text)
    if (match === null) return undefined
    sign = match[1]!
    value = BigInt(`0b${match[2]}`)
  }
  if (sign === '-') return value <= 1n << 63n ? -value : undefined
  // Unsigned 64-bit numbers have no sign.
  return value < 1n << (sign === '+' ? 63n : 64n) ? value : undefined
}

function finite(value: number, text: string): number | string {
  return Number.isFinite(value) ? value : text
}

const timestamp =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(?:Z|[+-](\d\d):(\d\d))| +(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?)?$/

/** Whether Go's time.Parse takes the text in one of the layouts that go-yaml tries. */
export function isTimestamp(text: string): boolean {
  const first = text.charCodeAt(0)
  const match = first >= 48 && first <= 57 && text.charCodeAt(4) === 45 /* - */ ? timestamp.exec(text) : null
  if (match === null) return false
  const [, year, month, day] = match.map(Number) as [number, number, number, number]
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return false
  const hour = Number(match[4] ?? match[9] ?? 0)
  const minute = Number(match[5] ?? match[10] ?? 0)
  const second = Number(match[6] ?? match[11] ?? 0)
  return hour < 24 && minute < 60 && second < 60 && Number(match[7] ?? 0) <= 24 && Number(match[8] ?? 0) <= 60
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** The tag that go-yaml gives a plain scalar. */
export function tagOf(text: string): string {
  const value = resolvePlain(text)
  if (value === null) return NULL_TAG
  if (typeof value === 'boolean') return BOOL_TAG
  if (typeof value === 'bigint') return INT_TAG
  if (typeof value === 'number') return FLOAT_TAG
  return isTimestamp(text) ? TIMESTAMP_TAG : STR_TAG
}
