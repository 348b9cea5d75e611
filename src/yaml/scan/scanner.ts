import { isBlank, isBlankz, isBreak, isWord } from '../characters.ts'
import { scanBlockScalar } from './block.ts'
import type { Cursor } from './cursor.ts'
import { scanDirective } from './directive.ts'
import { scanPlainScalar } from './plain.ts'
import { scanQuotedScalar } from './quoted.ts'
import { scanTag } from './tag.ts'
import {
  ALIAS,
  ANCHOR,
  BLOCK_END,
  BLOCK_ENTRY,
  BLOCK_MAPPING_START,
  BLOCK_SEQUENCE_START,
  DOCUMENT_END,
  DOCUMENT_START,
  FLOW_ENTRY,
  FLOW_MAPPING_END,
  FLOW_MAPPING_START,
  FLOW_SEQUENCE_END,
  FLOW_SEQUENCE_START,
  KEY,
  mark,
  SCALAR,
  STREAM_END,
  STREAM_START,
  TAG,
  type Token,
  textToken,
  VALUE,
} from './tokens.ts'

// Reading YAML is written here and not taken from npm because charts are judged by Helm's messages too: which of two problems is reported,
// with which line, follows from how far libyaml's scanner, which Go's is a translation of, looks ahead of its parser. So this is that
// scanner: a queue of tokens in which KEY and BLOCK-MAPPING-START are inserted afterwards, when the ':' of a simple key is found.

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
export const MAX_DEPTH = 10_000
/** A simple key may be this many characters long. */
const MAX_KEY = 1024

/** Turns text into tokens, one at a time. `peek` and `skip` are all the parser needs. */
export class Scanner {
  readonly cursor: Cursor
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

  constructor(cursor: Cursor) {
    this.cursor = cursor
  }

  peek(): Token {
    if (!this.ready) this.fetchMoreTokens()
    return this.tokens[this.head]!
  }

