import { readFloat, readInt } from '../number.ts'
import { quote } from '../quote.ts'
import type { Value } from '../value.ts'
import { isLetter } from './characters.ts'
import { GoTime, parseTime } from './go-time.ts'
import type { TomlText } from './toml-text.ts'
import { fixedZone } from './zone.ts'

/** Reads a text, number, boolean or time, whose first character is next. Errors are BurntSushi's. */
export function readScalar(text: TomlText): Value {
  const first = text.peek()
  if (first === '"' || first === "'") {
    const triple = first.repeat(3)
    return text.source.startsWith(triple, text.at) ? readBlock(text, triple) : readString(text)
  }
  if (/^[0-9]$/.test(first)) return readNumberOrTime(text)
  if (first === '+' || first === '-') return readSigned(text)
  if (text.match(/inf|nan/y) !== '') return text.source.startsWith('inf', text.at - 3) ? Infinity : Number.NaN
  if (first !== '' && isLetter(String.fromCodePoint(text.source.codePointAt(text.at)!))) return readWord(text)
  if (first === '') throw text.wrong('unexpected EOF; expected value')
  const character = text.next()
  if (character === '.') throw text.wrong("floats must start with a digit, not '.'")
  throw text.unexpected((found) => `expected value but found ${found} instead`, character, true)
}

function readWord(text: TomlText): Value {
  const word = text.match(/\p{L}+/uy)
  if (word === 'true' || word === 'false') return word === 'true'
  throw text.wrong(`expected value but found ${quote(word)} instead`)
}

/** A text on one line, in quotes of either kind. */
export function readString(text: TomlText): string {
  const mark = text.next()
  let result = ''
  for (;;) {
    const character = text.next()
    if (character === mark) return result
    if (character === '') throw text.wrong(`unexpected EOF; expected ${mark === '"' ? `'"'` : `"'"`}`)
    if (character === '\n' || character === '\r') {
      throw text.wrong('strings cannot contain newlines', text.line - 1)
    }
    result += character === '\\' && mark === '"' ? readEscape(text, result) : character
  }
}

