import { resolvePlain } from '../resolve.ts'
import { Flow } from './flow.ts'
import { type Form, giveUp, uncommon } from './lines.ts'
import { finite, starts, withoutEnd } from './scalars.ts'

// Nearly all YAML of charts is lines of `key: value`, `- item` and block scalars. This reads exactly that, straight into values, and mostly
// with the string functions and regular expressions of the engine, which are fast before any of our own code is compiled. Whatever else it
// meets (anchors, tags, quotes over several lines, everything that may be wrong) it leaves to the scanner and the parser, which begin anew.
// So it must accept only what it reads as they do; a property test holds one against the other.

/** What readCommon gives for a text it does not take on. */
export const UNCOMMON = Symbol('uncommon')
const unusual = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/

/** The first document of `text`, or UNCOMMON where reading it takes more than this. Never throws. */
export function readCommon(text: string, form: Form): unknown {
  const unix = text.includes('\r') ? text.replaceAll('\r\n', '\n') : text
  if (unusual.test(unix) || !unix.isWellFormed()) return UNCOMMON
  try {
    return new CommonReader(unix, form).document()
  } catch (error) {
    if (error === uncommon) return UNCOMMON
    throw error
  }
}

/** Whether a plain scalar is surely text: no number begins with a letter, and what means something else has at most five of them. */
function isWord(text: string): boolean {
  return text.length > 5 && text.charCodeAt(0) > 57
}

/** A plain key as text, where Go makes text of it. */
function resolvedKey(key: string): string {
  if (isWord(key) && key.length <= 1000) return key
  if (key.length > 1000) giveUp()
  const value = resolvePlain(key, true)
  if (typeof value === 'string') return value
  if (typeof value === 'boolean' || (typeof value === 'bigint' && value < 1n << 63n)) return String(value)
  return giveUp()
}

