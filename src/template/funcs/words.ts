import { fromBytes, isAscii, toBytes } from '../bytes.ts'
import type { FunctionTable } from '../value.ts'
import { boundText } from './bounds.ts'
import { isLower, isSpace, isTitle, isUpper, lowerRune, runes, titleRune, upperRune } from './characters.ts'

/** One character for each byte: the functions of goutils look at bytes, not at characters. */
function toBinary(text: string): string {
  return isAscii(text) ? text : Buffer.from(toBytes(text)).toString('latin1')
}

function fromBinary(binary: string): string {
  return isAscii(binary) ? binary : fromBytes(Buffer.from(binary, 'latin1'))
}

/** goutils.AbbreviateFull; the callers have made sure of the least widths. */
function abbreviate(text: string, left: number, width: number): string {
  const length = text.length
  if (length <= width) return text
  let offset = Math.min(left, length)
  if (length - offset < width - 3) offset = length - (width - 3)
  if (offset <= 4) return `${text.slice(0, width - 3)}...`
  if (width < 7) return ''
  if (offset + width - 3 < length) {
    const rest = text.slice(offset)
    return `...${width - 3 < 4 ? '' : abbreviate(rest, 0, width - 3)}`
  }
  return `...${text.slice(length - (width - 3))}`
}

/** goutils.WrapCustom: breaks at spaces; longer words run over, or are cut where `cutWords` is set. */
function wrap(text: string, width: number, lineBreak: string, cutWords: boolean): string {
  const column = Math.max(width, 1)
  const lines: string[] = []
  let offset = 0
  let rest = text.length
  while (rest > column) {
    if (text[offset] === ' ') offset++
    else {
      const space = text.lastIndexOf(' ', offset + column)
      let end = space
      let next = space + 1
      if (space < offset) {
        end = cutWords ? offset + column : text.indexOf(' ', offset + column)
        next = cutWords ? end : end + 1
        if (end === -1) return lines.join('') + text.slice(offset)
      }
      lines.push(text.slice(offset, end), lineBreak)
      offset = next
    }
    rest = text.length - offset
  }
  return lines.join('') + text.slice(offset)
}

/** goutils.SwapCase: words begin in title case. */
function swapCase(text: string): string {
  let atStart = true
  const swapped: string[] = []
  for (const rune of runes(text)) {
    if (isUpper(rune) || isTitle(rune)) swapped.push(lowerRune(rune))
    else if (isLower(rune)) swapped.push(atStart ? titleRune(rune) : upperRune(rune))
    else {
      swapped.push(rune)
      atStart = isSpace(rune)
      continue
    }
    atStart = false
  }
  return swapped.join('')
}

/** goutils.Uncapitalize: the first letter of every word in lower case. */
function untitle(text: string): string {
  let atStart = true
  return runes(text)
    .map((rune) => {
      if (isSpace(rune)) {
        atStart = true
        return rune
      }
      const result = atStart ? lowerRune(rune) : rune
      atStart = false
      return result
    })
    .join('')
}

/** goutils.Initials goes by bytes, and writes each as the character of that number; so does this. */
function initials(text: string): string {
  let atStart = true
  let found = ''
  for (const byte of toBinary(text)) {
    if (isSpace(byte)) atStart = true
    else if (atStart) {
      found += byte
      atStart = false
    }
  }
  return found
}

/** goutils.DeleteWhiteSpace, which has the same way with bytes; text without any white space stays as it is. */
function nospace(text: string): string {
  const binary = toBinary(text)
  let kept = ''
  for (const byte of binary) if (!isSpace(byte)) kept += byte
  return kept.length === binary.length ? text : kept
}

/** Functions on words and widths; all but `swapcase` and `untitle` count bytes. */
export const words: FunctionTable = {
  abbrev: {
    params: ['int', 'string'],
    call: ([width, text]) => (width < 4 ? text : fromBinary(abbreviate(toBinary(text), 0, width))),
    doc: 'Shortens the text to that many bytes, the last three of which are an ellipsis.',
    example: { template: '{{ abbrev 8 "hello world" }}', output: 'hello...' },
  },
  abbrevboth: {
    params: ['int', 'int', 'string'],
    call: ([left, width, text]) => (width < 4 || (left > 0 && width < 7) ? text : fromBinary(abbreviate(toBinary(text), left, width))),
    doc: 'Shortens the text on both sides: begins at the offset and is at most that many bytes long, ellipses included.',
    example: { template: '{{ abbrevboth 5 10 "1234 5678 9123" }}', output: '...5678...' },
  },
  initials: {
    params: ['string'],
    call: ([text]) => initials(text),
    doc: 'The first letter of every word.',
    example: { template: '{{ initials "First Try" }}', output: 'FT' },
  },
  nospace: {
    params: ['string'],
    call: ([text]) => nospace(text),
    doc: 'The text without its white space.',
    example: { template: '{{ nospace "h e l l o" }}', output: 'hello' },
  },
  swapcase: {
    params: ['string'],
    call: ([text]) => swapCase(text),
    doc: 'Upper case becomes lower case and lower case upper case; a word that begins in lower case begins in title case.',
    example: { template: '{{ swapcase "This Is A.Test" }}', output: 'tHIS iS a.tEST' },
  },
  untitle: {
    params: ['string'],
    call: ([text]) => untitle(text),
    doc: 'The first letter of every word in lower case.',
    example: { template: '{{ untitle "Hello World" }}', output: 'hello world' },
  },
  wrap: {
    params: ['int', 'string'],
    call: ([width, text]) => fromBinary(wrap(toBinary(text), width, '\n', false)),
    doc: 'Breaks the text at spaces into lines of at most that many bytes; longer words are left whole.',
    example: { template: '{{ wrap 10 "the quick brown fox" }}', output: 'the quick\nbrown fox' },
  },
  wrapWith: {
    params: ['int', 'string', 'string'],
    call: ([width, lineBreak, text]) => {
      boundText((text.length / Math.max(width, 1)) * (lineBreak.length + 1))
      return fromBinary(wrap(toBinary(text), width, toBinary(lineBreak || '\n'), true))
    },
    doc: 'The same as `wrap` with a line break of your choice; longer words are cut.',
    example: { template: '{{ wrapWith 5 "|" "hello beautiful" }}', output: 'hello|beaut|iful' },
  },
}
