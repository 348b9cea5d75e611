import { type ChartCase, chart } from '../case.ts'
import type { Random } from './random.ts'

const kinds = [
  ...[
    'ConfigMap',
    'Secret',
    'Deployment',
    'Namespace',
    'Job',
    'Pod',
    'Service',
    'Foo',
    'CustomResourceDefinition',
    'Ingress',
    'RoleBinding',
  ],
  ...['ClusterRole', 'List', 'StatefulSet', 'PriorityClass', 'ValidatingWebhookConfiguration', 'APIService', 'Test', '', 'configmap'],
  ...['HorizontalPodAutoscaler', 'PodDisruptionBudget', 'ServiceAccount'],
]
const events = [
  ...['pre-install', 'post-install', 'pre-install,pre-upgrade', 'test', 'test-success', 'crd-install', ' post-delete ', 'nope'],
  ...['pre-rollback, post-install', '', 'pre-upgrade,nope', 'POST-INSTALL'],
]
const weights = ['"5"', '"-5"', '5', '"x"', '" 3"', '"1.5"', '"+2"', '"0x1"', '"99999999999"']
const policies = ['hook-succeeded', 'before-hook-creation,hook-failed', 'nope', '"a, hook-succeeded"']
const separators = [
  ...['---\n', '---\n', '---\n', '\n---\n', '---  \n', '--- # c\n', '---\n---\n', '\n\n---\n\n', '---\r\n', '--- \t\n', ' ---\n', '----\n'],
  ...['...\n', '---\n# Source: a\n', '---{a: b}\n', '--- |\n', '\n---', '...\n---\n'],
]
const odd = [
  ...['', '\n', '  \n', '# only a comment\n', '\t\n', '# c\n\n# d', 'null', '{}', '""', '~', '- a\n- b\n', 'just text\n', 'a: b\n'],
  ...['kind: [x]\n', 'apiVersion: 1\nkind: 2\n', 'kind: X\nmetadata: text\n', 'metadata: {annotations: {a: 1}}\nkind: X\n'],
  ...['metadata: {annotations: [a]}\nkind: X\n', 'metadata: {name: [1]}\nkind: Y\napiVersion: v1', 'e: [\n', 'a: b: c\n'],
]
const tails = [
  ...[
    'data:\n  a: |\n    x\n    ---\n    y\n',
    'spec: {}\n',
    'data:\n  a: "---"\n',
    '# tail\n',
    'spec:\n  a: >-\n    b\n\n\n',
    'items: []\n',
  ],
  ...['data: {a: b} # ---\n', 'dup: 1\ndup: 2\n', 'x: &a 1\ny: *a\n', 'd: |+\n  q\n\n\n', 'c: "a\\\n  b"\n'],
]
const paths = ['a.yaml', 'b.yml', 'tests/t.yaml', 'c.txt', '_p.yaml', 'NOTES.txt', 'z.json']

/** A chart whose templates hold documents of all sorts between separators of all sorts: manifests, hooks, what is neither. */
export function randomManifests(random: Random): ChartCase {
  const files: Record<string, string> = {}
  for (const path of paths) {
    if (!random.chance(0.45)) continue
    let text = (random.chance(0.3) ? random.pick(separators) : '') + documentOf(random)
    while (random.chance(0.6)) text += random.pick(separators) + documentOf(random)
    files[`templates/${path}`] = text
  }
  return { name: JSON.stringify(files), files: chart(files) }
}

function documentOf(random: Random): string {
  if (random.chance(0.08)) return random.pick(odd)
  const kind = random.pick(kinds)
  if (random.chance(0.05)) {
    const annotations = random.chance(0.5) ? { 'helm.sh/hook': random.pick(events) } : undefined
    return `${JSON.stringify({ apiVersion: 'v1', kind, metadata: { name: 'j', annotations } })}\n`
  }
  const head = random.chance(0.2) ? random.pick(['# head\n', '\n', '\n\n', '# Source: x\n']) : ''
  const apiVersion = random.pick(['v1', 'apps/v1', 'x.y/v1beta1', 'batch/v1'])
  let text = `${head}apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${random.pick(['a', 'b', 'c', 'z-1', '"q"', '1'])}\n`
  if (random.chance(0.15)) text += '  namespace: other\n'
  if (random.chance(0.45)) text += annotations(random)
  if (random.chance(0.3)) text += random.pick(tails)
  if (random.chance(0.15)) text = text.replaceAll('\n', '\r\n')
  return random.chance(0.15) ? text.replace(/\n$/, random.pick(['', '  ', '\n\n', ' \n\t'])) : text
}

function annotations(random: Random): string {
  let text = `  annotations:\n    helm.sh/hook: ${JSON.stringify(random.pick(events))}\n`
  if (random.chance(0.5)) text += `    helm.sh/hook-weight: ${random.pick(weights)}\n`
  if (random.chance(0.3)) text += `    helm.sh/hook-delete-policy: ${random.pick(policies)}\n`
  if (random.chance(0.2)) text += `    helm.sh/hook-output-log-policy: ${random.pick(['hook-succeeded', 'hook-failed', 'x'])}\n`
  if (random.chance(0.1)) text += `    helm.sh/resource-policy: ${random.pick(['keep', 'delete'])}\n`
  return text
}
