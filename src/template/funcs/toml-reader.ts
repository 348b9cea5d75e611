import { type GoMap, TypedSlice, type Value } from '../value.ts'
import { readScalar, readString } from './toml-scalar.ts'
import { TomlText } from './toml-text.ts'
import { formatKey } from './toml-writer.ts'

/** Reads TOML 1.1: integers are int64, other numbers float64, tables maps. Throws with the messages of BurntSushi/toml 1.6. */
export function readToml(source: string): Value {
  return new Reader(source).document()
}

const nameOf = (path: readonly string[]): string => path.map(formatKey).join('.')
const isTables = (value: Value | undefined): value is TypedSlice => value instanceof TypedSlice

class Reader {
  private readonly text: TomlText
  private readonly root: GoMap = new Map()
  /** Names of tables that stand for others only: a header of their own may still come. */
  private readonly implicit = new Set<string>()

  constructor(source: string) {
    this.text = new TomlText(source)
  }

  document(): GoMap {
    const { text } = this
    for (;;) {
      while (/^[ \t\r\n]$/.test(text.peek())) text.next()
      const character = text.peek()
      if (character === '') return this.root
      if (character === '#') text.skipComment()
      else if (character === '[') this.header()
      else this.pair()
      this.endOfLine()
    }
  }

  private endOfLine(): void {
    const { text } = this
    text.skipBlanks()
    if (text.peek() === '#') text.skipComment()
    const character = text.next()
    if (character === '' || character === '\n' || character === '\r') return
    throw text.unexpected(
      (found) => `expected a top-level item to end with a newline, comment, or EOF, but got ${found} instead`,
      character,
    )
  }

