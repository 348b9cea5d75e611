import { daysFrom, daysIn, isLeap, months, weekdays } from './calendar.ts'
import { failure } from './failure.ts'
import { cutLayout } from './layout.ts'
import { quoteTime } from './time-quote.ts'

/** What a text said of a time. Seconds are those of the wall clock since 1970. */
export interface ReadTime {
  seconds: number
  nanosecond: number
  /** Known from the text: UTC, an offset in seconds, or an abbreviation. */
  utc: boolean
  offset?: number
  abbreviation?: string
}

class Mismatch extends Error {}
class OutOfRange extends Error {}

interface State {
  rest: string
  year: number
  month?: number
  day?: number
  dayOfYear?: number
  hour: number
  minute: number
  second: number
  nanosecond: number
  half?: 'am' | 'pm'
  utc: boolean
  offset?: number
  abbreviation?: string
}

/** Go's `time.Parse` up to the choice of the zone. Errors have Go's words. */
export function readLayout(layout: string, text: string): ReadTime {
  const state: State = { rest: text, year: 0, hour: 0, minute: 0, second: 0, nanosecond: 0, utc: false }
  const cannot = (part: string, rest: string): Error =>
    failure(`parsing time ${quoteTime(text)} as ${quoteTime(layout)}: cannot parse ${quoteTime(rest)} as ${quoteTime(part)}`)
  const wrong = (problem: string): Error => failure(`parsing time ${quoteTime(text)}: ${problem}`)
  const pieces = cutLayout(layout)
  for (const [index, { prefix, element }] of pieces.entries()) {
    if (!skip(state, prefix)) throw cannot(prefix, state.rest)
    if (element === undefined) {
      if (state.rest !== '') throw wrong(`extra text: ${quoteTime(state.rest)}`)
      break
    }
    const before = state.rest
    try {
      readElement(state, element, pieces[index + 1]?.element)
    } catch (error) {
      if (error instanceof OutOfRange) throw wrong(`${error.message} out of range`)
      if (error instanceof Mismatch) throw cannot(element, before)
      throw error
    }
  }
  if (state.half === 'pm' && state.hour < 12) state.hour += 12
  else if (state.half === 'am' && state.hour === 12) state.hour = 0
  const problem = resolveDay(state)
  if (problem) throw wrong(problem)
  const days = daysFrom(state.year, state.month!, state.day!)
  const seconds = days * 86_400 + state.hour * 3600 + state.minute * 60 + state.second
  return { seconds, nanosecond: state.nanosecond, utc: state.utc, offset: state.offset, abbreviation: state.abbreviation }
}

/** Matches the text of a layout, in which any number of spaces stands for any number of spaces. */
function skip(state: State, prefix: string): boolean {
  for (let at = 0; at < prefix.length; ) {
    if (prefix[at] === ' ') {
      if (state.rest !== '' && state.rest[0] !== ' ') return false
      while (prefix[at] === ' ') at++
      state.rest = state.rest.replace(/^ +/, '')
    } else {
      if (state.rest[0] !== prefix[at]) return false
      at++
      state.rest = state.rest.slice(1)
    }
  }
  return true
}

function take(state: State, pattern: RegExp): RegExpExecArray {
  const match = pattern.exec(state.rest)
  if (!match) throw new Mismatch()
  state.rest = state.rest.slice(match[0].length)
  return match
}

const number = (state: State, fixed: boolean): number => Number(take(state, fixed ? /^[0-9]{2}/ : /^[0-9]{1,2}/)[0])

function ranged(state: State, fixed: boolean, limit: number, name: string): number {
  const value = number(state, fixed)
  if (value >= limit) throw new OutOfRange(name)
  return value
}

function lookUp(state: State, names: readonly string[], length?: number): number {
  const index = names.findIndex((name) => {
    const wanted = name.slice(0, length).toLowerCase()
    return state.rest.slice(0, wanted.length).toLowerCase() === wanted
  })
  if (index < 0) throw new Mismatch()
  state.rest = state.rest.slice(names[index]!.slice(0, length).length)
  return index
}

