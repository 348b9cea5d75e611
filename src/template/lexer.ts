import { isByte } from './bytes.ts'
import { quote } from './quote.ts'
import { isAlphaNumeric, isPrint } from './unicode.ts'

/** The kinds of tokens; everything above `Keyword` is a keyword. */
export const Token = {
  Error: 0,
  Bool: 1,
  Char: 2,
  CharConstant: 3,
  Comment: 4,
  Complex: 5,
  Assign: 6,
  Declare: 7,
  Eof: 8,
  Field: 9,
  Identifier: 10,
  LeftDelim: 11,
  LeftParen: 12,
  Number: 13,
  Pipe: 14,
  RawString: 15,
  RightDelim: 16,
  RightParen: 17,
  Space: 18,
  String: 19,
  Text: 20,
  Variable: 21,
  Keyword: 22,
  Block: 23,
  Break: 24,
  Continue: 25,
  Dot: 26,
  Define: 27,
  Else: 28,
  End: 29,
  If: 30,
  Nil: 31,
  Range: 32,
  Template: 33,
  With: 34,
} as const
export type TokenKind = (typeof Token)[keyof typeof Token]

/** A token; `pos` is the index of its first character in the text. For an error, `text` is the message. */
export interface Item {
  kind: TokenKind
  pos: number
  text: string
}

const keywords = new Map<string, TokenKind>([
  ['block', Token.Block],
  ['break', Token.Break],
  ['continue', Token.Continue],
  ['define', Token.Define],
  ['else', Token.Else],
  ['end', Token.End],
  ['if', Token.If],
  ['range', Token.Range],
  ['nil', Token.Nil],
  ['template', Token.Template],
  ['with', Token.With],
  ['true', Token.Bool],
  ['false', Token.Bool],
])

