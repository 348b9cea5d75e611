import { compareStrings } from '../bytes.ts'
import { formatFloat } from '../float.ts'
import { isNilContainer } from '../reflect.ts'
import { GoFunc, type GoMap, GoObject, Int, nilBytes, type Value } from '../value.ts'
import { failure } from './failure.ts'
import { formatTime, GoTime } from './go-time.ts'

/**
 * The bytes of BurntSushi/toml 1.6: keys in byte order, plain values before tables, tables indented by two spaces for each level and with
 * empty lines between those at the top. nil values are left out. Throws for nil in lists and for lists of tables at the top.
 */
export function writeToml(value: Value): string {
  if (value === null) throw failure('reflect: call of reflect.Value.Type on zero Value')
  const writer = new Writer()
  writer.entry([], unwrap(value))
  return writer.text
}

class Writer {
  text = ''

  private lineBreak(): void {
    if (this.text !== '') this.text += '\n'
  }

  entry(path: string[], value: Value): void {
    if (isNil(value) && !(path.length === 0 && isList(value))) return
    if (value instanceof Map) this.table(path, value)
    else if (isList(value) && isTableList(value)) this.tableList(path, value)
    else if (path.length === 0) this.text += inline(value)
    else {
      this.text += `${indentation(path)}${formatKey(path.at(-1)!)} = ${inline(value)}`
      this.lineBreak()
    }
  }

  private table(path: string[], table: GoMap): void {
    if (path.length === 1) this.lineBreak()
    if (path.length > 0) this.header(path, '[', ']')
    this.members(path, table)
  }

  private tableList(path: string[], list: readonly Value[]): void {
    if (path.length === 0) throw failure('toml: top-level values must be Go maps or structs')
    for (const table of list.map(unwrap)) {
      if (isNil(table)) continue
      this.lineBreak()
      this.header(path, '[[', ']]')
      this.members(path, table as GoMap)
    }
  }

  private header(path: string[], open: string, close: string): void {
    this.text += `${indentation(path)}${open}${path.map(formatKey).join('.')}${close}`
    this.lineBreak()
  }

  private members(path: string[], table: GoMap): void {
    for (const [name, value] of ordered(table)) this.entry([...path, name], value)
  }
}

/** The fields of a struct, which stay in their order. */
class Fields extends Map<string, Value> {}

/** The members of a table: those that are no tables first. */
function ordered(table: GoMap): [string, Value][] {
  const names = table instanceof Fields ? [...table.keys()] : [...table.keys()].sort(compareStrings)
  const members = names.map((name): [string, Value] => [name, unwrap(table.get(name)!)])
  return [...members.filter(([, value]) => !isTable(value)), ...members.filter(([, value]) => isTable(value))]
}

function isTable(value: Value): boolean {
  return !isNil(value) && (value instanceof Map || (isList(value) && isTableList(value)))
}

function isList(value: Value): value is Value[] {
  return Array.isArray(value)
}

function isTableList(list: readonly Value[]): boolean {
  let tables = list.length > 0
  for (const item of list.map(unwrap)) {
    if (isNil(item)) throw failure('toml: cannot encode array with nil element')
    if (isList(item)) isTableList(item)
    if (!(item instanceof Map)) tables = false
  }
  return tables
}

function isNil(value: Value): boolean {
  return value === null || isNilContainer(value)
}

/** Structs as maps of their fields, bytes as numbers. */
function unwrap(value: Value): Value {
  if (value instanceof Uint8Array && value !== nilBytes) return Array.from(value, (byte) => new Int('uint8', BigInt(byte)))
  if (!(value instanceof GoObject) || value instanceof GoTime) return value
  const fields = value.isStringer ? undefined : value.goFields()
  return value.asMap() ?? (fields ? new Fields(fields.filter(([name]) => !value.hides(name))) : value.toJsonValue())
}

function inline(value: Value): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'number') return float(value)
  if (value instanceof Int) return value.value.toString()
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (isList(value)) return `[${Array.from(value, (item) => inline(unwrap(item))).join(', ')}]`
  if (value instanceof Map) return inlineTable(value)
  if (value instanceof GoTime) return formatTime(value, '2006-01-02T15:04:05.999999999Z07:00')
  if (value instanceof GoFunc) throw failure('unsupported type: func')
  return ''
}

/** A nil member leaves its comma behind where it is the last one, as in Go. */
function inlineTable(table: GoMap): string {
  const members = ordered(table)
  const parts = members.map(([name, value], index) => {
    if (isNil(value)) return ''
    return `${formatKey(name)} = ${inline(value)}${index < members.length - 1 ? ', ' : ''}`
  })
  return `{${parts.join('')}}`
}

function float(number: number): string {
  if (Number.isNaN(number)) return 'nan'
  if (!Number.isFinite(number)) return number < 0 ? '-inf' : 'inf'
  const text = formatFloat(number)
  return /[.e]/.test(text) ? text : `${text}.0`
}

/** A key as it stands in TOML: quoted where it has to be. */
export function formatKey(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : quoted(name)
}

const escapes: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r' }

function quoted(text: string): string {
  const escaped = text.replace(/["\\\x00-\x1f\x7f]/g, (character) => {
    return escapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
  return `"${escaped}"`
}

function indentation(path: string[]): string {
  return '  '.repeat(path.length - 1)
}
