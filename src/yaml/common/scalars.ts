import { hexValue } from '../characters.ts'
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

/** Reads the scalars that a line can begin: plain ones and blocks to their end, quoted ones within the line. */
export class Scalars extends Lines {
  /** Where the last quoted scalar or flow collection ended. */
  protected after = 0

  protected plain(from: number, column: number): Scalar {
    const { text, end } = this
    const c = text.charCodeAt(from)
    if (c < 128 && starts[c] === 0 && (c !== 45 || this.isBlankAt(from + 1))) giveUp()
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
    return line.endsWith(' ') ? line.replace(/ +$/, '') : line
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
    const value = this.upTo(from + 1, close)
    return doubled ? value.replaceAll("''", "'") : value
  }

  protected doubleQuoted(from: number): string {
    const { text } = this
    let close = text.indexOf('"', from + 1)
    const value = this.upTo(from + 1, close)
    if (!value.includes('\\')) return value
    let out = ''
    let start = from + 1
    for (let i = start; ; i++) {
      const c = text.charCodeAt(i)
      if (c === 34) {
        close = i
        break
      }
      if (c === 10 || !(c >= 0)) giveUp()
      if (c !== 92) continue
      out += text.slice(start, i)
      const next = text.charCodeAt(++i)
      const simple = escapes.get(next)
      if (simple !== undefined) out += simple
      else {
        const size = next === 120 ? 2 : next === 117 ? 4 : giveUp()
        out += this.escapedCode(i + 1, size)
        i += size
      }
      start = i + 1
    }
    this.after = close + 1
    return out + text.slice(start, close)
  }

  protected escapedCode(from: number, size: number): string {
    let code = 0
    for (let i = from; i < from + size; i++) {
      const digit = hexValue(this.text.charCodeAt(i))
      if (digit < 0) giveUp()
      code = code * 16 + digit
    }
    if (code >= 0xd800 && code <= 0xdfff) giveUp()
    return String.fromCharCode(code)
  }

  /** The text up to a closing quote, which must be on the same line. */
  protected upTo(from: number, close: number): string {
    if (close === -1) giveUp()
    const value = this.text.slice(from, close)
    if (value.includes('\n')) giveUp()
    this.after = close + 1
    return value
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
    if (indent > i - line || text.charCodeAt(i) === 9 || i >= text.length) giveUp()
    indent = i - line
    if (indent <= column) giveUp()

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
