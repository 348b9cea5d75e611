import { hexValue, isBlank, isBlankz, isBreak, isBreakz, isDigit, isWord } from './characters.ts'
import { YamlProblem } from './problem.ts'

// Reading YAML is written here and not taken from npm because charts are judged by Helm's messages too: which of two problems is reported,
// with which line, follows from how far libyaml's scanner, which Go's is a translation of, looks ahead of its parser. So this is that
// scanner: a queue of tokens in which KEY and BLOCK-MAPPING-START are inserted afterwards, when the ':' of a simple key is found.

export const STREAM_START = 1
export const STREAM_END = 2
export const VERSION_DIRECTIVE = 3
export const TAG_DIRECTIVE = 4
export const DOCUMENT_START = 5
export const DOCUMENT_END = 6
export const BLOCK_SEQUENCE_START = 7
export const BLOCK_MAPPING_START = 8
export const BLOCK_END = 9
export const FLOW_SEQUENCE_START = 10
export const FLOW_SEQUENCE_END = 11
export const FLOW_MAPPING_START = 12
export const FLOW_MAPPING_END = 13
export const BLOCK_ENTRY = 14
export const FLOW_ENTRY = 15
export const KEY = 16
export const VALUE = 17
export const ALIAS = 18
export const ANCHOR = 19
export const TAG = 20
export const SCALAR = 21

export interface Token {
  type: number
  /** 0-based line on which it starts. */
  line: number
  column: number
  /** The text of a scalar, an anchor, an alias, a tag's handle or a directive's first argument. */
  value: string
  /** A tag's suffix, a directive's second argument. */
  suffix: string
  /** Whether a scalar is plain: only these resolve to other types than string. */
  plain: boolean
}

interface SimpleKey {
  possible: boolean
  /** Whether the parser has to wait for it to be decided. Go forgets to for what starts with an empty `[]` or `{}`. */
  awaited: boolean
  required: boolean
  tokenNumber: number
  position: number
  line: number
  column: number
}

/**
 * Nesting that is accepted. Go's limit is 10,000, which is more than recursion over the result survives in JavaScript; no chart comes near
 * either.
 */
export const MAX_DEPTH = 1000
/** A simple key may be this many characters long. */
const MAX_KEY = 1024

/** Turns text into tokens, one at a time. `peek` and `skip` are all the parser needs. */
export class Scanner {
  private readonly text: string
  /** Where the text ends because a character that YAML does not allow follows; Go notices that one only when it gets there. */
  private readonly wall: YamlProblem | undefined
  position = 0
  line = 0
  private lineStart = 0
  private tokens: Token[] = []
  private head = 0
  private parsed = 0
  private ready = false
  private started = false
  private indent = -1
  private indents: number[] = []
  private flowLevel = 0
  private keyAllowed = true
  private readonly keys: SimpleKey[] = [noKey()]

  constructor(text: string, wall?: YamlProblem) {
    // The NULs let every look-ahead of up to four characters go unchecked.
    this.text = `${text}\0\0\0\0`
    this.wall = wall
    if (text.charCodeAt(0) === 0xfeff) this.lineStart = this.position = 1
  }

  peek(): Token {
    if (!this.ready) this.fetchMoreTokens()
    return this.tokens[this.head]!
  }

  skip(): void {
    this.ready = false
    this.parsed++
    this.head++
    if (this.head === this.tokens.length) {
      this.tokens.length = 0
      this.head = 0
    }
  }

  fail(message: string): never {
    const column = this.position - this.lineStart
    throw new YamlProblem(message, this.line === 0 ? 0 : this.line + 1, this.line + 1, column)
  }

  private code(offset = 0): number {
    return this.text.charCodeAt(this.position + offset)
  }

  private column(): number {
    return this.position - this.lineStart
  }

  private push(type: number, line: number, column: number): void {
    this.tokens.push({ type, line, column, value: '', suffix: '', plain: false })
  }

  private pushText(type: number, line: number, column: number, value: string, suffix = '', plain = false): void {
    this.tokens.push({ type, line, column, value, suffix, plain })
  }

  private fetchMoreTokens(): void {
    for (;;) {
      if (this.head < this.tokens.length && !this.headMayBecomeKey()) break
      this.fetchNextToken()
    }
    this.ready = true
  }

