import { parse, TomlDate, TomlError } from 'smol-toml'
import type { Value } from '../value.ts'
import { failure } from './failure.ts'
import { GoTime, parseTime } from './go-time.ts'
import { fixedZone } from './zone.ts'

/** Reads TOML: integers are int64, other numbers float64, dates times. */
export function readToml(text: string): Value {
  try {
    return convert(parse(text, { integersAsBigInt: true, useLegacyDate: true }))
  } catch (error) {
    if (error instanceof TomlError) throw failure(`toml: line ${error.line}: ${firstLine(error.message)}`)
    throw error
  }
}

function firstLine(message: string): string {
  return message.split('\n')[0]!.replace(/^Invalid TOML document: /, '')
}

function convert(value: unknown): Value {
  if (value instanceof TomlDate) return time(value)
  if (Array.isArray(value)) return value.map(convert)
  if (typeof value === 'object' && value !== null) {
    return new Map(Object.entries(value).map(([key, item]) => [key, convert(item)]))
  }
  return value as Value
}

/** Local dates and times are in zones of those names, which have no offset. */
function time(date: TomlDate): GoTime {
  const text = date.toISOString()
  if (date.isDateTime() && !date.isLocal()) return parseTime('2006-01-02T15:04:05.999999999Z07:00', text)
  const [layout, zone] = date.isDate()
    ? ['2006-01-02', 'date-local']
    : date.isTime()
      ? ['15:04:05.999999999', 'time-local']
      : ['2006-01-02T15:04:05.999999999', 'datetime-local']
  return new GoTime(parseTime(`${layout}Z07:00`, `${text}Z`).nanoseconds, fixedZone(zone!, 0))
}
