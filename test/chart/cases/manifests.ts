import { type ChartCase, chart } from '../case.ts'

function doc(kind: string, name: string, annotations = ''): string {
  return `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n${annotations ? `  annotations: {${annotations}}\n` : ''}`
}

function one(name: string, text: string): ChartCase {
  return { name, files: chart({ 'templates/a.yaml': text }) }
}

const kinds = [
  'Widget',
  'ValidatingWebhookConfiguration',
  'Service',
  'Alpha',
  'Deployment',
  'ConfigMap',
  'Namespace',
  'Job',
  'Secret',
  'ServiceAccount',
  'Pod',
  'Ingress',
]
const hook = (event: string, more = '') => `"helm.sh/hook": ${event}${more ? `, ${more}` : ''}`

export const cases: ChartCase[] = [
  {
    name: 'kinds over files',
    files: chart(Object.fromEntries(kinds.map((kind, i) => [`templates/${String.fromCharCode(97 + i)}.yaml`, doc(kind, `n${i}`)]))),
  },
  one('kinds in one file', kinds.map((kind, i) => doc(kind, `n${i}`)).join('---\n')),
  one('equal kinds keep their order', ['z', 'a', 'm'].map((name) => doc('ConfigMap', name)).join('---\n')),
  one('trailing blank lines', `${doc('ConfigMap', 'a')}\n\n---\n\n\n${doc('ConfigMap', 'b')}\n\n\n`),
  one('leading separators', `---\n---\n\n---\n${doc('ConfigMap', 'a')}`),
  one('a separator with a comment', `${doc('ConfigMap', 'a')}--- # comment\n${doc('ConfigMap', 'b')}`),
  one('a separator that runs on', `${doc('ConfigMap', 'a')}---apiVersion: v1\nkind: Secret\n`),
  one('an indented separator', 'apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n    x\n    ---\n    y\n'),
  one('a separator in a block', 'apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n---\n  y\n'),
  one('CRLF', `${doc('ConfigMap', 'a')}---\n${doc('Secret', 'b')}`.replaceAll('\n', '\r\n')),
  one('comments alone', '# nothing\n---\n# more\n'),
  one('comments beside objects', `# head\n${doc('Service', 'a')}---\n# alone\n---\n${doc('Widget', 'w')}`),
  one('blank', '  \n\n\t\n'),
  one('tabs and spaces after the separator', `${doc('ConfigMap', 'a')}---  \t\n${doc('Secret', 'b')}`),
  one('dots', `${doc('ConfigMap', 'a')}...\n---\n${doc('Secret', 'b')}`),
  one('no newline at the end', doc('ConfigMap', 'a').trimEnd()),
  one('a list', '- a\n- b\n'),
  one('a text', 'hello\n'),
  one('a number', '5\n'),
  one('broken', 'a: b: c\n'),
  one('broken in the second document', `${doc('ConfigMap', 'a')}---\n\n\na: [1\n`),
  one('a tab as indentation', 'a:\n\tb: 1\n'),
  one('metadata that is a text', 'metadata: text\n'),
  one('annotations that are a list', 'metadata: {annotations: [1]}\n'),
  one('an annotation that is a map', 'metadata: {annotations: {a: {b: 1}}}\n'),
  one('an annotation that is a number', `${doc('Job', 'a', '"helm.sh/hook": pre-install, "helm.sh/hook-weight": 5, x: true')}`),
  one('a name that is a list', 'kind: X\nmetadata: {name: [1]}\n'),
  one('a kind that is a map', 'kind: {a: 1}\n'),
  one('a kind that is a number', 'kind: 5\n'),
  one('keys in another case', 'Kind: Namespace\nAPIVERSION: v1\nMetadata: {Name: x}\n---\nkind: ConfigMap\n'),
  one('duplicate keys', 'kind: ConfigMap\nkind: Secret\n'),
  one(
    'hooks',
    [
      'pre-install',
      'post-install',
      'pre-upgrade',
      'test',
      'test-success',
      '"pre-install,post-install"',
      'PRE-INSTALL',
      '" pre-delete , post-delete "',
    ]
      .map((event, i) => doc('Job', `h${i}`, hook(event)))
      .join('---\n'),
  ),
  one(
    'unknown hooks',
    [doc('Job', 'a', hook('crd-install')), doc('Job', 'b', hook('"pre-install,nope"')), doc('Job', 'c', hook('""'))].join('---\n'),
  ),
  one('hooks by kind', kinds.map((kind, i) => doc(kind, `n${i}`, hook('pre-install', `"helm.sh/hook-weight": "${-i}"`))).join('---\n')),
  one('hooks and manifests', `${doc('ConfigMap', 'a')}---\n${doc('Job', 'b', hook('post-install'))}---\n${doc('Service', 'c')}\n\n`),
  {
    name: '--no-hooks',
    files: chart({ 'templates/a.yaml': `${doc('ConfigMap', 'a')}---\n${doc('Job', 'b', hook('test'))}` }),
    options: { noHooks: true },
  },
  {
    name: '--skip-tests',
    files: chart({
      'templates/a.yaml': `${doc('ConfigMap', 'a')}---\n${doc('Job', 'b', hook('"test,pre-install"'))}---\n${doc('Job', 'b', hook('pre-install'))}`,
    }),
    options: { skipTests: true },
  },
  { name: 'only hooks', files: chart({ 'templates/a.yaml': doc('Job', 'b', hook('pre-install')) }) },
  { name: 'no templates', files: chart({}) },
  {
    name: 'file names',
    files: chart({
      'templates/B.yaml': doc('ConfigMap', 'B'),
      'templates/a.yaml': doc('ConfigMap', 'a'),
      'templates/a/b.yaml': doc('ConfigMap', 'ab'),
      'templates/é.yaml': doc('ConfigMap', 'e'),
      'templates/noextension': doc('ConfigMap', 'n'),
      'templates/x.txt': doc('ConfigMap', 't'),
      'templates/_partial.yaml': doc('ConfigMap', 'p'),
      'templates/.hidden.yaml': doc('ConfigMap', 'h'),
    }),
  },
  {
    name: 'notes',
    files: chart({
      'templates/NOTES.txt': 'Hello {{ .Release.Name }}\n',
      'templates/sub/NOTES.txt': 'x',
      'templates/moreNOTES.txt': 'y',
      'templates/a.yaml': doc('ConfigMap', 'a'),
    }),
  },
  { name: 'broken notes', files: chart({ 'templates/NOTES.txt': '{{ .Values.a.b }}' }) },
  { name: '<no value>', files: chart({ 'templates/a.yaml': '# {{ .Values.x }} <no value> {{ index .Values "y" }}\n' }) },
]
