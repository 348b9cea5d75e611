import { readInt } from '../number.ts'
import { type CallContext, type DocumentedFunction, type FunctionTable, Int, type Value } from '../value.ts'
import { formatDuration, parseDuration, roundDuration, second } from './duration.ts'
import {
  addDuration,
  difference,
  formatTime,
  type GoTime,
  inZone,
  parseTime,
  GoTime as Time,
  timeOfDate,
  timeOfSeconds,
  unixSeconds,
  zeroTime,
} from './go-time.ts'
import { aliasOf } from './registry.ts'
import { loadZone, utc } from './zone.ts'

const now = (context: CallContext): GoTime => timeOfDate(context.now())

/** A time, or the seconds since 1970 as an integer; anything else, floating-point numbers and texts too, is the present. */
function timeOf(value: Value, context: CallContext, kinds: readonly string[]): GoTime {
  if (value instanceof Time) return value
  if (typeof value === 'bigint') return timeOfSeconds(value)
  if (value instanceof Int && kinds.includes(value.type)) return timeOfSeconds(value.value)
  return now(context)
}

function format(layout: string, value: Value, zone: string, context: CallContext): string {
  return formatTime(inZone(timeOf(value, context, ['int', 'int32']), loadZone(zone) ?? utc), layout)
}

function modify(text: string, time: GoTime): GoTime {
  return addDuration(time, parseDuration(text))
}

function orElse<T>(attempt: () => T, fallback: T): T {
  try {
    return attempt()
  } catch {
    return fallback
  }
}

function ago(value: Value, context: CallContext): string {
  return formatDuration(roundDuration(difference(now(context), timeOf(value, context, ['int'])), second))
}

function secondsText(value: Value): string {
  let seconds = typeof value === 'bigint' ? value : 0n
  if (typeof value === 'string') {
    const number = readInt(value, 10)
    seconds = typeof number === 'bigint' ? number : number.error === 'range' ? number.value : 0n
  }
  return formatDuration(BigInt.asIntN(64, seconds * second))
}

const hour = 3600n * second
const steps: readonly (readonly [bigint, string])[] = [
  [365n * 24n * hour, 'y'],
  [30n * 24n * hour, 'mo'],
  [24n * hour, 'd'],
  [hour, 'h'],
  [60n * second, 'm'],
  [second, 's'],
]

/** The largest unit of which there is more than one whole, without its fraction. */
function roundedDuration(value: Value, context: CallContext): string {
  let duration = typeof value === 'bigint' ? value : 0n
  if (typeof value === 'string') duration = orElse(() => parseDuration(value), 0n)
  if (value instanceof Time) duration = difference(now(context), value)
  const size = duration < 0n ? -duration : duration
  for (const [unit, name] of steps) if (size > unit) return `${size / unit}${name}`
  return '0s'
}

const dateInZone: DocumentedFunction = {
  params: ['string', 'interface {}', 'string'],
  call: ([layout, value, zone], context) => format(layout, value, zone, context),
  doc: 'The time in the layout and in the time zone of that name; UTC where no zone has it.',
  example: { template: '{{ dateInZone "2006-01-02 15:04" (int64 1700000000) "UTC" }}', output: '2023-11-14 22:13' },
}

const dateModify: DocumentedFunction = {
  params: ['string', 'time.Time'],
  call: ([text, time]) => orElse(() => modify(text, time), time),
  doc: 'The time with the duration added; unchanged where the text is no duration.',
  example: {
    template: '{{ toDate "2006-01-02" "2024-02-28" | dateModify "-1.5h" | date "2006-01-02 15:04" }}',
    output: '2024-02-27 22:30',
  },
}

const mustDateModify: DocumentedFunction = {
  ...aliasOf('dateModify', dateModify, 'mustDateModify', 'The same as `dateModify`, with an error where the text is no duration.'),
  call: ([text, time]) => modify(text, time),
}

/** Times and durations. Layouts are Go's: the reference time Mon Jan 2 15:04:05 MST 2006 written as the result shall look. */
export const dates: FunctionTable = {
  now: {
    params: [],
    call: (_, context) => now(context),
    doc: 'The present time.',
    example: { template: '{{ now | date "2006" }}', shape: /^[0-9]{4}$/ },
  },
  date: {
    params: ['string', 'interface {}'],
    call: ([layout, value], context) => format(layout, value, 'Local', context),
    doc: "The time in the layout, in the machine's time zone. Integers are seconds since 1970, floating-point numbers and texts are the present.",
    example: { template: '{{ date "2006-01-02" (toDate "02.01.2006" "31.12.2024") }}', output: '2024-12-31' },
  },
  dateInZone,
  date_in_zone: aliasOf('dateInZone', dateInZone, 'date_in_zone', 'An older name of `dateInZone`.'),
  htmlDate: {
    params: ['interface {}'],
    call: ([value], context) => format('2006-01-02', value, 'Local', context),
    doc: 'The date as HTML forms have it.',
    example: { template: '{{ htmlDate (toDate "2006-01-02" "2024-12-31") }}', output: '2024-12-31' },
  },
  htmlDateInZone: {
    params: ['interface {}', 'string'],
    call: ([value, zone], context) => format('2006-01-02', value, zone, context),
    doc: 'The date as HTML forms have it, in the time zone of that name.',
    example: { template: '{{ htmlDateInZone (int64 1700000000) "UTC" }}', output: '2023-11-14' },
  },
  dateModify,
  date_modify: aliasOf('dateModify', dateModify, 'date_modify', 'An older name of `dateModify`.'),
  mustDateModify,
  must_date_modify: aliasOf('mustDateModify', mustDateModify, 'must_date_modify', 'An older name of `mustDateModify`.'),
  toDate: {
    params: ['string', 'string'],
    call: ([layout, text]) => orElse(() => parseTime(layout, text), zeroTime),
    doc: 'The time that the text shows in the layout; the beginning of the year 1 where it does not fit.',
    example: { template: '{{ toDate "2006-01-02" "2024-12-31" | date "02.01.2006" }}', output: '31.12.2024' },
  },
  mustToDate: {
    params: ['string', 'string'],
    call: ([layout, text]) => parseTime(layout, text),
    doc: 'The same as `toDate`, with an error where the text does not fit.',
    example: { template: '{{ mustToDate "2006-01-02" "2024-12-31" | date "02.01.2006" }}', output: '31.12.2024' },
  },
  unixEpoch: {
    params: ['time.Time'],
    call: ([time]) => String(unixSeconds(time)),
    doc: 'The seconds since 1970 as text.',
    example: { template: '{{ toDate "2006-01-02 MST" "2024-12-31 UTC" | unixEpoch }}', output: '1735603200' },
  },
  ago: {
    params: ['interface {}'],
    call: ([value], context) => ago(value, context),
    doc: 'How long ago the time was.',
    example: { template: '{{ now | ago }}', shape: /^[01]s$/ },
  },
  duration: {
    params: ['interface {}'],
    call: ([value]) => secondsText(value),
    doc: 'The seconds, a text or an int64, as a duration; anything else is no time at all.',
    example: { template: '{{ duration "95" }} {{ duration (int64 3600) }}', output: '1m35s 1h0m0s' },
  },
  durationRound: {
    params: ['interface {}'],
    call: ([value], context) => roundedDuration(value, context),
    doc: 'The duration in the largest unit of which it has more than one, without the fraction; a time is how long ago it was.',
    example: { template: '{{ durationRound "2h10m5s" }} {{ durationRound "800h" }}', output: '2h 1mo' },
  },
}
