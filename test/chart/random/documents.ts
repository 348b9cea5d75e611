import { type ChartCase, chart } from '../case.ts'
import type { Random } from './random.ts'

/** Scalars and beginnings of other things, as YAML 1.1 and go-yaml have their rules for. */
const scalars = [
  ...[
    'a',
    '1',
    '01',
    '0o17',
    '0x1F',
    '1e3',
    '1_000',
    '.5',
    '-.inf',
    '.NaN',
    '1.',
    '+1',
    '-0',
    '0b11',
    '1e400',
    '12345678901234567890',
    '1:2',
  ],
  ...[
    'yes',
    'No',
    'on',
    'true',
    'TRUE',
    '~',
    'null',
    'Null',
    '""',
    "''",
    '"a\\n\\u00e9\\x41"',
    "'it''s'",
    '"\\q"',
    '"unclosed',
    "'unclosed",
  ],
  ...[
    '2024-01-02',
    '2024-01-02T03:04:05Z',
    '12:30:45',
    '!!str 1',
    '!!int "3"',
    '!!float 1',
    '!!binary aGk=',
    '!foo x',
    '!!seq [1]',
    '!!map',
  ],
  ...[
    '&x 1',
    '*x',
    '&a',
    '{a: &y {b: 1}, c: *y}',
    '<<: *x',
    '<<',
    '=',
    '[a, b: c, {d: e}]',
    '{a: 1, b, c: [x]}',
    '[1,2,]',
    '{}',
    '[]',
    '{a:1}',
  ],
  ...[
    '|',
    '>',
    '|-',
    '>+',
    '|2',
    '- x',
    '- - x',
    '-',
    '?',
    '? k',
    ': v',
    'a: b',
    'a #c',
    'a#c',
    '# c',
    ' # c',
    '%x',
    '@x',
    '`x',
    '---',
    '...',
  ],
  ...['a\tb', '\ta', 'é: ✓', '💥', '"a": b', "'k': v", 'k : v', '{"a":1}', 'http://x:80/y', 'a:', '\u0085', '\ufeff', '\u2028x', '\x7f'],
  '"a\n  b\n\n  c"',
]
const keys = ['a', 'b', 'c', '"d e"', '1', 'true', '~', 'x', 'y']
const reading = ['fromYaml', 'fromYamlArray'].flatMap((read) =>
  ['toJson', 'toYaml', 'toYamlPretty', 'toToml'].map((write) => [read, write]),
)
const template = reading.map(([read, write]) => `# {{ .Files.Get "a.txt" | ${read} | ${write} | quote | toJson }}\n`).join('')

/** A chart with a YAML document, right or wrong: read by a template, as values, or as a manifest. */
export function randomDocument(random: Random): ChartCase {
  const document = documentOf(random)
  const files = random.oneOf<Record<string, string>>(
    [1, () => ({ 'a.txt': document, 'templates/a.yaml': template })],
    [1, () => ({ 'values.yaml': document, 'templates/a.yaml': '# {{ .Values | toJson }}\n# {{ .Values | toYaml | toJson }}\n' })],
    [1, () => ({ 'templates/a.yaml': `apiVersion: v1\nkind: ConfigMap\n${document}` })],
  )
  return { name: document, files: chart(files) }
}

function documentOf(random: Random): string {
  const lines: string[] = []
  let indent = 0
  for (let count = 1 + random.below(8); count > 0; count--) {
    const key = random.chance(0.85) ? random.pick(keys) + random.pick([': ', ': ', ':', ' : ', ':  ']) : ''
    lines.push(' '.repeat(indent) + (random.chance(0.2) ? '- ' : '') + key + (random.chance(0.75) ? random.pick(scalars) : ''))
    indent = Math.max(0, indent + random.pick([2, 0, 0, -2]))
  }
  for (let count = random.below(3); count > 0; count--) damage(random, lines)
  return lines.join('\n') + (random.chance(0.9) ? '\n' : '')
}

function damage(random: Random, lines: string[]): void {
  const at = random.below(lines.length)
  const line = lines[at] ?? ''
  const cut = random.below(line.length + 1)
  random.oneOf<unknown>(
    [2, () => lines.splice(at, 1, line.replace(/:\s*.*$/, `: ${random.pick(scalars)}`))],
    [2, () => lines.splice(at, 1, ' '.repeat(random.below(4)) + line)],
    [1, () => lines.splice(at, 1)],
    [1, () => lines.splice(at, 0, line)],
    [1, () => lines.splice(at, 1, line + random.pick([' ', '\t', ' # c', '#', ':', ',', ']', '}', '"', "'", '\r']))],
    [1, () => lines.splice(at, 1, line.slice(0, cut) + random.pick([...' :#-?,[]{}&*!|>\'"%@`\\\t~=<.']) + line.slice(cut))],
    [1, () => lines.splice(at, 0, ' '.repeat(random.below(5)) + random.pick(scalars))],
  )
}