  /** Whether the token at the head of the queue may yet turn out to start a simple key, before which KEY has to be inserted. */
  private headMayBecomeKey(): boolean {
    for (let i = this.flowLevel; i >= 0; i--) {
      const key = this.keys[i]!
      if (key.awaited && key.tokenNumber === this.parsed) return this.isKeyValid(key)
    }
    return false
  }

  private isKeyValid(key: SimpleKey): boolean {
    if (!key.possible) return false
    if (key.line < this.line || this.isTooFar(key.position)) {
      if (key.required) this.fail("could not find expected ':'")
      key.possible = false
      return false
    }
    return true
  }

  private isTooFar(start: number): boolean {
    let distance = this.position - start
    if (distance <= MAX_KEY) return false
    // Characters beyond the BMP count once.
    for (let i = start; i < this.position; i++) if ((this.text.charCodeAt(i) & 0xfc00) === 0xdc00) distance--
    return distance > MAX_KEY
  }

  private saveSimpleKey(): void {
    if (!this.keyAllowed) return
    const column = this.column()
    const key = this.keys[this.flowLevel]!
    this.removeSimpleKey()
    key.possible = key.awaited = true
    key.required = this.flowLevel === 0 && this.indent === column
    key.tokenNumber = this.parsed + this.tokens.length - this.head
    key.position = this.position
    key.line = this.line
    key.column = column
  }

  private removeSimpleKey(): void {
    const key = this.keys[this.flowLevel]!
    if (!key.possible) return
    if (key.required) this.fail("could not find expected ':'")
    key.possible = key.awaited = false
  }

  private rollIndent(column: number, at: number, type: number, line: number): void {
    if (this.flowLevel > 0 || this.indent >= column) return
    this.indents.push(this.indent)
    this.indent = column
    if (this.indents.length > MAX_DEPTH) this.fail(`exceeded max depth of ${MAX_DEPTH}`)
    if (at < 0) this.push(type, line, column)
    else this.tokens.splice(this.head + at - this.parsed, 0, { type, line, column, value: '', suffix: '', plain: false })
  }

  private unrollIndent(column: number): void {
    if (this.flowLevel > 0) return
    while (this.indent > column) {
      this.push(BLOCK_END, this.line, this.column())
      this.indent = this.indents.pop()!
    }
  }

  private fetchNextToken() {
    if (!this.started) {
      this.started = true
      this.push(STREAM_START, 0, 0)
      return
    }
    this.scanToNextToken()
    const column = this.column()
    this.unrollIndent(column)
    const c = this.code()
    if (c === 0) return this.fetchStreamEnd()
    if (column === 0) {
      if (c === 37 /* % */) return this.fetchDirective()
      if (this.atDocumentIndicator(45)) return this.fetchDocumentIndicator(DOCUMENT_START)
      if (this.atDocumentIndicator(46)) return this.fetchDocumentIndicator(DOCUMENT_END)
    }
    switch (c) {
      case 91 /* [ */:
        return this.fetchFlowStart(FLOW_SEQUENCE_START)
      case 123 /* { */:
        return this.fetchFlowStart(FLOW_MAPPING_START)
      case 93 /* ] */:
        return this.fetchFlowEnd(FLOW_SEQUENCE_END)
      case 125 /* } */:
        return this.fetchFlowEnd(FLOW_MAPPING_END)
      case 44 /* , */:
        this.removeSimpleKey()
        this.keyAllowed = true
        return this.fetchIndicator(FLOW_ENTRY)
      case 45 /* - */:
        if (isBlankz(this.code(1))) return this.fetchBlockEntry()
        break
      case 63 /* ? */:
        if (this.flowLevel > 0 || isBlankz(this.code(1))) return this.fetchKey()
        break
      case 58 /* : */:
        if (this.flowLevel > 0 || isBlankz(this.code(1))) return this.fetchValue()
        break
      case 42 /* * */:
        return this.fetchAnchor(ALIAS)
      case 38 /* & */:
        return this.fetchAnchor(ANCHOR)
      case 33 /* ! */:
        return this.fetchTag()
      case 124 /* | */:
        if (this.flowLevel === 0) return this.fetchBlockScalar(true)
        break
      case 62 /* > */:
        if (this.flowLevel === 0) return this.fetchBlockScalar(false)
        break
      case 39 /* ' */:
        return this.fetchFlowScalar(true)
      case 34 /* " */:
        return this.fetchFlowScalar(false)
    }
    if (this.mayStartPlain(c)) {
      this.saveSimpleKey()
      this.keyAllowed = false
      return this.scanPlainScalar()
    }
    this.fail('found character that cannot start any token')
  }

