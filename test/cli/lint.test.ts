import { expect, test } from 'vitest'
import { converge } from '../e2e/process.ts'
import { demoChart, writeTree } from './files.ts'

const sound = { ...demoChart, 'Chart.yaml': `${demoChart['Chart.yaml']}icon: https://example.org/i.png\n` }

async function lint(files: Record<string, string>, ...args: string[]) {
  const { status, stdout } = await converge(['lint', '.', ...args], { cwd: writeTree(files) })
  return { status, stdout }
}

test('a sound chart passes', async () => {
  expect(await lint(sound)).toEqual({ status: 0, stdout: '==> Linting .\n\n1 chart(s) linted, 0 chart(s) failed\n' })
  expect(await lint(sound, '--quiet')).toEqual({ status: 0, stdout: '' })
})

test.each([
  ['a template that fails', { 'templates/b.yaml': 'x: 1\ny: {{ .Values.no.such }}\n' }, '[ERROR] templates/b.yaml:2:'],
  ['a template that does not parse', { 'templates/b.yaml': '\n{{ if }}\n' }, '[ERROR] templates/b.yaml:2:'],
  ['a manifest that is no YAML', { 'templates/b.yaml': 'apiVersion: v1\nkind: a: b\n' }, '[ERROR] templates/b.yaml: line 2 '],
  ['an object without kind', { 'templates/b.yaml': 'apiVersion: v1\n' }, '[ERROR] templates/b.yaml: renders an object without kind'],
  ['values that are no YAML', { 'values.yaml': 'a: [\n' }, '[ERROR] values.yaml:'],
  [
    'a version that is none',
    { 'Chart.yaml': 'apiVersion: v2\nname: demo\nversion: x\n' },
    '[ERROR] Chart.yaml: validation: chart.metadata.version',
  ],
  ['values that the schema refuses', { 'values.schema.json': '{"properties": {"a": {"type": "string"}}}' }, '[ERROR] '],
  [
    'a dependency that is not there',
    { 'Chart.yaml': `${sound['Chart.yaml']}`.replace('name: sub,', 'name: away,') },
    'dependency away is not in charts/',
  ],
])('%s fails', async (_, files, words) => {
  const { status, stdout } = await lint({ ...sound, ...files })
  expect(stdout).toContain(words)
  expect(status).toBe(1)
})

test('required and fail do not end it, and a warning fails only with --strict', async () => {
  const files = {
    ...sound,
    'templates/b.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "a_{{ required "need it" .Values.need }}"}\n',
  }
  expect(await lint(files)).toMatchObject({ status: 0, stdout: expect.stringContaining('[WARNING] templates/b.yaml: ConfigMap "a_"') })
  expect((await lint(files, '--strict')).status).toBe(1)
})
