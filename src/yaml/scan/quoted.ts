import { hexValue, isBlank, isBlankz, isBreak } from '../characters.ts'
import type { Cursor } from './cursor.ts'

/** A single- or double-quoted scalar at the cursor. */
export function scanQuotedScalar(cursor: Cursor, single: boolean): string {
  const quote = single ? 39 : 34
  cursor.position++
  let value = ''
  let start = cursor.position
  for (;;) {
    if (cursor.column === 0 && cursor.atDocumentIndicator()) {
      cursor.fail('found unexpected document indicator')
    }
    let c = cursor.code()
    if (c === 0) {
      cursor.checkWall()
      cursor.fail('found unexpected end of stream')
    }
    let folding = false
    while (!isBlankz(c)) {
      if (c === quote) {
        if (!single || cursor.code(1) !== quote) break
        value += cursor.text.slice(start, cursor.position + 1)
        cursor.position += 2
        start = cursor.position
      } else if (c === 92 /* \ */ && !single) {
        value += cursor.text.slice(start, cursor.position)
        if (isBreak(cursor.code(1))) {
          cursor.position++
          cursor.skipLine()
          folding = true
          start = cursor.position
          break
        }
        value += scanEscape(cursor)
        start = cursor.position
      } else cursor.position++
      c = cursor.code()
    }
    if (cursor.code() === quote) break
    let first = ''
    let more = ''
    const blanks = cursor.position
    for (c = cursor.code(); isBlank(c) || isBreak(c); c = cursor.code()) {
      if (isBlank(c)) cursor.position++
      else if (folding) more += cursor.readLine()
      else {
        value += cursor.text.slice(start, blanks)
        first = cursor.readLine()
        folding = true
      }
    }
    if (folding) {
      value += first === '\n' ? (more === '' ? ' ' : more) : first + more
      start = cursor.position
    }
  }
  value += cursor.text.slice(start, cursor.position)
  cursor.position++
  return value
}

function scanEscape(cursor: Cursor): string {
  const c = cursor.code(1)
  const simple = escapes.get(c)
  if (simple !== undefined) {
    cursor.position += 2
    return simple
  }
  const length = c === 120 ? 2 : c === 117 ? 4 : c === 85 ? 8 : 0
  if (length === 0) {
    if (c === 0) cursor.checkWall()
    cursor.fail('found unknown escape character')
  }
  cursor.position += 2
  let value = 0
  for (let i = 0; i < length; i++) {
    const digit = hexValue(cursor.code(i))
    if (digit < 0) cursor.fail('did not find expected hexdecimal number')
    value = value * 16 + digit
  }
  if ((value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff) cursor.fail('found invalid Unicode character escape code')
  cursor.position += length
  return String.fromCodePoint(value)
}

/** What follows a backslash in double quotes, but for the hexadecimal forms. */
export const escapes: ReadonlyMap<number, string> = new Map<number, string>(
  Object.entries({
    '0': '\0',
    a: '\x07',
    b: '\b',
    t: '\t',
    '\t': '\t',
    n: '\n',
    v: '\v',
    f: '\f',
    r: '\r',
    e: '\x1b',
    ' ': ' ',
    '"': '"',
    "'": "'",
    '\\': '\\',
    N: '\x85',
    _: '\xa0',
    L: '\u2028',
    P: '\u2029',
  }).map(([c, value]) => [c.charCodeAt(0), value]),
)