const eof = -1
/** Runs of characters are left to regular expressions: these are fast before the code around them is compiled. */
const wordShape = /\w*/y
const stringShape = /[^"\\\n]*/y
const charShape = /[^'\\\n]*/y
const numberShape =
  /[+-]?(?:0[xX][\da-fA-F_]*(?:\.[\da-fA-F_]*)?(?:[pP][+-]?[\d_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?[\d_]*)?)i?/y

/** Cuts a template into tokens by the rules of Go's text/template: `{{` and `}}`, trim markers, comments, strings, numbers. Never throws. */
export class Lexer {
  private readonly input: string
  private pos = 0
  private start = 0
  private parens = 0
  private inside = false
  private failed = -1

  constructor(input: string) {
    this.input = input
  }

  /** The next token; after an error, or at the end, the same again. */
  next(): Item {
    if (this.failed >= 0) return { kind: Token.Error, pos: this.failed, text: 'unclosed action' }
    return this.inside ? this.action() : this.text()
  }

  private emit(kind: TokenKind): Item {
    const item = { kind, pos: this.start, text: this.input.slice(this.start, this.pos) }
    this.start = this.pos
    return item
  }

  private error(message: string): Item {
    this.failed = this.start
    this.inside = true
    return { kind: Token.Error, pos: this.start, text: message }
  }

  private text(): Item {
    const { input } = this
    for (;;) {
      const open = input.indexOf('{{', this.pos)
      if (open < 0) {
        this.pos = input.length
        return this.emit(this.pos > this.start ? Token.Text : Token.Eof)
      }
      const trim = input[open + 2] === '-' && isSpace(input.charCodeAt(open + 3))
      let end = open
      if (trim) while (end > this.start && isSpace(input.charCodeAt(end - 1))) end--
      if (end > this.start) {
        this.pos = end
        const item = this.emit(Token.Text)
        this.pos = this.start = open
        return item
      }
      this.pos = this.start = open
      const after = open + (trim ? 4 : 2)
      if (!input.startsWith('/*', after)) {
        const item: Item = { kind: Token.LeftDelim, pos: open, text: '{{' }
        this.pos = this.start = after
        this.inside = true
        this.parens = 0
        return item
      }
      const failure = this.comment(after)
      if (failure) return failure
    }
  }

  /** Skips a comment that begins at `at`. */
  private comment(at: number): Item | undefined {
    this.start = at
    const end = this.input.indexOf('*/', at + 2)
    if (end < 0) return this.error('unclosed comment')
    const close = this.rightDelim(end + 2)
    if (close === 0) return this.error('comment ends before closing delimiter')
    this.pos = this.afterRightDelim(end + 2, close)
    this.start = this.pos
    return undefined
  }

  /** The length of a right delimiter at `at`, with its trim marker (4) or without (2); 0 where there is none. */
  private rightDelim(at: number): 0 | 2 | 4 {
    const { input } = this
    const code = input.charCodeAt(at)
    if (code === 0x7d) return input.charCodeAt(at + 1) === 0x7d ? 2 : 0
    return isSpace(code) && input.startsWith('-}}', at + 1) ? 4 : 0
  }

  private afterRightDelim(at: number, length: 2 | 4): number {
    let pos = at + length
    if (length === 4) while (isSpace(this.input.charCodeAt(pos))) pos++
    return pos
  }

  private closeAction(length: 2 | 4): Item {
    const item: Item = { kind: Token.RightDelim, pos: this.pos + length - 2, text: '}}' }
    this.pos = this.start = this.afterRightDelim(this.pos, length)
    this.inside = false
    return item
  }

  private action(): Item {
    const { input } = this
    const close = this.rightDelim(this.pos)
    if (close !== 0) return this.parens === 0 ? this.closeAction(close) : this.error('unclosed left paren')
    if (this.pos >= input.length) return this.error('unclosed action')
    const code = input.codePointAt(this.pos)!
    if (isSpace(code)) return this.space()
    if (code === 0x2e) {
      const next = input.charCodeAt(this.pos + 1)
      if (this.pos + 1 < input.length && !(next >= 0x30 && next <= 0x39)) return this.chain(Token.Field, Token.Dot)
      return this.number()
    }
    if (code === 0x24) return this.chain(Token.Variable, Token.Variable)
    if ((code >= 0x30 && code <= 0x39) || code === 0x2b || code === 0x2d) return this.number()
    if (isAlphaNumeric(code)) return this.identifier()
    switch (code) {
      case 0x22:
        return this.quoted('"', Token.String, 'unterminated quoted string')
      case 0x27:
        return this.quoted("'", Token.CharConstant, 'unterminated character constant')
      case 0x60:
        return this.rawString()
      case 0x28:
        this.parens++
        return this.single(Token.LeftParen)
      case 0x29:
        return --this.parens < 0 ? this.error('unexpected right paren') : this.single(Token.RightParen)
      case 0x7c:
        return this.single(Token.Pipe)
      case 0x3d:
        return this.single(Token.Assign)
      case 0x3a:
        if (input[this.pos + 1] !== '=') return this.error('expected :=')
        this.pos++
        return this.single(Token.Declare)
    }
    return code > 0x20 && code < 0x7f ? this.single(Token.Char) : this.error(`unrecognized character in action: ${unicodeName(code)}`)
  }

  private single(kind: TokenKind): Item {
    this.pos++
    return this.emit(kind)
  }

  private space(): Item {
    const { input } = this
    while (isSpace(input.charCodeAt(this.pos))) this.pos++
    if (input.startsWith('-}}', this.pos)) {
      this.pos--
      if (this.pos === this.start) return this.closeAction(4)
    }
    return this.emit(Token.Space)
  }

  private skipWord(): void {
    const { input } = this
    for (;;) {
      this.pos = skip(wordShape, input, this.pos)
      const code = this.pos < input.length ? input.codePointAt(this.pos)! : eof
      if (code < 0x80 || !isAlphaNumeric(code)) return
      this.pos += code > 0xffff ? 2 : 1
    }
  }

  private identifier(): Item {
    this.skipWord()
    if (!this.atTerminator()) return this.badCharacter()
    const item = this.emit(Token.Identifier)
    item.kind = keywords.get(item.text) ?? Token.Identifier
    return item
  }

  /** `.name` or `$name`; `bare` is the kind of a lone dot or dollar. */
  private chain(kind: TokenKind, bare: TokenKind): Item {
    this.pos++
    if (this.atTerminator()) return this.emit(bare)
    this.skipWord()
    return this.atTerminator() ? this.emit(kind) : this.badCharacter()
  }

  private badCharacter(): Item {
    return this.error(`bad character ${unicodeName(this.input.codePointAt(this.pos)!)}`)
  }

  /** Whether a word may end here. */
  private atTerminator(): boolean {
    const { input, pos } = this
    if (pos >= input.length) return true
    const code = input.charCodeAt(pos)
    if (isSpace(code)) return true
    switch (code) {
      case 0x2e:
      case 0x2c:
      case 0x7c:
      case 0x3a:
      case 0x29:
      case 0x28:
        return true
      case 0x7d:
        return input.charCodeAt(pos + 1) === 0x7d
    }
    return false
  }

  private quoted(mark: string, kind: TokenKind, unterminated: string): Item {
    const { input } = this
    const plain = kind === Token.String ? stringShape : charShape
    for (this.pos++; ; this.pos += 2) {
      this.pos = skip(plain, input, this.pos)
      const char = input[this.pos]
      if (char === mark) return this.single(kind)
      if (char !== '\\' || this.pos + 1 >= input.length || input[this.pos + 1] === '\n') return this.error(unterminated)
    }
  }

  private rawString(): Item {
    const end = this.input.indexOf('`', this.pos + 1)
    if (end < 0) return this.error('unterminated raw quoted string')
    this.pos = end
    return this.single(Token.RawString)
  }

  private number(): Item {
    if (!this.scanNumber()) return this.badNumber()
    const sign = this.input[this.pos]
    if (sign !== '+' && sign !== '-') return this.emit(Token.Number)
    return this.scanNumber() && this.input[this.pos - 1] === 'i' ? this.emit(Token.Complex) : this.badNumber()
  }

  private badNumber(): Item {
    return this.error(`bad number syntax: ${quote(this.input.slice(this.start, this.pos))}`)
  }

  /** Takes what can be part of a number; whether it is one, the parser finds out. */
  private scanNumber(): boolean {
    numberShape.lastIndex = this.pos
    this.pos += numberShape.exec(this.input)![0].length
    const code = this.pos < this.input.length ? this.input.codePointAt(this.pos)! : eof
    if (code === eof || !isAlphaNumeric(code)) return true
    this.pos += code > 0xffff ? 2 : 1
    return false
  }
}

/** Where the match of a sticky expression ends that begins at `pos`; it always matches, if only nothing. */
function skip(shape: RegExp, input: string, pos: number): number {
  shape.lastIndex = pos
  shape.test(input)
  return shape.lastIndex
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x09 || code === 0x0d
}

/** Go's `%#U`. */
function unicodeName(code: number): string {
  const rune = isByte(code) ? 0xfffd : code
  const name = `U+${rune.toString(16).toUpperCase().padStart(4, '0')}`
  return isPrint(rune) ? `${name} '${String.fromCodePoint(rune)}'` : name
}
