import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { helmBinary } from '../../oracle/helm.ts'
import { readCases, writeCases } from '../cases.ts'

/** What Helm says of a text: the JSON of what `fromYaml` made of it, or its error. */
export interface ReadGolden {
  text: string
  json?: unknown
  error?: string
}

/** What Helm's `toYaml` and `toYamlPretty` write of a value. */
export interface WriteGolden {
  value: unknown
  yaml: string
  pretty: string
}

const template = `{{- range $i, $text := .Values.texts }}
{{- $text = b64dec $text }}
# read {{ if hasPrefix "-" $text }}{{ fromYamlArray $text | toJson | b64enc }}{{ else }}{{ fromYaml $text | toJson | b64enc }}{{ end }}
{{- end }}
{{- range .Values.values }}
{{- $value := (b64dec . | fromJson).v }}
# write {{ toYaml $value | b64enc }} {{ toYamlPretty $value | b64enc }}
{{- end }}
`

const encode = (text: string): string => Buffer.from(text).toString('base64')
const decode = (text: string | undefined): string => Buffer.from(text ?? '', 'base64').toString()

/** Asks the binary about all texts and values in one run. */
export function askHelm(helm: string, texts: readonly string[], values: readonly unknown[]): { read: ReadGolden[]; written: WriteGolden[] } {
  const chart = mkdtempSync(path.join(tmpdir(), 'converge-yaml-'))
  try {
    writeFileSync(path.join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: yaml\nversion: 1.0.0\n')
    spawnSync('mkdir', [path.join(chart, 'templates')])
    writeFileSync(path.join(chart, 'templates/all.yaml'), template)
    const input = { texts: texts.map(encode), values: values.map((v) => encode(JSON.stringify({ v }))) }
    writeFileSync(path.join(chart, 'values.yaml'), JSON.stringify(input, null, 1))
    const { stdout, stderr, status } = spawnSync(helm, ['template', 'r', chart], { encoding: 'utf8', maxBuffer: 1 << 28 })
    if (status !== 0) throw new Error(stderr)
    const lines = stdout.split('\n')
    const read = lines.filter((line) => line.startsWith('# read ')).map((line, i) => readGolden(texts[i]!, decode(line.split(' ')[2])))
    const written = lines
      .filter((line) => line.startsWith('# write'))
      .map((line, i) => ({ value: values[i], yaml: decode(line.split(' ')[2]), pretty: decode(line.split(' ')[3]) }))
    if (read.length !== texts.length || written.length !== values.length) throw new Error('helm left something out')
    return { read, written }
  } finally {
    rmSync(chart, { recursive: true, force: true })
  }
}

function readGolden(text: string, json: string): ReadGolden {
  const value = JSON.parse(json)
  // Helm hands errors over as data.
  const error = Array.isArray(value) ? value[0] : value?.Error
  if (typeof error === 'string' && error.startsWith('error ')) return { text, error }
  return { text, json: value }
}

if (process.argv[1] === import.meta.filename) {
  const helm = await helmBinary()
  if (helm === undefined) throw new Error('There is no Helm binary for this platform.')
  const { read, written } = askHelm(helm, readCases(), writeCases())
  writeFileSync(new URL('read.json', import.meta.url), `[\n${read.map((golden) => JSON.stringify(golden)).join(',\n')}\n]\n`)
  const lines = written.map(({ value, yaml, pretty }) => JSON.stringify(pretty === yaml ? [value, yaml] : [value, yaml, pretty]))
  writeFileSync(new URL('write.json', import.meta.url), `[\n${lines.join(',\n')}\n]\n`)
}
