import { expect, test } from 'vitest'
import { createTemplateSet } from '../../src/template/engine.ts'
import { functions } from '../../src/template/funcs/index.ts'
import { Trace } from '../../src/template/trace.ts'
import type { Value } from '../../src/template/value.ts'

/** For each line that `main` gives: the line, and `file:line:column` of what wrote it, outermost first. */
function traced(files: Record<string, string>, values: [string, Value][] = []): string[] {
  const set = createTemplateSet({ functions })
  for (const [name, text] of Object.entries(files)) set.parse(name, text)
  const trace = new Trace()
  const data = new Map<string, Value>(values)
  const text = set.execute('main', data, trace)
  expect(text).toBe(set.execute('main', data))
  expect(trace.lines).toBe(text.split('\n').length)
  return text.split('\n').map((line, index) => {
    const places = trace.positionsOf(index + 1).map(({ file, line, column }) => `${file}:${line}:${column}`)
    return `${line} <- ${places.join(' ')}`
  })
}

test('text, actions, branches and loops', () => {
  const main = 'a: 1\n{{- if true }}\nb:\n  {{- range list "x" "y" }}\n  - n: {{ . }}\n  {{- end }}\n{{- end }}\n{{ .none }}c: 2'
  expect(traced({ main })).toEqual([
    'a: 1 <- main:1:0',
    'b: <- main:3:0',
    '  - n: x <- main:5:4',
    '  - n: y <- main:5:4',
    'c: 2 <- main:8:11',
  ])
})

test('an action that gives several lines is each of them', () => {
  expect(
    traced({ main: 'x:\n  {{ toYaml .x | indent 2 | trim }}\n' }, [
      [
        'x',
        new Map([
          ['a', 'b'],
          ['c', 'd'],
        ]),
      ],
    ]),
  ).toEqual(['x: <- main:1:0', '  a: b <- main:2:5', '  c: d <- main:2:5', ' <- main:3:0'])
})

test('lines of included templates, however they are indented, and of those that include', () => {
  const files = {
    helpers:
      '{{ define "in" }}k: v\nl: w{{ end }}{{ define "out" }}a: b\n{{ include "in" . }}{{ end }}{{ define "called" }}x: 1\ny: 2{{ end }}',
    main: 'top:\n  {{- include "out" . | nindent 2 }}\n{{ template "called" . }}',
  }
  expect(traced(files)).toEqual([
    'top: <- main:1:0',
    '  a: b <- main:2:6 helpers:2:31',
    '  k: v <- main:2:6 helpers:3:3 helpers:1:17',
    '  l: w <- main:2:6 helpers:3:3 helpers:2:0',
    'x: 1 <- main:3:12 helpers:3:50',
    'y: 2 <- main:3:12 helpers:4:0',
  ])
})

test('a text of the values is told by the line that gives it to tpl', () => {
  expect(traced({ main: 'a: {{ tpl .text . }}' }, [['text', '1\nb: {{ .text | len }}']])).toEqual(['a: 1 <- main:1:0', 'b: 22 <- main:1:6'])
})
