import { isByte, toBytes } from './bytes.ts'
import { isPrint } from './unicode.ts'

const html: Record<string, string> = { '\0': '\ufffd', '"': '&#34;', "'": '&#39;', '&': '&amp;', '<': '&lt;', '>': '&gt;' }
const js: Record<string, string> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
}

/** Go's template.HTMLEscapeString. */
export function escapeHtml(text: string): string {
  return text.replace(/[\0"'&<>]/g, (char) => html[char]!)
}

/** Go's template.JSEscapeString. */
export function escapeJs(text: string): string {
  return text.replace(/[\\'"<>&=\x00-\x1f]|[^\x00-\x7f]/gu, (char) => {
    const code = char.codePointAt(0)!
    if (js[char] !== undefined) return js[char]
    if (code < 0x20) return `\\u00${hex(code, 2)}`
    if (isByte(code)) return '\ufffd'
    return isPrint(code) ? char : `\\u${hex(code, 4)}`
  })
}

/** Go's url.QueryEscape: bytes but for letters, digits and `-_.~` as `%XX`, a space as `+`. */
export function escapeQuery(text: string): string {
  if (/^[\w.~-]*$/.test(text)) return text
  let escaped = ''
  for (const byte of toBytes(text)) {
    const char = String.fromCharCode(byte)
    escaped += byte === 0x20 ? '+' : byte < 0x80 && /[\w.~-]/.test(char) ? char : `%${hex(byte, 2)}`
  }
  return escaped
}

function hex(code: number, width: number): string {
  return code.toString(16).toUpperCase().padStart(width, '0')
}
