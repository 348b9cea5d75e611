import { type ChartCase, chart, show } from '../case.ts'

function sub(name: string, version = '1.0.0', extra: Record<string, string> = {}, at = 'charts'): Record<string, string> {
  const base = `${at}/${name}`
  const files: Record<string, string> = {
    'Chart.yaml': `apiVersion: v2\nname: ${name}\nversion: ${version}\n`,
    'values.yaml': `from: ${name}\nexports: {data: {exported: ${name}, common: ${name}}}\nservice: {port: 80, host: null}\n`,
    'templates/show.yaml': `# {{ .Chart.Name }} {{ .Chart.IsRoot }} {{ .Template.Name }} {{ .Template.BasePath }} {{ .Values | toJson }}\n`,
    ...extra,
  }
  return Object.fromEntries(Object.entries(files).map(([file, text]) => [`${base}/${file}`, text]))
}

function parent(dependencies: string, more: Record<string, string> = {}): Record<string, string | Uint8Array> {
  return chart({
    'Chart.yaml': `apiVersion: v2\nname: c\nversion: 0.1.0\ndependencies:\n${dependencies}`,
    'templates/a.yaml': `${show('.Values', '.Chart.Dependencies')}# {{ range $name, $_ := .Subcharts }}{{ $name }} {{ end }}\n`,
    ...more,
  })
}

const two = { ...sub('one'), ...sub('two', '2.1.0') }
const both =
  '- {name: one, version: ">=1", condition: one.enabled, tags: [front, all]}\n- {name: two, version: ~2.1, condition: "two.enabled,extra.two", tags: [back, all]}\n'

