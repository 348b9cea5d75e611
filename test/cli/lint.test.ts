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
  [
    'a manifest that is no YAML',
    { 'templates/b.yaml': 'apiVersion: v1\nkind: a: b\n' },
    '[ERROR] templates/b.yaml:2 (rendered line 2): is no YAML: ',
  ],
  [
    'an object without kind',
    { 'templates/b.yaml': 'apiVersion: v1\n' },
    '[ERROR] templates/b.yaml:1 (rendered line 1): the manifest/? has no kind',
  ],
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
  expect(await lint(files)).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/\[INFO\] .* need it\n\[WARNING\] templates\/b\.yaml:3 .*: ConfigMap\/a_ has an invalid name/),
  })
  expect((await lint(files, '--strict')).status).toBe(1)
})

const workload = {
  'templates/_pod.tpl': `{{- define "pod" -}}
containers:
- name: a
  imagePulPolicy: Always
  resources:
    {{- toYaml .Values.resources | nindent 4 }}
{{- end }}
`,
  'templates/web.yaml': `{{- range list "one" "two" }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ . }}
spec:
  replicas: {{ $.Values.replicas | quote }}
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      {{- include "pod" $ | nindent 6 }}
{{- end }}
`,
}

test('what Kubernetes does not know is found without a cluster, at the lines of the chart that wrote it', async () => {
  const { status, stdout } = await lint(
    { ...sound, ...workload },
    '--set-json',
    'resources={"limts":{"cpu":"1"}}',
    '--set-string',
    'replicas=2',
  )
  expect(status).toBe(1)
  expect(stdout.split('\n').filter((line) => /^\[ERROR\].*one/.test(line))).toEqual([
    '[ERROR] templates/web.yaml:8 (rendered line 8): Deployment/one has a string where spec.replicas must be a whole number (leave out the quotes)',
    '[ERROR] templates/web.yaml:13 (rendered line 15, from templates/_pod.tpl:4): Deployment/one has an unknown field spec.template.spec.containers[0].imagePulPolicy (did you mean imagePullPolicy?)',
    '[ERROR] templates/web.yaml:13 (rendered line 17, from templates/_pod.tpl:6): Deployment/one has an unknown field spec.template.spec.containers[0].resources.limts (did you mean limits?)',
  ])
  expect(stdout).toContain('    8 |   replicas: {{ $.Values.replicas | quote }}\n      |   ^\n')
})

const ingress = { 'templates/b.yaml': 'apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: a}\n' }
const budget = { 'templates/b.yaml': 'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\n' }

test.each([
  ['a removed version', ingress, [], 1, 'Kubernetes 1.22 removed it; use networking.k8s.io/v1'],
  ['a version that is removed later', ingress, ['--kube-version', '1.21'], 0, '0 chart(s) failed'],
  ['a version that came later', budget, ['--kube-version', '1.20'], 1, 'does not serve: PodDisruptionBudget in policy/v1'],
  [
    'a kind that there is not',
    { 'templates/b.yaml': 'apiVersion: apps/v1\nkind: Deploymnt\nmetadata: {name: a}\n' },
    [],
    1,
    'did you mean Deployment?',
  ],
  [
    'hooks of one name',
    {
      'templates/b.yaml': ['pre-install', 'post-delete']
        .map((event) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {helm.sh/hook: ${event}}}\n`)
        .join('---\n'),
    },
    [],
    0,
    '',
  ],
  [
    'an object twice',
    {
      'templates/b.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---# a note\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\n',
    },
    [],
    1,
    'twice',
  ],
  ['a kind of others', { 'templates/b.yaml': 'apiVersion: example.org/v1\nkind: A\nmetadata: {name: a}\nspec: {x: 1}\n' }, [], 0, ''],
] as const)('%s', async (_, files, args, status, words) => {
  const result = await lint({ ...sound, ...files }, ...args)
  expect(result.status, result.stdout).toBe(status)
  expect(result.stdout).toContain(words)
})
