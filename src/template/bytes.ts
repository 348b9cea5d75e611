/**
 * Go's strings are bytes. Here they are UTF-16 with every byte that is no valid UTF-8 as a lone surrogate U+DC80..U+DCFF (see value.ts);
 * these functions go between the two, quickly where the text is ASCII.
 */
import { Buffer, isUtf8 } from 'node:buffer'

const nonAscii = /[^\x00-\x7f]/
const high = /[\ud800-\uffff]/

/** Whether every character is ASCII, so that indices into the string are byte offsets. */
export function isAscii(text: string): boolean {
  return !nonAscii.test(text)
}

/** Go's `len(text)`. */
export function byteLength(text: string): number {
  if (!nonAscii.test(text)) return text.length
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) length += 1
    else if (unit < 0x800) length += 2
    else if (isPairAt(text, i)) {
      length += 4
      i++
    } else length += isByte(unit) ? 1 : 3
  }
  return length
}

/** The bytes of a string; a lone surrogate that stands for no byte becomes U+FFFD, as Go does. */
export function toBytes(text: string): Uint8Array {
  if (text.isWellFormed()) return encode(text)
  const bytes: number[] = []
  for (const char of text) {
    const code = char.codePointAt(0)!
    if (isByte(code)) bytes.push(code - 0xdc00)
    else for (const byte of encode(char)) bytes.push(byte)
  }
  return Uint8Array.from(bytes)
}

/** The string of some bytes; bytes that are not valid UTF-8 are kept as lone surrogates. */
export function fromBytes(bytes: Uint8Array): string {
  if (isUtf8(bytes)) return decode(bytes, 0, bytes.length)
  let text = ''
  let start = 0
  for (let i = 0; i < bytes.length; ) {
    const size = runeSize(bytes, i)
    if (size > 0) {
      i += size
      continue
    }
    text += decode(bytes, start, i) + String.fromCharCode(0xdc00 + bytes[i]!)
    start = ++i
  }
  return text + decode(bytes, start, bytes.length)
}

/** Go's `text[start:end]` for offsets that are in range; it may cut a character into single bytes. */
export function byteSlice(text: string, start: number, end?: number): string {
  if (!nonAscii.test(text)) return text.slice(start, end)
  return fromBytes(toBytes(text).subarray(start, end))
}

/** Joins bytes that stand alone but form characters together (after concatenation of cut strings). */
export function joinBytes(text: string): string {
  return text.isWellFormed() ? text : fromBytes(toBytes(text))
}

/** Go's order of strings: by bytes. Below zero, zero or above zero. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0
  // Below the surrogates the order of UTF-16 is that of bytes.
  if (!high.test(a) && !high.test(b)) return a < b ? -1 : 1
  return compareBytes(toBytes(a), toBytes(b))
}

/** The keys of a map in Go's order of iteration by template, fmt and json. */
export function sortedKeys(map: ReadonlyMap<string, unknown>): string[] {
  return sortStrings([...map.keys()])
}

/** Sorts strings in place by Go's order. */
export function sortStrings(strings: string[]): string[] {
  // Without a function to compare the engine does it by itself.
  return strings.some((text) => high.test(text)) ? strings.sort(compareStrings) : strings.sort()
}

/** Whether a code unit stands for one byte that is not valid UTF-8. */
export function isByte(unit: number): boolean {
  return unit >= 0xdc80 && unit <= 0xdcff
}

function isPairAt(text: string, i: number): boolean {
  const unit = text.charCodeAt(i)
  if (unit < 0xd800 || unit > 0xdbff) return false
  const next = text.charCodeAt(i + 1)
  return next >= 0xdc00 && next <= 0xdfff
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}

/** UTF-8 of well-formed text. Buffers do without what the first TextEncoder and the first TextDecoder load: a millisecond. */
function encode(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text))
}

/** Valid UTF-8 as a string. */
function decode(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString()
}

/** The length of the valid UTF-8 sequence at `i`; 0 where there is none. */
function runeSize(bytes: Uint8Array, i: number): number {
  const b0 = bytes[i]!
  if (b0 < 0x80) return 1
  if (b0 < 0xc2 || b0 > 0xf4) return 0
  const b1 = bytes[i + 1] ?? 0
  if (b0 < 0xe0) return b1 >> 6 === 2 ? 2 : 0
  const low = b0 === 0xe0 ? 0xa0 : b0 === 0xf0 ? 0x90 : 0x80
  const high = b0 === 0xed ? 0x9f : b0 === 0xf4 ? 0x8f : 0xbf
  if (b1 < low || b1 > high || (bytes[i + 2] ?? 0) >> 6 !== 2) return 0
  if (b0 < 0xf0) return 3
  return (bytes[i + 3] ?? 0) >> 6 === 2 ? 4 : 0
}
