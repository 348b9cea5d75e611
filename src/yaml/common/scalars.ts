import { hexValue, isBlank } from '../characters.ts'
import { resolvePlain, type Scalar } from '../resolve.ts'
import { escapes } from '../scan/quoted.ts'
import { giveUp, Lines } from './lines.ts'

// Whether a plain scalar may start with a character. Some that may, in the right company, are left out: they are rare.
export const starts = new Uint8Array(128)
for (let c = 33; c < 127; c++) starts[c] = 1
for (const c of ',[]{}#&*!|>\'"%@`?:-') starts[c.charCodeAt(0)] = 0

/** JSON has no place for the others, which is an error that has to be worded. */
export function finite(value: Scalar): Scalar {
  return typeof value === 'number' && !Number.isFinite(value) ? giveUp() : value
}

/** The text without the spaces at its end. */
export function withoutEnd(text: string): string {
  let end = text.length
  while (text.charCodeAt(end - 1) === 32) end--
  return end < text.length ? text.slice(0, end) : text
}

/** The content of double quotes within one line. */
function unescaped(raw: string): string {
  let out = ''
  let from = 0
  for (let at = raw.indexOf('\\'); at !== -1; at = raw.indexOf('\\', from)) {
    const kind = raw.charCodeAt(at + 1)
    const start = at + 2
    out += raw.slice(from, at)
    from = start + (kind === 120 ? 2 : kind === 117 ? 4 : 0)
    out += from === start ? (escapes.get(kind) ?? giveUp()) : characterOf(raw, start, from)
  }
  return out + raw.slice(from)
}

/** The character whose number is written in hexadecimal digits from `start` to `end`. */
function characterOf(raw: string, start: number, end: number): string {
  let code = 0
  for (let i = start; i < end; i++) {
    const digit = hexValue(raw.charCodeAt(i))
    code = digit < 0 ? giveUp() : code * 16 + digit
  }
  return code >= 0xd800 && code <= 0xdfff ? giveUp() : String.fromCharCode(code)
}

/** The content of quotes over several lines: blanks around the breaks go, one break is a space, of more the first goes, an escaped one goes. */
function folded(raw: string, double: boolean): string {
  const lines = raw.split('\n')
  const last = lines.length - 1
  let out = ''
  let breaks = 0
  let wasEscaped = false
  for (const [i, whole] of lines.entries()) {
    if (i > 0 && (whole.startsWith('---') || whole.startsWith('...'))) giveUp()
    let line = i > 0 ? trimStart(whole) : whole
    const escaped = double && i < last && endsEscaped(line, 0, line.length)
    if (escaped) line = line.slice(0, -1)
    else if (i < last) line = trimEnd(line, double)
    if (line === '' && !escaped && i > 0 && i < last) {
      breaks++
      continue
    }
    if (i > 0) out += breaks === 1 && !wasEscaped ? ' ' : '\n'.repeat(breaks - 1)
    out += double && line.includes('\\') ? unescaped(line) : line
    breaks = 1
    wasEscaped = escaped
  }
  return out
}

/** Without the blanks at the beginning. */
function trimStart(line: string): string {
  let start = 0
  while (isBlank(line.charCodeAt(start))) start++
  return line.slice(start)
}

/** Without the blanks at the end, but for one that is escaped. */
function trimEnd(line: string, double: boolean): string {
  let end = line.length
  while (line.charCodeAt(end - 1) === 32 || line.charCodeAt(end - 1) === 9) end--
  if (double && end < line.length && endsEscaped(line, 0, end)) end++
  return end < line.length ? line.slice(0, end) : line
}

/** Whether a backslash before `end` escapes what is there. */
function endsEscaped(text: string, start: number, end: number): boolean {
  let i = end
  while (i > start && text.charCodeAt(i - 1) === 92) i--
  return (end - i) % 2 === 1
}

/** Reads the scalars that a line can begin, to their end. */
export class Scalars extends Lines {
  /** Where the last quoted scalar or flow collection ended. */
  protected after = 0

  protected plain(from: number, column: number): Scalar {
    const { text, end } = this
    const c = text.charCodeAt(from)
    if (c < 128 && starts[c] === 0 && ((c !== 45 && c !== 58 && c !== 63) || this.isBlankAt(from + 1))) giveUp()
    let value = text.slice(from, end)
    const comment = value.includes('#') ? value.indexOf(' #') : -1
    if (comment !== -1) value = value.slice(0, comment)
    value = this.plainLine(value)
    this.nextLine(end + 1)
    if (this.column > column) {
      // A comment ends a plain scalar.
      if (comment !== -1) giveUp()
      value = this.continued(value, end, column)
    }
    return finite(resolvePlain(value, this.exact))
  }

