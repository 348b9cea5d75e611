import { toBytes } from '../bytes.ts'

/** The time package's own way of quoting: every byte beyond printable ASCII as `\x..`. */
export function quoteTime(text: string): string {
  let quoted = ''
  for (const byte of toBytes(text)) {
    if (byte >= 0x80 || byte < 0x20) quoted += `\\x${byte.toString(16).padStart(2, '0')}`
    else quoted += byte === 0x22 || byte === 0x5c ? `\\${String.fromCharCode(byte)}` : String.fromCharCode(byte)
  }
  return `"${quoted}"`
}