  private mayStartPlain(c: number): boolean {
    switch (c) {
      case 45 /* - */:
        return !isBlank(this.code(1))
      case 63 /* ? */:
      case 58 /* : */:
        return this.flowLevel === 0 && !isBlankz(this.code(1))
      case 9:
      case 35 /* # */:
      case 37 /* % */:
      case 62 /* > */:
      case 64 /* @ */:
      case 96 /* ` */:
      case 124 /* | */:
        return false
      default:
        return !isBlankz(c)
    }
  }

  private atDocumentIndicator(c: number): boolean {
    return this.code() === c && this.code(1) === c && this.code(2) === c && isBlankz(this.code(3))
  }

  private skipLine(): void {
    this.position += this.code() === 13 && this.code(1) === 10 ? 2 : 1
    this.line++
    this.lineStart = this.position
  }

  /** Consumes a line break and gives it as content has it: everything is `\n` but LS and PS. */
  private readLine(): string {
    const c = this.code()
    this.skipLine()
    return c === 0x2028 ? '\u2028' : c === 0x2029 ? '\u2029' : '\n'
  }

  private skipBlanks(): void {
    while (isBlank(this.code())) this.position++
  }

  private skipComment(): void {
    if (this.code() === 35 /* # */) while (!isBreakz(this.code())) this.position++
  }

  private scanToNextToken(): void {
    for (;;) {
      const tabs = this.flowLevel > 0 || !this.keyAllowed
      let c = this.code()
      while (c === 32 || (c === 9 && tabs)) {
        this.position++
        c = this.code()
      }
      this.skipComment()
      if (!isBreak(this.code())) return
      this.skipLine()
      if (this.flowLevel === 0) this.keyAllowed = true
    }
  }

  private fetchStreamEnd(): void {
    if (this.wall) throw this.wall
    if (this.column() !== 0) {
      this.lineStart = this.position
      this.line++
    }
    this.unrollIndent(-1)
    this.removeSimpleKey()
    this.keyAllowed = false
    this.push(STREAM_END, this.line, 0)
  }

  private fetchIndicator(type: number): void {
    this.push(type, this.line, this.column())
    this.position++
  }

  private fetchDocumentIndicator(type: number): void {
    this.unrollIndent(-1)
    this.removeSimpleKey()
    this.keyAllowed = false
    this.push(type, this.line, 0)
    this.position += 3
  }

  private fetchFlowStart(type: number): void {
    this.saveSimpleKey()
    this.flowLevel++
    if (this.flowLevel > MAX_DEPTH) this.fail(`exceeded max depth of ${MAX_DEPTH}`)
    if (this.keys.length <= this.flowLevel) this.keys.push(noKey())
    const inner = this.keys[this.flowLevel]!
    inner.possible = inner.awaited = false
    inner.tokenNumber = this.parsed + this.tokens.length - this.head
    this.keyAllowed = true
    this.fetchIndicator(type)
  }

  private fetchFlowEnd(type: number): void {
    this.removeSimpleKey()
    if (this.flowLevel > 0) {
      const inner = this.keys[this.flowLevel]!
      const outer = this.keys[--this.flowLevel]!
      if (outer.tokenNumber === inner.tokenNumber) outer.awaited = false
    }
    this.keyAllowed = false
    this.fetchIndicator(type)
  }

  private fetchBlockEntry(): void {
    if (this.flowLevel === 0) {
      if (!this.keyAllowed) this.fail('block sequence entries are not allowed in this context')
      this.rollIndent(this.column(), -1, BLOCK_SEQUENCE_START, this.line)
    }
    this.removeSimpleKey()
    this.keyAllowed = true
    this.fetchIndicator(BLOCK_ENTRY)
  }

