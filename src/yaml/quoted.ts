import { isBreak } from './characters.ts'
import { isPrintable } from './scalar.ts'

/** Where a scalar is written: at which column it begins, where its continuation lines begin, and whether it may be folded at all. */
export interface Place {
  column: number
  indent: number
  /** go-yaml breaks at the first space beyond this column; Infinity for keys and for yaml/v3. */
  width: number
}

/** A plain scalar, folded: only a single space becomes a line break. */
export function foldPlain(text: string, place: Place): string {
  return fold(text, place.column, place, false)
}

/** A single-quoted scalar, folded as a plain one, but for LS and PS, which it may contain. */
export function quoteSingle(text: string, place: Place): string {
  if (!hasBreak(text)) {
    const body = text.includes("'") ? text.replaceAll("'", "''") : text
    if (place.column + body.length + 1 <= place.width) return `'${body}'`
  }
  return `'${fold(text, place.column + 1, place, true)}'`
}

function hasBreak(text: string): boolean {
  return text.includes('\u2028') || text.includes('\u2029')
}

function fold(text: string, start: number, place: Place, quoted: boolean): string {
  const { indent, width } = place
  const newline = `\n${' '.repeat(indent)}`
  const last = text.length - 1
  let out = ''
  let column = start
  let spaces = false
  let breaks = false
  for (let i = 0; i <= last; i++) {
    const c = text.charCodeAt(i)
    if (c === 32) {
      if (!spaces && column > width && (!quoted || (i > 0 && i < last)) && text.charCodeAt(i + 1) !== 32) {
        out += newline
        column = indent
      } else {
        out += ' '
        column++
      }
      spaces = true
    } else if (isBreak(c)) {
      out += text[i]
      column = 0
      breaks = true
    } else {
      if (breaks && column < indent) {
        out += ' '.repeat(indent - column)
        column = indent
      }
      if (quoted && c === 39) {
        out += "'"
        column++
      }
      out += text[i]
      column++
      spaces = false
      breaks = false
    }
  }
  return out
}

/** A double-quoted scalar, with go-yaml's escapes. */
export function quoteDouble(text: string, place: Place): string {
  const { indent, width } = place
  const newline = `\n${' '.repeat(indent)}`
  // A text that begins with a byte order mark has all its characters escaped.
  const all = text.charCodeAt(0) === 0xfeff
  const last = text.length - 1
  let out = '"'
  let column = place.column + 1
  let spaces = false
  for (let i = 0; i <= last; i++) {
    const c = text.charCodeAt(i)
    if (all || c === 34 || c === 92 || !isPrintable(c) || isBreak(c)) {
      const code = text.codePointAt(i)!
      if (code > 0xffff) i++
      const escaped = escapeCode(code)
      out += escaped
      column += escaped.length
      spaces = false
    } else if (c === 32) {
      if (!spaces && column > width && i > 0 && i < last) {
        out += newline
        column = indent
        if (text.charCodeAt(i + 1) === 32) {
          out += '\\'
          column++
        }
      } else {
        out += ' '
        column++
      }
      spaces = true
    } else {
      out += text[i]
      column++
      spaces = false
    }
  }
  return `${out}"`
}

const named = new Map<number, string>([
  [0, '\\0'],
  [7, '\\a'],
  [8, '\\b'],
  [9, '\\t'],
  [10, '\\n'],
  [11, '\\v'],
  [12, '\\f'],
  [13, '\\r'],
  [27, '\\e'],
  [34, '\\"'],
  [92, '\\\\'],
  [0x85, '\\N'],
  [0xa0, '\\_'],
  [0x2028, '\\L'],
  [0x2029, '\\P'],
])

function escapeCode(code: number): string {
  const name = named.get(code)
  if (name !== undefined) return name
  const hex = code.toString(16).toUpperCase()
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}

/** The body of a literal block with its header, without the newline that ends its last line unless the text has it. */
export function literalBlock(text: string, indent: number): string {
  const first = text.charCodeAt(0)
  const last = text.length - 1
  let out = first === 32 || isBreak(first) ? '|2' : '|'
  if (!isBreak(text.charCodeAt(last))) out += '-'
  else if (last === 0 || isBreak(text.charCodeAt(last - 1))) out += '+'
  out += '\n'
  const pad = ' '.repeat(indent)
  if (!hasBreak(text)) return out + (first === 10 ? '' : pad) + text.replace(/\n(?=[^\n])/g, `\n${pad}`)
  let start = 0
  for (let i = 0; i <= last; i++) {
    if (!isBreak(text.charCodeAt(i))) continue
    if (i > start) out += pad + text.slice(start, i + 1)
    else out += text[i]
    start = i + 1
  }
  return start <= last ? out + pad + text.slice(start) : out
}