  private header(): void {
    const { text } = this
    text.next()
    const isList = text.match(/\[/y) !== ''
    const path = this.tableName()
    if (isList) {
      const character = text.next()
      if (character !== ']')
        throw text.unexpected((found) => `expected end of table array name delimiter ']', but got ${found} instead`, character)
    }
    this.enter(path, isList)
  }

  private tableName(): string[] {
    const { text } = this
    const path: string[] = []
    for (;;) {
      text.skipBlanks()
      const first = text.peek()
      if (first === ']' || first === '') throw text.wrong('unexpected end of table name (table names cannot be empty)')
      if (first === '.') throw text.wrong('unexpected table separator (table names cannot be empty)')
      path.push(this.keyPart())
      text.skipBlanks()
      const character = text.next()
      if (character === ']') return path
      if (character !== '.') throw text.unexpected((found) => `expected '.' or ']' to end table name, but got ${found} instead`, character)
    }
  }

  private keyPart(): string {
    const first = this.text.peek()
    return first === '"' || first === "'" ? readString(this.text) : this.text.match(/[A-Za-z0-9_-]*/y)
  }

  /** The parts of a key, and the sign after it. */
  private readKey(): string[] {
    const { text } = this
    text.skipBlanks()
    if (text.peek() === '=' || text.peek() === '') throw text.wrong("unexpected '=': key name appears blank")
    if (text.peek() === '.') throw text.wrong("unexpected '.': keys cannot start with a '.'")
    const path: string[] = []
    for (;;) {
      text.skipBlanks()
      if (path.length > 0 && (text.peek() === '=' || text.peek() === '')) throw text.wrong("unexpected '='")
      if (text.peek() === '.') throw text.wrong("unexpected '.'")
      path.push(this.keyPart())
      text.skipBlanks()
      const character = text.next()
      if (character === '=') return path
      if (character === '') throw text.wrong("unexpected EOF; expected key separator '='")
      if (character !== '.') throw text.unexpected((found) => `expected '.' or '=', but got ${found} instead`, character, true)
    }
  }

  private pair(): void {
    const { text } = this
    const outer = text.context
    const line = text.line
    const path = this.readKey()
    for (const part of path.slice(0, -1)) {
      this.implicit.add(nameOf([...text.context, part]))
      this.enter([...text.context, part], false)
    }
    text.key = path.at(-1)!
    const value = this.value()
    this.define(text.key, value, line)
    text.key = ''
    text.context = outer
  }

  private value(): Value {
    const { text } = this
    text.skipBlanks()
    if (text.peek() === '[') return this.list()
    if (text.peek() === '{') return this.inlineTable()
    const value = readScalar(text)
    text.checkNext()
    return value
  }

  /** Takes white space, line breaks and comments. */
  private skipSpace(): void {
    const { text } = this
    for (;;) {
      while (/^[ \t\r\n]$/.test(text.peek())) text.next()
      if (text.peek() !== '#') return
      text.skipComment()
    }
  }

  private list(): Value {
    const { text } = this
    text.next()
    const list: Value[] = []
    for (;;) {
      this.skipSpace()
      if (text.peek() === ']') break
      if (text.peek() === ',') throw text.wrong('unexpected comma')
      list.push(this.value())
      this.skipSpace()
      if (text.peek() === ']') break
      const character = text.next()
      if (character !== ',') throw text.wrong(`expected a comma (',') or array terminator (']'), but got ${named(character)}`)
    }
    text.next()
    return list
  }

  private inlineTable(): Value {
    const { text } = this
    const outer = { context: text.context, key: text.key }
    const context = [...text.context, text.key]
    const table: GoMap = new Map()
    text.next()
    text.context = context
    text.key = ''
    for (;;) {
      this.skipSpace()
      if (text.peek() === '}') break
      if (text.peek() === ',') throw text.wrong('unexpected comma')
      const line = text.line
      const path = this.readKey()
      text.context = [...context, ...path.slice(0, -1)]
      text.key = path.at(-1)!
      const value = this.value()
      this.defineIn(table, path, value, line)
      text.context = context
      this.skipSpace()
      if (text.peek() === '}') break
      const character = text.next()
      if (character !== ',') throw text.wrong(`expected a comma or an inline table terminator '}', but got ${named(character)} instead`)
    }
    text.next()
    Object.assign(text, outer)
    return table
  }

  private defineIn(table: GoMap, path: readonly string[], value: Value, line: number): void {
    const { text } = this
    let target = table
    const outer = text.context.slice(0, text.context.length - path.length + 1)
    for (const [index, part] of path.slice(0, -1).entries()) {
      const next = target.get(part) ?? new Map<string, Value>()
      if (!(next instanceof Map)) throw this.defined([...outer, ...path.slice(0, index + 1)], line)
      target.set(part, next)
      target = next
    }
    const key = path.at(-1)!
    if (target.has(key)) throw this.defined([...text.context, key], line)
    target.set(key, value)
  }

  private defined(path: readonly string[], line: number): Error {
    return this.text.wrong(`Key '${nameOf(path)}' has already been defined.`, line)
  }

  /** Makes the table the one that keys belong to; tables on the way that are not there yet stand for others only. */
  private enter(path: readonly string[], isList: boolean): void {
    const { text } = this
    const parents = path.slice(0, -1)
    const last = path.at(-1)!
    let table = this.root
    for (const [index, part] of parents.entries()) {
      const name = parents.slice(0, index + 1)
      if (!table.has(part)) {
        this.implicit.add(nameOf(name))
        table.set(part, new Map())
      }
      const next = table.get(part)
      if (isTables(next)) table = next.at(-1) as GoMap
      else if (next instanceof Map) table = next
      else throw text.wrong(`Key '${nameOf(name)}' was already created as a hash.`)
    }
    text.context = parents
    if (isList) {
      const tables = table.get(last) ?? TypedSlice.of_('map[string]interface {}', [])
      if (!isTables(tables)) throw text.wrong(`Key '${nameOf(path)}' was already created and cannot be used as an array.`)
      tables.push(new Map())
      table.set(last, tables)
    } else this.define(last, new Map(), text.line)
    text.context = [...parents, last]
  }

  /** Sets a key of the present table; only a table that stood for others before may be defined again. */
  private define(key: string, value: Value, line: number): void {
    const { text } = this
    let table = this.root
    for (const [index, part] of text.context.entries()) {
      const next = table.get(part)
      if (isTables(next)) table = next.at(-1) as GoMap
      else if (next instanceof Map) table = next
      else throw this.defined(text.context.slice(0, index + 1), line)
    }
    const path = [...text.context, key]
    if (!table.has(key)) table.set(key, value)
    else if (!this.implicit.delete(nameOf(path))) throw this.defined(path, line)
  }
}

function named(character: string): string {
  return character === '' ? 'end of file' : `'${character}'`
}
