import { expect, test } from 'vitest'
import { renderSnippet } from './render.ts'

const big = '(repeat 10000000 "abcdef")'

test.each([
  ['repeat', '{{ repeat 100000000 "ab" }}'],
  ['indent', '{{ indent 100000000 "ab" }}'],
  ['indent of many lines', '{{ indent 1000 (repeat 1000000 "\\n") }}'],
  ['nindent', '{{ nindent 100000000 "ab" }}'],
  ['replace', `{{ replace "a" "bbbbbbbbbbbbbbbb" ${big} }}`],
  ['replace of nothing', `{{ replace "" "--" ${big} }}`],
  ['join', `{{ join ${big} (list 1 2 3) }}`],
  ['regexReplaceAll', '{{ regexReplaceAll "" (repeat 1000 "a") (repeat 1000000 "b") }}'],
  ['wrapWith', '{{ wrapWith 1 (repeat 1000 "-") (repeat 1000000 "b") }}'],
  ['randAlpha', '{{ randAlpha 100000000 }}'],
  ['randAscii', '{{ randAscii 100000000 }}'],
  ['randBytes', '{{ randBytes 100000000 }}'],
  ['until', '{{ until 100000000 }}'],
  ['until backwards', '{{ until -100000000 }}'],
  ['untilStep', '{{ untilStep 0 100000000 2 }}'],
  ['seq', '{{ seq 100000000 }}'],
])('%s has a bound', (_, template) => {
  const { output, error } = renderSnippet(template)
  expect(output).toBeUndefined()
  expect(error).toMatch(/the result would have \d+ (characters|items), the limit is \d+$/)
})

test('patterns that make other engines go back and forth take no time', () => {
  const { output } = renderSnippet(
    '{{ regexMatch "^(a+)+$" (printf "%s!" (repeat 20000 "a")) }} {{ regexMatch "(x+x+)+y" (repeat 20000 "x") }}',
  )
  expect(output).toBe('false false')
})

test('constraints with many gaps take no time', () => {
  const { error } = renderSnippet('{{ semverCompare (printf "%s!" (repeat 80 "1     ")) "1.0.0" }}')
  expect(error).toContain('improper constraint')
})

test('nesting without end is an error of encoding', () => {
  const { output } = renderSnippet('{{ $a := dict }}{{ $_ := set $a "a" $a }}{{ toJson $a | quote }}')
  expect(output).toBe('""')
  expect(renderSnippet('{{ $a := dict }}{{ $_ := set $a "a" $a }}{{ mustToJson $a }}').error).toContain('encountered a cycle')
})

test('a bcrypt hash is of its password', async () => {
  const { compareSync } = await import('bcryptjs')
  const { output } = renderSnippet('{{ bcrypt "sécret" }} {{ htpasswd "user" "sécret" }}')
  const [hash, line] = output!.split(' ') as [string, string]
  expect(compareSync('sécret', hash)).toBe(true)
  expect(compareSync('sécret', line.replace(/^user:/, ''))).toBe(true)
  expect(compareSync('other', hash)).toBe(false)
})

test('random texts have every character of their alphabet, and no other', () => {
  const characters = (name: string): string => [...new Set(renderSnippet(`{{ ${name} 20000 }}`).output)].sort().join('')
  const digits = '0123456789'
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  expect(characters('randNumeric')).toBe(digits)
  expect(characters('randAlpha')).toBe(letters)
  expect(characters('randAlphaNum')).toBe(digits + letters)
  expect(characters('randAscii')).toBe(Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join(''))
  expect(new Set(renderSnippet('{{ range until 500 }}{{ randInt 3 7 }}{{ end }}').output)).toEqual(new Set('3456'))
})