  private fetchKey(): void {
    if (this.flowLevel === 0) {
      if (!this.keyAllowed) this.fail('mapping keys are not allowed in this context')
      this.rollIndent(this.column(), -1, BLOCK_MAPPING_START, this.line)
    }
    this.removeSimpleKey()
    this.keyAllowed = this.flowLevel === 0
    this.fetchIndicator(KEY)
  }

  private fetchValue(): void {
    const key = this.keys[this.flowLevel]!
    if (this.isKeyValid(key)) {
      const at = this.head + key.tokenNumber - this.parsed
      this.tokens.splice(at, 0, { type: KEY, line: key.line, column: key.column, value: '', suffix: '', plain: false })
      this.rollIndent(key.column, key.tokenNumber, BLOCK_MAPPING_START, key.line)
      key.possible = key.awaited = false
      this.keyAllowed = false
    } else {
      if (this.flowLevel === 0) {
        if (!this.keyAllowed) this.fail('mapping values are not allowed in this context')
        this.rollIndent(this.column(), -1, BLOCK_MAPPING_START, this.line)
      }
      this.keyAllowed = this.flowLevel === 0
    }
    this.fetchIndicator(VALUE)
  }

  private fetchAnchor(type: number): void {
    this.saveSimpleKey()
    this.keyAllowed = false
    const line = this.line
    const column = this.column()
    this.position++
    const start = this.position
    while (isWord(this.code())) this.position++
    const c = this.code()
    if (this.position === start || !(isBlankz(c) || '?:,]}%@`'.includes(String.fromCharCode(c)))) {
      this.fail('did not find expected alphabetic or numeric character')
    }
    this.pushText(type, line, column, this.text.slice(start, this.position))
  }

  private fetchTag(): void {
    this.saveSimpleKey()
    this.keyAllowed = false
    const line = this.line
    const column = this.column()
    let handle = ''
    let suffix = ''
    if (this.code(1) === 60 /* < */) {
      this.position += 2
      suffix = this.scanTagUri('')
      if (this.code() !== 62 /* > */) this.fail("did not find the expected '>'")
      this.position++
    } else {
      handle = this.scanTagHandle(false)
      if (handle.length > 1 && handle.endsWith('!')) suffix = this.scanTagUri('')
      else {
        suffix = this.scanTagUri(handle)
        handle = '!'
        if (suffix === '') [handle, suffix] = ['', '!']
      }
    }
    if (!isBlankz(this.code())) this.fail('did not find expected whitespace or line break')
    this.pushText(TAG, line, column, handle, suffix)
  }

  private scanTagHandle(directive: boolean): string {
    const start = this.position
    if (this.code() !== 33 /* ! */) this.fail("did not find expected '!'")
    this.position++
    while (isWord(this.code())) this.position++
    if (this.code() === 33) this.position++
    else if (directive && this.position - start > 1) this.fail("did not find expected '!'")
    return this.text.slice(start, this.position)
  }

  /** The rest of a tag; `head` is what was read as a handle and was none. */
  private scanTagUri(head: string): string {
    let uri = head.slice(1)
    let found = head !== ''
    for (;;) {
      const c = this.code()
      if (c === 37 /* % */) uri += this.scanUriEscapes()
      else if (isWord(c) || (c !== 0 && ";/?:@&=+$,.!~*'()[]".includes(String.fromCharCode(c)))) {
        uri += String.fromCharCode(c)
        this.position++
      } else break
      found = true
    }
    if (!found) this.fail('did not find expected tag URI')
    return uri
  }

  private scanUriEscapes(): string {
    const bytes: number[] = []
    let width = 1
    while (bytes.length < width) {
      const high = hexValue(this.code(1))
      const low = hexValue(this.code(2))
      if (this.code() !== 37 || high < 0 || low < 0) this.fail('did not find URI escaped octet')
      const octet = high * 16 + low
      if (bytes.length === 0) {
        width = octet < 0x80 ? 1 : octet < 0xc0 ? 0 : octet < 0xe0 ? 2 : octet < 0xf0 ? 3 : octet < 0xf8 ? 4 : 0
        if (width === 0) this.fail('found an incorrect leading UTF-8 octet')
      } else if ((octet & 0xc0) !== 0x80) this.fail('found an incorrect trailing UTF-8 octet')
      bytes.push(octet)
      this.position += 3
    }
    return new TextDecoder().decode(Uint8Array.from(bytes))
  }

