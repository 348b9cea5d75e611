import { abbreviationOf } from './zone-names.ts'

/** A time zone. Seconds are those since 1970. */
export interface Zone {
  name: string
  at(seconds: number): { offset: number; abbreviation: string }
}

export const utc: Zone = { name: 'UTC', at: () => ({ offset: 0, abbreviation: 'UTC' }) }

/** A zone that never changes; without an abbreviation the offset is printed in its place. */
export function fixedZone(abbreviation: string, offset: number): Zone {
  return { name: abbreviation, at: () => ({ offset, abbreviation }) }
}

const zones = new Map<string, Zone | undefined>()
let machineZone: Zone | undefined

/**
 * The zone of the machine. It is looked up when it is first asked for, and without Intl where that is UTC, as in most containers: Intl takes
 * 20 ms to be loaded.
 */
export const localZone: Zone = {
  name: 'Local',
  at(seconds) {
    machineZone ??= String(new Date()).endsWith('(Coordinated Universal Time)')
      ? utc
      : (loadZone(new Intl.DateTimeFormat().resolvedOptions().timeZone) ?? utc)
    return machineZone.at(seconds)
  },
}

/** Go's `time.LoadLocation` by the zone data of JavaScript's Intl; undefined for a name that no zone has, in that case of letters. */
export function loadZone(name: string): Zone | undefined {
  if (name === '' || name === 'UTC') return utc
  if (name === 'Local') return localZone
  if (!zones.has(name)) zones.set(name, findZone(name))
  return zones.get(name)
}

function findZone(name: string): Zone | undefined {
  if (!/^[A-Z][A-Za-z0-9_+-]*(\/[A-Z][A-Za-z0-9_+-]*)*$/.test(name)) return undefined
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    const canonical = format.resolvedOptions().timeZone
    if (canonical !== name && canonical.toLowerCase() === name.toLowerCase()) return undefined
    return zoneOf(name, format)
  } catch {
    return undefined
  }
}

function zoneOf(name: string, format: Intl.DateTimeFormat): Zone {
  const offsetAt = (seconds: number): number => {
    const milliseconds = Math.max(Math.min(seconds * 1000, 8.64e15 - 864e5), -8.64e15 + 864e5)
    const parts: Record<string, string> = {}
    for (const part of format.formatToParts(milliseconds)) parts[part.type] = part.value
    const year = parts.era === 'BC' ? 1 - Number(parts.year) : Number(parts.year)
    const wall = new Date(0)
    wall.setUTCFullYear(year, Number(parts.month) - 1, Number(parts.day))
    wall.setUTCHours(Number(parts.hour), Number(parts.minute), Number(parts.second))
    return Math.round((wall.getTime() - milliseconds) / 1000)
  }
  // Most charts ask for one moment over and over.
  let last: { seconds: number; offset: number; abbreviation: string } | undefined
  return {
    name,
    at(seconds) {
      if (last?.seconds === seconds) return last
      const offset = offsetAt(seconds)
      last = { seconds, offset, abbreviation: abbreviationOf(name, offset, () => standardOffset(offsetAt, seconds), seconds) }
      return last
    },
  }
}

/** The smaller of the offsets in January and July of about that time: summer time is ahead of it. */
function standardOffset(offsetAt: (seconds: number) => number, seconds: number): number {
  const year = new Date(Math.max(Math.min(seconds * 1000, 8.64e15 - 864e5), -8.64e15 + 864e5)).getUTCFullYear()
  const january = Date.UTC(year, 0, 1) / 1000
  const july = Date.UTC(year, 6, 1) / 1000
  return Math.min(offsetAt(january), offsetAt(july))
}
