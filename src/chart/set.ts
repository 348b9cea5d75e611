import { quote, quoteRune } from '../template/quote.ts'
import type { GoMap, Value } from '../template/value.ts'
import { parseJsonPrefix } from './json.ts'
import { isSpace } from './text.ts'

/** Turns the text after `=` into a value. */
export type SetReader = (text: string) => Value

/** The largest list index and the deepest nesting of names that Helm accepts. */
const maxIndex = 65536
const maxNesting = 30

/** A line of `--set` and its kin that does not parse. Its message is Helm's, without the prefix that names the flag. */
export class SetError extends Error {}

/** `--set`: `a.b[0]=x,c={1,2}`; merges into `into`. Integers become int64, `true`, `false` and `null` what they say, all else strings. */
export function parseSet(line: string, into: GoMap): void {
  new SetParser(line, typedValue).parse(into)
}

/** `--set-string`: as {@link parseSet}, but every scalar is a string. */
export function parseSetString(line: string, into: GoMap): void {
  new SetParser(line, (text) => text).parse(into)
}

/** `--set-file`: as {@link parseSet}, with `read` giving the value for each path. */
export function parseSetFile(line: string, into: GoMap, read: SetReader): void {
  new SetParser(line, read).parse(into)
}

/** `--set-json` in its `key=JSON,key=JSON` form. */
export function parseSetJson(line: string, into: GoMap): void {
  new SetParser(line, undefined).parse(into)
}

/** `--set-literal`: `key=text`, where everything after the first `=` is the value and only names are parsed. */
export function parseSetLiteral(line: string, into: GoMap): void {
  new SetParser(line, undefined, true).parse(into)
}

function typedValue(text: string): Value {
  // EqualFold also takes the long s for an s.
  const folded = text.toLowerCase().replaceAll('ſ', 's')
  if (folded === 'true') return true
  if (folded === 'false') return false
  if (folded === 'null') return null
  if (text === '0') return 0n
  if (/^[+-]?[0-9]+$/.test(text) && text[0] !== '0') {
    const int = BigInt(text.replace('+', ''))
    if (BigInt.asIntN(64, int) === int) return int
  }
  return text
}

/** What ends a stretch of text, or `undefined` at the end of the line. */
interface Stretch {
  text: string
  stop: string | undefined
}

/**
 * Helm's hand-written parser, with its leniencies: an unfinished name or index at the end of the line is no error. Methods return true
 * where the line ended (Go's io.EOF), which ends parsing without an error whatever was or was not set until then.
 */
class SetParser {
  private readonly chars: string[]
  private at = 0
  /** Undefined for JSON values and literals. */
  private readonly read: SetReader | undefined
  private readonly literal: boolean

  constructor(line: string, read: SetReader | undefined, literal = false) {
    this.chars = [...line]
    this.read = read
    this.literal = literal
  }

  parse(into: GoMap): void {
    while (!this.key(into, 0)) {}
  }

  private key(data: GoMap, nesting: number): boolean {
    const { text: name, stop } = this.until(this.literal ? '=[.' : '=[,.')
    if (stop === undefined) {
      if (name === '') return true
      throw new SetError(`key ${quote(name)} has no value`)
    }
    if (stop === '[') {
      const index = this.index()
      if (index === undefined) return true
      const list = data.has(name) ? asList(data.get(name)!) : []
      const { list: changed, ended } = this.listItem(list, index, nesting)
      assign(data, name, changed)
      return ended
    }
    if (stop === '=') return this.assignment((value) => assign(data, name, value))
    if (stop === ',') throw new SetError(`key ${quote(name)} has no value (cannot end with ,)`)
    const depth = nesting + 1
    if (depth > maxNesting) {
      throw new SetError(`value name nested level is greater than maximum supported nested level of ${maxNesting}`)
    }
    const inner = data.has(name) ? asTable(data.get(name)!) : new Map<string, Value>()
    const ended = this.key(inner, depth)
    if (!ended && inner.size === 0) throw new SetError(`key map ${quote(name)} has no value`)
    if (inner.size > 0) assign(data, name, inner)
    return ended
  }

  /** After `=`: gives the value to `set`. True where nothing at all followed. */
  private assignment(set: (value: Value) => void): boolean {
    if (this.literal) {
      set(this.chars.slice(this.at).join(''))
      this.at = this.chars.length
      return false
    }
    if (!this.read) {
      set(this.emptyValue() ? null : this.json())
      return false
    }
    if (this.at >= this.chars.length) {
      set('')
      return true
    }
    if (this.chars[this.at] === '{') {
      this.at++
      set(this.valueList(this.read))
    } else set(this.read(this.until(',').text))
    return false
  }

