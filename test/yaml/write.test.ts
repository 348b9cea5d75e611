import { describe, expect, it } from 'vitest'
import { GoObject, Int, TypedMap, TypedSlice, type Value } from '../../src/template/value.ts'
import { writeYaml, writeYamlPretty } from '../../src/yaml/write.ts'
import { writeGoldens } from './goldens.ts'

/** As the template functions do: an error is no text, and the last newline goes. */
function written(write: (value: unknown) => string, value: unknown): string {
  try {
    return write(value).replace(/\n$/, '')
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_YAML' })
    return ''
  }
}

const asMaps = (value: unknown): Value => {
  if (Array.isArray(value)) return value.map(asMaps)
  if (typeof value !== 'object' || value === null) return value as Value
  return new Map(Object.entries(value).map(([key, item]) => [key, asMaps(item)]))
}

class Version extends GoObject {
  readonly goType = '*semver.Version'
  readonly kind = 'ptr'
  toGoString(): string {
    return '1.2.3'
  }
  toJsonValue(): Value {
    return '1.2.3'
  }
}

class Release extends GoObject {
  readonly goType = 'main.Release'
  readonly kind = 'struct'
  toGoString(): string {
    return '{}'
  }
  toJsonValue(): Value {
    return new Map<string, Value>([
      ['version', 'v1'],
      ['git_commit', new Map([['Short', 'abc']])],
    ])
  }
}

class Time extends GoObject {
  readonly goType = 'time.Time'
  readonly kind = 'struct'
  toGoString(): string {
    return ''
  }
  toJsonValue(): Value {
    return '2020-01-02T00:00:00Z'
  }
}

describe('writeYaml', () => {
  it('writes the bytes of toYaml', () => {
    for (const { value, yaml } of writeGoldens()) expect(written(writeYaml, value), JSON.stringify(value)).toBe(yaml)
  })

  it('takes Maps as it takes objects', () => {
    const value = { b: [1, { a: null, c: 'x\ny' }], a: {}, l: [] }
    expect(writeYaml(asMaps(value))).toBe(writeYaml(value))
  })

  it('writes every Go type that encoding/json knows', () => {
    const value = new Map<string, Value>([
      ['int64', 9007199254740993n],
      ['uint64', new Int('uint64', 18446744073709551615n)],
      ['int', new Int('int', -5n)],
      ['bytes', new TextEncoder().encode('hi')],
      ['strings', TypedSlice.of_('string', ['a'])],
      ['nilSlice', TypedSlice.of_('string', [], true)],
      ['labels', new TypedMap('map[string]string', [['a', 'b']])],
      ['nilMap', new TypedMap('map[string]string', [], true)],
      ['version', new Version()],
      ['struct', new Release()],
      ['time', new Time()],
      ['negativeZero', -0],
      ['broken', 'a\udcffb'],
    ])
    expect(writeYaml(value)).toMatchInlineSnapshot(`
      "broken: a�b
      bytes: aGk=
      int: -5
      int64: 9007199254740993
      labels:
        a: b
      negativeZero: 0
      nilMap: null
      nilSlice: null
      strings:
      - a
      struct:
        git_commit:
          Short: abc
        version: v1
      time: "2020-01-02T00:00:00Z"
      uint64: 18446744073709551615
      version: 1.2.3
      "
    `)
    expect(writeYamlPretty(value)).toMatchInlineSnapshot(`
      "broken: !!binary Yf9i
      bytes:
        - 104
        - 105
      int: -5
      int64: 9007199254740993
      labels:
        a: b
      negativeZero: -0
      nilMap: {}
      nilSlice: []
      strings:
        - a
      struct:
        version: v1
        gitcommit:
          short: abc
      time: 2020-01-02T00:00:00Z
      uint64: 18446744073709551615
      version: 1.2.3
      "
    `)
  })

  it('refuses what JSON has no place for', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, () => 1, 'a\x7f']) {
      expect(() => writeYaml({ a: [value] })).toThrow(expect.objectContaining({ code: 'ERR_YAML' }))
    }
    const cycle = new Map<string, unknown>()
    cycle.set('a', cycle)
    expect(() => writeYaml(cycle)).toThrow(expect.objectContaining({ code: 'ERR_YAML' }))
  })
})

describe('writeYamlPretty', () => {
  it('writes the bytes of toYamlPretty', () => {
    for (const { value, pretty } of writeGoldens()) expect(written(writeYamlPretty, value), JSON.stringify(value)).toBe(pretty)
  })
})
