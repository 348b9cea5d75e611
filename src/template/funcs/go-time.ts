import { toBytes } from '../bytes.ts'
import { quote } from '../quote.ts'
import { GoObject, Int, type TemplateFunction, type Value } from '../value.ts'
import { civilDate, daysFrom, months } from './calendar.ts'
import { Duration, nanosecondsOf, second } from './duration.ts'
import { failure } from './failure.ts'
import { formatLayout, type WallTime } from './layout.ts'
import { readLayout } from './layout-reader.ts'
import { type Location, locationOf, monthOf, weekdayOf } from './time-parts.ts'
import { fixedZone, localZone, utc, type Zone } from './zone.ts'

const rfc3339 = '2006-01-02T15:04:05.999999999Z07:00'

/** Go's time.Time: a moment in nanoseconds since 1970, and the zone in which it is looked at. */
export class GoTime extends GoObject {
  readonly goType = 'time.Time'
  readonly kind = 'struct'
  readonly nanoseconds: bigint
  readonly zone: Zone
  /** Nanoseconds since the process began, where the moment was taken from the clock; it is printed, and lost with a change of zone. */
  readonly monotonic: bigint | undefined

  constructor(nanoseconds: bigint, zone: Zone, monotonic?: bigint) {
    super()
    this.nanoseconds = nanoseconds
    this.zone = zone
    this.monotonic = monotonic
  }

  override get isStringer(): boolean {
    return true
  }

  /** The clock's bits: nanoseconds, and seconds since the year 1; a moment from the clock holds both otherwise, which nobody can foresee. */
  override goFields(): readonly (readonly [string, Value])[] {
    const location = this.zone === utc ? null : locationOf(this.zone)
    return [
      ['wall', new Int('uint64', this.nanoseconds - unixSeconds(this) * second)],
      ['ext', unixSeconds(this) - unixSeconds(zeroTime)],
      ['loc', location],
    ]
  }

  override hides(name: string): boolean {
    return name === 'wall' || name === 'ext' || name === 'loc'
  }

  override goSyntax(): string {
    return timeSyntax(this)
  }

  override method(name: string): TemplateFunction | undefined {
    return timeMethod(this, name)
  }

  toGoString(): string {
    return formatTime(this, '2006-01-02 15:04:05.999999999 -0700 MST') + monotonicText(this.monotonic)
  }

  toJsonValue(): Value {
    const text = formatTime(this, rfc3339)
    if (!/^[0-9]{4}-/.test(text))
      throw failure('json: error calling MarshalJSON for type time.Time: Time.MarshalJSON: year outside of range [0,9999]')
    return text
  }
}

function monotonicText(monotonic: bigint | undefined): string {
  if (monotonic === undefined) return ''
  const size = monotonic < 0n ? -monotonic : monotonic
  return ` m=${monotonic < 0n ? '-' : '+'}${size / second}.${String(size % second).padStart(9, '0')}`
}

/** January 1 of the year 1 in UTC: the time that parsing without success gives. */
export const zeroTime = new GoTime(BigInt(daysFrom(1, 1, 1)) * 86_400n * second, utc)

export function timeOfSeconds(seconds: bigint): GoTime {
  return new GoTime(seconds * second, localZone)
}

export function timeOfDate(date: Date): GoTime {
  const monotonic = BigInt(Math.max(Math.round(performance.now() * 1e6), 1))
  return new GoTime(BigInt(date.getTime()) * 1_000_000n, localZone, monotonic)
}

export function inZone(time: GoTime, zone: Zone): GoTime {
  return new GoTime(time.nanoseconds, zone)
}

export function addDuration(time: GoTime, nanoseconds: bigint): GoTime {
  const monotonic = time.monotonic === undefined ? undefined : time.monotonic + nanoseconds
  return new GoTime(time.nanoseconds + nanoseconds, time.zone, monotonic)
}

/** The difference, held within what a duration can be: 292 years. */
export function difference(time: GoTime, other: GoTime): bigint {
  const limit = 2n ** 63n
  const between = time.nanoseconds - other.nanoseconds
  return between >= limit ? limit - 1n : between < -limit ? -limit : between
}

const floorDivide = (number: bigint, by: bigint): bigint => (number >= 0n ? number / by : -((-number + by - 1n) / by))

/** Whole seconds since 1970. */
export function unixSeconds(time: GoTime): bigint {
  return floorDivide(time.nanoseconds, second)
}

function wallTime(time: GoTime): WallTime {
  const seconds = Number(unixSeconds(time))
  const zone = time.zone.at(seconds)
  const local = seconds + zone.offset
  const days = Math.floor(local / 86_400)
  const ofDay = local - days * 86_400
  const date = civilDate(days)
  return {
    ...date,
    ...zone,
    weekday: (((days + 4) % 7) + 7) % 7,
    dayOfYear: days - daysFrom(date.year, 1, 1) + 1,
    hour: Math.floor(ofDay / 3600),
    minute: Math.floor((ofDay % 3600) / 60),
    second: ofDay % 60,
    nanosecond: Number(time.nanoseconds - unixSeconds(time) * second),
  }
}

