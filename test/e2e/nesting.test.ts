import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { helmBinary } from '../oracle/helm.ts'
import { converge, run } from './process.ts'

const helm = await helmBinary()

interface Case {
  values?: string
  template: string
  /** What Helm 4.2.3 answers: the document, or the last line of its message. */
  answer: RegExp
}

const lists = (count: number): string => '['.repeat(count) + ']'.repeat(count)
const hash = 'a: {{ .Values | toJson | sha256sum }}\n'
const rounds = (count: number): string =>
  `{{ define "r" }}{{ if gt . 0 }}{{ template "r" (sub . 1 | int) }}{{ end }}{{ end }}a: {{ template "r" ${count} }}1\n`

/** Go reads 10,000 levels of YAML and of parentheses and 100,000 templates within each other; JavaScript's stack ends long before. */
const cases: Record<string, Case> = {
  'values of 9,990 levels': {
    values: `a: ${lists(9990)}`,
    template: hash,
    answer: /^a: d8f81ee7762ded7abbff31d35e2d7f47326b526ec1d47add9b9811eabc9c26d2$/m,
  },
  'values of 10,001 levels': { values: `a: ${lists(10_001)}`, template: hash, answer: /yaml: exceeded max depth of 10000$/m },
  'a manifest of 9,990 levels': { template: `a: ${lists(9990)}\n`, answer: /^a: \[{9990}\]{9990}$/m },
  '9,990 levels read from JSON': {
    template: 'a: {{ fromJson (printf "{\\"a\\": %s%s}" (repeat 9990 "[") (repeat 9990 "]")) | toJson | sha256sum }}\n',
    answer: /^a: d8f81ee7762ded7abbff31d35e2d7f47326b526ec1d47add9b9811eabc9c26d2$/m,
  },
  '10,001 levels read from JSON': {
    template: '{{ fromJson (printf "{\\"a\\": %s%s}" (repeat 10000 "[") (repeat 10000 "]")) | toJson }}\n',
    answer: /^\{"Error":"invalid character '\[' exceeded max depth"\}$/m,
  },
  '9,999 parentheses': { template: `a: {{ ${'('.repeat(9999)}1${')'.repeat(9999)} }}\n`, answer: /^a: 1$/m },
  '10,001 parentheses': { template: `a: {{ ${'('.repeat(10_001)}1${')'.repeat(10_001)} }}\n`, answer: /max expression depth exceeded$/m },
  '20,000 conditions within each other': {
    template: `a: ${'{{ if 1 }}'.repeat(20_000)}1${'{{ end }}'.repeat(20_000)}\n`,
    answer: /^a: 1$/m,
  },
  '99,999 templates within each other': { template: rounds(99_999), answer: /^a: 1$/m },
  'templates without end': {
    template: '{{ define "x" }}{{ template "x" }}{{ end }}{{ template "x" }}',
    answer: /^ {4}exceeded maximum template depth \(100000\)$/m,
  },
}

for (const [name, { values, template, answer }] of Object.entries(cases)) {
  const chart = path.join(mkdtempSync(path.join(os.tmpdir(), 'converge-nesting-')), 'c')
  mkdirSync(path.join(chart, 'templates'), { recursive: true })
  writeFileSync(path.join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: c\nversion: 0.1.0\n')
  writeFileSync(path.join(chart, 'values.yaml'), values ?? '')
  writeFileSync(path.join(chart, 'templates/a.yaml'), template)

  test(name, async () => {
    const ours = await converge(['render', chart, '--release', 'r'])
    expect(ours.output).toMatch(answer)
    if (!helm) return
    const theirs = await run(helm, ['template', 'r', chart])
    expect(theirs.output).toMatch(answer)
    expect(ours.status).toBe(theirs.status)
    if (theirs.status === 0) expect(ours.stdout).toBe(theirs.stdout)
  })
}
