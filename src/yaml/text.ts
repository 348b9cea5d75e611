import { YamlProblem } from './problem.ts'

const refused = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/
const ill = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** The part of a text that YAML allows, and what Go says when it comes to the rest. */
export interface ReadableText {
  text: string
  wall?: YamlProblem
}

/**
 * Go decodes its input in chunks of 512 bytes and refuses a chunk with a control character or broken UTF-8 as soon as it needs anything of
 * it. So a problem before that chunk is reported first, and a chunk that nobody needs does no harm. The message has no line.
 */
export function readableText(text: string): ReadableText {
  const wellFormed = text.isWellFormed()
  if (wellFormed && !refused.test(text)) return { text }
  const control = text.search(refused)
  const broken = wellFormed ? -1 : text.search(ill)
  const index = control < 0 ? broken : broken < 0 ? control : Math.min(control, broken)
  const message = index === control ? 'control characters are not allowed' : brokenText(text, index)
  const line = text.slice(0, index).split('\n').length
  const column = index - text.lastIndexOf('\n', index - 1) - 1
  return { text: text.slice(0, chunkStart(text, index)), wall: new YamlProblem(message, 0, line, column) }
}

/** Where the 512-byte chunk begins that holds the character at `index`. A character across the border belongs to the next chunk. */
function chunkStart(text: string, index: number): number {
  let start = 0
  let bytes = 0
  for (let i = 0; i < index; ) {
    const code = text.codePointAt(i)!
    const width = code < 0x80 || (code >= 0xdc80 && code <= 0xdcff) ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
    if (bytes + width > 512) {
      start = i
      bytes = 0
    }
    bytes += width
    i += code > 0xffff ? 2 : 1
    if (bytes === 512) {
      start = i
      bytes = 0
    }
  }
  return start
}

/** What is wrong with the bytes from `index` on; a lone surrogate U+DC80 + (byte - 0x80) stands for a byte that is not UTF-8. */
function brokenText(text: string, index: number): string {
  const lead = text.charCodeAt(index) - 0xdc00
  const width = lead >= 0xc0 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf8 ? 4 : 0
  if (width === 0 || lead > 0xff) return 'invalid leading UTF-8 octet'
  for (let i = 1; i < width; i++) {
    if (index + i >= text.length) return 'incomplete UTF-8 octet sequence'
    const next = text.charCodeAt(index + i) - 0xdc00
    if (next < 0x80 || next >= 0xc0) return 'invalid trailing UTF-8 octet'
  }
  return lead === 0xed ? 'invalid Unicode character' : 'invalid length of a UTF-8 sequence'
}
