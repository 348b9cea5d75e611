import { expect, test } from 'vitest'
import { ConvergeError } from '../../src/errors.ts'
import { type EngineOptions, TemplateSet } from '../../src/template/engine.ts'
import { functions } from '../../src/template/funcs/index.ts'

function failure(text: string, options: Partial<EngineOptions> = {}): ConvergeError {
  try {
    const set = new TemplateSet({ functions, ...options })
    set.parse('c/templates/a.yaml', text)
    set.execute('c/templates/a.yaml', new Map())
  } catch (error) {
    if (error instanceof ConvergeError) return error
    throw error
  }
  throw new Error('It rendered.')
}

test('an include without end stops at the depth of Helm', () => {
  const { code, message } = failure('{{ define "r" }}{{ include "r" . }}{{ end }}{{ include "r" . }}')
  expect(code).toBe('ERR_TEMPLATE_EXEC')
  expect(message).toMatch(/: error calling include: rendering template has a nested reference name: r: unable to execute template$/)
  expect(message.match(/executing "r"/g)).toHaveLength(1001)
})

test('950 includes inside each other render', () => {
  const set = new TemplateSet({ functions })
  set.parse('c/a.yaml', '{{ define "r" }}{{ if gt . 0 }}x{{ include "r" (sub . 1) }}{{ end }}{{ end }}{{ include "r" 950 }}')
  expect(set.execute('c/a.yaml', null)).toBe('x'.repeat(950))
})

test.each([
  ['{{ define "r" }}{{ template "r" . }}{{ end }}{{ template "r" . }}'],
  ['{{ define "r" }}{{ tpl "{{ include \\"r\\" . }}" . }}{{ end }}{{ include "r" . }}'],
  ['{{ define "r" }}{{ tpl . . }}{{ end }}{{ tpl "{{ tpl $ $ }}" "{{ tpl $ $ }}" }}'],
])('templates that call each other without end are an error: %s', (text) => {
  const { code, message } = failure(text)
  expect(code).toBe('ERR_TEMPLATE_EXEC')
  expect(message).toMatch(/nested too deeply|without end/)
  expect(message.length).toBeLessThan(300)
})

test('what is nested too deeply to be parsed is an error', () => {
  expect(failure(`{{ ${'('.repeat(10_001)}1${')'.repeat(10_001)} }}`).code).toBe('ERR_TEMPLATE_PARSE')
  expect(failure(`${'{{ if 1 }}'.repeat(20_000)}${'{{ end }}'.repeat(20_000)}`).code).toBe('ERR_TEMPLATE_PARSE')
})

test('a loop ends when its time is over', () => {
  const error = failure('{{ range 1000000000 }}{{ end }}', { timeLimit: 50 })
  expect(error.message).toBe('execution error at (c/templates/a.yaml:1:9): the time for rendering is over')
})

test('the output is bounded', () => {
  const error = failure('{{ range 1000000000 }}0123456789{{ end }}', { maxOutput: 100_000 })
  expect(error.message).toMatch(/the output is larger than 100000 characters$/)
})

test('keys of prototypes are keys like all others', () => {
  const set = new TemplateSet({ functions })
  set.parse(
    'c/a.yaml',
    '{{ .__proto__ }}{{ .constructor }}{{ $m := dict "__proto__" 1 }}{{ $m.__proto__ }}{{ $m.toString }}{{ range $k, $v := $m }}{{ $k }}{{ end }}',
  )
  expect(set.execute('c/a.yaml', new Map())).toBe('1__proto__')
  expect(failure('{{ constructor }}').message).toMatch(/function "constructor" not defined/)
  expect(failure('{{ __proto__ }}').message).toMatch(/function "__proto__" not defined/)
})
