import { isAscii } from '../bytes.ts'
import type { FunctionTable } from '../value.ts'
import { isDigit, isLetter, isSpace, lowerRune, runes, titleRune, upperRune } from './characters.ts'
import { delimited, pascalCase } from './identifiers.ts'

function upper(text: string): string {
  return isAscii(text) ? text.toUpperCase() : runes(text).map(upperRune).join('')
}

function lower(text: string): string {
  return isAscii(text) ? text.toLowerCase() : runes(text).map(lowerRune).join('')
}

/** `strings.Title`: title case for every letter that follows no letter, digit or underscore. */
function title(text: string): string {
  let previous = ' '
  return runes(text)
    .map((rune) => {
      const result = separates(previous) ? titleRune(rune) : rune
      previous = rune
      return result
    })
    .join('')
}

function separates(rune: string): boolean {
  if (rune <= '\x7f') return !/^[0-9A-Za-z_]$/.test(rune)
  return !isLetter(rune) && !isDigit(rune) && isSpace(rune)
}

/** Functions that change the case of letters. */
export const casing: FunctionTable = {
  upper: {
    params: ['string'],
    call: ([text]) => upper(text),
    doc: 'The text in upper case.',
    example: { template: '{{ upper "hello" }}', output: 'HELLO' },
  },
  lower: {
    params: ['string'],
    call: ([text]) => lower(text),
    doc: 'The text in lower case.',
    example: { template: '{{ lower "HELLO" }}', output: 'hello' },
  },
  title: {
    params: ['string'],
    call: ([text]) => title(text),
    doc: 'The text with every word beginning in title case.',
    example: { template: '{{ title "hello wide world" }}', output: 'Hello Wide World' },
  },
  camelcase: {
    params: ['string'],
    call: ([text]) => pascalCase(text),
    doc: 'Words joined without separators, each beginning in upper case.',
    example: { template: '{{ camelcase "http_server" }}', output: 'HttpServer' },
  },
  snakecase: {
    params: ['string'],
    call: ([text]) => delimited(text, '_'),
    doc: 'Words in lower case with underscores between them.',
    example: { template: '{{ snakecase "FirstName" }}', output: 'first_name' },
  },
  kebabcase: {
    params: ['string'],
    call: ([text]) => delimited(text, '-'),
    doc: 'Words in lower case with hyphens between them.',
    example: { template: '{{ kebabcase "FirstName" }}', output: 'first-name' },
  },
}
