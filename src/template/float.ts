/** The digits of a positive number: 0.d1d2d3… × 10^point. */
interface Decimal {
  digits: string
  point: number
}

/**
 * Go's `strconv.FormatFloat(value, format, precision, 64)`. `precision` -1 means as many digits as are needed to read the same number
 * again; with `g` the exponent form is then taken where the exponent is below -4 or at least 6: 1000000 is `1e+06`.
 */
export function formatFloat(value: number, format: 'b' | 'e' | 'E' | 'f' | 'g' | 'G' | 'x' | 'X' = 'g', precision = -1): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Infinity) return '+Inf'
  if (value === -Infinity) return '-Inf'
  if (format === 'g' && precision === -1) return shortest(value)
  const negative = value < 0 || Object.is(value, -0)
  const sign = negative ? '-' : ''
  const size = Math.abs(value)
  if (format === 'b') return sign + binary(size)
  if (format === 'x' || format === 'X') return sign + hexadecimal(size, precision, format)
  if (format === 'f') return sign + fixed(precision < 0 ? shortestDigits(size) : round(size, precision, 'f'), precision)
  if (format === 'e' || format === 'E') {
    const decimal = precision < 0 ? shortestDigits(size) : round(size, precision + 1, 'e')
    return sign + exponent(decimal, precision < 0 ? Math.max(decimal.digits.length - 1, 0) : precision, format)
  }
  return sign + general(size, precision, format)
}

/** Go's form of a float64 in `{{ }}`, `%v` and `quote`. */
function shortest(value: number): string {
  if (Number.isInteger(value) && value > -1e6 && value < 1e6) return Object.is(value, -0) ? '-0' : String(value)
  const negative = value < 0
  return (negative ? '-' : '') + general(Math.abs(value), -1, 'g')
}

function general(size: number, precision: number, format: 'g' | 'G'): string {
  const digits = precision < 0 ? shortestDigits(size) : round(size, Math.max(precision, 1), 'e')
  const trimmed = digits.digits.replace(/0+$/, '')
  const decimal = { digits: trimmed, point: trimmed === '' ? 0 : digits.point }
  let limit = precision < 0 ? 6 : Math.max(precision, 1)
  if (precision >= 0 && limit > decimal.digits.length && decimal.digits.length >= decimal.point) limit = decimal.digits.length
  const power = decimal.point - 1
  if (power < -4 || power >= limit) {
    return exponent(decimal, Math.max(decimal.digits.length - 1, 0), format === 'G' ? 'E' : 'e')
  }
  return fixed(decimal, Math.max(decimal.digits.length - decimal.point, 0))
}

function exponent(decimal: Decimal, precision: number, mark: 'e' | 'E'): string {
  const zero = /^0*$/.test(decimal.digits)
  const digits = zero ? '0' : decimal.digits
  const fraction = digits.slice(1).padEnd(precision, '0').slice(0, precision)
  const power = zero ? 0 : decimal.point - 1
  return `${digits[0]}${precision > 0 ? `.${fraction}` : ''}${mark}${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}

function fixed(decimal: Decimal, precision: number): string {
  const { digits, point } = decimal
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0'
  const fraction = point >= 0 ? digits.slice(point) : '0'.repeat(-point) + digits
  if (precision < 0) return fraction === '' ? whole : `${whole}.${fraction}`
  return precision === 0 ? whole : `${whole}.${fraction.padEnd(precision, '0').slice(0, precision)}`
}

/** JavaScript and Go agree on the shortest digits that read back as the same number. */
function shortestDigits(size: number): Decimal {
  if (size === 0) return { digits: '', point: 0 }
  const [mantissa, power] = size.toExponential().split('e')
  return { digits: mantissa!.replace('.', ''), point: Number(power) + 1 }
}

/** Rounds the exact value, half to even: `count` digits in all ('e'), or `count` digits after the point ('f'). */
function round(size: number, count: number, mode: 'e' | 'f'): Decimal {
  if (size === 0) return { digits: '', point: 0 }
  const { digits, point } = exactDigits(size)
  const keep = mode === 'e' ? count : point + count
  if (keep >= digits.length) return { digits, point }
  if (keep < 0) return { digits: '', point: 0 }
  const kept = digits.slice(0, keep)
  const rest = digits.slice(keep)
  const half = rest[0] === '5' && /^50*$/.test(rest)
  const up = half ? keep > 0 && Number(kept.at(-1)) % 2 === 1 : rest[0]! >= '5'
  if (!up) return keep === 0 ? { digits: '', point: 0 } : { digits: kept, point }
  const raised = (BigInt(kept || '0') + 1n).toString().padStart(keep, '0')
  return { digits: raised, point: point + raised.length - keep }
}

/** All digits of a number: mantissa × 2^power is a finite decimal. */
function exactDigits(size: number): Decimal {
  const { mantissa, power } = decompose(size)
  if (power >= 0) {
    const digits = (mantissa << BigInt(power)).toString()
    return { digits, point: digits.length }
  }
  const digits = (mantissa * 5n ** BigInt(-power)).toString()
  return { digits, point: digits.length + power }
}

const view = new DataView(new ArrayBuffer(8))

function decompose(size: number): { mantissa: bigint; power: number } {
  view.setFloat64(0, size)
  const bits = view.getBigUint64(0)
  const biased = Number(bits >> 52n) & 0x7ff
  const fraction = bits & 0xfffffffffffffn
  return biased === 0 ? { mantissa: fraction, power: -1074 } : { mantissa: fraction | 0x10000000000000n, power: biased - 1075 }
}

function binary(size: number): string {
  const { mantissa, power } = decompose(size)
  return `${mantissa}p${power < 0 ? '' : '+'}${power}`
}

function hexadecimal(size: number, precision: number, format: 'x' | 'X'): string {
  const parts = decompose(size)
  let mantissa = parts.mantissa << 8n
  let power = mantissa === 0n ? 0 : parts.power + 52
  while (mantissa !== 0n && !(mantissa & (1n << 60n))) {
    mantissa <<= 1n
    power--
  }
  if (precision >= 0 && precision < 15) {
    const shift = BigInt(precision * 4)
    const extra = (mantissa << shift) & ((1n << 60n) - 1n)
    mantissa >>= 60n - shift
    if ((extra | (mantissa & 1n)) > 1n << 59n) mantissa++
    mantissa <<= 60n - shift
    if (mantissa & (1n << 61n)) {
      mantissa >>= 1n
      power++
    }
  }
  const digits = (mantissa & ((1n << 60n) - 1n)).toString(16).padStart(15, '0')
  const fraction = precision < 0 ? digits.replace(/0+$/, '') : digits.padEnd(precision, '0').slice(0, precision)
  const text = `0x${mantissa >> 60n}${fraction === '' ? '' : `.${fraction}`}p${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
  return format === 'X' ? text.toUpperCase() : text
}
