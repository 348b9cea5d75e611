import { GoObject, type TemplateFunction, type Value } from '../value.ts'
import { failure } from './failure.ts'
import { quoteTime } from './time-quote.ts'

const units: Record<string, bigint> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}
export const second = units.s!
const limit = 2n ** 63n

/** Go's `time.ParseDuration`: `1h15m30.918s`, in nanoseconds. */
export function parseDuration(text: string): bigint {
  const invalid = (): Error => failure(`time: invalid duration ${quoteTime(text)}`)
  const negative = text.startsWith('-')
  let rest = negative || text.startsWith('+') ? text.slice(1) : text
  if (rest === '0') return 0n
  if (rest === '') throw invalid()
  let total = 0n
  while (rest !== '') {
    const number = /^([0-9]*)(?:\.([0-9]*))?/.exec(rest)!
    const [written, whole, fraction = ''] = number as unknown as [string, string, string?]
    if (whole === '' && fraction === '') throw invalid()
    if (BigInt(whole || 0) > limit) throw invalid()
    const unitText = /^[^.0-9]*/.exec(rest.slice(written.length))![0]
    if (unitText === '') throw failure(`time: missing unit in duration ${quoteTime(text)}`)
    const unit = Object.hasOwn(units, unitText) ? units[unitText]! : undefined
    if (unit === undefined) throw failure(`time: unknown unit ${quoteTime(unitText)} in duration ${quoteTime(text)}`)
    total += BigInt(whole || 0) * unit + fractionOf(fraction, unit)
    if (total > limit) throw invalid()
    rest = rest.slice(written.length + unitText.length)
  }
  if (!negative && total === limit) throw invalid()
  return negative ? -total : total
}

/** Go multiplies the fraction in floating point, so this does too; digits that do not fit into an int64 are left out. */
function fractionOf(digits: string, unit: bigint): bigint {
  let number = 0n
  let scale = 1
  for (const digit of digits) {
    const next = number * 10n + BigInt(digit)
    if (next >= limit) break
    number = next
    scale *= 10
  }
  return number === 0n ? 0n : BigInt(Math.trunc(Number(number) * (Number(unit) / scale)))
}

/** Go's `Duration.String`: `1h15m30.918s`, `1.5ms`, `0s`. */
export function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s'
  const sign = nanoseconds < 0n ? '-' : ''
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds
  if (size < units.us!) return `${sign}${size}ns`
  if (size < units.ms!) return `${sign}${withFraction(size, 3)}µs`
  if (size < units.s!) return `${sign}${withFraction(size, 6)}ms`
  const hours = size / units.h!
  const minutes = (size / units.m!) % 60n
  const seconds = `${withFraction(size % units.m!, 9)}s`
  if (hours > 0n) return `${sign}${hours}h${minutes}m${seconds}`
  return minutes > 0n ? `${sign}${minutes}m${seconds}` : sign + seconds
}

function withFraction(number: bigint, places: number): string {
  const power = 10n ** BigInt(places)
  const fraction = String(number % power)
    .padStart(places, '0')
    .replace(/0+$/, '')
  return `${number / power}${fraction && `.${fraction}`}`
}

/** Rounds half away from zero, as Go's `Duration.Round`. */
export function roundDuration(nanoseconds: bigint, unit: bigint): bigint {
  if (unit <= 0n) return nanoseconds
  const rest = nanoseconds % unit
  const size = rest < 0n ? -rest : rest
  if (size * 2n < unit) return nanoseconds - rest
  return nanoseconds - rest + (nanoseconds < 0n ? -unit : unit)
}

/** time.Duration, which methods of times give. */
export class Duration extends GoObject {
  readonly goType = 'time.Duration'
  readonly kind = 'int64'
  readonly nanoseconds: bigint

  constructor(nanoseconds: bigint) {
    super()
    this.nanoseconds = BigInt.asIntN(64, nanoseconds)
  }

  override get integer(): bigint {
    return this.nanoseconds
  }

  override withInteger(value: bigint): Duration {
    return new Duration(value)
  }

  override method(name: string): TemplateFunction | undefined {
    const { nanoseconds } = this
    const getters: Record<string, () => Value> = {
      String: () => formatDuration(nanoseconds),
      Nanoseconds: () => nanoseconds,
      Microseconds: () => nanoseconds / units.us!,
      Milliseconds: () => nanoseconds / units.ms!,
      Seconds: () => inUnit(nanoseconds, second),
      Minutes: () => inUnit(nanoseconds, units.m!),
      Hours: () => inUnit(nanoseconds, units.h!),
      Abs: () => new Duration(nanoseconds < 0n ? -nanoseconds : nanoseconds),
    }
    if (Object.hasOwn(getters, name)) return { params: [], call: getters[name]! }
    if (name === 'Round')
      return { params: ['time.Duration'], call: ([unit]) => new Duration(roundDuration(nanoseconds, nanosecondsOf(unit))) }
    if (name === 'Truncate') {
      return {
        params: ['time.Duration'],
        call: ([unit]) => {
          const step = nanosecondsOf(unit)
          return new Duration(step <= 0n ? nanoseconds : nanoseconds - (nanoseconds % step))
        },
      }
    }
    return undefined
  }

  toGoString(): string {
    return formatDuration(this.nanoseconds)
  }

  toJsonValue(): Value {
    return this.nanoseconds
  }
}

function inUnit(nanoseconds: bigint, unit: bigint): number {
  return Number(nanoseconds / unit) + Number(nanoseconds % unit) / Number(unit)
}

/** The nanoseconds of a duration argument, which may be a duration or a whole number. */
export function nanosecondsOf(value: unknown): bigint {
  if (value instanceof Duration) return value.nanoseconds
  return typeof value === 'bigint' ? value : BigInt(Math.trunc(Number(value)))
}
