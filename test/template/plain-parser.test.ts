import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { functions } from '../../src/template/funcs/index.ts'
import { libraryOf } from '../../src/template/library.ts'
import { parseTokens } from '../../src/template/parser.ts'
import { parsePlain } from '../../src/template/plain-parser.ts'

const root = path.join(import.meta.dirname, '../..')
const names = libraryOf(functions).functions

const plain = (text: string) => parsePlain({ name: 'n', text }, names)

/** What the parser makes of tokens; undefined for an error. */
function fromTokens(text: string): ReturnType<typeof parseTokens> | undefined {
  try {
    return parseTokens({ name: 'n', text }, names)
  } catch {
    return undefined
  }
}

function templatesBelow(directory: string): string[] {
  return readdirSync(path.join(root, directory), { recursive: true, encoding: 'utf8' })
    .filter((file) => /templates\/.*\.(yaml|tpl|txt)$/.test(file))
    .map((file) => path.join(directory, file))
}

/** One of each thing that charts have. */
const varied = `{{- /* A comment. */ -}}
{{- define "a" -}}{{ $x := .Values.x }}{{ $x.y.z | quote }}{{- end -}}
{{ define \`b\` }}{{ template "a" . }}{{ template "a" }}{{ end }}
{{- if and .Values.a (not (eq .Values.b.c "d\\n")) (lt 1 -2) -}} one
{{- else if .x }}two{{ else if (index .y 0).z.w }}three{{ else }}four{{ end }}
{{ range $i, $v := .list }}{{ if $v }}{{ break }}{{ else }}{{ continue }}{{ end }}{{ $i }}{{ end }}
{{ range .map }}{{ . }}{{ else }}none{{ end }}
{{ with $y := include "a" (dict "k" 1.5 "n" nil "t" true) }}{{ $y | nindent 2 }}{{ else with .z }}{{ . }}{{ end }}
{{ list.a.b | quote }}{{ $z := 1 }}{{ $z = add $z 2 }}{{ $.Values.q }}{{ $ }}{{- "s" }} {{ \`raw "text"\` -}} end
{{ with.Values.a }}{{ 1e3 }}{{ 0x1p-2 }}{{ 1E+18 }}{{ 0b11 }}{{ 1_000 }}{{ end }}{{ range.list }}{{ if.x }}{{ 2i }}{{ end }}{{ end }}
`

/** A text with parts of it left out, doubled or put elsewhere. */
const damaged = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(varied.length), fc.nat(12), fc.nat(varied.length)), { minLength: 1, maxLength: 3 }),
    fc.constantFrom('', ' ', '-', '}}', '{{', '(', ')', '|', '"', '$x', '.', ',', '=', ':=', 'é', '1', 'end', '\\'),
  )
  .map(([cuts, piece]) =>
    cuts.reduce((text, [from, length, to]) => {
      const rest = text.slice(0, from) + text.slice(from + length)
      return rest.slice(0, to) + piece + rest.slice(to)
    }, varied),
  )

/** What may be a number, and what may stand behind one. */
const numeric = fc.string({ unit: fc.constantFrom(...'0123456789xXbBoOeEpPi_.+-'), minLength: 1, maxLength: 10 })

describe('what is parsed without tokens is what is parsed from tokens', () => {
  test.each([...templatesBelow('charts-fixtures/shop'), ...templatesBelow('test/e2e/charts')])('%s', (file) => {
    const text = readFileSync(path.join(root, file), 'utf8')
    expect(plain(text)).toEqual(fromTokens(text))
  })

  test('a text with one of each thing that charts have', () => {
    expect(plain(varied)?.size).toBe(3)
    expect(plain(varied)).toEqual(fromTokens(varied))
  })

  test.each([
    ['numbers', numeric.map((number) => `{{ 1${number} }}{{ print ${number} }}`), 20_000],
    ['damaged texts', damaged, 3000],
  ] as const)('%s', (_, texts, numRuns) => {
    let parsed = 0
    fc.assert(
      fc.property(texts, (text) => {
        const found = plain(text)
        if (found === undefined) return
        parsed++
        expect(found).toEqual(fromTokens(text))
      }),
      { numRuns },
    )
    expect(parsed).toBeGreaterThan(100)
  })
})

test.each([
  '{{ block "a" . }}{{ end }}',
  "{{ 'a' }}",
  '{{ 1e }}',
  '{{ 1.2.3 }}',
  '{{ 1+2i }}',
  '{{ 09 }}',
  '{{ (1) (2)}}{{ foo }}',
  '{{ end }}',
  '{{ if . }}',
  '{{ $x }}',
  '{{ 1 | 2 }}',
  '{{ $a, $b := . }}',
  '{{ if$ }}{{ end }}',
  '{{ $x= 1 }}',
  '{{ /* no comment */ }}',
  '{{/* one */  -}}',
  '{{ "a }}',
  '{{ break }}',
  '{{ define "a" }}x{{ end }}{{ define "a" }}y{{ end }}',
  `{{ ${'('.repeat(200)}1${')'.repeat(200)} }}`,
  '{{ if . }}'.repeat(200),
])('%s is left to the parser', (text) => {
  expect(plain(text)).toBeUndefined()
})