  private fetchDirective(): void {
    this.unrollIndent(-1)
    this.removeSimpleKey()
    this.keyAllowed = false
    const line = this.line
    this.position++
    const start = this.position
    while (isWord(this.code())) this.position++
    if (this.position === start) this.fail('could not find expected directive name')
    if (!isBlankz(this.code())) this.fail('found unexpected non-alphabetical character')
    const name = this.text.slice(start, this.position)
    this.skipBlanks()
    if (name === 'YAML') {
      const major = this.scanVersionNumber()
      if (this.code() !== 46 /* . */) this.fail("did not find expected digit or '.' character")
      this.position++
      this.pushText(VERSION_DIRECTIVE, line, 0, `${major}.${this.scanVersionNumber()}`)
    } else if (name === 'TAG') {
      const handle = this.scanTagHandle(true)
      if (!isBlank(this.code())) this.fail('did not find expected whitespace')
      this.skipBlanks()
      const prefix = this.scanTagUri('')
      if (!isBlankz(this.code())) this.fail('did not find expected whitespace or line break')
      this.pushText(TAG_DIRECTIVE, line, 0, handle, prefix)
    } else this.fail('found unknown directive name')
    this.skipBlanks()
    this.skipComment()
    if (!isBreakz(this.code())) this.fail('did not find expected comment or line break')
    if (isBreak(this.code())) this.skipLine()
  }

  private scanVersionNumber(): number {
    const start = this.position
    while (isDigit(this.code())) {
      if (this.position - start === 2) this.fail('found extremely long version number')
      this.position++
    }
    if (this.position === start) this.fail('did not find expected version number')
    return Number(this.text.slice(start, this.position))
  }

  private fetchBlockScalar(literal: boolean): void {
    this.removeSimpleKey()
    this.keyAllowed = true
    const line = this.line
    const column = this.column()
    this.position++
    let chomping = 0
    let increment = 0
    // The two indicators come in either order.
    for (let i = 0; i < 2; i++) {
      const c = this.code()
      if (chomping === 0 && (c === 43 /* + */ || c === 45) /* - */) chomping = c === 43 ? 1 : -1
      else if (increment === 0 && isDigit(c)) {
        if (c === 48) this.fail('found an indentation indicator equal to 0')
        increment = c - 48
      } else break
      this.position++
    }
    this.skipBlanks()
    this.skipComment()
    if (!isBreakz(this.code())) this.fail('did not find expected comment or line break')
    if (isBreak(this.code())) this.skipLine()

    let indent = increment === 0 ? 0 : Math.max(this.indent, 0) + increment
    let value = ''
    let leadingBreak = ''
    let leadingBlank = false
    let breaks: string
    ;[breaks, indent] = this.scanBlockBreaks(indent)
    while (this.column() === indent && this.code() !== 0) {
      const blank = isBlank(this.code())
      if (!literal && !leadingBlank && !blank && leadingBreak === '\n') {
        if (breaks === '') value += ' '
      } else value += leadingBreak
      value += breaks
      leadingBlank = blank
      const start = this.position
      while (!isBreakz(this.code())) this.position++
      value += this.text.slice(start, this.position)
      leadingBreak = this.code() === 0 ? '' : this.readLine()
      ;[breaks, indent] = this.scanBlockBreaks(indent)
    }
    if (this.code() === 0 && this.wall) throw this.wall
    if (chomping !== -1) value += leadingBreak
    if (chomping === 1) value += breaks
    this.pushText(SCALAR, line, column, value)
  }

  /** Consumes indentation and empty lines of a block scalar; gives the breaks and, where it was 0, the indentation it found. */
  private scanBlockBreaks(indent: number): [string, number] {
    let breaks = ''
    let deepest = 0
    for (;;) {
      while ((indent === 0 || this.column() < indent) && this.code() === 32) this.position++
      const column = this.column()
      if (column > deepest) deepest = column
      if ((indent === 0 || column < indent) && this.code() === 9) {
        this.fail('found a tab character where an indentation space is expected')
      }
      if (!isBreak(this.code())) break
      breaks += this.readLine()
    }
    return [breaks, indent === 0 ? Math.max(deepest, this.indent + 1, 1) : indent]
  }