export function formatTime(time: GoTime, layout: string): string {
  return formatLayout(layout, wallTime(time))
}

/** Go's `time.Date`: the moment at which the wall clock of the zone shows those seconds. */
function atWall(seconds: number, nanosecond: number, zone: Zone): GoTime {
  let offset = zone.at(seconds).offset
  if (offset !== 0) {
    // Near a change of the clock the offset after it, or before it, may be the right one.
    const guess = zone.at(seconds - offset).offset
    if (guess !== offset) {
      const again = zone.at(seconds - guess).offset
      offset = again === guess ? guess : offset
    }
  }
  return new GoTime(BigInt(seconds - offset) * second + BigInt(nanosecond), zone)
}

/** Go's `time.ParseInLocation` with the machine's zone. */
export function parseTime(layout: string, text: string): GoTime {
  const read = readLayout(layout, text)
  if (read.utc) return atWall(read.seconds, read.nanosecond, utc)
  const asUtc = BigInt(read.seconds) * second + BigInt(read.nanosecond)
  const { offset, abbreviation = '' } = read
  if (offset !== undefined) {
    const there = localZone.at(read.seconds - offset)
    const same = there.offset === offset && (abbreviation === '' || there.abbreviation === abbreviation)
    return new GoTime(asUtc - BigInt(offset) * second, same ? localZone : fixedZone(abbreviation, offset))
  }
  if (abbreviation === '') return atWall(read.seconds, read.nanosecond, localZone)
  const here = localZone.at(read.seconds)
  if (here.abbreviation === abbreviation) return new GoTime(asUtc - BigInt(here.offset) * second, localZone)
  const hours = abbreviation.startsWith('GMT') ? Number(abbreviation.slice(3)) : 0
  const zone = fixedZone(abbreviation, hours * 3600)
  return new GoTime(asUtc, zone)
}

/** What a change of the year, month or day by those numbers gives; the wall clock keeps its time. */
function addDate(time: GoTime, years: number, extraMonths: number, days: number): GoTime {
  const wall = wallTime(time)
  const date = daysFrom(wall.year + years, wall.month + extraMonths, wall.day + days)
  return atWall(date * 86_400 + wall.hour * 3600 + wall.minute * 60 + wall.second, wall.nanosecond, time.zone)
}

const int = (number: number): Int => new Int('int', BigInt(number))

function timeMethod(time: GoTime, name: string): TemplateFunction | undefined {
  const getters: Record<string, () => Value> = {
    Year: () => int(wallTime(time).year),
    Month: () => monthOf(wallTime(time).month),
    Day: () => int(wallTime(time).day),
    Weekday: () => weekdayOf(wallTime(time).weekday),
    YearDay: () => int(wallTime(time).dayOfYear),
    Hour: () => int(wallTime(time).hour),
    Minute: () => int(wallTime(time).minute),
    Second: () => int(wallTime(time).second),
    Nanosecond: () => int(wallTime(time).nanosecond),
    Unix: () => unixSeconds(time),
    UnixMilli: () => floorDivide(time.nanoseconds, 1_000_000n),
    UnixMicro: () => floorDivide(time.nanoseconds, 1_000n),
    UnixNano: () => BigInt.asIntN(64, time.nanoseconds),
    UTC: () => inZone(time, utc),
    Local: () => inZone(time, localZone),
    Location: () => locationOf(time.zone),
    IsDST: () => isSummerTime(time),
    GoString: () => timeSyntax(time),
    MarshalText: () => toBytes(String(time.toJsonValue())),
    MarshalJSON: () => toBytes(JSON.stringify(time.toJsonValue())),
    MarshalBinary: () => binaryTime(time),
    GobEncode: () => binaryTime(time),
    IsZero: () => time.nanoseconds === zeroTime.nanoseconds,
    String: () => time.toGoString(),
  }
  if (Object.hasOwn(getters, name)) return { params: [], call: getters[name]! }
  const unusable = Object.hasOwn(unusableMethods, name) ? unusableMethods[name] : undefined
  if (unusable !== undefined) return { params: [], unusable, call: () => null }
  const comparisons: Record<string, (other: GoTime) => Value> = {
    After: (other) => time.nanoseconds > other.nanoseconds,
    Before: (other) => time.nanoseconds < other.nanoseconds,
    Equal: (other) => time.nanoseconds === other.nanoseconds,
    Compare: (other) => int(time.nanoseconds < other.nanoseconds ? -1 : time.nanoseconds > other.nanoseconds ? 1 : 0),
    Sub: (other) => new Duration(difference(time, other)),
  }
  if (Object.hasOwn(comparisons, name)) return { params: ['time.Time'], call: ([other]) => comparisons[name]!(other) }
  switch (name) {
    case 'Format':
      return { params: ['string'], call: ([layout]) => formatTime(time, layout) }
    case 'In':
      return { params: ['*time.Location'], call: ([location]) => inLocation(time, location) }
    case 'AppendFormat':
      return { params: ['[]uint8', 'string'], call: ([bytes, layout]) => appended(bytes, toBytes(formatTime(time, layout))) }
    case 'AppendText':
      return { params: ['[]uint8'], call: ([bytes]) => appended(bytes, toBytes(String(time.toJsonValue()))) }
    case 'AppendBinary':
      return { params: ['[]uint8'], call: ([bytes]) => appended(bytes, binaryTime(time)) }
    case 'Add':
      return { params: ['time.Duration'], call: ([duration]) => addDuration(time, nanosecondsOf(duration)) }
    case 'AddDate':
      return { params: ['int', 'int', 'int'], call: ([years, extraMonths, days]) => addDate(time, years, extraMonths, days) }
    case 'Truncate':
      return { params: ['time.Duration'], call: ([unit]) => cut(time, nanosecondsOf(unit), 0n) }
    case 'Round':
      return { params: ['time.Duration'], call: ([unit]) => cut(time, nanosecondsOf(unit), nanosecondsOf(unit) / 2n) }
  }
  return undefined
}

