import { EVENT_ID, type Event, getScalarValue, parseEvents, SCALAR_STYLE } from 'js-yaml'
import { ConvergeError, isConvergeError, messageOf } from '../errors.ts'
import { formatFloat } from '../yaml/float.ts'
import { literalBlock } from '../yaml/quoted.ts'
import { resolvePlain } from '../yaml/resolve.ts'
import { decrypt, encrypt, isEncrypted, type SecretKey } from './cipher.ts'

/** One scalar of a values file that is no key: where it stands, and what it says. */
interface ValueScalar {
  path: string
  start: number
  end: number
  /** undefined for null, which is never encrypted. */
  text: string | undefined
  /** Inside of [] or {}. */
  flow: boolean
  /** A block scalar ends with the line, others before it does. */
  block: boolean
}

/**
 * A values file whose values are encrypted one by one; keys, comments, order and anchors stay as they are. What `kept` has is taken for an unchanged value, so that a diff
 * shows only what changed. Values that are no strings become strings.
 * @throws ConvergeError ERR_SECRET for what is no YAML
 */
export function encryptValues(text: string, key: SecretKey, file: string, kept: ReadonlyMap<string, Encrypted> = new Map()): string {
  return rewrite(text, file, ({ path, text: plain }) => {
    const before = kept.get(path)
    return before?.plain === plain ? before!.text : encrypt(plain!, key)
  })
}

/** The text of a values file with its values decrypted, fit to be read, changed and encrypted again. */
export function decryptValues(text: string, key: SecretKey, file: string): string {
  return rewrite(text, file, (scalar) => yamlText(decryptAt(scalar, key, text, file), scalar, text))
}

/** The values of a file encrypted for `key` that were for `old`. */
export function rotateValues(text: string, old: SecretKey, key: SecretKey, file: string): string {
  return rewrite(text, file, (scalar) => encrypt(decryptAt(scalar, old, text, file), key))
}

export interface Encrypted {
  plain: string
  text: string
}

/** What is encrypted in a file, by path. */
export function encryptedByPath(text: string, key: SecretKey, file: string): Map<string, Encrypted> {
  const found = scalarsOf(text, file).filter((scalar) => scalar.text)
  return new Map(found.map((scalar) => [scalar.path, { plain: decryptAt(scalar, key, text, file), text: scalar.text! }]))
}

/** Whether a file has values and all of them are encrypted. */
export function isEncryptedFile(text: string, file: string): boolean {
  const values = scalarsOf(text, file).filter((scalar) => scalar.text)
  return values.length > 0 && values.every((scalar) => isEncrypted(scalar.text!))
}

function decryptAt({ text: value, start, path }: ValueScalar, key: SecretKey, text: string, file: string): string {
  try {
    return decrypt(value!, key)
  } catch (error) {
    if (!isConvergeError(error)) throw error
    const line = text.slice(0, start).split('\n').length
    throw new ConvergeError(error.code, `${path} of ${file}: ${error.message}`, { hint: error.hint, location: { file, line } })
  }
}

function rewrite(given: string, file: string, change: (scalar: ValueScalar) => string): string {
  const text = given === '' || given.endsWith('\n') ? given : `${given}\n`
  let out = ''
  let at = 0
  for (const scalar of scalarsOf(text, file)) {
    if (scalar.text === undefined || scalar.text === '') continue
    out += text.slice(at, scalar.start) + change(scalar) + (scalar.block ? '\n' : '')
    at = scalar.end
  }
  return out + text.slice(at)
}

interface Level {
  path: string
  flow: boolean
  mapping: boolean
  count: number
  key: string
}

function scalarsOf(text: string, file: string): ValueScalar[] {
  let events: Event[]
  try {
    events = parseEvents(text, { filename: file })
  } catch (error) {
    throw new ConvergeError('ERR_SECRET', `${file} is no YAML: ${messageOf(error).split('\n')[0]}`, { location: { file } })
  }
  const found: ValueScalar[] = []
  const levels: Level[] = []
  const step = (): { path: string; isKey: boolean; flow: boolean } => {
    const level = levels.at(-1)
    if (!level) return { path: '', isKey: false, flow: false }
    const isKey = level.mapping && level.count % 2 === 0
    const name = level.mapping ? (level.path === '' ? level.key : `.${level.key}`) : `[${level.count}]`
    level.count++
    return { path: `${level.path}${name}`, isKey, flow: level.flow }
  }
  for (const event of events) {
    if (event.type === EVENT_ID.POP) levels.pop()
    else if (event.type === EVENT_ID.DOCUMENT) levels.push({ path: '', flow: false, mapping: false, count: 0, key: '' })
    else if (event.type === EVENT_ID.ALIAS) step()
    else if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) {
      const { path, flow } = step()
      const mapping = event.type === EVENT_ID.MAPPING
      levels.push({ path: path.replace(/^\[0\]/, ''), flow: flow || event.style === 2, mapping, count: 0, key: '' })
    } else {
      const { path, isKey, flow } = step()
      const value = getScalarValue(text, event)
      if (isKey) {
        levels.at(-1)!.key = value
        continue
      }
      const plain = event.style === SCALAR_STYLE.PLAIN && event.tagStart < 0
      const block = event.style === SCALAR_STYLE.LITERAL_BLOCK || event.style === SCALAR_STYLE.FOLDED_BLOCK
      const quoted = !block && event.style !== SCALAR_STYLE.PLAIN
      const start = block ? headerOf(text, event.valueStart) : event.valueStart - (quoted ? 1 : 0)
      const end = block ? event.valueEnd : event.valueEnd + (quoted ? 1 : 0)
      found.push({ path, start, end, text: plain ? plainText(value) : value, flow, block })
    }
  }
  return found
}

/** Where the `|` or `>` stands before the first line of a block. */
function headerOf(text: string, first: number): number {
  const end = text.lastIndexOf('\n', first - 1)
  const start = text.lastIndexOf('\n', end - 1) + 1
  const header = /[|>][-+0-9]*[ \t]*(?:#.*)?\r?$/.exec(text.slice(start, end))
  return start + (header?.index ?? 0)
}

/** A plain scalar as yaml.v3 reads it and `%v` prints it; undefined for null. */
function plainText(text: string): string | undefined {
  if (/^(true|True|TRUE)$/.test(text)) return 'true'
  if (/^(false|False|FALSE)$/.test(text)) return 'false'
  const value = resolvePlain(text)
  if (value === null) return undefined
  if (typeof value === 'bigint') return String(value)
  return typeof value === 'number' ? formatFloat(value) : text
}

/** A string in the place of an encrypted one. */
function yamlText(value: string, { flow, end, start }: ValueScalar, text: string): string {
  if (/^[A-Za-z0-9_./][-A-Za-z0-9_./@+=%]*$/.test(value) && typeof resolvePlain(value) === 'string') return value
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start)
  const rest = text.slice(end, (text.indexOf('\n', end) + 1 || text.length + 1) - 1)
  if (value.includes('\n') && !flow && rest.trim() === '' && /^[\t\n\x20-\x7e\xa0-\ud7ff]*$/.test(value) && !/^[\n ]|[ \t]\n/.test(value)) {
    const indent = /^[ ]*(?:- +)*/.exec(line)![0].length + 2
    // The line feed after the value ends the block.
    return literalBlock(value, indent).replace(/\n$/, '')
  }
  return JSON.stringify(value)
}
