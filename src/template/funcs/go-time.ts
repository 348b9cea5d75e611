import { GoObject, Int, type TemplateFunction, type Value } from '../value.ts'
import { civilDate, daysFrom, months, weekdays } from './calendar.ts'
import { Duration, nanosecondsOf, second } from './duration.ts'
import { failure } from './failure.ts'
import { formatLayout, type WallTime } from './layout.ts'
import { readLayout } from './layout-reader.ts'
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
  return new GoTime(seconds * second, localZone())
}

export function timeOfDate(date: Date): GoTime {
  const monotonic = BigInt(Math.max(Math.round(performance.now() * 1e6), 1))
  return new GoTime(BigInt(date.getTime()) * 1_000_000n, localZone(), monotonic)
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
  const local = localZone()
  if (read.utc) return atWall(read.seconds, read.nanosecond, utc)
  const asUtc = BigInt(read.seconds) * second + BigInt(read.nanosecond)
  const { offset, abbreviation = '' } = read
  if (offset !== undefined) {
    const there = local.at(read.seconds - offset)
    const same = there.offset === offset && (abbreviation === '' || there.abbreviation === abbreviation)
    return new GoTime(asUtc - BigInt(offset) * second, same ? local : fixedZone(abbreviation, offset))
  }
  if (abbreviation === '') return atWall(read.seconds, read.nanosecond, local)
  const here = local.at(read.seconds)
  if (here.abbreviation === abbreviation) return new GoTime(asUtc - BigInt(here.offset) * second, local)
  const hours = abbreviation.startsWith('GMT') ? Number(abbreviation.slice(3)) : 0
  const zone = fixedZone(abbreviation, hours * 3600)
  return new GoTime(asUtc, zone)
}

/** time.Month and time.Weekday: numbers that print as names. */
class Named extends GoObject {
  readonly goType: string
  readonly kind = 'int' as unknown as 'struct'
  private readonly number: number
  private readonly text: string

  constructor(goType: 'time.Month' | 'time.Weekday', number: number, text: string) {
    super()
    this.goType = goType
    this.number = number
    this.text = text
  }

  override method(name: string): TemplateFunction | undefined {
    return name === 'String' ? { params: [], call: () => this.text } : undefined
  }

  toGoString(): string {
    return this.text
  }

  toJsonValue(): Value {
    return new Int('int', BigInt(this.number))
  }
}

/** *time.Location, of which templates can see the name. */
class Location extends GoObject {
  readonly goType = '*time.Location'
  readonly kind = 'ptr'
  private readonly zone: Zone

  constructor(zone: Zone) {
    super()
    this.zone = zone
  }

  override method(name: string): TemplateFunction | undefined {
    return name === 'String' ? { params: [], call: () => this.zone.name } : undefined
  }

  toGoString(): string {
    return this.zone.name
  }

  toJsonValue(): Value {
    return new Map()
  }
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
    Month: () => new Named('time.Month', wallTime(time).month, months[wallTime(time).month - 1]!),
    Day: () => int(wallTime(time).day),
    Weekday: () => new Named('time.Weekday', wallTime(time).weekday, weekdays[wallTime(time).weekday]!),
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
    Local: () => inZone(time, localZone()),
    Location: () => new Location(time.zone),
    IsZero: () => time.nanoseconds === zeroTime.nanoseconds,
    String: () => time.toGoString(),
  }
  if (Object.hasOwn(getters, name)) return { params: [], call: getters[name]! }
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
