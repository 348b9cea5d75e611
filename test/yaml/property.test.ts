import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isConvergeError } from '../../src/errors.ts'
import type { Value } from '../../src/template/value.ts'
import { readCommon, UNCOMMON } from '../../src/yaml/common/reader.ts'
import { decodeDocument } from '../../src/yaml/decode.ts'
import { composeDocument } from '../../src/yaml/nodes.ts'
import { parseManifest, parseYaml } from '../../src/yaml/read.ts'
import { resolvePlain } from '../../src/yaml/resolve.ts'
import { writeYaml, writeYamlPretty } from '../../src/yaml/write.ts'
import { helmBinary } from '../oracle/helm.ts'
import { strings } from './cases.ts'
import { askHelm } from './goldens/generate.ts'

const fragments = [
  ...[
    'a',
    'key',
    'foo bar',
    ': ',
    ':',
    ':\n',
    '\n',
    '\n  ',
    '\n    ',
    ' ',
    '  ',
    '- ',
    '-',
    '\n- ',
    '\n  - ',
    '"',
    "'",
    '"x y"',
    "'it''s'",
  ],
  ...[
    '"a\\nb"',
    '[',
    ']',
    '{',
    '}',
    ', ',
    ',',
    '#',
    ' # c',
    '|\n',
    '|-\n',
    '>',
    '|+\n',
    '|2\n',
    '&a ',
    '*a',
    '!!str ',
    '!foo ',
    '<<: ',
    '? ',
  ],
  ...[
    '---',
    '\n---\n',
    '\n...\n',
    '%YAML 1.1\n',
    '\t',
    '\r\n',
    '\u0085',
    '\ufeff',
    'é',
    '😀',
    '\\',
    '"\\x41"',
    '"\\q"',
    '1',
    '017',
    'yes',
    '~',
  ],
  ...[
    '.inf',
    '1e3',
    '1.5',
    '@',
    '{{ x }}',
    '{a: b}',
    '[a, b]',
    '[a: b]',
    'a: 1\n',
    'b:\n  c: d\n',
    '- x\n',
    '  k: v\n',
    '"a\n b"',
    '{"a":1}',
  ],
  ...[
    'k: "x\n',
    "k: 'x\n",
    ' \\\n ',
    '\\ ',
    "''",
    '["p\n\n q", r]',
    'k:\n  {}\n',
    'k:\n  a b\n',
    'k: |\n',
    'k: |+\n# c\n',
    ': :9',
    '- ?a',
    '-\n  []\n',
  ],
  ...['    text\n', '  # c\n', '\x01', '<<', '__proto__: 1\n', '\n\n', '   \n', ':\n- ', ': |\n  x\n  y\n', ": '", ': "', ': [', ': {'],
]
const document = fc.array(fc.constantFrom(...fragments), { maxLength: 14 }).map((parts) => parts.join(''))
const anyText = fc.oneof(document, fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }))

const readable = fc.oneof(
  fc.constantFrom(...strings().filter((text) => !/[\x7f-\x9f\ufffe\uffff]/.test(text))),
  fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)) }),
  fc.lorem({ maxCount: 40 }),
)
// go-yaml writes the key `<<` without quotes and then takes it for a merge.
const key = readable.filter((text) => text !== '<<')
const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    readable,
    fc.constantFrom(null, true, false, 0, 1, -5, 1.5, 1e6, 1e21, 1e-7, 1234567.5),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => (x === 0 ? 0 : x)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((pairs) => new Map(pairs)),
  ),
})).value

const slow = (text: string, objects: boolean): unknown => {
  const set = (into: unknown, key: string, item: unknown) => {
    if (objects) (into as Record<string, unknown>)[key] = item
    else (into as Map<string, unknown>).set(key, item)
  }
  const scalar = (found: unknown) => (typeof found === 'bigint' ? Number(found) : found)
  const mapping = () => (objects ? {} : new Map())
  return decodeDocument<unknown>(composeDocument(text), { scalar, sequence: (items) => items, mapping, set })
}

describe('reading', () => {
  it('takes the shortcut only to where the long way leads', () => {
    let taken = 0
    fc.assert(
      fc.property(document, fc.boolean(), (text, objects) => {
        const found = readCommon(text, { objects, exact: false })
        if (found === UNCOMMON) return
        taken++
        expect(found).toEqual(slow(text, objects))
      }),
      { numRuns: 5000 },
    )
    expect(taken).toBeGreaterThan(100)
  })

  it('throws nothing but its own errors', () => {
    const run = (read: () => unknown) => {
      try {
        read()
      } catch (error) {
        if (!isConvergeError(error)) throw error
      }
    }
    fc.assert(
      fc.property(anyText, (text) => {
        run(() => parseYaml(text))
        run(() => parseManifest(text))
      }),
      { numRuns: 3000 },
    )
  })

  it('resolves scalars of any text', () => {
    fc.assert(fc.property(fc.string(), (text) => ['string', 'number', 'bigint', 'boolean', 'object'].includes(typeof resolvePlain(text))))
  })
})

describe('writing', () => {
  it('writes what reads back the same', () => {
    fc.assert(
      fc.property(value, (written) => {
        expect(parseYaml(writeYaml(written))).toEqual(written)
      }),
      { numRuns: 2000 },
    )
  })
})

const helm = await helmBinary()
const plain = (item: Value): unknown => {
  if (item instanceof Map) return Object.fromEntries([...item].map(([key, inner]) => [key, plain(inner)]))
  return Array.isArray(item) ? item.map(plain) : item
}

describe.skipIf(helm === undefined)('next to the binary', () => {
  it('writes its bytes, and it reads ours', () => {
    const values = fc.sample(value, 1500).map(plain)
    const texts = values.map((item) => writeYaml({ v: item }))
    const { read, written } = askHelm(helm!, texts, values)
    for (const { value: item, yaml, pretty } of written) {
      expect(writeYaml(item).replace(/\n$/, ''), JSON.stringify(item)).toBe(yaml)
      expect(writeYamlPretty(item).replace(/\n$/, ''), JSON.stringify(item)).toBe(pretty)
    }
    read.forEach(({ json, text }, i) => {
      expect(json, text).toEqual({ v: values[i] })
    })
  })

  it('reads what it reads and complains as it does', () => {
    const texts = fc.sample(document, 3000).filter((text) => !/^(?:-|\ufeff\ufeff)/.test(text))
    for (const { text, json, error } of askHelm(helm!, texts, []).read) {
      let found: unknown
      try {
        found = plain(parseYaml(text))
      } catch (thrown) {
        expect((thrown as Error).message, JSON.stringify(text)).toBe(error)
        continue
      }
      if (error?.includes('cannot unmarshal')) expect(typeof found === 'object' && !Array.isArray(found)).toBe(false)
      else expect(found ?? {}, JSON.stringify(text)).toEqual(json ?? {})
    }
  })
})