  /** One line of a plain scalar, without the blanks at its end. */
  protected plainLine(line: string): string {
    if (line.includes(':') && (line.includes(': ') || line.endsWith(':'))) giveUp()
    if (this.tabs && line.includes('\t')) giveUp()
    return withoutEnd(line)
  }

  /** A plain scalar that goes on below the line that ended at `from`: lines are joined by blanks, empty ones are line breaks. */
  protected continued(value: string, from: number, column: number): string {
    let joined = value
    let before = from
    while (this.column > column) {
      const between = this.text.slice(before, this.start)
      if (between.includes('#')) giveUp()
      const line = this.text.slice(this.start, this.end)
      if (line.includes(' #')) giveUp()
      const breaks = between.split('\n').length - 1
      joined += (breaks === 1 ? ' ' : '\n'.repeat(breaks - 1)) + this.plainLine(line)
      before = this.end
      this.nextLine(before + 1)
    }
    return joined
  }

  protected quoted(from: number, quote: number): string {
    return quote === 34 ? this.doubleQuoted(from) : this.singleQuoted(from)
  }

  protected singleQuoted(from: number): string {
    const { text } = this
    let close = text.indexOf("'", from + 1)
    let doubled = false
    while (close !== -1 && text.charCodeAt(close + 1) === 39) {
      doubled = true
      close = text.indexOf("'", close + 2)
    }
    const raw = this.upTo(from + 1, close)
    const value = raw.includes('\n') ? folded(raw, false) : raw
    return doubled ? value.replaceAll("''", "'") : value
  }

  protected doubleQuoted(from: number): string {
    const { text } = this
    let close = text.indexOf('"', from + 1)
    while (close !== -1 && text.charCodeAt(close - 1) === 92 && endsEscaped(text, from + 1, close)) close = text.indexOf('"', close + 1)
    const raw = this.upTo(from + 1, close)
    if (raw.includes('\n')) return folded(raw, true)
    return raw.includes('\\') ? unescaped(raw) : raw
  }

  /** The text up to a closing quote. */
  protected upTo(from: number, close: number): string {
    if (close === -1) giveUp()
    this.after = close + 1
    return this.text.slice(from, close)
  }

  /** A literal or folded block whose header is at `from`, below a collection at `column`. */
  protected blockScalar(from: number, column: number): string {
    const { text } = this
    const folded = text.charCodeAt(from) === 62
    let i = from + 1
    let c = text.charCodeAt(i)
    const chomping = c === 43 || c === 45 ? c : 0
    if (chomping !== 0) c = text.charCodeAt(++i)
    if (c >= 48 && c <= 57) giveUp()
    if (i < this.end && c !== 32) giveUp()
    this.expectTail(i)

    // The first line that is not empty gives the indentation.
    let line = this.end + 1
    let indent = 0
    for (;;) {
      i = line
      while (text.charCodeAt(i) === 32) i++
      if (text.charCodeAt(i) !== 10) break
      // An empty line that is deeper than the first line of text would count; that is rare.
      if (i - line > indent) indent = i - line
      line = i + 1
    }
    if (text.charCodeAt(i) === 9) giveUp()
    if (i >= text.length || i - line <= column) {
      // There is no text.
      const value = chomping === 43 ? '\n'.repeat(this.emptyLines(this.end + 1, line)) : ''
      this.nextLine(line)
      return value
    }
    if (indent > i - line) giveUp()
    indent = i - line

    let value = '\n'.repeat(this.emptyLines(this.end + 1, line))
    // Of the last line: its break, how many empty ones followed, whether it began with a blank, which keeps it from being folded.
    let pending = ''
    let empty = 0
    let wasBlank = false
    while (line < text.length) {
      i = line
      const margin = line + indent
      while (i < margin && text.charCodeAt(i) === 32) i++
      c = text.charCodeAt(i)
      if (c === 10) {
        empty++
        line = i + 1
        continue
      }
      if (i < margin && c >= 0 && c !== 9) break
      if (i < margin || !(c >= 0)) giveUp()
      const blank = c === 32 || c === 9
      if (folded && pending !== '' && !wasBlank && !blank) {
        if (empty === 0) value += ' '
      } else value += pending
      if (empty > 0) value += '\n'.repeat(empty)
      const end = this.lineEnd(i)
      value += text.slice(i, end)
      pending = end < text.length ? '\n' : ''
      empty = 0
      wasBlank = blank
      line = end + 1
    }
    if (chomping !== 45) value += pending
    if (chomping === 43) value += '\n'.repeat(empty)
    this.nextLine(line)
    if (this.column > column) giveUp()
    return value
  }

  protected emptyLines(from: number, to: number): number {
    let count = 0
    for (let i = from; i < to; i++) if (this.text.charCodeAt(i) === 10) count++
    return count
  }
}
