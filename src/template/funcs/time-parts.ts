import { GoObject, Int, type TemplateFunction, type Value } from '../value.ts'
import { months, weekdays } from './calendar.ts'
import type { Zone } from './zone.ts'

/** time.Month and time.Weekday: numbers that print as names. */
class NamedNumber extends GoObject {
  readonly goType: string
  readonly kind = 'int'
  private readonly number: bigint
  private readonly names: ReadonlyMap<bigint, string>

  constructor(goType: 'time.Month' | 'time.Weekday', number: bigint, names: ReadonlyMap<bigint, string>) {
    super()
    this.goType = goType
    this.number = number
    this.names = names
  }

  override get integer(): bigint {
    return this.number
  }

  override withInteger(value: bigint): NamedNumber {
    return new NamedNumber(this.goType as 'time.Month', value, this.names)
  }

  override method(name: string): TemplateFunction | undefined {
    return name === 'String' ? { params: [], call: () => this.toGoString() } : undefined
  }

  toGoString(): string {
    return this.names.get(this.number) ?? `%!${this.goType.slice(5)}(${BigInt.asUintN(64, this.number)})`
  }

  toJsonValue(): Value {
    return new Int('int', this.number)
  }
}

const monthNames = new Map(months.map((name, index) => [BigInt(index + 1), name]))
const weekdayNames = new Map(weekdays.map((name, index) => [BigInt(index), name]))

/** The time.Month of a number from 1 to 12. */
export function monthOf(number: number): GoObject {
  return new NamedNumber('time.Month', BigInt(number), monthNames)
}

/** The time.Weekday of a number from 0 for Sunday to 6. */
export function weekdayOf(number: number): GoObject {
  return new NamedNumber('time.Weekday', BigInt(number), weekdayNames)
}

/** *time.Location, of which templates can see the name. */
export class Location extends GoObject {
  readonly goType = '*time.Location'
  readonly kind = 'ptr'
  readonly zone: Zone

  constructor(zone: Zone) {
    super()
    this.zone = zone
  }

  override get isStringer(): boolean {
    return true
  }

  override goFields(): readonly (readonly [string, Value])[] {
    return [['name', this.zone.name]]
  }

  override hides(name: string): boolean {
    return ['name', 'zone', 'tx', 'extend', 'cacheStart', 'cacheEnd', 'cacheZone'].includes(name)
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

const locations = new WeakMap<Zone, Location>()

/** The one Location of a zone: Go compares pointers to it. */
export function locationOf(zone: Zone): Location {
  let location = locations.get(zone)
  if (!location) {
    location = new Location(zone)
    locations.set(zone, location)
  }
  return location
}
