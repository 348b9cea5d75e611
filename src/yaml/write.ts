import { ConvergeError } from '../errors.ts'
import { GoFunc, GoObject, Int, nilBytes, TypedMap, TypedSlice } from '../template/value.ts'
import { isBreak } from './characters.ts'
import { formatFloat } from './float.ts'
import { sortKeys, sortKeysPretty } from './keyorder.ts'
import { foldPlain, literalBlock, quoteDouble, quoteSingle } from './quoted.ts'
import { analyze, DOUBLE, isLiteral, isPlain, LITERAL, PLAIN, styleOf } from './scalar.ts'
import { MAX_DEPTH } from './scan/scanner.ts'

/** From here on a value that lies within itself is looked for: without an end the stack would end. */
const CYCLE_DEPTH = 1000

/** What differs between Go's two YAML encoders and how Helm feeds them. */
interface Dialect {
  width: number
  /** yaml/v3: sequences are indented below their key, literal blocks may have tabs. */
  pretty: boolean
  sort(keys: string[]): string[]
  text(text: string): string
  number(value: number): string
  bytes(value: Uint8Array): unknown
}

/**
 * The bytes of sigs.k8s.io/yaml 1.6 Marshal, as `toYaml` (before it drops the last newline), `get values -o yaml` and the like print them:
 * block style, keys in go-yaml's order, lines folded after column 80. Takes template values and plain JSON. The way leads through JSON as in
 * Go, so whole floats become integers and bytes base64. Throws ConvergeError ERR_YAML for what Go cannot write: NaN and infinities, control
 * characters, cycles; `toYaml` gives "" then.
 */
export function writeYaml(value: unknown): string {
  return new Writer(compact).document(value)
}

/** The bytes of yaml.v3 3.0.4 with an indentation of 2, as `toYamlPretty` prints them: no folding, floats as Go prints them. */
export function writeYamlPretty(value: unknown): string {
  return new Writer(pretty).document(value)
}

class Writer {
  private readonly dialect: Dialect
  private out = ''
  /** Whether the current line is empty: a literal block has ended it already. */
  private fresh = true
  private depth = 0
  /** The containers around the present one, from a depth on. */
  private readonly above = new Set<object>()

  constructor(dialect: Dialect) {
    this.dialect = dialect
  }

  document(value: unknown): string {
    // A scalar by itself is indented as if it stood below something.
    if (typeof value === 'string') this.string(value, 2, 0, false)
    else this.node(value, -2, 0, false)
    if (!this.fresh) this.out += '\n'
    return this.out
  }

  private line(indent: number): void {
    this.out += this.fresh ? padding(indent) : breakAndPadding(indent)
    this.fresh = false
  }

  private append(text: string): void {
    this.out += text
    this.fresh = false
  }

  /**
   * Writes a value at the current position. `indent` is its parent's, `column` where it begins; `inline` tells that the line goes on before
   * it (`key:`), so that a scalar needs a space and a collection a new line.
   */
  private node(value: unknown, indent: number, column: number, inline: boolean): void {
    if (typeof value === 'string') this.string(value, indent + 2, column, inline)
    else if (typeof value === 'object' && value !== null) this.object(value, indent, column, inline)
    else this.scalar(this.simple(value), inline)
  }

  private simple(value: unknown): string {
    if (value === null || value === undefined) return 'null'
    if (typeof value === 'number') return this.dialect.number(value)
    if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
    throw unsupported(typeof value)
  }

  private object(value: object, indent: number, column: number, inline: boolean): void {
    if (value instanceof Map) {
      if (value.size === 0) this.scalar(isNil(value) && !this.dialect.pretty ? 'null' : '{}', inline)
      else {
        const keys = [...value.keys()]
        this.mapping(value instanceof Fields ? keys : this.dialect.sort(keys), value, indent + 2, inline)
      }
    } else if (Array.isArray(value)) {
      if (value.length === 0) this.scalar(isNil(value) && !this.dialect.pretty ? 'null' : '[]', inline)
      else this.sequence(value, indent, inline)
    } else if (value instanceof Int) this.scalar(String(value.value), inline)
    else if (value instanceof Uint8Array) this.node(this.dialect.bytes(value), indent, column, inline)
    else if (value instanceof GoObject) this.goObject(value, indent, column, inline)
    else if (value instanceof GoFunc) throw unsupported('func')
    else this.object(new Map(Object.entries(value).filter(([, item]) => item !== undefined)), indent, column, inline)
  }