export const cases: ChartCase[] = [
  { name: 'nothing said', files: parent(both, two) },
  { name: 'condition off', files: parent(both, two), values: { set: ['one.enabled=false'] } },
  { name: 'second condition off', files: parent(both, two), values: { set: ['extra.two=false'] } },
  { name: 'first condition wins', files: parent(both, two), values: { set: ['two.enabled=true', 'extra.two=false'] } },
  { name: 'condition that is a text', files: parent(both, two), values: { setString: ['one.enabled=false'] } },
  { name: 'tag off', files: parent(both, two), values: { set: ['tags.front=false'] } },
  { name: 'one tag on and one off', files: parent(both, two), values: { set: ['tags.front=false', 'tags.all=true'] } },
  { name: 'condition over tag', files: parent(both, two), values: { set: ['tags.all=false', 'one.enabled=true'] } },
  { name: 'tag that is a text', files: parent(both, two), values: { setString: ['tags.front=false'] } },
  { name: 'condition in the values of the chart', files: parent(both, { ...two, 'values.yaml': 'one: {enabled: false}\n' }) },
  { name: 'condition in the values of the subchart', files: parent(both, { ...two, 'charts/one/values.yaml': 'enabled: false\n' }) },
  { name: 'all off', files: parent(both, two), values: { set: ['tags.all=false'] } },
  {
    name: 'missing',
    files: parent('- {name: one, version: 1.x}\n- {name: gone, version: 1.x}\n- {name: lost, version: 1.x}\n', sub('one')),
  },
  { name: 'wrong version', files: parent('- {name: one, version: ">=2"}\n', sub('one')) },
  { name: 'no version', files: parent('- {name: one}\n', sub('one')) },
  {
    name: 'prerelease',
    files: parent('- {name: one, version: ">=1.0.0"}\n- {name: two, version: ">=1.0.0-0"}\n', {
      ...sub('one', '1.1.0-rc.1'),
      ...sub('two', '1.1.0-rc.1'),
    }),
  },
  { name: 'undeclared', files: chart({ ...two, 'templates/a.yaml': show('.Values') }) },
  {
    name: 'declared and undeclared',
    files: parent('- {name: one, version: 1.x, condition: one.enabled}\n', two),
    values: { set: ['one.enabled=false'] },
  },
  { name: 'alias', files: parent('- {name: one, version: 1.x, alias: uno}\n', sub('one')), values: { set: ['uno.from=user'] } },
  {
    name: 'several aliases',
    files: parent(
      '- {name: one, version: 1.x, alias: a1, condition: a1.enabled}\n- {name: one, version: 1.x, alias: a2}\n- {name: one, version: 1.x}\n',
      sub('one'),
    ),
    values: { set: ['a1.enabled=true', 'a2.from=user'] },
  },
  {
    name: 'alias switched off',
    files: parent('- {name: one, version: 1.x, alias: a1, condition: a1.enabled}\n- {name: one, version: 1.x}\n', sub('one')),
    values: { set: ['a1.enabled=false'] },
  },
  { name: 'alias with wrong characters', files: parent('- {name: one, version: 1.x, alias: "a b"}\n', sub('one')) },
  { name: 'the same name twice', files: parent('- {name: one, version: 1.x}\n- {name: one, version: 1.x}\n', sub('one')) },
  {
    name: 'import-values: exports',
    files: parent('- name: one\n  version: 1.x\n  import-values: [data]\n', { ...sub('one'), 'values.yaml': 'common: parent\n' }),
  },
  {
    name: 'import-values: child and parent',
    files: parent(
      '- name: one\n  version: 1.x\n  import-values: [{child: service, parent: my.service}, {child: exports.data, parent: .}]\n',
      { ...sub('one'), 'values.yaml': 'my: {service: {port: 1}}\n' },
    ),
  },
  {
    name: 'import-values: missing',
    files: parent('- name: one\n  version: 1.x\n  import-values: [nope, {child: no.such, parent: x}]\n', sub('one')),
  },
  {
    name: 'import-values of an alias',
    files: parent('- name: one\n  version: 1.x\n  alias: uno\n  import-values: [data]\n', sub('one')),
    values: { set: ['uno.exports.data.exported=user'] },
  },
  {
    name: 'import-values of what is off',
    files: parent('- name: one\n  version: 1.x\n  condition: one.enabled\n  import-values: [data]\n', sub('one')),
    values: { set: ['one.enabled=false'] },
  },
  {
    name: 'import-values with a null',
    files: parent('- name: one\n  version: 1.x\n  import-values: [{child: service, parent: svc}]\n', {
      ...sub('one'),
      'values.yaml': 'svc: {port: null}\n',
    }),
  },
  {
    name: 'three levels',
    files: parent('- {name: one, version: 1.x}\n', {
      ...sub('one', '1.0.0', {
        'Chart.yaml':
          'apiVersion: v2\nname: one\nversion: 1.0.0\ndependencies: [{name: deep, version: 1.x, condition: deep.enabled, import-values: [data]}]\n',
        'values.yaml': 'deep: {enabled: true, from: one}\nglobal: {g: one}\n',
      }),
      ...sub('deep', '1.0.0', {}, 'charts/one/charts'),
      'values.yaml': 'global: {g: root, r: 1}\none: {deep: {over: root}}\n',
    }),
  },
  {
    name: 'three levels, switched off at the root',
    files: parent('- {name: one, version: 1.x}\n', {
      ...sub('one', '1.0.0', {
        'Chart.yaml': 'apiVersion: v2\nname: one\nversion: 1.0.0\ndependencies: [{name: deep, version: 1.x, condition: deep.enabled}]\n',
      }),
      ...sub('deep', '1.0.0', {}, 'charts/one/charts'),
    }),
    values: { set: ['one.deep.enabled=false'] },
  },
  {
    name: 'three levels below an alias',
    files: parent('- {name: one, version: 1.x, alias: uno}\n- {name: one, version: 1.x, alias: due}\n', {
      ...sub('one', '1.0.0', {
        'Chart.yaml': 'apiVersion: v2\nname: one\nversion: 1.0.0\ndependencies: [{name: deep, version: 1.x, alias: tief}]\n',
      }),
      ...sub('deep', '1.0.0', {}, 'charts/one/charts'),
    }),
  },
  {
    name: 'undeclared levels below an alias',
    files: parent('- {name: one, version: 1.x, alias: uno}\n', {
      ...sub('one'),
      ...sub('deep', '1.0.0', {}, 'charts/one/charts'),
      ...sub('deeper', '1.0.0', {}, 'charts/one/charts/deep/charts'),
    }),
  },
  {
    name: 'requirements.yaml of v1',
    files: {
      'Chart.yaml': 'name: c\nversion: 0.1.0\n',
      'requirements.yaml': 'dependencies: [{name: one, version: 1.x, condition: one.enabled}]\n',
      'requirements.lock': 'digest: x\ngenerated: 2020-01-01T00:00:00Z\n',
      ...sub('one'),
      'templates/a.yaml': `${show('.Values', '.Chart')}# {{ .Files.Get "requirements.yaml" | quote }} {{ .Files.Get "requirements.lock" | quote }}\n`,
    },
  },
  {
    name: 'requirements.yaml of v2',
    files: chart({
      'requirements.yaml': 'dependencies: [{name: one, version: 1.x}]\n',
      ...sub('one'),
      'templates/a.yaml': `${show('.Chart')}# {{ .Files.Get "requirements.yaml" | quote }}\n`,
    }),
  },
  {
    name: 'library chart',
    files: parent('- {name: lib, version: 1.x}\n', {
      ...sub('lib', '1.0.0', {
        'Chart.yaml': 'apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n',
        'templates/_h.tpl': '{{ define "lib.x" }}from the library{{ end }}',
        'templates/not.yaml': 'a: b\n',
      }),
      'templates/a.yaml': '# {{ include "lib.x" . }}\n',
    }),
  },
  { name: 'a directory in charts/ that is no chart', files: chart({ 'charts/x/README.md': 'hello' }) },
  {
    name: 'files in charts/ that are no charts',
    files: chart({
      'charts/README.md': 'hello',
      'charts/_skipped/x': '',
      'charts/.skipped/x': '',
      'charts/one.tgz.prov': 'p',
      ...sub('one'),
    }),
  },
  { name: 'a subchart with a broken Chart.yaml', files: chart({ ...sub('one'), 'charts/one/Chart.yaml': 'name: [\n' }) },
  { name: 'a subchart without a version', files: chart({ ...sub('one'), 'charts/one/Chart.yaml': 'apiVersion: v2\nname: one\n' }) },
  { name: 'null dependency', files: parent('- null\n') },
  {
    name: 'definitions of root and subchart',
    files: chart({
      'templates/_a.tpl': '{{ define "x" }}root a{{ end }}',
      'templates/_b.tpl': '{{ define "x" }}root b{{ end }}',
      ...sub('one', '1.0.0', { 'templates/_a.tpl': '{{ define "x" }}sub{{ end }}', 'templates/show.yaml': '# {{ include "x" . }}\n' }),
      'templates/a.yaml': '# {{ include "x" . }}\n',
    }),
  },
  {
    name: 'the order of execution',
    files: chart({
      'values.yaml': 'n: []\n',
      ...sub('one', '1.0.0', {
        'templates/show.yaml': '{{ $_ := set .Values.global "n" (append (.Values.global.n | default list) .Template.Name) }}',
      }),
      'templates/a.yaml':
        '{{ $_ := set .Values.global "n" (append (.Values.global.n | default list) .Template.Name) }}# {{ .Values.global.n }}\n',
      'templates/z.yaml': '{{ $_ := set .Values.global "n" (append (.Values.global.n | default list) .Template.Name) }}',
      'templates/d/x.yaml': '{{ $_ := set .Values.global "n" (append (.Values.global.n | default list) .Template.Name) }}',
    }),
    values: { set: ['global.x=1'] },
  },
]
