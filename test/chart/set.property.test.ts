import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseSet, parseSetJson, parseSetLiteral, parseSetString, SetError } from '../../src/chart/set.ts'
import type { GoMap, Value } from '../../src/template/value.ts'

/** Text in which the characters of the grammar are frequent. */
const line = fc.string({
  unit: fc.oneof(fc.constantFrom(...'abc01.,=[]{}\\" -:'), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })),
  maxLength: 40,
})

test('no line does worse than a SetError, or reaches a prototype', () => {
  fc.assert(
    fc.property(line, fc.constantFrom(parseSet, parseSetString, parseSetJson, parseSetLiteral), (text, parse) => {
      try {
        parse(text, new Map())
      } catch (error) {
        if (!(error instanceof SetError)) throw error
      }
      expect(Object.keys(Object.prototype)).toEqual([])
    }),
    { numRuns: 3000 },
  )
})

test('an escaped name and text come back as they were', () => {
  const escaped = (text: string) => text.replace(/[\\.,=[\]{}]/gu, '\\$&')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ unit: 'grapheme' }), (name, text) => {
      const values: GoMap = new Map()
      parseSetString(`${escaped(name)}=${escaped(text)}`, values)
      expect(values).toEqual(new Map([[name, text]]))
    }),
    { numRuns: 1000 },
  )
})

test('a literal needs no escapes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const values: GoMap = new Map()
      parseSetLiteral(`name=${text}`, values)
      expect(values.get('name')).toBe(text)
    }),
  )
})

test('JSON comes back as it was', () => {
  const toValue = (json: unknown): Value => {
    if (Array.isArray(json)) return json.map(toValue)
    return typeof json === 'object' && json !== null
      ? new Map(Object.entries(json).map(([key, item]) => [key, toValue(item)]))
      : (json as Value)
  }
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (first, second) => {
      const values: GoMap = new Map()
      parseSetJson(`a=${JSON.stringify(first)},b.c=${JSON.stringify(second)}`, values)
      expect(values.get('a')).toEqual(toValue(JSON.parse(JSON.stringify(first))))
      expect((values.get('b') as GoMap).get('c')).toEqual(toValue(JSON.parse(JSON.stringify(second))))
    }),
    { numRuns: 500 },
  )
})