function readElement(state: State, element: string, next: string | undefined): void {
  const readers: Record<string, () => void> = {
    '06': () => {
      const year = Number(take(state, /^[0-9]{2}/)[0])
      state.year = year + (year >= 69 ? 1900 : 2000)
    },
    '2006': () => {
      state.year = Number(take(state, /^[0-9]{4}/)[0])
    },
    Jan: () => {
      state.month = lookUp(state, months, 3) + 1
    },
    January: () => {
      state.month = lookUp(state, months) + 1
    },
    Mon: () => void lookUp(state, weekdays, 3),
    Monday: () => void lookUp(state, weekdays),
    PM: () => {
      state.half = take(state, /^[AP]M/)[0].toLowerCase() as 'am' | 'pm'
    },
    pm: () => {
      state.half = take(state, /^[ap]m/)[0] as 'am' | 'pm'
    },
    MST: () => readAbbreviation(state),
  }
  const reader = readers[element]
  if (reader) {
    reader()
    return
  }
  const fixed = element[0] === '0'
  switch (element.replace(/^(0|_)(?=[1-6]$)/, '')) {
    case '1':
      state.month = number(state, fixed)
      if (state.month < 1 || state.month > 12) throw new OutOfRange('month')
      return
    case '2':
      if (element === '_2' && state.rest[0] === ' ') state.rest = state.rest.slice(1)
      state.day = number(state, fixed)
      return
    case '3':
      state.hour = ranged(state, fixed, 13, 'hour')
      return
    case '15':
      state.hour = ranged(state, false, 24, 'hour')
      return
    case '4':
      state.minute = ranged(state, fixed, 60, 'minute')
      return
    case '5':
      state.second = ranged(state, fixed, 60, 'second')
      if (!/^[.,]/.test(next ?? '') && /^[.,][0-9]/.test(state.rest)) readFraction(state, /^[.,][0-9]+/)
      return
    case '__2':
    case '002':
      if (element === '__2') state.rest = state.rest.replace(/^ {1,2}/, '')
      state.dayOfYear = Number(take(state, fixed ? /^[0-9]{3}/ : /^[0-9]{1,3}/)[0])
      return
  }
  if (element[0] !== '.' && element[0] !== ',') readOffset(state, element)
  else if (element[1] === '0') readFraction(state, new RegExp(`^[.,][0-9]{${element.length - 1}}`))
  else if (/^[.,][0-9]/.test(state.rest)) readFraction(state, /^[.,][0-9]+/)
}

function readFraction(state: State, pattern: RegExp): void {
  const digits = take(state, pattern)[0].slice(1, 10)
  state.nanosecond = Number(digits.padEnd(9, '0'))
}

function readOffset(state: State, element: string): void {
  if (element[0] === 'Z' && state.rest[0] === 'Z') {
    state.rest = state.rest.slice(1)
    state.utc = true
    return
  }
  const form = element.replace('Z', '-')
  const written = state.rest.slice(0, form.length)
  if (written.length < form.length || !Array.from(form, (mark, at) => mark !== ':' || written[at] === ':').every(Boolean))
    throw new Mismatch()
  state.rest = state.rest.slice(form.length)
  const pairs = form.includes(':') ? written.slice(1).split(':') : (written.slice(1).match(/../gs) ?? [])
  // Go looks at the ranges before it looks whether all of it was an offset.
  const firstWrong = pairs.findIndex((pair) => !/^[0-9]{2}$/.test(pair))
  const numbers = pairs.map((pair, index) => (firstWrong >= 0 && index >= firstWrong ? 0 : Number(pair)))
  const [hours = 0, minutes = 0, seconds = 0] = numbers
  if (hours > 24) throw new OutOfRange('time zone offset hour')
  if (minutes > 60) throw new OutOfRange('time zone offset minute')
  if (seconds > 60) throw new OutOfRange('time zone offset second')
  if (firstWrong >= 0 || !/^[-+]/.test(written)) throw new Mismatch()
  const size = (hours * 60 + minutes) * 60 + seconds
  state.offset = written.startsWith('-') ? -size : size
}

/** What looks like an abbreviation of a zone: three letters, four or five that end in T, an offset, GMT with an offset. */
function readAbbreviation(state: State): void {
  const { rest } = state
  if (rest.startsWith('UTC')) {
    state.rest = rest.slice(3)
    state.utc = true
    return
  }
  const special = /^(ChST|MeST)/.exec(rest) ?? /^GMT(?:[-+](?:2[0-3]|[01]?[0-9])(?![0-9]))?/.exec(rest)
  const signed = /^[-+](?:2[0-3]|[01]?[0-9])(?![0-9])/.exec(rest)
  const upper = /^[A-Z]{0,6}/.exec(rest)![0]
  let found = special?.[0] ?? signed?.[0]
  if (found === undefined) {
    if (upper.length === 5 && upper[4] === 'T') found = upper
    else if (upper.length === 4 && (upper[3] === 'T' || upper === 'WITA')) found = upper
    else if (upper.length === 3) found = upper
    else throw new Mismatch()
  }
  state.abbreviation = found
  state.rest = rest.slice(found.length)
}

/** Sets month and day, from the day of the year where that was given; the problem where they do not fit. */
function resolveDay(state: State): string | undefined {
  if (state.dayOfYear !== undefined) {
    if (state.dayOfYear < 1 || state.dayOfYear > (isLeap(state.year) ? 366 : 365)) return 'day-of-year out of range'
    let month = 1
    let day = state.dayOfYear
    while (day > daysIn(month, state.year)) day -= daysIn(month++, state.year)
    if (state.month !== undefined && state.month !== month) return 'day-of-year does not match month'
    if (state.day !== undefined && state.day !== day) return 'day-of-year does not match day'
    state.month = month
    state.day = day
    return undefined
  }
  state.month ??= 1
  state.day ??= 1
  return state.day < 1 || state.day > daysIn(state.month, state.year) ? 'day out of range' : undefined
}
