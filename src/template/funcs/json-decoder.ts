import { passOverflow } from '../../errors.ts'
import { joinBytes, toBytes } from '../bytes.ts'
import { quote } from '../quote.ts'
import type { GoMap, Value } from '../value.ts'
import { failure } from './failure.ts'

const maximumDepth = 10_000

/** What was wrong with a number or the whole; the rest of the document was still read. */
export interface Decoded {
  value: Value
  error?: string
}

/**
 * Reads a JSON text as Go's encoding/json into `interface {}`: numbers are float64, later keys win, unpaired surrogates and bytes that
 * are not UTF-8 become U+FFFD. Bad syntax throws with Go's words; a number beyond float64 is reported in `error`, and nil.
 */
export function decodeJson(text: string): Decoded {
  const source = text.isWellFormed() ? text : joinBytes(text).replace(/[\ud800-\udfff]/gu, '\ufffd')
  const quick = decodeQuickly(source)
  return quick ?? new Decoder(source, text).decode()
}

/** JSON.parse is many times faster; where it fails, or where it might differ, the reader below says why. */
function decodeQuickly(text: string): Decoded | undefined {
  if (text.includes('\\u') || text.length > 5_000_000) return undefined
  try {
    let overflow = false
    const convert = (item: unknown, depth: number): Value => {
      if (typeof item === 'number' && !Number.isFinite(item)) overflow = true
      if (item === null || typeof item !== 'object') return item as Value
      if (depth >= maximumDepth) overflow = true
      if (Array.isArray(item)) return item.map((member) => convert(member, depth + 1))
      const map: GoMap = new Map()
      for (const [key, value] of Object.entries(item)) map.set(key, convert(value, depth + 1))
      return map
    }
    // An own `__proto__` is an ordinary key to JSON.parse and to Object.entries.
    const value = convert(JSON.parse(text), 0)
    return overflow ? undefined : { value }
  } catch (error) {
    passOverflow(error)
    return undefined
  }
}

class Decoder {
  private readonly text: string
  private readonly original: string
  private at = 0
  private depth = 0
  private error: string | undefined

  constructor(text: string, original: string) {
    this.text = text
    this.original = original
  }

  decode(): Decoded {
    const value = this.value()
    this.space()
    if (this.at < this.text.length) throw this.invalid('after top-level value')
    return { value, error: this.error }
  }

  private space(): void {
    while (/^[ \t\r\n]$/.test(this.text[this.at] ?? '')) this.at++
  }

  private end(): Error {
    return failure('unexpected end of JSON input')
  }

  /** Go reads bytes: of a character beyond ASCII it names the first byte. */
  private invalid(context: string): Error {
    if (this.at >= this.text.length) return this.end()
    return this.unexpected(context)
  }

  /** As `invalid`, where a space would be wrong too: Go reads one at the end of the text to see whether that completes it. */
  private unexpected(context: string): Error {
    if (this.at >= this.text.length) return failure(`invalid character ' ' ${context}`)
    const byte = toBytes(this.original.slice(this.at, this.at + 2))[0]!
    const character = String.fromCharCode(byte)
    const quoted = character === "'" ? "'\\''" : character === '"' ? `'"'` : `'${quote(character).slice(1, -1)}'`
    return failure(`invalid character ${quoted} ${context}`)
  }

  private value(): Value {
    this.space()
    const character = this.text[this.at]
    if (character === '{') return this.nested(() => this.object())
    if (character === '[') return this.nested(() => this.array())
    if (character === '"') return this.string()
    if (character === '-' || (character !== undefined && character >= '0' && character <= '9')) return this.number()
    if (character === 't') return this.literal('true', true)
    if (character === 'f') return this.literal('false', false)
    if (character === 'n') return this.literal('null', null)
    throw this.invalid('looking for beginning of value')
  }

  private nested(read: () => Value): Value {
    const open = this.text[this.at++]
    if (++this.depth > maximumDepth) throw failure(`invalid character '${open}' exceeded max depth`)
    const value = read()
    this.depth--
    return value
  }

  private object(): Value {
    const map: GoMap = new Map()
    this.space()
    if (this.take('}')) return map
    for (;;) {
      this.space()
      if (this.text[this.at] !== '"') throw this.invalid('looking for beginning of object key string')
      const key = this.string()
      this.space()
      if (!this.take(':')) throw this.invalid('after object key')
      map.set(key, this.value())
      this.space()
      if (this.take('}')) return map
      if (!this.take(',')) throw this.invalid('after object key:value pair')
    }
  }

  private array(): Value {
    const list: Value[] = []
    this.space()
    if (this.take(']')) return list
    for (;;) {
      list.push(this.value())
      this.space()
      if (this.take(']')) return list
      if (!this.take(',')) throw this.invalid('after array element')
    }
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false
    this.at++
    return true
  }

  private literal(word: string, value: Value): Value {
    for (let index = 0; index < word.length; index++, this.at++) {
      if (this.text[this.at] !== word[index]) throw this.unexpected(`in literal ${word} (expecting '${word[index]}')`)
    }
    return value
  }

  private string(): string {
    this.at++
    let result = ''
    for (;;) {
      const character = this.text[this.at]
      if (character === undefined) throw this.end()
      if (character === '"') {
        this.at++
        return result.isWellFormed() ? result : result.replace(/[\ud800-\udfff]/gu, '\ufffd')
      }
      if (character < ' ') throw this.invalid('in string literal')
      this.at++
      result += character === '\\' ? this.escape() : character
    }
  }

  private escape(): string {
    const character = this.text[this.at]
    const index = 'bfnrt"\\/'.indexOf(character ?? ' ')
    if (index >= 0) {
      this.at++
      return '\b\f\n\r\t"\\/'[index]!
    }
    if (character !== 'u') throw this.unexpected('in string escape code')
    this.at++
    const start = this.at
    for (; this.at < start + 4; this.at++) {
      if (!/^[0-9a-fA-F]$/.test(this.text[this.at] ?? '')) throw this.unexpected('in \\u hexadecimal character escape')
    }
    return String.fromCharCode(Number.parseInt(this.text.slice(start, this.at), 16))
  }

  private number(): Value {
    const start = this.at
    if (this.take('-') && !this.isDigit()) throw this.unexpected('in numeric literal')
    if (!this.take('0')) this.digits()
    if (this.take('.')) {
      if (!this.isDigit()) throw this.unexpected('after decimal point in numeric literal')
      this.digits()
    }
    if (this.take('e') || this.take('E')) {
      if (!this.take('+')) this.take('-')
      if (!this.isDigit()) throw this.unexpected('in exponent of numeric literal')
      this.digits()
    }
    const literal = this.text.slice(start, this.at)
    const number = Number(literal)
    if (Number.isFinite(number)) return number
    this.error ??= `json: cannot unmarshal number ${literal} into Go value of type float64`
    return null
  }

  private isDigit(): boolean {
    const character = this.text[this.at]
    return character !== undefined && character >= '0' && character <= '9'
  }

  private digits(): void {
    while (this.isDigit()) this.at++
  }
}