/** A text of several lines, in three quotes of either kind, two more of which may stand before the end. */
function readBlock(text: TomlText, triple: string): string {
  text.at += 3
  const mark = triple[0]!
  text.match(/\r(?=\n)/y)
  if (text.peek() === '\n') text.next()
  let result = ''
  for (;;) {
    const marks = text.match(mark === '"' ? /"+/y : /'+/y)
    if (marks.length >= 6) throw text.wrong(mark === '"' ? `unexpected '""""""'` : `unexpected "''''''"`)
    if (marks.length >= 3) return result + marks.slice(3)
    result += marks
    const character = text.next()
    if (character === '') throw text.wrong(`unexpected EOF; expected ${mark === '"' ? `'"""'` : `"'''"`}`)
    if (character !== '\\' || mark === "'") result += character
    else if (!skipBreak(text)) result += readEscape(text, result)
  }
}

/** A backslash at the end of a line takes the white space up to the next text away. */
function skipBreak(text: TomlText): boolean {
  const pattern = /[ \t]*\r?\n[ \t\r\n]*/y
  pattern.lastIndex = text.at
  const space = pattern.exec(text.source)?.[0]
  if (space === undefined) return false
  text.at += space.length
  text.line += space.split('\n').length - 1
  return true
}

const escapes: Record<string, string> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', e: '\u001b', '"': '"', '\\': '\\' }
const widths: Record<string, readonly [number, string]> = { x: [2, 'two'], u: [4, 'four'], U: [8, 'eight'] }

function readEscape(text: TomlText, before: string): string {
  const kind = text.next()
  if (escapes[kind] !== undefined) return escapes[kind]
  if (kind === ' ' || kind === '\t') throw text.wrong(`invalid escape: '\\${kind}'`)
  const width = widths[kind]
  if (!width) throw text.wrong(`invalid escape in string '\\${kind === '' ? '\0' : kind}'`)
  let digits = ''
  while (digits.length < width[0]) {
    const digit = text.next()
    digits += digit
    if (!/^[0-9a-fA-F]$/.test(digit)) {
      throw text.wrong(`expected ${width[1]} hexadecimal digits after '\\${kind}', but got ${quote(`${before}\\${kind}${digits}`)} instead`)
    }
  }
  const code = Number.parseInt(digits, 16)
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw text.wrong(`Escaped character '\\u${digits}' is not valid UTF-8.`)
  return String.fromCodePoint(code)
}

function readSigned(text: TomlText): Value {
  const sign = text.next()
  const special = text.match(/inf|nan/y)
  if (special === 'inf') return sign === '-' ? -Infinity : Infinity
  if (special === 'nan') return Number.NaN
  const start = text.at - 1
  const digit = text.next()
  const taken = (): string => text.source.slice(start, text.at)
  if (digit === 'i' || digit === 'n') {
    text.match(digit === 'i' ? /n/y : /a/y)
    throw text.wrong(`invalid float: '${taken()}'`)
  }
  if (digit === '.') throw text.wrong("floats must start with a digit, not '.'")
  if (digit === '0' && /^[box]$/.test(text.peek())) {
    throw text.wrong(`cannot use sign with non-decimal numbers: '${taken()}${text.peek()}'`)
  }
  if (!/^[0-9]$/.test(digit)) throw text.unexpected((found) => `expected a digit but got ${found}`, digit)
  return decimal(text, sign + digit + text.match(/[0-9_]*(?:[.eE][0-9_.eE+-]*)?/y))
}

function readNumberOrTime(text: TomlText): Value {
  const time = text.match(/(?:0[0-9]|[1-9])[0-9]*[-:][-0-9:Tt .Zz+]*/y)
  if (time !== '') return readTime(text, time.trim())
  const prefix = text.match(/0[box]/y)
  if (prefix === '') return decimal(text, text.match(/[0-9][0-9_]*(?:[.eE][0-9_.eE+-]*)?/y))
  const [name, digits] = { b: ['a binary', /[01_]+/y] as const, o: ['an octal', /[0-7_]+/y] as const }[prefix[1]!] ?? [
    'a hexadecimal',
    /[0-9a-fA-F_]+/y,
  ]
  if (text.peek() === '_' || !digits.test(text.peek())) {
    throw text.wrong(`not ${name} number: '${prefix}${text.peek() === '' ? '\0' : text.peek()}'`)
  }
  return integer(text, prefix + text.match(new RegExp(digits.source, 'y')))
}

function decimal(text: TomlText, written: string): Value {
  return /[.eE]/.test(written) ? float(text, written) : integer(text, written)
}

const underscoresFit = (written: string): boolean => !/(^|[^0-9a-fA-F])_|_([^0-9a-fA-F]|$)/.test(written)
const leadingZero = (written: string): boolean => /^0[^box]|^[-+]0./.test(written)

function integer(text: TomlText, written: string): Value {
  if (!underscoresFit(written)) throw text.wrong(`Invalid integer ${quote(written)}: underscores must be surrounded by digits`)
  if (leadingZero(written)) throw text.wrong(`Invalid integer ${quote(written)}: cannot have leading zeroes`)
  const number = readInt(written, 0)
  if (typeof number !== 'bigint') throw text.wrong(`${written} is out of range for int64`)
  return number
}

function float(text: TomlText, written: string): Value {
  const parts = written.split(/[.eE]/).filter((part) => part !== '')
  if (!parts.every(underscoresFit)) throw text.wrong(`Invalid float ${quote(written)}: underscores must be surrounded by digits`)
  if (leadingZero(parts[0]!)) throw text.wrong(`Invalid float ${quote(written)}: cannot have leading zeroes`)
  if (/\.([^0-9]|$)/.test(written)) throw text.wrong(`Invalid float ${quote(written)}: '.' must be followed by one or more digits`)
  const plain = written.replaceAll('_', '')
  const number = readFloat(plain)
  if (number !== undefined) return number
  if (Number.isFinite(Number(plain)) || Number.isNaN(Number(plain))) throw text.wrong(`Invalid float value: ${quote(written)}`)
  throw text.wrong(`${written} is out of range for float64`)
}

/** Forms of times, and the names of the zones of those that have none. */
const forms: readonly (readonly [RegExp, string, string?])[] = [
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[-+]\d\d:\d\d)$/, '2006-01-02T15:04:05.999999999Z07:00'],
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$/, '2006-01-02T15:04:05.999999999', 'datetime-local'],
  [/^\d{4}-\d\d-\d\d$/, '2006-01-02', 'date-local'],
  [/^\d\d:\d\d:\d\d(\.\d+)?$/, '15:04:05.999999999', 'time-local'],
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d(Z|[-+]\d\d:\d\d)$/, '2006-01-02T15:04Z07:00'],
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d$/, '2006-01-02T15:04', 'datetime-local'],
  [/^\d\d:\d\d$/, '15:04', 'time-local'],
]

function readTime(text: TomlText, written: string): GoTime {
  const normal = written.replaceAll('z', 'Z').replaceAll(/[t ]/g, 'T')
  for (const [pattern, layout, zone] of forms) {
    if (!pattern.test(normal)) continue
    try {
      if (zone === undefined) return parseTime(layout, normal)
      return new GoTime(parseTime(`${layout}Z07:00`, `${normal}Z`).nanoseconds, fixedZone(zone, 0))
    } catch {
      break
    }
  }
  throw text.wrong(`invalid datetime: ${quote(normal)}`)
}
