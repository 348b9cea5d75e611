const BINARY: Record<string, bigint> = { Ki: 1n, Mi: 2n, Gi: 3n, Ti: 4n, Pi: 5n, Ei: 6n }
const DECIMAL: Record<string, number> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }
const SUFFIXES = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']

interface Parsed {
  /** The amount in units of 10^-9. */
  nano: bigint
  format: 'binary' | 'decimal' | 'exponent'
}

function parse(text: string): Parsed | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?([eE][+-]?\d+|[KMGTPE]i|[numkMGTPE]?)$/.exec(text)
  if (!match) return undefined
  const [, sign, whole = '', fraction = '', suffix = ''] = match
  if (whole === '' && fraction === '') return undefined
  let digits = BigInt(whole + fraction || '0')
  if (sign === '-') digits = -digits
  const places = fraction.length
  if (suffix in BINARY) return { nano: divideUp(digits * 1024n ** BINARY[suffix]! * 10n ** 9n, 10n ** BigInt(places)), format: 'binary' }
  const exponential = /^[eE][+-]?\d+$/.test(suffix)
  const power = (exponential ? Number(suffix.slice(1)) : DECIMAL[suffix]!) - places + 9
  if (Math.abs(power) > 60) return undefined
  const nano = power >= 0 ? digits * 10n ** BigInt(power) : divideUp(digits, 10n ** BigInt(-power))
  return { nano, format: exponential ? 'exponent' : 'decimal' }
}

function divideUp(a: bigint, b: bigint): bigint {
  const q = a / b
  return a % b === 0n ? q : a < 0n ? q - 1n : q + 1n
}

/** A quantity in the canonical form in which the API writes it (`0.5` is `500m`, `1024Mi` is `1Gi`); undefined where it is not one. */
export function canonicalQuantity(text: string): string | undefined {
  const parsed = parse(text)
  if (!parsed) return undefined
  const { nano, format } = parsed
  if (nano === 0n) return '0'
  const sign = nano < 0n ? '-' : ''
  const amount = nano < 0n ? -nano : nano
  if (format === 'binary' && amount % 10n ** 9n === 0n) {
    let units = amount / 10n ** 9n
    if (units >= 1024n) {
      let step = 0
      while (step < 6 && units % 1024n === 0n) {
        units /= 1024n
        step++
      }
      return `${sign}${units}${['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'][step]}`
    }
    return `${sign}${units}`
  }
  let units = amount
  let step = 0
  while (step < 9 && units % 1000n === 0n) {
    units /= 1000n
    step++
  }
  if (format === 'exponent') return step === 3 ? `${sign}${units}` : `${sign}${units}e${(step - 3) * 3}`
  return `${sign}${units}${SUFFIXES[step]}`
}

/** The amount as a number (cores, bytes); 0 for what is no quantity. */
export function quantityValue(text: string | number | undefined): number {
  if (text === undefined) return 0
  const parsed = parse(String(text))
  return parsed ? Number(parsed.nano) / 1e9 : 0
}
