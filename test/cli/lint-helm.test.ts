import { expect, test } from 'vitest'
import { converge, run } from '../e2e/process.ts'
import { helmBinary } from '../oracle/helm.ts'
import { writeTree } from './files.ts'

const sound: Record<string, string> = {
  'Chart.yaml': 'apiVersion: v2\nname: demo\nversion: 1.0.0\nicon: https://x/y.png\n',
  'values.yaml': 'a: 1\n',
  'templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n',
}

/** Charts by what is wrong with them, with the exit status of `helm lint` (4.2.3). */
const cases: [name: string, files: Record<string, string | null>, helm: number][] = [
  ['sound', {}, 0],
  ['no templates dir', { 'templates/a.yaml': null }, 0],
  ['no values', { 'values.yaml': null }, 0],
  ['name mismatch', { 'Chart.yaml': 'apiVersion: v2\nname: other\nversion: 1.0.0\nicon: https://x/y.png\n' }, 0],
  ['name bad', { 'Chart.yaml': 'apiVersion: v2\nname: De mo\nversion: 1.0.0\nicon: https://x/y.png\n' }, 0],
  ['no apiVersion', { 'Chart.yaml': 'name: demo\nversion: 1.0.0\n' }, 1],
  ['apiVersion v3', { 'Chart.yaml': 'apiVersion: v3\nname: demo\nversion: 1.0.0\n' }, 1],
  ['no version', { 'Chart.yaml': 'apiVersion: v2\nname: demo\n' }, 1],
  ['version 1', { 'Chart.yaml': 'apiVersion: v2\nname: demo\nversion: "1"\n' }, 0],
  ['bad icon', { 'Chart.yaml': 'apiVersion: v2\nname: demo\nversion: 1.0.0\nicon: not a url\n' }, 1],
  ['bad source', { 'Chart.yaml': 'apiVersion: v2\nname: demo\nversion: 1.0.0\nicon: https://x/y.png\nsources: [foo]\n' }, 1],
  [
    'bad maintainer',
    { 'Chart.yaml': 'apiVersion: v2\nname: demo\nversion: 1.0.0\nicon: https://x/y.png\nmaintainers: [{email: foo}]\n' },
    1,
  ],
  [
    'maintainer email',
    { 'Chart.yaml': 'apiVersion: v2\nname: demo\nversion: 1.0.0\nicon: https://x/y.png\nmaintainers: [{name: a, email: foo}]\n' },
    1,
  ],
  ['type wrong', { 'Chart.yaml': 'apiVersion: v2\nname: demo\nversion: 1.0.0\nicon: https://x/y.png\ntype: foo\n' }, 1],
  ['v1 with type', { 'Chart.yaml': 'apiVersion: v1\nname: demo\nversion: 1.0.0\nicon: https://x/y.png\ntype: application\n' }, 1],
  ['v1 with deps', { 'Chart.yaml': 'apiVersion: v1\nname: demo\nversion: 1.0.0\nicon: https://x/y.png\ndependencies: []\n' }, 0],
  ['appVersion number', { 'Chart.yaml': 'apiVersion: v2\nname: demo\nversion: 1.0.0\nicon: https://x/y.png\nappVersion: 1.0\n' }, 1],
  [
    'dep missing',
    {
      'Chart.yaml':
        'apiVersion: v2\nname: demo\nversion: 1.0.0\nicon: https://x/y.png\ndependencies: [{name: x, version: 1, repository: "https://x"}]\n',
    },
    0,
  ],
  ['dep unused', { 'charts/y/Chart.yaml': 'apiVersion: v2\nname: y\nversion: 1.0.0\n' }, 1],
  ['extension', { 'templates/b.foo': 'x' }, 1],
  ['deprecated api', { 'templates/a.yaml': 'apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: a}\n' }, 0],
  ['bad name', { 'templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: A_b}\n' }, 0],
  [
    'no selector',
    {
      'templates/a.yaml':
        'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: x}]}}}\n',
    },
    1,
  ],
  [
    'list annotations',
    {
      'templates/a.yaml':
        'apiVersion: v1\nkind: List\nmetadata: {annotations: {helm.sh/resource-policy: keep}}\nitems: [{apiVersion: v1, kind: ConfigMap, metadata: {name: x, annotations: {helm.sh/resource-policy: keep}}}]\n',
    },
    1,
  ],
  ['release time', { 'templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: "{{ .Release.Time }}"}\n' }, 0],
  ['leading spaces', { 'templates/a.yaml': '  apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n' }, 0],
  [
    'crd hook',
    { 'templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {helm.sh/hook: crd-install}}\n' },
    0,
  ],
  ['values not map', { 'values.yaml': '- a\n' }, 1],
  ['schema fails', { 'values.schema.json': '{"properties":{"a":{"type":"string"}}}' }, 1],
  ['required', { 'templates/a.yaml': 'x: {{ required "m" .Values.z }}\n' }, 0],
  ['fail', { 'templates/a.yaml': '{{ fail "no" }}\n' }, 0],
  ['nil pointer', { 'templates/a.yaml': 'x: {{ .Values.z.y }}\n' }, 1],
  ['parse', { 'templates/a.yaml': '{{ if }}\n' }, 1],
  ['bad crd', { 'crds/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n' }, 1],
  ['bad crd yaml', { 'crds/a.yaml': 'a: b: c\n' }, 1],
  ['deprecated chart', { 'Chart.yaml': 'apiVersion: v2\nname: demo\nversion: 1.0.0\nicon: https://x/y.png\ndeprecated: true\n' }, 0],
  ['kubeVersion', { 'Chart.yaml': 'apiVersion: v2\nname: demo\nversion: 1.0.0\nicon: https://x/y.png\nkubeVersion: ">=1.99"\n' }, 0],
  ['tab yaml', { 'templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: a\n' }, 1],
]

/** Where converge says no and Helm lets it pass: a deploy would not. */
const stricter = new Set(['leading spaces', 'dep missing', 'deprecated api', 'bad name', 'kubeVersion'])

const chart = (files: Record<string, string | null>) => {
  const all = Object.entries({ ...sound, ...files }).filter((entry): entry is [string, string] => entry[1] !== null)
  return writeTree(Object.fromEntries(all.map(([name, text]) => [`demo/${name}`, text])))
}

test.each(cases)('a chart with: %s', async (name, files, helm) => {
  const { status, stdout, stderr } = await converge(['lint', 'demo'], { cwd: chart(files) })
  expect(status, stdout + stderr).toBe(stricter.has(name) ? 1 : helm)
})

test('Helm itself says so', { timeout: 60_000 }, async ({ skip }) => {
  const binary = await helmBinary()
  if (!binary) return skip('no Helm binary')
  const found = []
  for (const [name, files] of cases) found.push([name, (await run(binary, ['lint', 'demo'], { cwd: chart(files) })).status])
  expect(found).toEqual(cases.map(([name, , helm]) => [name, helm]))
})
