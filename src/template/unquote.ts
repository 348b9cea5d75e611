import { fromBytes, toBytes } from './bytes.ts'

/** Go's `strconv.Unquote` of a string literal in double quotes or backquotes; undefined where it is no such literal. */
export function unquote(literal: string): string | undefined {
  const mark = literal[0]
  if (literal.length < 2 || mark !== literal.at(-1)) return undefined
  const body = literal.slice(1, -1)
  if (mark === '`') return body.includes('`') ? undefined : body.replaceAll('\r', '')
  if (mark !== '"' || body.includes('\n')) return undefined
  if (!body.includes('\\')) return body.includes('"') ? undefined : body
  let text = ''
  let bytes = false
  for (let at = 0; at < body.length; ) {
    const backslash = body.indexOf('\\', at)
    const plain = body.slice(at, backslash < 0 ? body.length : backslash)
    if (plain.includes('"')) return undefined
    text += plain
    if (backslash < 0) break
    const next = unquoteChar(body.slice(backslash), '"')
    if (next === undefined) return undefined
    const raw = next.byte && next.code >= 0x80
    bytes ||= raw
    text += String.fromCodePoint(raw ? 0xdc00 + next.code : next.code)
    at = body.length - next.tail.length
  }
  return bytes ? fromBytes(toBytes(text)) : text
}

/** One character of a literal's body. `byte` tells that `code` is a byte (`\xff`, `\377`) and no code point. */
export interface UnquotedChar {
  code: number
  byte: boolean
  tail: string
}

const simple: Record<string, number> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 0x5c }

/** Go's `strconv.UnquoteChar`: the first character of `text`, escapes resolved; undefined where the syntax is wrong. */
export function unquoteChar(text: string, mark: string): UnquotedChar | undefined {
  const code = text.codePointAt(0)
  if (code === undefined || text[0] === mark) return undefined
  if (code !== 0x5c) return { code, byte: false, tail: text.slice(code > 0xffff ? 2 : 1) }
  const kind = text[1]
  if (kind === undefined) return undefined
  if (simple[kind] !== undefined) return { code: simple[kind], byte: false, tail: text.slice(2) }
  if (kind === "'" || kind === '"') return kind === mark ? { code: kind.charCodeAt(0), byte: false, tail: text.slice(2) } : undefined
  const octal = /^\\([0-7]{3})/.exec(text)
  if (octal) {
    const value = Number.parseInt(octal[1]!, 8)
    return value > 255 ? undefined : { code: value, byte: true, tail: text.slice(4) }
  }
  const width = { x: 2, u: 4, U: 8 }[kind]
  const digits = width === undefined ? '' : text.slice(2, 2 + width)
  if (width === undefined || !/^[0-9a-fA-F]+$/.test(digits) || digits.length !== width) return undefined
  const value = Number.parseInt(digits, 16)
  if (kind !== 'x' && (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))) return undefined
  return { code: value, byte: kind === 'x', tail: text.slice(2 + width) }
}
