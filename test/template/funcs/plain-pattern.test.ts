import fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, test } from 'vitest'
import { compilePattern } from '../../../src/template/funcs/pattern.ts'
import { readPlainPattern } from '../../../src/template/funcs/plain-pattern.ts'

/** Where a pattern matches from each place of a text, with its groups, by RE2. */
function byRe2(source: string, text: string): (number[] | undefined)[] {
  const matcher = RE2JS.compile(source).matcher(text)
  return placesOf(text).map((from) => {
    if (!matcher.find(from)) return undefined
    return Array.from({ length: matcher.groupCount() + 1 }, (_, group) => [matcher.start(group), matcher.end(group)]).flat()
  })
}

function here(source: string, text: string): (number[] | undefined)[] {
  const matchFrom = compilePattern(source).matcher(text)
  return placesOf(text).map((from) => matchFrom(from))
}

/** Each start of a character, and the end. */
function placesOf(text: string): number[] {
  let at = 0
  return [0, ...[...text].map((char) => (at += char.length))]
}

const atoms = fc.constantFrom(
  'a',
  'b',
  '-',
  '\\.',
  '.',
  '\\d',
  '\\W',
  '\\s',
  '[a-c]',
  '[^a]',
  '[^\\w.-]',
  '[0-9a]',
  '\\n',
  'x',
  '[.-]',
  '^',
  '$',
)
const signs = fc.constantFrom(...Array(12).fill(''), '*', '+', '?', '*?', '+?', '??', '{2}', '{1,3}', '{2,}', '{0,1}?')
const pattern: fc.Arbitrary<string> = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc
    .array(
      fc.array(
        fc
          .tuple(
            fc.oneof(
              { depthSize: 'small' },
              atoms,
              tie('pattern').map((inner) => `(${inner})`),
              tie('pattern').map((inner) => `(?:${inner})`),
            ),
            signs,
          )
          .map(([atom, sign]) => atom + sign),
        { minLength: 1, maxLength: 4 },
      ),
      { minLength: 1, maxLength: 2 },
    )
    .map((choices) => choices.map((parts) => parts.join('')).join('|')),
})).pattern
const texts = fc
  .array(fc.constantFrom('a', 'b', 'c', '-', '.', '1', ' ', '\n', '\r', 'x', 'é', '😀', '\u2028', '\udc80', '\u0000'), { maxLength: 9 })
  .map((chars) => chars.join(''))

describe('plain patterns', () => {
  test('match as RE2 does', () => {
    let plain = 0
    fc.assert(
      fc.property(pattern, fc.array(texts, { minLength: 1, maxLength: 5 }), (source, several) => {
        if (!readPlainPattern(source)) return
        plain++
        for (const text of several) expect(here(source, text)).toEqual(byRe2(source, text))
      }),
      { numRuns: 4000 },
    )
    expect(plain).toBeGreaterThan(200)
  })

  test('are never what Go refuses', () => {
    const damaged = fc.tuple(
      pattern,
      fc.nat(20),
      fc.constantFrom('(', ')', '[', ']', '{', '}', '*', '+', '?', '|', '\\', '{2', '[z-a]', '{9,2}'),
    )
    fc.assert(
      fc.property(damaged, ([source, at, piece]) => {
        const text = source.slice(0, at) + piece + source.slice(at)
        if (readPlainPattern(text)) RE2JS.compile(text)
      }),
      { numRuns: 4000 },
    )
  })

  test.each([
    '-r\\d+$|sha256:',
    '(-?[^a-z\\d\\-])+-?',
    '[^A-Za-z0-9]+$',
    '^([0-9]+)(\\.[0-9]+)?(\\.[0-9]+)?(-([0-9A-Za-z\\-]+(\\.[0-9A-Za-z\\-]+)*))?(\\+([0-9A-Za-z\\-]+(\\.[0-9A-Za-z\\-]+)*))?$',
    '^[\\w-\\.]+$',
    '[^a-zA-Z0-9-_.]+',
    '(^cp\\.(stg\\.)?icr\\.io/)',
  ])('%s, as charts have it, is one', (source) => {
    expect(readPlainPattern(source)).toBeDefined()
    for (const text of ['', '1.2.3-rc.1+x', '17.5.0-debian-12-r10', 'sha256:abc', 'Some Name_-', 'cp.stg.icr.io/a', 'a--é-😀']) {
      expect(here(source, text)).toEqual(byRe2(source, text))
    }
  })

  test.each([
    '(a*)*',
    '(a|a)*b',
    '(\\w+\\s?)*$',
    '(a+)+',
    '((a)|b)+',
    '(?i)a',
    '(?P<n>a)',
    '\\bx',
    '\\pL',
    '[[:alpha:]]',
    'é',
    '(a{2}){2}',
    'a{1001}',
    'a**',
    'x{',
    '()',
    '^*',
  ])('%s is left to RE2', (source) => {
    expect(readPlainPattern(source)).toBeUndefined()
  })

  test('a long text is searched by RE2, in time that grows with its length', () => {
    const text = 'a'.repeat(200_000)
    expect(readPlainPattern('a*a*b')!.maxLength).toBeLessThan(1000)
    expect(compilePattern('a*a*b').matcher(text)(0)).toBeUndefined()
    expect(compilePattern('a*a*b').matcher(`${text}b`)(0)).toEqual([0, text.length + 1])
  })
})