// `key: value` or `key:` to the end of the line, and the indentation of the next: most lines there are, in one call of the engine. The value is
// plain and has no comment. What this does not match may still be common. There are no groups: what they hold would be copied.
const pair = /[A-Za-z0-9_][\w./-]*:(?: [\w/.$(][^\n\t:#]*(?::[^ \n\t:#][^\n\t:#]*)*)?\n */y

class CommonReader extends Flow {
  /** Where `pair` ended at `start`, where it has been asked already and matched; else -1. */
  private found = -1

  document(): unknown {
    this.nextLine(0)
    if (this.column === -1 && this.text.startsWith('---', this.start)) {
      this.expectTail(this.start + 3)
      this.nextLine(this.end + 1)
    }
    if (this.column === -1) {
      if (this.start < this.text.length) giveUp()
      return null
    }
    const c = this.text.charCodeAt(this.start)
    // JSON, that is.
    const value =
      c === 91 || c === 123
        ? this.inline(this.start, -1)
        : this.isDash(this.start)
          ? this.sequence(this.column)
          : this.mapping(this.column, undefined)
    if (this.column !== -1) giveUp()
    return value
  }

  private sequence(column: number): unknown {
    this.enter()
    const items: unknown[] = []
    do items.push(this.item(column))
    while (this.column === column && this.isDash(this.start))
    this.depth--
    if (this.column > column) giveUp()
    return items
  }

  private item(column: number): unknown {
    const from = this.skipSpaces(this.start + 1)
    if (this.isLineOver(from)) {
      this.nextLine(this.end + 1)
      return this.column > column ? this.below(column) : null
    }
    const inner = this.column + from - this.start
    if (this.isDash(from)) {
      this.start = from
      this.column = inner
      const items = this.sequence(inner)
      if (this.column > column) giveUp()
      return items
    }
    this.found = this.pairAt(from)
    const key = this.found === -1 ? this.findKey(from) : undefined
    if (this.found === -1 && key === undefined) return this.inline(from, column)
    this.start = from
    this.column = inner
    const value = this.mapping(inner, key)
    if (this.column > column) giveUp()
    return value
  }

  /** A mapping at `column`; `first` is its first key where that has been read already. */
  private mapping(column: number, first: string | undefined): unknown {
    this.enter()
    const { text } = this
    const map = this.objects ? undefined : new Map<string, unknown>()
    const object: Record<string, unknown> | undefined = this.objects ? {} : undefined
    let key = first
    do {
      let value: unknown
      const next = key === undefined ? (this.found === -1 ? this.pairAt(this.start) : this.found) : -1
      this.found = -1
      if (next === -1) {
        key ??= this.key(this.start)
        value = this.value(column)
      } else {
        const colon = text.indexOf(':', this.start)
        const end = text.indexOf('\n', colon)
        key = resolvedKey(text.slice(this.start, colon))
        this.nextPair(next, end)
        value = end === colon + 1 ? this.below(column) : this.pairValue(colon + 2, end, column)
      }
      if (map !== undefined) map.set(key, value)
      else if (key === '__proto__') giveUp()
      else object![key] = value
      key = undefined
    } while (this.column === column)
    this.depth--
    if (this.column > column) giveUp()
    return map ?? object
  }

  private pairAt(from: number): number {
    pair.lastIndex = from
    return pair.test(this.text) ? pair.lastIndex : -1
  }

  /** Goes on from a line that `pair` matched up to `next`, and that ended at `end`. */
  private nextPair(next: number, end: number): void {
    const c = this.text.charCodeAt(next)
    if (c === 10 || c === 35) this.nextLine(end + 1)
    else this.goTo(next, next - end - 1)
  }

  /** The value that begins on a line that `pair` matched. */
  private pairValue(from: number, end: number, column: number): unknown {
    let text = withoutEnd(this.text.slice(from, end))
    if (this.column > column) text = this.continued(text, end, column)
    return isWord(text) ? text : finite(resolvePlain(text, this.exact))
  }

  private key(from: number): string {
    return this.findKey(from) ?? giveUp()
  }

  /** The key at `from`, with `after` on what follows its colon; undefined where the line has none there. */
  private findKey(from: number): string | undefined {
    const { text } = this
    const c = text.charCodeAt(from)
    if (c === 34 || c === 39) {
      const value = this.quoted(from, c)
      if (text.charCodeAt(this.after) !== 58 || !this.isBlankAt(this.after + 1)) return undefined
      if (this.after - from > 1000 || this.after > this.end) giveUp()
      this.after++
      return value
    }
    if (c < 128 && starts[c] === 0 && !(c === 45 && !this.isBlankAt(from + 1))) return undefined
    // Not in the whole text: a long list without any colon would be searched to its end for each item.
    const line = text.slice(from, this.end)
    let size = line.indexOf(':')
    while (size !== -1 && !this.isBlankAt(from + size + 1)) size = line.indexOf(':', size + 1)
    if (size === -1) return undefined
    const key = line.slice(0, size)
    if (key.includes(' #')) return undefined
    if (key === '<<' || key.endsWith(' ') || (this.tabs && key.includes('\t'))) giveUp()
    this.after = from + size + 1
    return resolvedKey(key)
  }

  /** The value after a key's colon, for a mapping at `column`. */
  private value(column: number): unknown {
    const from = this.skipSpaces(this.after)
    if (!this.isLineOver(from)) return this.inline(from, column)
    this.nextLine(this.end + 1)
    return this.below(column)
  }

  /** The value of a key or dash that has none on its line. One function, as each takes of the stack at each level. */
  private below(column: number): unknown {
    // Sequences need not be indented below their key.
    if (this.column >= column && this.isDash(this.start)) return this.sequence(this.column)
    if (this.column <= column) return null
    this.found = this.pairAt(this.start)
    const key = this.found === -1 ? this.findKey(this.start) : undefined
    return this.found === -1 && key === undefined ? this.inline(this.start, column) : this.mapping(this.column, key)
  }

  /** A value that begins on the line at hand, at `from`. */
  private inline(from: number, column: number): unknown {
    const c = this.text.charCodeAt(from)
    let value: unknown
    if (c === 34 || c === 39) {
      value = this.quoted(from, c)
      if (this.after > this.end) this.lastEnd = this.lineEnd(this.after)
      this.expectTail(this.after)
    } else if (c === 124 /* | */ || c === 62 /* > */) return this.blockScalar(from, column)
    else if (c === 91 || c === 123) {
      value = this.flow(from)
      this.lastEnd = this.lineEnd(this.after)
      this.expectTail(this.after)
    } else return this.plain(from, column)
    this.nextLine(this.end + 1)
    // What is indented further would belong to this scalar, or be wrong.
    if (this.column > column) giveUp()
    return value
  }
}