  skip(): void {
    this.ready = false
    this.parsed++
    this.head++
    if (this.head === this.tokens.length || this.head > 256) {
      this.tokens.splice(0, this.head)
      this.head = 0
    }
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
      // Outer levels began earlier still.
      if (key.tokenNumber < this.parsed) return false
      if (key.awaited && key.tokenNumber === this.parsed) return this.isKeyValid(key)
    }
    return false
  }

  private isKeyValid(key: SimpleKey): boolean {
    if (!key.possible) return false
    if (key.line < this.cursor.line || this.isTooFar(key.position)) {
      if (key.required) this.cursor.fail("could not find expected ':'")
      key.possible = false
      return false
    }
    return true
  }

  private isTooFar(start: number): boolean {
    let distance = this.cursor.position - start
    if (distance <= MAX_KEY) return false
    // Characters beyond the BMP count once.
    for (let i = start; i < this.cursor.position; i++) if ((this.cursor.text.charCodeAt(i) & 0xfc00) === 0xdc00) distance--
    return distance > MAX_KEY
  }

  private saveSimpleKey(): void {
    if (!this.keyAllowed) return
    const column = this.cursor.column
    const key = this.keys[this.flowLevel]!
    this.removeSimpleKey()
    key.possible = key.awaited = true
    key.required = this.flowLevel === 0 && this.indent === column
    key.tokenNumber = this.parsed + this.tokens.length - this.head
    key.position = this.cursor.position
    key.line = this.cursor.line
    key.column = column
  }

  private removeSimpleKey(): void {
    const key = this.keys[this.flowLevel]!
    if (!key.possible) return
    if (key.required) this.cursor.fail("could not find expected ':'")
    key.possible = key.awaited = false
  }

  private rollIndent(column: number, at: number, type: number, line: number): void {
    if (this.flowLevel > 0 || this.indent >= column) return
    this.indents.push(this.indent)
    this.indent = column
    if (this.indents.length > MAX_DEPTH) this.cursor.fail(`exceeded max depth of ${MAX_DEPTH}`)
    if (at < 0) this.tokens.push(mark(type, line, column))
    else this.tokens.splice(this.head + at - this.parsed, 0, mark(type, line, column))
  }

  private unrollIndent(column: number): void {
    if (this.flowLevel > 0) return
    while (this.indent > column) {
      this.tokens.push(mark(BLOCK_END, this.cursor.line, this.cursor.column))
      this.indent = this.indents.pop()!
    }
  }

  private fetchNextToken() {
    if (!this.started) {
      this.started = true
      this.tokens.push(mark(STREAM_START, 0, 0))
      return
    }
    this.scanToNextToken()
    const column = this.cursor.column
    this.unrollIndent(column)
    const c = this.cursor.code()
    if (c === 0) return this.fetchStreamEnd()
    if (column === 0) {
      if (c === 37 /* % */) return this.fetchDirective()
      if (this.cursor.atDocumentIndicator()) return this.fetchDocumentIndicator(c === 45 ? DOCUMENT_START : DOCUMENT_END)
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
        if (isBlankz(this.cursor.code(1))) return this.fetchBlockEntry()
        break
      case 63 /* ? */:
        if (this.flowLevel > 0 || isBlankz(this.cursor.code(1))) return this.fetchKey()
        break
      case 58 /* : */:
        if (this.flowLevel > 0 || isBlankz(this.cursor.code(1))) return this.fetchValue()
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
    if (this.mayStartPlain(c)) return this.fetchPlainScalar()
    this.cursor.fail('found character that cannot start any token')
  }

  private mayStartPlain(c: number): boolean {
    switch (c) {
      case 45 /* - */:
        return !isBlank(this.cursor.code(1))
      case 63 /* ? */:
      case 58 /* : */:
        return this.flowLevel === 0 && !isBlankz(this.cursor.code(1))
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

  private scanToNextToken(): void {
    for (;;) {
      const tabs = this.flowLevel > 0 || !this.keyAllowed
      let c = this.cursor.code()
      while (c === 32 || (c === 9 && tabs)) {
        this.cursor.position++
        c = this.cursor.code()
      }
      this.cursor.skipComment()
      if (!isBreak(this.cursor.code())) return
      this.cursor.skipLine()
      if (this.flowLevel === 0) this.keyAllowed = true
    }
  }

  private fetchStreamEnd(): void {
    this.cursor.checkWall()
    if (this.cursor.column !== 0) this.cursor.endLine()
    this.unrollIndent(-1)
    this.removeSimpleKey()
    this.keyAllowed = false
    this.tokens.push(mark(STREAM_END, this.cursor.line, 0))
  }

  private fetchIndicator(type: number): void {
    this.tokens.push(mark(type, this.cursor.line, this.cursor.column))
    this.cursor.position++
  }

  private fetchDocumentIndicator(type: number): void {
    this.unrollIndent(-1)
    this.removeSimpleKey()
    this.keyAllowed = false
    this.tokens.push(mark(type, this.cursor.line, 0))
    this.cursor.position += 3
  }

  private fetchFlowStart(type: number): void {
    this.saveSimpleKey()
    this.flowLevel++
    if (this.flowLevel > MAX_DEPTH) this.cursor.fail(`exceeded max depth of ${MAX_DEPTH}`)
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
      if (!this.keyAllowed) this.cursor.fail('block sequence entries are not allowed in this context')
      this.rollIndent(this.cursor.column, -1, BLOCK_SEQUENCE_START, this.cursor.line)
    }
    this.removeSimpleKey()
    this.keyAllowed = true
    this.fetchIndicator(BLOCK_ENTRY)
  }

  private fetchKey(): void {
    if (this.flowLevel === 0) {
      if (!this.keyAllowed) this.cursor.fail('mapping keys are not allowed in this context')
      this.rollIndent(this.cursor.column, -1, BLOCK_MAPPING_START, this.cursor.line)
    }
    this.removeSimpleKey()
    this.keyAllowed = this.flowLevel === 0
    this.fetchIndicator(KEY)
  }

  private fetchValue(): void {
    const key = this.keys[this.flowLevel]!
    if (this.isKeyValid(key)) {
      const at = this.head + key.tokenNumber - this.parsed
      this.tokens.splice(at, 0, mark(KEY, key.line, key.column))
      this.rollIndent(key.column, key.tokenNumber, BLOCK_MAPPING_START, key.line)
      key.possible = key.awaited = false
      this.keyAllowed = false
    } else {
      if (this.flowLevel === 0) {
        if (!this.keyAllowed) this.cursor.fail('mapping values are not allowed in this context')
        this.rollIndent(this.cursor.column, -1, BLOCK_MAPPING_START, this.cursor.line)
      }
      this.keyAllowed = this.flowLevel === 0
    }
    this.fetchIndicator(VALUE)
  }

  private fetchAnchor(type: number): void {
    this.saveSimpleKey()
    this.keyAllowed = false
    const line = this.cursor.line
    const column = this.cursor.column
    this.cursor.position++
    const start = this.cursor.position
    while (isWord(this.cursor.code())) this.cursor.position++
    const c = this.cursor.code()
    if (this.cursor.position === start || !(isBlankz(c) || '?:,]}%@`'.includes(String.fromCharCode(c)))) {
      this.cursor.fail('did not find expected alphabetic or numeric character')
    }
    this.tokens.push(textToken(type, line, column, this.cursor.text.slice(start, this.cursor.position)))
  }

  private fetchTag(): void {
    this.saveSimpleKey()
    this.keyAllowed = false
    const { line, column } = this.cursor
    const { handle, suffix } = scanTag(this.cursor)
    this.tokens.push(textToken(TAG, line, column, handle, suffix))
  }

  private fetchDirective(): void {
    this.unrollIndent(-1)
    this.removeSimpleKey()
    this.keyAllowed = false
    this.tokens.push(scanDirective(this.cursor))
  }

  private fetchBlockScalar(literal: boolean): void {
    this.removeSimpleKey()
    this.keyAllowed = true
    const { line, column } = this.cursor
    this.tokens.push(textToken(SCALAR, line, column, scanBlockScalar(this.cursor, literal, this.indent)))
  }

  private fetchFlowScalar(single: boolean): void {
    this.saveSimpleKey()
    this.keyAllowed = false
    const { line, column } = this.cursor
    this.tokens.push(textToken(SCALAR, line, column, scanQuotedScalar(this.cursor, single)))
  }

  private fetchPlainScalar(): void {
    this.saveSimpleKey()
    const { line, column } = this.cursor
    const { value, ended } = scanPlainScalar(this.cursor, this.indent + 1, this.flowLevel > 0)
    this.keyAllowed = ended
    this.tokens.push(textToken(SCALAR, line, column, value, '', true))
  }
}

function noKey(): SimpleKey {
  return { possible: false, awaited: false, required: false, tokenNumber: 0, position: 0, line: 0, column: 0 }
}