  private fetchFlowScalar(single: boolean): void {
    this.saveSimpleKey()
    this.keyAllowed = false
    const line = this.line
    const column = this.column()
    const quote = single ? 39 : 34
    this.position++
    let value = ''
    let start = this.position
    for (;;) {
      if (this.column() === 0 && (this.atDocumentIndicator(45) || this.atDocumentIndicator(46))) {
        this.fail('found unexpected document indicator')
      }
      let c = this.code()
      if (c === 0) {
        if (this.wall) throw this.wall
        this.fail('found unexpected end of stream')
      }
      let folding = false
      while (!isBlankz(c)) {
        if (c === quote) {
          if (!single || this.code(1) !== quote) break
          value += this.text.slice(start, this.position + 1)
          this.position += 2
          start = this.position
        } else if (c === 92 /* \ */ && !single) {
          value += this.text.slice(start, this.position)
          if (isBreak(this.code(1))) {
            this.position++
            this.skipLine()
            folding = true
            start = this.position
            break
          }
          value += this.scanEscape()
          start = this.position
        } else this.position++
        c = this.code()
      }
      if (this.code() === quote) break
      let first = ''
      let more = ''
      const blanks = this.position
      for (c = this.code(); isBlank(c) || isBreak(c); c = this.code()) {
        if (isBlank(c)) this.position++
        else if (folding) more += this.readLine()
        else {
          value += this.text.slice(start, blanks)
          first = this.readLine()
          folding = true
        }
      }
      if (folding) {
        value += first === '\n' ? (more === '' ? ' ' : more) : first + more
        start = this.position
      }
    }
    value += this.text.slice(start, this.position)
    this.position++
    this.pushText(SCALAR, line, column, value)
  }

  private scanEscape(): string {
    const c = this.code(1)
    const simple = escapes.get(c)
    if (simple !== undefined) {
      this.position += 2
      return simple
    }
    const length = c === 120 ? 2 : c === 117 ? 4 : c === 85 ? 8 : 0
    if (length === 0) {
      if (c === 0 && this.wall) throw this.wall
      this.fail('found unknown escape character')
    }
    this.position += 2
    let value = 0
    for (let i = 0; i < length; i++) {
      const digit = hexValue(this.code(i))
      if (digit < 0) this.fail('did not find expected hexdecimal number')
      value = value * 16 + digit
    }
    if ((value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff) this.fail('found invalid Unicode character escape code')
    this.position += length
    return String.fromCodePoint(value)
  }

  private scanPlainScalar(): void {
    const indent = this.indent + 1
    const flow = this.flowLevel > 0
    const line = this.line
    const column = this.column()
    const text = this.text
    let value = ''
    // Where the part of the current line that belongs to the value begins, and where its last non-blank character ends.
    let start = this.position
    let end = start
    let pending = ''
    let folding = false
    for (;;) {
      if (this.column() === 0 && (this.atDocumentIndicator(45) || this.atDocumentIndicator(46))) break
      let c = this.code()
      if (c === 35 /* # */) break
      const from = this.position
      let position = from
      while (!isBlankz(c)) {
        if (c === 58 /* : */) {
          if (isBlankz(text.charCodeAt(position + 1))) break
        } else if (flow && (c === 44 || c === 63 || c === 91 || c === 93 || c === 123 || c === 125)) break
        c = text.charCodeAt(++position)
      }
      this.position = position
      if (position > from) {
        if (folding) {
          value += pending
          start = from
          folding = false
        }
        end = position
      }
      if (!(isBlank(c) || isBreak(c))) break
      let first = ''
      let more = ''
      for (; isBlank(c) || isBreak(c); c = this.code()) {
        if (isBlank(c)) {
          if (folding && c === 9 && this.column() < indent) this.fail('found a tab character that violates indentation')
          this.position++
        } else if (folding) more += this.readLine()
        else {
          value += text.slice(start, end)
          first = this.readLine()
          folding = true
        }
      }
      if (folding) pending = first === '\n' ? (more === '' ? ' ' : more) : first + more
      if (!flow && this.column() < indent) break
    }
    if (!folding) value += text.slice(start, end)
    else this.keyAllowed = true
    this.pushText(SCALAR, line, column, value, '', true)
  }
}

function noKey(): SimpleKey {
  return { possible: false, awaited: false, required: false, tokenNumber: 0, position: 0, line: 0, column: 0 }
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
