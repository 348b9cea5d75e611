import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isConvergeError } from '../../src/errors.ts'
import { compareStrings, fromBytes, toBytes } from '../../src/template/bytes.ts'
import { TemplateSet } from '../../src/template/engine.ts'
import { formatFloat } from '../../src/template/float.ts'
import { sprintf } from '../../src/template/fmt.ts'
import { Lexer, Token } from '../../src/template/lexer.ts'
import { readFloat } from '../../src/template/number.ts'
import { quote, quoteToAscii } from '../../src/template/quote.ts'
import { unquote } from '../../src/template/unquote.ts'
import { context } from './our-runs.ts'

const pieces = fc.constantFrom(
  ...[
    '{{',
    '}}',
    '{{-',
    ' -}}',
    '/*',
    '*/',
    '(',
    ')',
    '|',
    ':=',
    '=',
    ',',
    '.',
    '$',
    '$x',
    '.Values',
    '.a.b',
    ' ',
    '\n',
    '"',
    '`',
    "'",
    '\\',
  ],
  ...[
    'if',
    'else',
    'end',
    'range',
    'with',
    'define',
    'template',
    'block',
    'break',
    'continue',
    'nil',
    'true',
    '"s"',
    '1',
    '0x',
    '1.5e3',
    '-',
  ],
  ...['print', 'printf', 'len', 'index', 'eq', 'and', 'not', 'include', 'tpl', 'é', '🙂', '\u0000', '\udc80', '%d'],
)
const templates = fc
  .array(fc.oneof({ weight: 9, arbitrary: pieces }, fc.string({ maxLength: 6 })), { maxLength: 40 })
  .map((parts) => parts.join(''))
const actions = fc.array(
  fc.tuple(
    fc.constantFrom('{{ ', '{{- '),
    fc.array(pieces, { maxLength: 6 }).map((words) => words.join(' ')),
    fc.constantFrom(' }}', ' -}}'),
  ),
)
const bytes = fc.uint8Array({ maxLength: 40 })

test('the lexer ends after no more tokens than characters', () => {
  fc.assert(
    fc.property(templates, (text) => {
      const lexer = new Lexer(text)
      let count = 0
      for (let item = lexer.next(); item.kind !== Token.Eof && item.kind !== Token.Error; item = lexer.next()) count++
      expect(count).toBeLessThanOrEqual(text.length)
    }),
    { numRuns: 2000 },
  )
})

function runs(text: string): void {
  const set = new TemplateSet({ functions: new Map(), timeLimit: 5000 })
  try {
    set.parse('c/templates/a.yaml', text)
    set.execute('c/templates/a.yaml', context())
  } catch (error) {
    if (!isConvergeError(error)) throw error
    expect(error.code).toMatch(/^ERR_TEMPLATE_(PARSE|EXEC|FAIL)$/)
    expect(error.message).not.toMatch(/undefined is not|Cannot read|is not a function/)
  }
}

test('whatever a template holds, it renders or fails with an error of the family', () => {
  fc.assert(fc.property(templates, runs), { numRuns: 3000 })
  fc.assert(
    fc.property(
      actions.map((list) => list.map((parts) => parts.join('')).join('x')),
      runs,
    ),
    { numRuns: 3000 },
  )
})

test('printf takes every format', () => {
  const formats = fc.array(
    fc.constantFrom('%', '[', ']', '*', '.', '-', '+', '#', '0', ' ', '9', '123', 'd', 's', 'v', 'q', 'x', 'f', 'é'),
    { maxLength: 14 },
  )
  fc.assert(
    fc.property(
      formats,
      fc.array(fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.constant(null))),
      (parts, args) => {
        expect(typeof sprintf(parts.join(''), args)).toBe('string')
      },
    ),
    { numRuns: 3000 },
  )
})

test('bytes survive the way into a string and back', () => {
  fc.assert(
    fc.property(bytes, (data) => {
      expect(toBytes(fromBytes(data))).toEqual(data)
    }),
  )
})

test('strings are ordered by their bytes', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(Math.sign(compareStrings(fromBytes(a), fromBytes(b)))).toBe(Buffer.compare(a, b))
    }),
    { numRuns: 2000 },
  )
})

test('what is quoted reads back', () => {
  fc.assert(
    fc.property(bytes.map(fromBytes), (text) => {
      expect(unquote(quote(text))).toBe(text)
      expect(unquote(quoteToAscii(text))).toBe(text)
    }),
  )
})

test('the shortest form of a number reads back as the same number', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom('e', 'f', 'g', 'x'), (value, format) => {
      expect(readFloat(formatFloat(value, format as 'e'))).toBe(value)
    }),
  )
})
