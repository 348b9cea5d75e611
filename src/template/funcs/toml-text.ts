import { byteLength } from '../bytes.ts'
import { quote, quoteRune } from '../quote.ts'
import { failure } from './failure.ts'
import { formatKey } from './toml-writer.ts'

/** A TOML text with a place in it, and where in the document that place is: what errors tell. */
export class TomlText {
  readonly source: string
  at = 0
  line = 1
  /** The table that the place belongs to, and the key whose value is being read. */
  context: string[] = []
  key = ''

  constructor(source: string) {
    // Go passes over the marks of UTF-16 too.
    this.source = source.replace(/^(?:\ufeff|\udcff\udcfe|\udcfe\udcff)/, '')
    const zero = this.source.slice(0, 6).indexOf('\0')
    if (zero >= 0 && byteLength(this.source.slice(0, zero)) < 6) {
      throw this.wrong('files cannot contain NULL bytes; probably using UTF-16; TOML files must be UTF-8')
    }
  }

  peek(): string {
    return this.source[this.at] ?? ''
  }

  /** The next character; empty at the end. Control characters are an error. */
  next(): string {
    const code = this.source.codePointAt(this.at)
    if (code === undefined) return ''
    const character = String.fromCodePoint(code)
    const lonely = character === '\r' && this.source[this.at + 1] !== '\n'
    if ((code < 0x20 && !/[\t\r\n]/.test(character)) || code === 0x7f || lonely) {
      throw this.wrong(`TOML files cannot contain control characters: '0x${code.toString(16).padStart(2, '0')}'`)
    }
    if (!character.isWellFormed()) throw this.wrong(`invalid UTF-8 byte: 0x${(code - 0xdc00).toString(16).padStart(2, '0')}`)
    this.at += character.length
    if (character === '\n') this.line++
    return character
  }

  /** Go looks at the character behind a value before it takes the value: a character that may not be there is told of with the key. */
  checkNext(): void {
    const { at, line } = this
    this.next()
    this.at = at
    this.line = line
  }

  /** Takes what the pattern matches here; it must be sticky and match no line break. */
  match(pattern: RegExp): string {
    pattern.lastIndex = this.at
    const text = pattern.exec(this.source)?.[0] ?? ''
    this.at += text.length
    return text
  }

  skipBlanks(): void {
    this.match(/[ \t]*/y)
  }

  /** Takes a comment up to the end of its line. */
  skipComment(): void {
    while (!/^[\r\n]?$/.test(this.peek())) this.next()
  }

  /** An error here. One at the end of the text is told of the last line that has text. */
  wrong(message: string, line = this.line): Error {
    const isBlank = this.at >= this.source.length && this.source.endsWith('\n') && line === this.line
    const last = [...this.context.map(formatKey), ...(this.key === '' ? [] : [this.key])].join('.')
    return failure(`toml: line ${isBlank ? line - 1 : line}${last === '' ? '' : ` (last key ${quote(last)})`}: ${message}`)
  }

  /** An error of a character that was just taken. Only where a key or a value was expected, a line break belongs to the line that it ends. */
  unexpected(message: (found: string) => string, character: string, endsLine = false): Error {
    const found = quoteRune(character.codePointAt(0) ?? 0)
    return this.wrong(message(found), character === '\n' && endsLine ? this.line - 1 : this.line)
  }
}
