import { months, weekdays } from './calendar.ts'

/** A piece of a layout: text that stands for itself, then an element of the reference time; the last piece has no element. */
export interface Piece {
  prefix: string
  element?: string
}

/** Elements, each before those that it begins with. What follows `Jan` and `Mon` must not be a small letter. */
const elements =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|15|1|2006|2|__2|_2(?!006)|3|4|5|PM|pm|-070000|-07:00:00|-0700|-07:00|-07|Z070000|Z07:00:00|Z0700|Z07:00|Z07|[.,](?:0+|9+)(?![0-9])/g

const layouts = new Map<string, Piece[]>()

/** Cuts a layout, such as `2006-01-02T15:04:05Z07:00`, at the elements of Go's reference time. */
export function cutLayout(layout: string): Piece[] {
  const known = layouts.get(layout)
  if (known) return known
  const pieces: Piece[] = []
  let at = 0
  for (const match of layout.matchAll(elements)) {
    pieces.push({ prefix: layout.slice(at, match.index), element: match[0] })
    at = match.index + match[0].length
  }
  pieces.push({ prefix: layout.slice(at) })
  if (layouts.size >= 1000) layouts.clear()
  layouts.set(layout, pieces)
  return pieces
}

/** A moment as the clock on the wall shows it. */
export interface WallTime {
  year: number
  month: number
  day: number
  weekday: number
  dayOfYear: number
  hour: number
  minute: number
  second: number
  nanosecond: number
  offset: number
  abbreviation: string
}

/** Go's `Time.Format`. */
export function formatLayout(layout: string, time: WallTime): string {
  let text = ''
  for (const { prefix, element } of cutLayout(layout)) text += prefix + (element === undefined ? '' : formatElement(element, time))
  return text
}

function pad(number: number, width: number, filler = '0'): string {
  return number < 0 ? `-${String(-number).padStart(width, filler)}` : String(number).padStart(width, filler)
}

const simple: Record<string, (time: WallTime) => string> = {
  January: (time) => months[time.month - 1]!,
  Jan: (time) => months[time.month - 1]!.slice(0, 3),
  '1': (time) => String(time.month),
  '01': (time) => pad(time.month, 2),
  Monday: (time) => weekdays[time.weekday]!,
  Mon: (time) => weekdays[time.weekday]!.slice(0, 3),
  '2': (time) => String(time.day),
  _2: (time) => pad(time.day, 2, ' '),
  '02': (time) => pad(time.day, 2),
  __2: (time) => pad(time.dayOfYear, 3, ' '),
  '002': (time) => pad(time.dayOfYear, 3),
  '2006': (time) => pad(time.year, 4),
  '06': (time) => pad(Math.abs(time.year) % 100, 2),
  '15': (time) => pad(time.hour, 2),
  '3': (time) => String(time.hour % 12 || 12),
  '03': (time) => pad(time.hour % 12 || 12, 2),
  '4': (time) => String(time.minute),
  '04': (time) => pad(time.minute, 2),
  '5': (time) => String(time.second),
  '05': (time) => pad(time.second, 2),
  PM: (time) => (time.hour >= 12 ? 'PM' : 'AM'),
  pm: (time) => (time.hour >= 12 ? 'pm' : 'am'),
  MST: (time) => time.abbreviation || formatOffset('-0700', time.offset),
}

function formatElement(element: string, time: WallTime): string {
  const format = simple[element]
  if (format) return format(time)
  if (element[0] === '.' || element[0] === ',') return formatFraction(element, time.nanosecond)
  return element[0] === 'Z' && time.offset === 0 ? 'Z' : formatOffset(element, time.offset)
}

function formatOffset(element: string, offset: number): string {
  const size = Math.abs(offset)
  const minutes = Math.trunc(size / 60)
  const colon = element.includes(':') ? ':' : ''
  const digits = element.replace(/[^0-9]/g, '').length
  // Go takes the sign of whole minutes.
  let text = `${offset <= -60 ? '-' : '+'}${pad(Math.trunc(minutes / 60), 2)}`
  if (digits > 2) text += colon + pad(minutes % 60, 2)
  if (digits > 4) text += colon + pad(size % 60, 2)
  return text
}

/** Zeros give as many digits as there are, nines drop zeros at the end. */
function formatFraction(element: string, nanosecond: number): string {
  const digits = pad(nanosecond, 9)
    .slice(0, element.length - 1)
    .padEnd(Math.min(element.length - 1, 9), '0')
  if (element[1] === '0') return element[0] + digits
  const trimmed = digits.replace(/0+$/, '')
  return trimmed === '' ? '' : element[0] + trimmed
}