/** Down to a multiple of the unit since the year 1, after adding so much. */
function cut(time: GoTime, unit: bigint, extra: bigint): GoTime {
  if (unit <= 0n) return inZone(time, time.zone)
  const since = time.nanoseconds - zeroTime.nanoseconds + extra
  return new GoTime(floorDivide(since, unit) * unit + zeroTime.nanoseconds, time.zone)
}

/** Methods with more results than a template can take, and what Go says of them. */
const unusableMethods: Record<string, string> = {
  Date: 'function Date has 3 return values; should be 1 or 2',
  Clock: 'function Clock has 3 return values; should be 1 or 2',
  Zone: 'invalid function signature for Zone: second return value should be error; is int',
  ISOWeek: 'invalid function signature for ISOWeek: second return value should be error; is int',
  ZoneBounds: 'invalid function signature for ZoneBounds: second return value should be error; is time.Time',
}

function inLocation(time: GoTime, location: Location | null): GoTime {
  if (location) return inZone(time, location.zone)
  throw failure('time: missing Location in call to Time.In')
}

function appended(bytes: Uint8Array, more: Uint8Array): Uint8Array {
  const all = new Uint8Array(bytes.length + more.length)
  all.set(bytes)
  all.set(more, bytes.length)
  return all
}

/** Go's `Time.GoString`: the call of time.Date that gives this moment. */
function timeSyntax(time: GoTime): string {
  const { year, month, day, hour, minute, second, nanosecond } = wallTime(time)
  const zone = time.zone === utc ? 'time.UTC' : time.zone === localZone ? 'time.Local' : `time.Location(${quote(time.zone.name)})`
  return `time.Date(${year}, time.${months[month - 1]}, ${day}, ${hour}, ${minute}, ${second}, ${nanosecond}, ${zone})`
}

/** Go's `Time.MarshalBinary`: a version, seconds since the year 1, nanoseconds, and the minutes of the offset (-1 for UTC). */
function binaryTime(time: GoTime): Uint8Array {
  const offset = time.zone.at(Number(unixSeconds(time))).offset
  const minutes = time.zone === utc ? -1 : Math.trunc(offset / 60)
  if (minutes < -32_768 || (minutes === -1 && time.zone !== utc) || minutes > 32_767) {
    throw failure('Time.MarshalBinary: unexpected zone offset')
  }
  const seconds = time.zone === utc ? 0 : offset % 60
  const bytes = new Uint8Array(seconds === 0 ? 15 : 16)
  const view = new DataView(bytes.buffer)
  bytes[0] = seconds === 0 ? 1 : 2
  view.setBigInt64(1, unixSeconds(time) - unixSeconds(zeroTime))
  view.setInt32(9, Number(time.nanoseconds - unixSeconds(time) * second))
  view.setInt16(13, minutes)
  if (seconds !== 0) view.setInt8(15, seconds)
  return bytes
}

/** Whether the clock is ahead of its standard time, which is the smaller of the offsets in January and July. */
function isSummerTime(time: GoTime): boolean {
  const { year, offset } = wallTime(time)
  const at = (month: number): number => time.zone.at(daysFrom(year, month, 1) * 86_400).offset
  return offset > Math.min(at(1), at(7))
}
