import { hexValue } from './characters.ts'
import { resolvePlain, type Scalar } from './resolve.ts'
import { escapes } from './scan/quoted.ts'
import { MAX_DEPTH } from './scan/scanner.ts'

// Nearly all YAML of charts is lines of `key: value`, `- item` and block scalars. This reads exactly that, straight into values, and mostly
// with the string functions and regular expressions of the engine, which are fast before any of our own code is compiled. Whatever else it
// meets (anchors, tags, quotes over several lines, everything that may be wrong) it leaves to the scanner and the parser, which begin anew.
// So it must accept only what it reads as they do; a property test holds one against the other.

/** How the values are to look; see Shape in decode.ts, of which this is the part that does not need Go's types of keys. */
export interface Form {
  /** Plain objects in place of Maps. */
  objects: boolean
  /** Integers as bigint. */
  exact: boolean
}

/** What readCommon gives for a text it does not take on. */
export const UNCOMMON = Symbol('uncommon')
const uncommon = { uncommon: true }

function giveUp(): never {
  throw uncommon
}

const unusual = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/

/** The first document of `text`, or UNCOMMON where reading it takes more than this. Never throws. */
export function readCommon(text: string, form: Form): unknown {
  const unix = text.includes('\r') ? text.replaceAll('\r\n', '\n') : text
  if (unusual.test(unix) || !unix.isWellFormed()) return UNCOMMON
  try {
    return new CommonReader(unix, form).document()
  } catch (error) {
    if (error === uncommon) return UNCOMMON
    throw error
  }
}

// Whether a plain scalar may start with a character. Some that may, in the right company, are left out: they are rare.
const starts = new Uint8Array(128)
for (let c = 33; c < 127; c++) starts[c] = 1
for (const c of ',[]{}#&*!|>\'"%@`?:-') starts[c.charCodeAt(0)] = 0

/** JSON has no place for the others, which is an error that has to be worded. */
function finite(value: Scalar): Scalar {
  return typeof value === 'number' && !Number.isFinite(value) ? giveUp() : value
}

/** A plain key as text, where Go makes text of it. */
function resolvedKey(key: string): string {
  if (key.length > 1000) giveUp()
  const value = resolvePlain(key, true)
  if (typeof value === 'string') return value
  if (typeof value === 'boolean' || (typeof value === 'bigint' && value < 1n << 63n)) return String(value)
  return giveUp()
}

