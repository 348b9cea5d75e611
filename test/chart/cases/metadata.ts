import type { ChartCase } from '../case.ts'

const base = 'apiVersion: v2\nname: c\nversion: 1.10\n'
const template = '# {{ .Chart | toJson }}\n'

function metadata(name: string, text: string): ChartCase {
  return { name, files: { 'Chart.yaml': text, 'templates/a.yaml': template } }
}

export const cases: ChartCase[] = [
  metadata('numbers as strings', `${base}appVersion: 1e3\ndescription: 0x10\nhome: true\nicon: 1.50\ncondition: 12345678.9\n`),
  metadata(
    'everything',
    `${base}type: application\nkubeVersion: ">=1.20-0"\nkeywords: [a, 1, null]\nsources: [x]\nmaintainers: [{name: n, email: e, url: u, other: 1}, {name: 5}]\nannotations: {a: 1, b: null, c: 1.5, d: yes}\ndeprecated: true\ntags: t\n`,
  ),
  metadata('names in another case', `${base}Description: x\nDESCRIPTION: yy\nAppVersion: 3\nkubeversion: ""\n`),
  metadata('unprintable characters', `${base}description: "a\\tb\\u200bc\\u00a0d\\u0007e\\nf"\n`),
  metadata('unknown fields', `${base}foo: [1]\nbar: {baz: 1}\n`),
  metadata('no apiVersion', 'name: c\nversion: 1.0.0\n'),
  metadata('apiVersion v3', 'apiVersion: v3\nname: c\nversion: 1.0.0\n'),
  metadata('apiVersion v5', 'apiVersion: v5\nname: c\nversion: 1.0.0\n'),
  metadata('apiVersion that is a list', 'apiVersion: [v2]\nname: c\nversion: 1.0.0\n'),
  metadata('no name', 'apiVersion: v2\nversion: 1.0.0\n'),
  metadata('no version', 'apiVersion: v2\nname: c\n'),
  metadata('a name with a slash', 'apiVersion: v2\nname: a/b\nversion: 1.0.0\n'),
  metadata('the name ..', 'apiVersion: v2\nname: ".."\nversion: 1.0.0\n'),
  metadata('a version that is none', 'apiVersion: v2\nname: c\nversion: x.y\n'),
  metadata('a version with a v', 'apiVersion: v2\nname: c\nversion: v1.2\n'),
  metadata('another type', `${base}type: foo\n`),
  metadata('a library', `${base}type: library\n`),
  metadata('empty', ''),
  metadata('a list', '[1]\n'),
  metadata('a text', 'foo\n'),
  metadata('broken', 'a: b: c\n'),
  metadata('a description that is a map', `${base}description: {a: 1}\n`),
  metadata('keywords that are a text', `${base}keywords: foo\n`),
  metadata('an annotation that is a list', `${base}annotations: {a: [1]}\n`),
  metadata('annotations that are a text', `${base}annotations: foo\n`),
  metadata('deprecated as a text', `${base}deprecated: "yes"\n`),
  metadata('deprecated as a number', `${base}deprecated: 1\n`),
  metadata('a maintainer that is null', `${base}maintainers: [null]\n`),
  metadata('a maintainer that is a text', `${base}maintainers: [foo]\n`),
  metadata('maintainers that are a map', `${base}maintainers: {a: 1}\n`),
  metadata('a maintainer with a list', `${base}maintainers: [{name: a, url: [1]}]\n`),
  metadata('a dependency with a text for tags', `${base}dependencies: [{name: a, version: 1, tags: x}]\n`),
  metadata('a dependency with a number to import', `${base}dependencies: [{name: a, import-values: 3}]\n`),
  metadata('kubeVersion that does not fit', `${base}kubeVersion: ">=1.99"\n`),
  metadata('kubeVersion that cannot be read', `${base}kubeVersion: "what?"\n`),
  { ...metadata('kubeVersion and a vendor', `${base}kubeVersion: ">=1.30 <1.31"\n`), options: { kubeVersion: '1.30.5-gke.100' } },
  { name: 'a broken Chart.lock', files: { 'Chart.yaml': base, 'Chart.lock': 'dependencies: 5\n' } },
  { name: 'a Chart.lock with a wrong time', files: { 'Chart.yaml': base, 'Chart.lock': 'generated: 5\n' } },
  {
    name: 'a Chart.yaml with CRLF and BOM',
    files: { 'Chart.yaml': `\uFEFF${base.replaceAll('\n', '\r\n')}`, 'templates/a.yaml': template },
  },
]
