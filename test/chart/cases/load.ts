import { type ChartCase, chart } from '../case.ts'

const list = '# {{ range $path, $_ := .Files }}{{ $path }} {{ end }}\n'

function ignoring(name: string, rules: string): ChartCase {
  return {
    name: `.helmignore: ${name}`,
    files: chart({
      '.helmignore': rules,
      'templates/a.yaml': list,
      'templates/sub/b.yaml': '# b\n',
      'templates/.hidden.yaml': '# hidden\n',
      'README.md': 'r',
      'docs/a.md': 'a',
      'docs/deep/b.md': 'b',
      'a.txt': '',
      'b.txt': '',
      'sub/a.txt': '',
      '.git/x': '',
      '[x].txt': '',
      'x.bak': '',
      'y.swp': '',
      'target/keep.md': '',
    }),
  }
}

export const cases: ChartCase[] = [
  {
    name: 'what is a file',
    files: chart({
      'templates/a.yaml': list,
      'README.md': '',
      LICENSE: '',
      'values.schema.json': '{}',
      'crds/x.yaml': '',
      'files/x': '',
      'Chart.lock': 'digest: x\n',
      'templates.txt': '',
      'ci/x-values.yaml': '',
    }),
  },
  {
    name: 'symbolic links',
    files: chart({
      'templates/a.yaml': `${list}# {{ .Files.Get "linked/x.txt" }} {{ .Files.Get "l.txt" }}\n`,
      'real/x.txt': 'x',
      'values.yaml': 'a: 1\n',
    }),
    links: { linked: 'real', 'l.txt': 'real/x.txt', 'templates/l.yaml': '../real/x.txt' },
  },
  { name: 'a link to nowhere', files: chart({ 'templates/a.yaml': list }), links: { broken: 'nowhere' } },
  { name: 'a BOM in a template', files: chart({ 'templates/a.yaml': '\uFEFFkind: ConfigMap\n', 'values.yaml': '\uFEFFa: 1\n' }) },
  {
    name: 'CRLF in templates',
    files: chart({ 'templates/a.yaml': 'kind: ConfigMap\r\n{{- if true }}\r\ndata: {a: b}\r\n{{- end }}\r\n' }),
  },
  {
    name: 'bytes that are no UTF-8',
    files: chart({
      'templates/a.yaml': '# {{ .Files.Get "bin" | b64enc }} {{ len (.Files.Get "bin") }} {{ .Files.Get "bin" | quote }}\n',
      bin: new Uint8Array([0, 255, 65, 0xc3, 0x28, 0xe2, 0x82, 0xac, 0xf0, 0x9f]),
    }),
  },
  { name: 'no Chart.yaml', files: { 'values.yaml': 'a: 1\n' } },
  { name: 'a file that is too large', files: chart({ big: new Uint8Array(5 * 1024 * 1024 + 1) }) },
  {
    name: 'a chart name unlike its directory',
    files: { 'Chart.yaml': 'apiVersion: v2\nname: other\nversion: 1.0.0\n', 'templates/a.yaml': '# {{ .Template | toJson }}\n' },
  },
  ...['', 'Upper', 'a_b', 'a.b', 'a'.repeat(53), 'a'.repeat(54)].map((releaseName) => ({
    name: `release name ${releaseName || '(none)'}`,
    files: chart({ 'templates/a.yaml': '# {{ .Release.Name }}\n' }),
    options: { releaseName },
  })),
  ignoring('names', '*.txt\n'),
  ignoring('comments and blanks', '# *.txt\n\n   \n  b.txt  \n'),
  ignoring('a directory', 'docs/\n'),
  ignoring('a directory without a slash', 'docs\n'),
  ignoring('a file named with a slash', 'README.md/\n'),
  ignoring('from the root', '/a.txt\n'),
  ignoring('a path', 'sub/a.txt\n'),
  ignoring('a path with a star', 'docs/*.md\n'),
  ignoring('a class', '[ab].txt\n'),
  ignoring('a negated class', '[^a].txt\n'),
  ignoring('an escape', '\\[x\\].txt\n'),
  ignoring('a question mark', '?.txt\n'),
  ignoring('templates', 'templates/sub/\n'),
  ignoring('Chart.yaml', 'Chart.yaml\n'),
  ignoring('a negation', '*.txt\n!a.txt\n'),
  ignoring('a negation alone', '!*.md\n'),
  ignoring('a double star', '**/a.txt\n'),
  ignoring('a broken pattern', '[a\n'),
  ignoring('another broken pattern', 'a\\\n'),
  ignoring('dot files', '.*\n'),
  ignoring('CRLF', '*.txt\r\ndocs/\r\n'),
  ignoring('a BOM', '\uFEFF*.txt\n'),
  ignoring('what helm create writes', '.DS_Store\n.git/\n*.swp\n*.bak\n*.tmp\n*.orig\n*~\n.project\n'),
]
