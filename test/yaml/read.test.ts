import { describe, expect, it } from 'vitest'
import type { ConvergeError } from '../../src/errors.ts'
import type { Value } from '../../src/template/value.ts'
import { parseManifest, parseYaml, parseYamlDocuments, parseYamlMap, parseYamlRaw, parseYamlWithLines } from '../../src/yaml/read.ts'
import { scalarText } from '../../src/yaml/struct.ts'
import { readGoldens } from './goldens.ts'

const plain = (value: Value): unknown => {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]))
  return Array.isArray(value) ? value.map(plain) : value
}

function failure(read: () => unknown): ConvergeError {
  try {
    read()
  } catch (error) {
    return error as ConvergeError
  }
  throw new Error('nothing was thrown')
}

describe('parseYaml', () => {
  it('reads what Helm reads and fails as Helm fails', () => {
    for (const { text, json, error } of readGoldens()) {
      const target = text.startsWith('-') ? '[]interface {}' : undefined
      const read = () => (target === undefined ? parseYamlMap(text) : parseYaml(text))
      if (error !== undefined && !(target !== undefined && error.includes('cannot unmarshal'))) {
        expect(failure(read).message, JSON.stringify(text)).toBe(error)
      } else if (error === undefined)
        expect(plain(read()), JSON.stringify(text)).toEqual(target !== undefined && read() === null ? null : json)
    }
  })

  it('gives float64s only, and text as it is', () => {
    expect(parseYaml('[1, 0x10, 017, 1.5, "1", 1:30, 2001-01-01, 9007199254740993, 18446744073709551615]')).toEqual([
      1,
      16,
      15,
      1.5,
      '1',
      '1:30',
      '2001-01-01',
      9007199254740992,
      18446744073709552000,
    ])
  })

  it('says where a problem is', () => {
    const { code, location } = failure(() => parseYaml('a: 1\nb: c: d\n', 'values.yaml'))
    expect({ code, location }).toEqual({ code: 'ERR_YAML', location: { file: 'values.yaml', line: 2, column: 4 } })
    // go-yaml's own number is one less where its parser, not its scanner, finds the problem.
    const parser = failure(() => parseYaml('a: 1\nb: [1, 2\nc: 3\n'))
    expect([parser.message, parser.location?.line]).toEqual([
      "error converting YAML to JSON: yaml: line 2: did not find expected ',' or ']'",
      3,
    ])
  })

  it('ends with an error where nesting is deeper than its stack', () => {
    for (const text of [
      '['.repeat(100_000),
      '{a: '.repeat(100_000),
      '- '.repeat(100_000),
      `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
    ]) {
      expect(() => parseYaml(text)).toThrow(/exceeded max depth of 10000$|call stack/)
    }
    const indented = Array.from({ length: 2000 }, (_, i) => `${' '.repeat(i)}a:\n`).join('')
    expect(parseYaml(indented)).toBeInstanceOf(Map)
    expect(parseYaml(`${'['.repeat(900)}${']'.repeat(900)}`)).toBeInstanceOf(Array)
  })

  it('refuses alias bombs as Go does', () => {
    const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`)
    const bomb = `l0: &l0 [a, b, c, d, e, f, g, h, i]\n${levels.join('\n')}\n`
    expect(failure(() => parseYaml(bomb)).message).toBe('error converting YAML to JSON: yaml: document contains excessive aliasing')
  })

  it('takes time in proportion to the text', () => {
    const many = 300_000
    const texts = [
      '- x\n'.repeat(many),
      `${'['.repeat(990)}${'a,'.repeat(many)}${']'.repeat(990)}`,
      `a: &x\n${'- x\n'.repeat(many)}`,
      `a: ${'b '.repeat(many)}`,
      `a: "${'b '.repeat(many)}"`,
      `a: |\n${'  b\n\n'.repeat(many)}`,
      `${' '.repeat(many)}#${' '.repeat(many)}`,
      `${'# x\n'.repeat(many)}a: 1\n`,
      `a:\n${'  b\n'.repeat(many)}`,
      `&a [${'*a'.repeat(many)}]`,
    ]
    for (const text of texts.slice(0, -1)) expect(parseYaml(text)).toBeDefined()
    expect(() => parseYaml(texts.at(-1)!)).toThrow()
  })

  it('decodes an alias anew each time', () => {
    const map = parseYamlMap('a: &x {b: 1}\nc: *x\n')
    expect(map.get('a')).toEqual(map.get('c'))
    expect(map.get('a')).not.toBe(map.get('c'))
  })
})

describe('parseYamlDocuments', () => {
  it('cuts a values file at its separators', () => {
    expect(parseYamlDocuments('a: 1\n---\n# x\nb: 2\n--- # c\n---\n\nc: |\n  ---\n').map(plain)).toEqual([
      { a: 1 },
      { b: 2 },
      { c: '---\n' },
    ])
    expect(parseYamlDocuments('')).toEqual([new Map()])
  })

  it('ends the last line where the file does not', () => {
    expect(parseYamlDocuments('a: |\n  x').map(plain)).toEqual([{ a: 'x\n' }])
    expect(parseYamlDocuments('---\na: |\n  x\n---\nb: |+\n  y\n\n---\n').map(plain)).toEqual([{ a: 'x\n' }, { b: 'y\n\n' }])
  })

  it('counts the lines of a problem within the file, and as Helm within the document', () => {
    const error = failure(() => parseYamlDocuments('a: 1\n---\nb: 2\nc: d: e\n', 'v.yaml'))
    expect(error.message).toBe(
      'cannot unmarshal yaml document: error converting YAML to JSON: yaml: line 2: mapping values are not allowed in this context',
    )
    expect(error.location).toEqual({ file: 'v.yaml', line: 4, column: 4 })
    expect(failure(() => parseYamlDocuments('--- a: 1\n')).message).toBe(
      'error reading yaml document: invalid Yaml document separator: a: 1',
    )
    expect(failure(() => parseYamlDocuments('- a\n')).message).toBe(
      'cannot unmarshal yaml document: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}',
    )
  })
})

describe('parseManifest', () => {
  it('gives plain JSON', () => {
    expect(parseManifest('a: {b: [1, 1.5, x, null, true]}\nc: |\n  d\n')).toEqual({ a: { b: [1, 1.5, 'x', null, true] }, c: 'd\n' })
  })

  it('keeps prototypes out of reach', () => {
    for (const text of ['__proto__: {polluted: 1}\n', 'a: &x 1\n__proto__: {polluted: 1}\n', '{"__proto__": {"polluted": 1}}']) {
      const object = parseManifest(text) as Record<string, unknown>
      expect(Object.getPrototypeOf(object)).toBe(Object.prototype)
      expect(Object.keys(object)).toContain('__proto__')
      expect(object.polluted).toBeUndefined()
    }
  })
})

describe('parseYamlWithLines', () => {
  it('finds the line of any part', () => {
    const { value, lineOf } = parseYamlWithLines('# x\na:\n  b:\n  - c: 1\n  - d:\n      e: 2\nf: {g: [1,\n  2]}\n')
    expect(value).toEqual({ a: { b: [{ c: 1 }, { d: { e: 2 } }] }, f: { g: [1, 2] } })
    const paths = [[], ['a'], ['a', 'b'], ['a', 'b', 1], ['a', 'b', 1, 'd', 'e'], ['f', 'g', 1], ['a', 'nowhere', 'x']]
    expect(paths.map(lineOf)).toEqual([2, 2, 3, 5, 6, 8, 2])
  })
})

describe('parseYamlRaw', () => {
  it('keeps what a struct with text fields needs', () => {
    const raw = parseYamlRaw('[1.10, 1.0, yes, 0x10, 2024-01-02, "1.10", 1e3, 12345678.9, ~, 18446744073709551615]') as never[]
    expect(raw.map(scalarText)).toEqual([
      '1.1',
      '1',
      'true',
      '16',
      '2024-01-02',
      '1.10',
      '1000',
      '1.2345679e+07',
      null,
      '18446744073709551615',
    ])
  })

  it('refuses duplicate keys where strict', () => {
    expect(parseYamlRaw('a: 1\na: 2\n')).toEqual(new Map([['a', 2n]]))
    expect(failure(() => parseYamlRaw('a: 1\nb: {c: 1, c: 2}\na: 2\n', undefined, true)).message).toBe(
      'error converting YAML to JSON: yaml: unmarshal errors:\n  line 2: key "c" already set in map\n  line 3: key "a" already set in map',
    )
  })
})
