import { type ChartCase, chart, show } from '../case.ts'

const values = `
name: base
table: {a: 1, b: {c: 2, d: 3}, gone: x}
list: [1, 2]
scalar: text
nothing: null
nested: {nothing: null, deep: {nothing: null, some: 1}}
`
const withSub = chart({
  'Chart.yaml': 'apiVersion: v2\nname: c\nversion: 0.1.0\ndependencies: [{name: sub, version: 1.x}]\n',
  'values.yaml': 'global: {shared: {top: 1}, plain: p}\nsub: {m: {k: null, l: 9}, own: parent}\nother: 1\n',
  'templates/a.yaml': show('.Values'),
  'charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.2.3\n',
  'charts/sub/values.yaml': 'm: {k: default, l: 1, n: null}\nown: child\ngone: 1\nglobal: {shared: {below: 2, top: 7}, subOnly: s}\n',
  'charts/sub/templates/b.yaml': show('.Values'),
})
const plain = chart({ 'values.yaml': values, 'templates/a.yaml': show('.Values') })

function over(name: string, text: string, files = plain): ChartCase {
  return { name, files: { ...files, 'values/f.yaml': text }, values: { files: ['values/f.yaml'] } }
}

export const cases: ChartCase[] = [
  { name: 'defaults', files: plain },
  over('a null removes a default', 'table: {gone: null, b: null}\nscalar: null\n'),
  over('a null for what the chart lacks stays', 'new: null\ntable: {new: null}\nnested: {deep: {new: null}}\n'),
  over('a null over a null', 'nothing: null\nnested: {nothing: null}\n'),
  over('a scalar over a table', 'table: 5\nnested: {deep: text}\n'),
  over('a table over a scalar', 'scalar: {a: 1}\nlist: {b: 2}\n'),
  over('a list over a list', 'list: [3]\ntable: {b: [1]}\n'),
  over('documents of one file', 'a: 1\ntable: {a: 5}\n---\nb: 2\ntable: {b: {c: 6}}\n---\n# nothing\n---\na: 3\n'),
  over('a separator with a comment', '--- # first\na: 1\n--- # second\nb: 2\n'),
  over('a separator with a text', 'a: 1\n--- b: 2\n'),
  over('a list as file', '[1, 2]\n'),
  over('a text as file', 'just text\n'),
  over('an empty file', ''),
  over('a comment as file', '# nothing here\n'),
  over('broken YAML', 'a: 1\n b: 2\n'),
  over('broken YAML in the second document', 'a: 1\n---\nb: [1\n'),
  over('a tab', 'a:\n\tb: 1\n'),
  over('duplicate keys', 'a: 1\na: 2\n'),
  over(
    'YAML 1.1',
    'yes: no\non: off\noctal: 0777\nhex: 0x1F\nsexagesimal: 1:30\ndate: 2001-01-01\nfloat: 1e3\nbig: 12345678901234567890\nnan: ".nan"\ntilde: ~\n',
  ),
  over('anchors and merge keys', 'base: &b {x: 1, y: 2}\nmerged: {<<: *b, y: 3}\nlist: [*b]\n'),
  over('keys that are no strings', '1: a\ntrue: b\n1.5: c\nnull: d\n'),
  over('CRLF', 'a: 1\r\nb:\r\n  c: text\r\nd: |\r\n  one\r\n  two\r\n'),
  over('a BOM', '\uFEFFa: 1\n'),
  over('keys of prototypes', '__proto__: {polluted: true}\nconstructor: {prototype: {x: 1}}\n'),
  over('a last line of 4096 bytes without newline', `a: 1\nb: ${'x'.repeat(4093)}`),
  over('a last line of 4096 bytes with newline', `a: 1\nb: ${'x'.repeat(4093)}\n`),
  {
    name: 'several files',
    files: { ...plain, 'values/1.yaml': 'table: {a: 2, z: null}\nx: 1\n', 'values/2.yaml': 'table: {z: 1}\nx: null\n' },
    values: { files: ['values/1.yaml', 'values/2.yaml'] },
  },
  { name: 'a file that is not there', files: plain, values: { files: ['values/missing.yaml'] } },
  { name: 'null by --set', files: plain, values: { set: ['table.b=null', 'nested.deep=null', 'scalar=null', 'nothing=null'] } },
  { name: 'chart values that are a list', files: chart({ 'values.yaml': '[1]\n' }) },
  { name: 'chart values that are broken', files: chart({ 'values.yaml': 'a: [\n' }) },
  { name: 'chart values of several documents', files: chart({ 'values.yaml': 'a: 1\n---\nb: 2\n', 'templates/a.yaml': show('.Values') }) },
  { name: 'no values at all', files: chart({ 'templates/a.yaml': show('.Values', '.Values.a') }) },
  { name: 'subchart sections and globals', files: withSub },
  over('globals of the user', 'global: {shared: {top: 5, new: {deep: 1}}, plain: null, user: u}\n', withSub),
  over('globals of a subchart', 'sub: {global: {shared: {top: 6}, direct: d}}\n', withSub),
  over('a scalar as globals', 'global: text\n', withSub),
  over('a table over a scalar global', 'global: {plain: {now: table}}\n', withSub),
  over('a null for a subchart default', 'sub: {gone: null, m: {l: null}}\n', withSub),
  over('a null for a subchart', 'sub: null\n', withSub),
  over('a scalar as subchart section', 'sub: text\n', withSub),
  over('a list as subchart section', 'sub: [1, 2]\n', withSub),
  over('a list of all sorts as subchart section', 'sub: [null, {a: b, c: null}, [1], true]\n', withSub),
  over('a boolean as subchart section', 'sub: true\n', withSub),
  over('a number as subchart section', 'sub: 1.5\n', withSub),
  {
    name: 'values shared by set',
    files: {
      ...withSub,
      'templates/a.yaml': '# {{ .Values.sub | toJson }} {{ .Values.mark }}\n',
      'charts/sub/templates/b.yaml': '{{- $_ := set .Values "mark" 1 }}# {{ .Values.mark }} {{ typeOf .Values }}\n',
    },
  },
  {
    name: 'methods of common.Values',
    files: chart({
      'values.yaml': 'a: {b: 1}\nt: x\n',
      'templates/a.yaml':
        '# {{ .Values.AsMap | toJson }} {{ .Values.YAML | quote }} {{ (.Values.Table "a") | toJson }} {{ .Values.PathValue "a.b" }} {{ typeOf .Values.AsMap }}\n',
    }),
  },
  { name: 'PathValue of nothing', files: chart({ 'values.yaml': 'a: {b: 1}\n', 'templates/a.yaml': '# {{ .Values.PathValue "a.c" }}\n' }) },
  { name: 'Table of nothing', files: chart({ 'values.yaml': 'a: {b: 1}\n', 'templates/a.yaml': '# {{ .Values.Table "a.b" }}\n' }) },
  {
    name: 'dig in common.Values',
    files: chart({ 'values.yaml': 'a: {b: 1}\n', 'templates/a.yaml': '# {{ dig "a" "b" 2 .Values.AsMap }} {{ dig "a" 2 .Values }}\n' }),
  },
]