  private json(): Value {
    const rest = this.chars.slice(this.at).join('')
    const parsed = parseJsonPrefix(rest)
    if (!parsed) throw new SetError('invalid JSON')
    this.at += [...rest.slice(0, parsed.end)].length
    this.emptyValue()
    return parsed.value
  }

  private listItem(list: Value[], index: number, nesting: number): { list: Value[]; ended: boolean } {
    if (index < 0) throw new SetError(`negative ${index} index not allowed`)
    const { text, stop } = this.until('[.=')
    if (text !== '')
      throw new SetError(`unexpected data at end of array index: [${[...text].map((char) => quoteRune(char.codePointAt(0)!)).join(' ')}]`)
    if (stop === undefined) return { list, ended: true }
    if (stop === '=') {
      // An empty value at the end of the line ends it quietly here: Helm stores "" and goes on.
      let changed = list
      this.assignment((value) => {
        changed = setIndex(list, index, value)
      })
      return { list: changed, ended: false }
    }
    if (stop === '[') {
      const next = this.index()
      if (next === undefined) return { list, ended: true }
      const existing = list[index]
      const { list: inner, ended } = this.listItem(existing === undefined || existing === null ? [] : asList(existing), next, nesting)
      return ended ? { list, ended } : { list: setIndex(list, index, inner), ended }
    }
    let inner: GoMap = new Map()
    if (list.length > index) {
      const existing = list[index]
      if (existing instanceof Map) inner = existing
      else list[index] = inner
    }
    if (this.key(inner, nesting)) return { list, ended: true }
    return { list: setIndex(list, index, inner), ended: false }
  }

  /** The number before `]`; undefined where the line ends before it. */
  private index(): number | undefined {
    const { text, stop } = this.until(']')
    if (stop === undefined) return undefined
    if (!/^[+-]?[0-9]+$/.test(text)) throw new SetError(`error parsing index: strconv.Atoi: parsing ${quote(text)}: invalid syntax`)
    const value = BigInt(text.replace('+', ''))
    if (BigInt.asIntN(64, value) !== value) {
      throw new SetError(`error parsing index: strconv.Atoi: parsing ${quote(text)}: value out of range`)
    }
    return Number(value)
  }

  private valueList(read: SetReader): Value[] {
    const list: Value[] = []
    for (;;) {
      const { text, stop } = this.until(',}')
      if (stop === undefined) throw new SetError("list must terminate with '}'")
      if (stop === '}' && this.chars[this.at] === ',') this.at++
      list.push(read(text))
      if (stop === '}') return list
    }
  }

  /** Skips spaces and one comma; whether there was no value before it. */
  private emptyValue(): boolean {
    for (; this.at < this.chars.length; this.at++) {
      const char = this.chars[this.at]!
      if (char === ',') {
        this.at++
        return true
      }
      if (!isSpace(char.charCodeAt(0))) return false
    }
    return true
  }

  /** Reads up to and over one of `stops`; `\` takes the next character as it is. */
  private until(stops: string): Stretch {
    let text = ''
    while (this.at < this.chars.length) {
      const char = this.chars[this.at++]!
      if (stops.includes(char)) return { text, stop: char }
      if (char === '\\' && !this.literal) {
        if (this.at >= this.chars.length) break
        text += this.chars[this.at++]!
      } else text += char
    }
    return { text, stop: undefined }
  }
}

function assign(data: GoMap, name: string, value: Value): void {
  if (name !== '') data.set(name, value)
}

function setIndex(list: Value[], index: number, value: Value): Value[] {
  if (index > maxIndex) throw new SetError(`index of ${index} is greater than maximum supported index of ${maxIndex}`)
  while (list.length < index) list.push(null)
  list[index] = value
  return list
}

function asList(value: Value): Value[] {
  if (Array.isArray(value)) return value
  throw new SetError(`unable to parse key: interface conversion: interface {} is ${typeName(value)}, not []interface {}`)
}

function asTable(value: Value): GoMap {
  if (value instanceof Map) return value
  throw new SetError(`unable to parse key: interface conversion: interface {} is ${typeName(value)}, not map[string]interface {}`)
}

/** Go's name of the type of a value that came from YAML, JSON or `--set`. */
function typeName(value: Value): string {
  if (value === null) return 'nil'
  if (Array.isArray(value)) return '[]interface {}'
  if (value instanceof Map) return 'map[string]interface {}'
  if (typeof value === 'bigint') return 'int64'
  return typeof value === 'number' ? 'float64' : typeof value === 'boolean' ? 'bool' : 'string'
}