  private goObject(value: GoObject, indent: number, column: number, inline: boolean): void {
    const json = value.toJsonValue()
    if (!this.dialect.pretty || value.kind === 'map') this.node(json, indent, column, inline)
    // yaml/v3 knows times and durations, and writes them plain.
    else if (value.goType === 'time.Time' && typeof json === 'string') this.scalar(json, inline)
    else if (value.goType === 'time.Duration') this.scalar(value.toGoString(), inline)
    else this.node(fieldsOf(json), indent, column, inline)
  }

  private scalar(text: string, inline: boolean): void {
    if (inline) this.out += ' '
    this.append(text)
  }

  private string(text: string, indent: number, column: number, inline: boolean): void {
    if (inline) this.out += ' '
    this.fresh = false
    const { width } = this.dialect
    if (isPlain(text)) {
      this.out += column + text.length <= width || !text.includes(' ') ? text : foldPlain(text, { column, indent, width })
      return
    }
    const styled = this.styled(this.dialect.text(text), indent, column, width)
    this.out += styled
    if (isBreak(styled.charCodeAt(styled.length - 1))) this.fresh = true
  }

  private styled(text: string, indent: number, column: number, width: number): string {
    if (text === '') return '""'
    if (this.dialect.pretty && !text.isWellFormed()) return binary(text, indent)
    if (isLiteral(text)) return literalBlock(text, indent)
    const analysis = analyze(text, this.dialect.pretty)
    const style = styleOf(text, analysis)
    if (style === LITERAL) return literalBlock(text, indent)
    const place = { column, indent, width }
    if (style === PLAIN) return foldPlain(text, place)
    return style === DOUBLE ? quoteDouble(text, place) : quoteSingle(text, place)
  }

  private mapping(keys: string[], map: ReadonlyMap<string, unknown>, indent: number, inline: boolean): void {
    this.enter(map)
    let here = !inline
    for (const key of keys) {
      if (here) here = false
      else this.line(indent)
      const text = this.key(key)
      if (text === undefined) this.complexPair(key, map.get(key), indent)
      else {
        this.append(text)
        this.out += ':'
        this.node(map.get(key), indent, indent + text.length + 2, true)
      }
    }
    this.leave(map)
  }

  /** A key as it stands before its colon; undefined where it takes a `?`. */
  private key(key: string): string | undefined {
    if (isPlain(key) && key.length <= 42) return key
    const text = this.dialect.text(key)
    if (!this.dialect.pretty) checkKey(key)
    if (text.length > 128 || (text.length > 42 && Buffer.byteLength(text) > 128)) return undefined
    if (isPlain(text)) return text
    const { multiline } = analyze(text, this.dialect.pretty)
    return multiline ? undefined : this.styled(text, 0, 0, Number.POSITIVE_INFINITY)
  }

  private complexPair(key: string, value: unknown, indent: number): void {
    this.append('? ')
    this.string(key, indent + 2, indent + 2, false)
    this.line(indent)
    this.append(':')
    // A collection starts on the line of the colon, as it does after a dash.
    if (isCollection(value)) {
      this.append(' ')
      this.node(value, indent, indent + 2, false)
    } else this.node(value, indent, indent + 2, true)
  }

  private sequence(items: readonly unknown[], parent: number, inline: boolean): void {
    this.enter(items)
    const indent = inline && !this.dialect.pretty ? Math.max(parent, 0) : parent + 2
    let here = !inline
    for (const item of items) {
      if (here) here = false
      else this.line(indent)
      this.append('- ')
      this.node(item, indent, indent + 2, false)
    }
    this.leave(items)
  }

  private enter(container: object): void {
    if (++this.depth > MAX_DEPTH) throw new ConvergeError('ERR_YAML', `exceeded max depth of ${MAX_DEPTH}`)
    if (this.depth <= CYCLE_DEPTH) return
    if (this.above.has(container)) throw new ConvergeError('ERR_YAML', 'a value lies within itself')
    this.above.add(container)
  }

  private leave(container: object): void {
    if (this.depth-- > CYCLE_DEPTH) this.above.delete(container)
  }
}

/** The fields of a struct, which keep their order. */
class Fields extends Map<string, unknown> {}

/** yaml/v3 looks at structs without regard for what they are called in JSON: it takes the names in Go, in lower case. */
function fieldsOf(json: unknown): unknown {
  if (!(json instanceof Map)) return json
  return new Fields([...json].map(([name, item]) => [String(name).replaceAll('_', '').toLowerCase(), fieldsOf(item)]))
}

function isNil(value: object): boolean {
  return (value instanceof TypedMap || value instanceof TypedSlice) && value.nil
}