// `key: value` or `key:` to the end of the line, and the indentation of the next: most lines there are, in one call of the engine. The value is
// plain and has no comment. What this does not match may still be common.
const pair = /([A-Za-z0-9_][\w./-]*):(?: ([\w/.$(][^\n\t:#]*(?::[^ \n\t:#][^\n\t:#]*)*))?\n( *)/y
const margin = /(?:[ ]*(?:#[^\n]*)?\n)*[ ]*/y

class CommonReader {
  private readonly text: string
  private readonly objects: boolean
  private readonly exact: boolean
  private readonly tabs: boolean
  private depth = 0
  /** The line with content at hand: where its first character is, at which column, where it ends. The column is -1 after the last one. */
  private start = 0
  private column = 0
  private lastEnd = -1
  /** The result of `pair` at `start`, where it has been asked already. */
  private found: RegExpExecArray | null = null
  /** Where the last quoted scalar or flow collection ended. */
  private after = 0

  constructor(text: string, form: Form) {
    this.text = text
    this.objects = form.objects
    this.exact = form.exact
    this.tabs = text.includes('\t')
  }

  document(): unknown {
    this.nextLine(0)
    if (this.column === -1 && this.text.startsWith('---', this.start)) {
      this.expectTail(this.start + 3)
      this.nextLine(this.end + 1)
    }
    if (this.column === -1) {
      if (this.start < this.text.length) giveUp()
      return null
    }
    const value = this.block()
    if (this.column !== -1) giveUp()
    return value
  }

  private get end(): number {
    if (this.lastEnd === -1) this.lastEnd = this.lineEnd(this.start)
    return this.lastEnd
  }

  private lineEnd(from: number): number {
    const end = this.text.indexOf('\n', from)
    return end === -1 ? this.text.length : end
  }

  /** Goes to the first line from `from` on that has more than blanks and a comment. */
  private nextLine(from: number): void {
    margin.lastIndex = from
    margin.test(this.text)
    const start = from < this.text.length ? margin.lastIndex : this.text.length
    this.goTo(start, start - this.text.lastIndexOf('\n', start - 1) - 1)
  }

  /** Goes to the line whose first character that is not a blank is at `start`. */
  private goTo(start: number, column: number): void {
    const c = this.text.charCodeAt(start)
    if (c === 9) giveUp()
    this.start = start
    this.lastEnd = -1
    this.column = column
    if (c > 46 || (c !== 35 && c >= 0 && column > 0)) return
    // NaN is the end of the text, and a comment can only be its last line.
    if (!(c >= 0) || c === 35) {
      this.start = this.text.length
      this.column = -1
    } else if ((c === 45 || c === 46) && this.isDocumentMarker(start)) this.column = -1
  }

  private isDocumentMarker(i: number): boolean {
    if (!this.text.startsWith('---', i) && !this.text.startsWith('...', i)) return false
    const c = this.text.charCodeAt(i + 3)
    return c === 32 || c === 10 || c === 9 || !(c >= 0)
  }

  private isDash(i: number): boolean {
    if (this.text.charCodeAt(i) !== 45) return false
    const c = this.text.charCodeAt(i + 1)
    return c === 32 || c === 10 || !(c >= 0)
  }

  private enter(): void {
    if (++this.depth > MAX_DEPTH) giveUp()
  }

  private block(): unknown {
    return this.isDash(this.start) ? this.sequence(this.column) : this.mapping(this.column, undefined)
  }

  private sequence(column: number): unknown {
    this.enter()
    const items: unknown[] = []
    do items.push(this.item(column))
    while (this.column === column && this.isDash(this.start))
    this.depth--
    if (this.column > column) giveUp()
    return items
  }

  private item(column: number): unknown {
    const from = this.skipSpaces(this.start + 1)
    if (this.isLineOver(from)) {
      this.nextLine(this.end + 1)
      return this.column > column ? this.block() : null
    }
    const inner = this.column + from - this.start
    if (this.isDash(from)) {
      this.start = from
      this.column = inner
      const items = this.sequence(inner)
      if (this.column > column) giveUp()
      return items
    }
    this.found = this.pairAt(from)
    const key = this.found === null ? this.findKey(from) : undefined
    if (this.found === null && key === undefined) return this.inline(from, column)
    this.start = from
    this.column = inner
    const value = this.mapping(inner, key)
    if (this.column > column) giveUp()
    return value
  }

  /** A mapping at `column`; `first` is its first key where that has been read already. */
  private mapping(column: number, first: string | undefined): unknown {
    this.enter()
    const object: Record<string, unknown> = {}
    const map = this.objects ? undefined : new Map<string, unknown>()
    let key = first
    do {
      let value: unknown
      const found = key === undefined ? (this.found ?? this.pairAt(this.start)) : null
      this.found = null
      if (found === null) {
        key ??= this.key(this.start)
        value = this.value(column)
      } else {
        key = resolvedKey(found[1]!)
        value = this.pairValue(found, column)
      }
      if (map !== undefined) map.set(key, value)
      else if (key === '__proto__') giveUp()
      else object[key] = value
      key = undefined
    } while (this.column === column)
    this.depth--
    if (this.column > column) giveUp()
    return map ?? object
  }

  private pairAt(from: number): RegExpExecArray | null {
    pair.lastIndex = from
    return pair.exec(this.text)
  }

  /** The value of a line that `pair` matched, whose end is where the match ended. */
  private pairValue(found: RegExpExecArray, column: number): unknown {
    const next = found.index + found[0].length
    const margin = found[3]!.length
    const c = this.text.charCodeAt(next)
    if (c === 10 || c === 35) this.nextLine(next - margin)
    else this.goTo(next, margin)
    let text = found[2]
    if (text === undefined) return this.below(column)
    if (text.endsWith(' ')) text = text.replace(/ +$/, '')
    if (this.column > column) text = this.continued(text, next - margin - 1, column)
    return finite(resolvePlain(text, this.exact))
  }

  private key(from: number): string {
    return this.findKey(from) ?? giveUp()
  }

  /** The key at `from`, with `after` on what follows its colon; undefined where the line has none there. */
  private findKey(from: number): string | undefined {
    const { text } = this
    const c = text.charCodeAt(from)
    if (c === 34 || c === 39) {
      const value = this.quoted(from, c)
      if (text.charCodeAt(this.after) !== 58 || !this.isBlankAt(this.after + 1)) return undefined
      if (this.after - from > 1000) giveUp()
      this.after++
      return value
    }
    if (c < 128 && starts[c] === 0 && !(c === 45 && !this.isBlankAt(from + 1))) return undefined
    let colon = text.indexOf(':', from)
    while (colon !== -1 && colon < this.end && !this.isBlankAt(colon + 1)) colon = text.indexOf(':', colon + 1)
    if (colon === -1 || colon >= this.end) return undefined
    const key = text.slice(from, colon)
    if (key.includes(' #')) return undefined
    if (key === '<<' || colon - from > 1000 || text.charCodeAt(colon - 1) === 32 || (this.tabs && key.includes('\t'))) giveUp()
    this.after = colon + 1
    return resolvedKey(key)
  }

  private isBlankAt(i: number): boolean {
    const c = this.text.charCodeAt(i)
    return c === 32 || c === 10 || c === 9 || !(c >= 0)
  }

  private skipSpaces(from: number): number {
    let i = from
    while (this.text.charCodeAt(i) === 32) i++
    if (this.tabs && this.text.charCodeAt(i) === 9) giveUp()
    return i
  }

  /** Whether nothing but a comment follows on the line; `i` comes after a blank. */
  private isLineOver(i: number): boolean {
    return i >= this.end || this.text.charCodeAt(i) === 35
  }

  /** The value after a key's colon, for a mapping at `column`. */
  private value(column: number): unknown {
    const from = this.skipSpaces(this.after)
    if (!this.isLineOver(from)) return this.inline(from, column)
    this.nextLine(this.end + 1)
    return this.below(column)
  }

  /** The value of a key that has none on its line. */
  private below(column: number): unknown {
    if (this.column > column) return this.block()
    // Sequences need not be indented below their key.
    if (this.column === column && this.isDash(this.start)) return this.sequence(column)
    return null
  }

  /** A value that begins on the line at hand, at `from`. */
  private inline(from: number, column: number): unknown {
    const c = this.text.charCodeAt(from)
    let value: unknown
    if (c === 34 || c === 39) {
      value = this.quoted(from, c)
      this.expectTail(this.after)
    } else if (c === 124 /* | */ || c === 62 /* > */) return this.blockScalar(from, column)
    else if (c === 91 || c === 123) {
      value = this.flow(from)
      this.lastEnd = this.lineEnd(this.after)
      this.expectTail(this.after)
    } else return this.plain(from, column)
    this.nextLine(this.end + 1)
    // What is indented further would belong to this scalar, or be wrong.
    if (this.column > column) giveUp()
    return value
  }

  /** Only blanks and a comment may follow on the line. */
  private expectTail(from: number): void {
    const i = this.skipSpaces(from)
    if (i < this.end && (i === from || this.text.charCodeAt(i) !== 35)) giveUp()
  }

  private plain(from: number, column: number): Scalar {
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
  private plainLine(line: string): string {
    if (line.includes(':') && (line.includes(': ') || line.endsWith(':'))) giveUp()
    if (this.tabs && line.includes('\t')) giveUp()
    return line.endsWith(' ') ? line.replace(/ +$/, '') : line
  }

  /** A plain scalar that goes on below the line that ended at `from`: lines are joined by blanks, empty ones are line breaks. */
  private continued(value: string, from: number, column: number): string {
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

  private quoted(from: number, quote: number): string {
    return quote === 34 ? this.doubleQuoted(from) : this.singleQuoted(from)
  }

  private singleQuoted(from: number): string {
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

  private doubleQuoted(from: number): string {
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

  private escapedCode(from: number, size: number): string {
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
  private upTo(from: number, close: number): string {
    if (close === -1) giveUp()
    const value = this.text.slice(from, close)
    if (value.includes('\n')) giveUp()
    this.after = close + 1
    return value
  }

  private flow(from: number): unknown {
    this.enter()
    const value = this.text.charCodeAt(from) === 91 ? this.flowSequence(from + 1) : this.flowMapping(from + 1)
    this.depth--
    return value
  }

  private skipFlowBlanks(from: number): number {
    let i = from
    let c = this.text.charCodeAt(i)
    while (c === 32 || c === 10) c = this.text.charCodeAt(++i)
    // A line may begin with a document's end; comments and tabs are rare.
    if (c === 35 || c === 9 || !(c >= 0) || ((c === 45 || c === 46) && this.text.charCodeAt(i - 1) === 10)) giveUp()
    return i
  }

  private flowSequence(from: number): unknown[] {
    const items: unknown[] = []
    let i = this.skipFlowBlanks(from)
    while (this.text.charCodeAt(i) !== 93) {
      items.push(this.flowNode(i))
      i = this.skipFlowBlanks(this.after)
      const c = this.text.charCodeAt(i)
      if (c === 44) i = this.skipFlowBlanks(i + 1)
      else if (c !== 93) giveUp()
    }
    this.after = i + 1
    return items
  }

  private flowMapping(from: number): unknown {
    const object: Record<string, unknown> = {}
    const map = new Map<string, unknown>()
    let i = this.skipFlowBlanks(from)
    while (this.text.charCodeAt(i) !== 125) {
      const key = this.flowKey(i)
      i = this.skipFlowBlanks(this.after)
      let value: unknown = null
      let c = this.text.charCodeAt(i)
      if (c !== 44 && c !== 125) {
        value = this.flowNode(i)
        i = this.skipFlowBlanks(this.after)
        c = this.text.charCodeAt(i)
      }
      if (!this.objects) map.set(key, value)
      else if (key === '__proto__') giveUp()
      else object[key] = value
      if (c === 44) i = this.skipFlowBlanks(i + 1)
      else if (c !== 125) giveUp()
    }
    this.after = i + 1
    return this.objects ? object : map
  }

  /** A key and its colon, on one line. */
  private flowKey(from: number): string {
    const { text } = this
    const c = text.charCodeAt(from)
    const quoted = c === 34 || c === 39
    const key = quoted ? this.quoted(from, c) : this.flowPlain(from, true)
    if (!quoted && key === '<<') giveUp()
    const colon = this.skipSpaces(this.after)
    if (text.charCodeAt(colon) !== 58 || colon - from > 1000 || typeof key !== 'string') giveUp()
    this.after = colon + 1
    return key
  }

  private flowNode(from: number): unknown {
    const c = this.text.charCodeAt(from)
    if (c === 34 || c === 39) return this.quoted(from, c)
    return c === 91 || c === 123 ? this.flow(from) : this.flowPlain(from, this.exact)
  }

  private flowPlain(from: number, exact: boolean): Scalar {
    const { text } = this
    let c = text.charCodeAt(from)
    if (c < 128 && starts[c] === 0 && (c !== 45 || this.isBlankAt(from + 1))) giveUp()
    let i = from
    let end = from
    for (; ; c = text.charCodeAt(++i)) {
      if (c === 44 || c === 93 || c === 125 || c === 10) break
      if (c === 58 && this.isBlankAt(i + 1)) break
      if (c === 63 || c === 91 || c === 123 || c === 9 || !(c >= 0)) giveUp()
      if (c === 35 && text.charCodeAt(i - 1) === 32) giveUp()
      if (c !== 32) end = i + 1
    }
    this.after = i
    return finite(resolvePlain(text.slice(from, end), exact))
  }

  /** A literal or folded block whose header is at `from`, below a collection at `column`. */
  private blockScalar(from: number, column: number): string {
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

  private emptyLines(from: number, to: number): number {
    let count = 0
    for (let i = from; i < to; i++) if (this.text.charCodeAt(i) === 10) count++
    return count
  }
}
