import { expect, test } from 'vitest'
import { ConvergeError } from '../../src/errors.ts'
import { TemplateSet } from '../../src/template/engine.ts'
import { functions } from '../../src/template/funcs/index.ts'
import { context } from './our-runs.ts'

function failure(text: string): ConvergeError {
  try {
    const set = new TemplateSet({ functions })
    set.parse('c/templates/a.yaml', text)
    set.execute('c/templates/a.yaml', context())
  } catch (error) {
    if (error instanceof ConvergeError) return error
    throw error
  }
  throw new Error('It rendered.')
}

test('an error tells where it is, with the text of the line', () => {
  expect(failure('a\n  é {{ .Values.str.x }} b\nc').location).toEqual({
    file: 'c/templates/a.yaml',
    line: 2,
    column: 15,
    text: '  é {{ .Values.str.x }} b',
  })
  expect(failure('a\n{{ if }}').location).toMatchObject({ file: 'c/templates/a.yaml', line: 2, text: '{{ if }}' })
})

test('details are the templates on the way, outermost first', () => {
  const { details } = failure('{{ define "e" }}{{ .x.y }}{{ end }}\n{{ include "e" . }}')
  expect(details).toEqual(['c/templates/a.yaml:2:3 in "c/templates/a.yaml" at <include "e" .>', 'c/templates/a.yaml:1:21 in "e" at <.x.y>'])
})

test.each([
  ['{{ uper "a" }}', 'Did you mean "upper"?'],
  ['{{ .Values.str | qoute }}', 'Did you mean "quote"?'],
  ['{{ .Values.neested.deep }}', 'There is no "neested"; did you mean "nested"?'],
  ['{{ .Values.nested.depe.er }}', 'There is no "depe"; did you mean "deep"?'],
  ['{{ .Values.whatever.deep }}', '.Values.whatever is not set.'],
  ['{{ define "c.labels" }}{{ end }}{{ include "c.lables" . }}', 'Did you mean "c.labels"?'],
  ['{{ eq .Values.num 8080 }}', 'Numbers of values files are float64: convert with `int`, or write the literal with a point.'],
  ['{{ indent .Values.num "x" }}', 'Numbers of values files are float64: convert with `int`.'],
  ['{{ upper .Values.num }}', 'Convert it with `toString`.'],
  ['{{ upper .Values.missing }}', 'The value is null or not set.'],
])('%s has a hint', (text, hint) => {
  expect(failure(text).hint).toBe(hint)
})

test('fail and required have a code of their own', () => {
  expect(failure('{{ fail "a" }}').code).toBe('ERR_TEMPLATE_FAIL')
  expect(failure('{{ required "b" nil }}').code).toBe('ERR_TEMPLATE_FAIL')
})

test('in lint mode fail and required end nothing', () => {
  const set = new TemplateSet({ functions, lint: true })
  set.parse('c/a.yaml', '[{{ fail "a" }}{{ required "b" nil }}{{ required "c" 1 }}]')
  expect(set.execute('c/a.yaml', null)).toBe('[1]')
})

test('an identical text is parsed once, and its templates stay apart between sets', () => {
  const one = new TemplateSet({ functions })
  const two = new TemplateSet({ functions })
  one.parse('c/a.yaml', '{{ include "x" . }}')
  two.parse('c/a.yaml', '{{ include "x" . }}')
  one.parse('c/b.yaml', '{{ define "x" }}1{{ end }}')
  two.parse('c/b.yaml', '{{ define "x" }}2{{ end }}')
  expect([one.execute('c/a.yaml', null), two.execute('c/a.yaml', null)]).toEqual(['1', '2'])
})

test('a later definition replaces an earlier one unless it is empty', () => {
  const set = new TemplateSet({ functions })
  set.parse('c/a.yaml', '{{ define "x" }}1{{ end }}{{ template "x" }}')
  set.parse('c/b.yaml', '{{ define "x" }}2{{ end }}')
  set.parse('c/c.yaml', '{{ define "x" }} {{/* nothing */}} {{ end }}')
  expect(set.execute('c/a.yaml', null)).toBe('2')
})

test('files of the same text are parsed once, and each speaks of itself', () => {
  const set = new TemplateSet({ functions })
  const text = '{{ define "x" }}{{ .a.b }}{{ end }}{{ include "x" . }}'
  set.parse('c/a.yaml', text)
  set.parse('c/charts/s/a.yaml', text)
  const dot = new Map([['a', new Map([['b', '1']])]])
  expect([set.execute('c/a.yaml', dot), set.execute('c/charts/s/a.yaml', dot)]).toEqual(['1', '1'])
  // What both define is of the file that came last.
  const inside = '\nc/charts/s/a.yaml:1:21\n  executing "x" at <.a.b>:'
  for (const file of ['c/a.yaml', 'c/charts/s/a.yaml']) {
    expect(() => set.execute(file, new Map())).toThrow(`${file}:1:38\n  executing "${file}" at <include "x" .>:`)
    expect(() => set.execute(file, new Map())).toThrow(inside)
  }
})

test('a file that defines what another file of its text is called is its own', () => {
  const set = new TemplateSet({ functions })
  const text = '{{ define "c/b.yaml" }}defined{{ end }}written'
  set.parse('c/a.yaml', text)
  expect(() => set.parse('c/b.yaml', text)).toThrow('multiple definition of template "c/b.yaml"')
  expect([set.execute('c/a.yaml', null), set.execute('c/b.yaml', null)]).toEqual(['written', 'defined'])
})

test('also where the name that it defines is spelled with an escape', () => {
  const set = new TemplateSet({ functions })
  const text = '{{ define "d/\\x62.yaml" }}defined{{ end }}written'
  set.parse('d/a.yaml', text)
  expect(() => set.parse('d/b.yaml', text)).toThrow('multiple definition of template "d/b.yaml"')
  expect(set.execute('d/b.yaml', null)).toBe('defined')
})