function isCollection(value: unknown): boolean {
  if (value instanceof GoObject) return isCollection(value.toJsonValue())
  return typeof value === 'object' && value !== null && !(value instanceof Int)
}

const paddings: string[] = []
function padding(indent: number): string {
  return (paddings[indent] ??= ' '.repeat(indent))
}

const breaks: string[] = []
function breakAndPadding(indent: number): string {
  return (breaks[indent] ??= `\n${padding(indent)}`)
}

const refused = /[\x7f-\x84\x86-\x9f\ufffe\uffff]/
const suspicious = /[\x7f-\x9f\ud800-\udfff\ufffe\uffff]/

/**
 * What a string becomes on its way through JSON, which Go reads back with its YAML scanner: broken UTF-8 turns into U+FFFD, NEL is a line
 * break there and is folded, other control characters beyond ASCII are refused.
 */
function throughJson(text: string): string {
  if (!suspicious.test(text)) return text
  const whole = text.isWellFormed()
    ? text
    : text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
  if (refused.test(whole)) throw new ConvergeError('ERR_YAML', 'yaml: control characters are not allowed')
  if (!whole.includes('\x85')) return whole
  if (/\x85(?:---|\.\.\.)[ \x85]/.test(whole)) throw new ConvergeError('ERR_YAML', 'yaml: found unexpected document indicator')
  return whole.replace(/ *\x85[ \x85]*/g, (run) => {
    const breaks = run.split('\x85').length - 1
    return breaks === 1 ? ' ' : '\n'.repeat(breaks - 1)
  })
}

/** In JSON, too, the scanner looks for the colon of a key only so far, and on one line. */
function checkKey(key: string): void {
  if (key.length < 170 && !key.includes('\x85')) return
  let size = 2
  for (const char of key) size += jsonSize(char)
  if (size > 1024 || key.includes('\x85')) throw new ConvergeError('ERR_YAML', "yaml: did not find expected ',' or '}'")
}

function jsonSize(char: string): number {
  const c = char.codePointAt(0)!
  if (c === 34 || c === 92 || c === 8 || c === 9 || c === 10 || c === 12 || c === 13) return 2
  return c < 32 || c === 38 || c === 60 || c === 62 || c === 0x2028 || c === 0x2029 || (c >= 0xd800 && c <= 0xdfff) ? 6 : 1
}

function unsupported(what: string): ConvergeError {
  return new ConvergeError('ERR_YAML', `error marshaling into JSON: json: unsupported type: ${what}`)
}

/** A float64 that went through JSON and was read again: an integer where its JSON text is one that fits 64 bits. */
function throughJsonNumber(value: number): string {
  if (Number.isInteger(value)) {
    // encoding/json writes the shortest digits and fills up with zeros, as JavaScript does up to 1e21; -0 is read as an integer.
    const text = String(value)
    if (Number.isSafeInteger(value)) return text
    if (Math.abs(value) < 1e20 && fits64(BigInt(text))) return text
  } else if (!Number.isFinite(value)) {
    const text = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
    throw new ConvergeError('ERR_YAML', `error marshaling into JSON: json: unsupported value: ${text}`)
  }
  return formatFloat(value)
}

function fits64(value: bigint): boolean {
  return value >= -(1n << 63n) && value < 1n << 64n
}

/** yaml/v3 writes text that is not UTF-8 as !!binary, with lines of 70 characters. */
function binary(text: string, indent: number): string {
  const bytes: number[] = []
  for (const char of text) {
    const c = char.codePointAt(0)!
    if (c >= 0xdc80 && c <= 0xdcff) bytes.push(c - 0xdc00)
    else bytes.push(...Buffer.from(char))
  }
  const base64 = Buffer.from(bytes).toString('base64')
  if (base64.length < 70) return `!!binary ${base64}`
  const lines = base64.match(/.{1,70}/g)!
  return `!!binary ${literalBlock(`${lines.join('\n')}\n`, indent)}`
}

const compact: Dialect = {
  width: 80,
  pretty: false,
  sort: sortKeys,
  text: throughJson,
  number: throughJsonNumber,
  bytes: (value) => (value === nilBytes ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')),
}

const pretty: Dialect = {
  width: Number.POSITIVE_INFINITY,
  pretty: true,
  sort: sortKeysPretty,
  text: (text) => text,
  number: (value) => {
    const text = formatFloat(value)
    return text === '+Inf' ? '.inf' : text === '-Inf' ? '-.inf' : text === 'NaN' ? '.nan' : text
  },
  bytes: (value) => [...value],
}
