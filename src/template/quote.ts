import { isByte, joinBytes } from './bytes.ts'
import { isPrint } from './unicode.ts'

const plain = /^[ !#-[\]-~]*$/
const escapes: Record<number, string> = { 7: '\\a', 8: '\\b', 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r' }

/** Go's `strconv.Quote`, `%q`: a double-quoted string literal; what cannot be printed is escaped. */
export function quote(text: string): string {
  return plain.test(text) ? `"${text}"` : quoteWith(text, 0x22, false)
}

/** Go's `strconv.QuoteToASCII`, `%+q`. */
export function quoteToAscii(text: string): string {
  return plain.test(text) ? `"${text}"` : quoteWith(text, 0x22, true)
}

/** Go's `strconv.QuoteRune`, `%q` of an integer; what is no character becomes U+FFFD. */
export function quoteRune(code: number, ascii = false): string {
  const valid = code >= 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
  return quoteWith(String.fromCodePoint(valid ? code : 0xfffd), 0x27, ascii)
}

/** Go's `strconv.CanBackquote`: whether the text can stand in backquotes on one line. */
export function canBackquote(text: string): boolean {
  return text.isWellFormed() && !/[\x00-\x08\x0a-\x1f`\x7f\ufeff]/.test(text)
}

function quoteWith(text: string, mark: number, ascii: boolean): string {
  const delimiter = String.fromCharCode(mark)
  let quoted = delimiter
  for (const char of joinBytes(text)) {
    const code = char.codePointAt(0)!
    if (code === mark || code === 0x5c) quoted += `\\${char}`
    else if (code < 0x7f && code >= 0x20) quoted += char
    else if (escapes[code] !== undefined) quoted += escapes[code]
    else if (code < 0x20 || code === 0x7f) quoted += `\\x${hex(code, 2)}`
    else if (isByte(code)) quoted += `\\x${hex(code - 0xdc00, 2)}`
    else if (code >= 0xd800 && code <= 0xdfff) quoted += ascii ? '\\ufffd' : '\ufffd'
    else if (!ascii && isPrint(code)) quoted += char
    else quoted += code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`
  }
  return quoted + delimiter
}

function hex(code: number, width: number): string {
  return code.toString(16).padStart(width, '0')
}
