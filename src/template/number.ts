const maxInt = 2n ** 63n - 1n
const maxUint = 2n ** 64n - 1n
const bases: Record<string, number> = { x: 16, o: 8, b: 2 }
const digitsOf: Record<number, RegExp> = { 2: /^[01]+$/, 8: /^[0-7]+$/, 10: /^\d+$/, 16: /^[\da-f]+$/i }

/** Whether the text is one or more decimal digits. Without a pattern, which takes longer to be compiled than the numbers of a chart to be read. */
export function isDigits(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 48 || code > 57) return false
  }
  return text !== ''
}

/** What Go's strconv says of a text that is no number: of the wrong syntax, or out of range (with the nearest value). */
export type NumberFailure = { error: 'syntax' } | { error: 'range'; value: bigint }

/**
 * Go's `strconv.ParseUint(text, base, 64)`. Base 0 takes the prefixes `0x`, `0o`, `0`, `0b` and underscores between digits, as in Go's
 * source.
 */
export function readUint(text: string, base = 10): bigint | NumberFailure {
  let digits = text
  if (base === 0) {
    base = 10
    const prefix = bases[(text[1] ?? '').toLowerCase()]
    if (text[0] === '0') {
      base = prefix !== undefined && text.length >= 3 ? prefix : 8
      digits = prefix !== undefined && text.length >= 3 ? text.slice(2) : text.slice(1)
      if (text === '0') return 0n
    }
    if (digits.includes('_')) {
      if (!underscoresFit(text)) return { error: 'syntax' }
      digits = digits.replaceAll('_', '')
    }
  }
  if (!digitsOf[base]!.test(digits)) return { error: 'syntax' }
  const value = base === 10 ? BigInt(digits) : toBigInt(digits, base)
  return value > maxUint ? { error: 'range', value: maxUint } : value
}

/** Go's `strconv.ParseInt(text, base, 64)`. */
export function readInt(text: string, base = 10): bigint | NumberFailure {
  const negative = text[0] === '-'
  const size = readUint(negative || text[0] === '+' ? text.slice(1) : text, base)
  if (typeof size !== 'bigint' && size.error === 'syntax') return size
  const magnitude = typeof size === 'bigint' ? size : size.value
  if (negative) return magnitude > maxInt + 1n ? { error: 'range', value: -maxInt - 1n } : -magnitude
  return magnitude > maxInt ? { error: 'range', value: maxInt } : magnitude
}

const decimalFloat = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
const hexFloat = /^([+-]?)0x([\da-f]*)\.?([\da-f]*)p([+-]?\d+)$/i
const special = /^([+-]?)(inf|infinity|nan)$/i

/** Go's `strconv.ParseFloat(text, 64)`; undefined for bad syntax and for what is out of range. `NaN` and `Inf` are numbers to Go. */
export function readFloat(text: string): number | undefined {
  if (text.includes('_') && !underscoresFit(text)) return undefined
  const plain = text.replaceAll('_', '')
  if (decimalFloat.test(plain)) return finite(Number(plain))
  const hex = hexFloat.exec(plain)
  if (hex && (hex[2] !== '' || hex[3] !== '')) return finite(parseHex(hex))
  const word = special.exec(text)
  if (!word) return undefined
  if (word[2]!.toLowerCase() === 'nan') return word[1] === '' ? Number.NaN : undefined
  return word[1] === '-' ? -Infinity : Infinity
}

/** Go's conversion of a float64 to int64 on amd64: truncates; what does not fit, and NaN, becomes the least int64. */
export function floatToInt(value: number): bigint {
  if (!(value >= -(2 ** 63) && value < 2 ** 63)) return -maxInt - 1n
  return BigInt(Math.trunc(value))
}

function parseHex(match: RegExpExecArray): number {
  const digits = match[2]! + match[3]!
  let mantissa = toBigInt(digits, 16)
  let power = Number(match[4]) - 4 * match[3]!.length
  if (!Number.isFinite(power)) power = 0
  if (mantissa === 0n) return match[1] === '-' ? -0 : 0
  let sticky = 0n
  while (mantissa >= 1n << 62n) {
    sticky |= mantissa & 1n
    mantissa >>= 1n
    power++
  }
  const value = scale(Number(mantissa | sticky), power)
  return match[1] === '-' ? -value : value
}

function scale(value: number, power: number): number {
  if (power < -2200) return 0
  if (power > 2200) return Infinity
  let scaled = value
  for (; power > 1000; power -= 1000) scaled *= 2 ** 1000
  for (; power < -1000; power += 1000) scaled *= 2 ** -1000
  return scaled * 2 ** power
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined
}

function toBigInt(digits: string, base: number): bigint {
  return BigInt((base === 16 ? '0x' : base === 8 ? '0o' : '0b') + digits)
}

/** Go's rule for `_` in numbers: only between digits, or after the base prefix. */
function underscoresFit(text: string): boolean {
  const unsigned = text.replace(/^[+-]/, '')
  const hex = /^0[xX]/.test(unsigned)
  const number = /^0[xXoObB]/.test(unsigned) ? `0${unsigned.slice(2)}` : unsigned
  const digit = hex ? '[\\da-fA-F]' : '\\d'
  return !new RegExp(`(?<!${digit})_|_(?!${digit})`).test(number)
}
