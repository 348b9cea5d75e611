import { fromBytes } from '../template/bytes.ts'

/** A file's bytes as Go's string(data): bytes that are not UTF-8 are kept (see template/bytes.ts). */
export function fileText(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  // Node writes U+FFFD for what is not UTF-8; the slow way is taken only where one appears.
  return text.includes('\uFFFD') ? fromBytes(bytes) : text
}

/** Whether the UTF-16 code unit is a space for Go's unicode.IsSpace. */
export function isSpace(unit: number): boolean {
  if (unit <= 0x20) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d)
  if (unit < 0x85) return false
  return (
    unit === 0x85 ||
    unit === 0xa0 ||
    unit === 0x1680 ||
    (unit >= 0x2000 && unit <= 0x200a) ||
    unit === 0x2028 ||
    unit === 0x2029 ||
    unit === 0x202f ||
    unit === 0x205f ||
    unit === 0x3000
  )
}

/** strings.TrimLeftFunc(text, unicode.IsSpace) */
export function trimLeft(text: string): string {
  let i = 0
  while (i < text.length && isSpace(text.charCodeAt(i))) i++
  return i === 0 ? text : text.slice(i)
}

/** strings.TrimSpace */
export function trimSpace(text: string): string {
  let end = text.length
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--
  return trimLeft(text.slice(0, end))
}

/** Whether `text` is empty or spaces only. */
export function isBlank(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (!isSpace(text.charCodeAt(i))) return false
  return true
}
