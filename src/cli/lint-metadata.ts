import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Chart } from '../chart/chart.ts'
import { isMapping } from '../release/go-json.ts'
import { type Json, parseYamlWithLines } from '../yaml/read.ts'
import type { Finding } from './lint-chart.ts'

/** What `helm lint` says of a Chart.yaml and of the directories beside it, each with its line where the chart is a directory. */
export function lintMetadata(chart: Chart, location: string, isDirectory: boolean): Finding[] {
  const { metadata } = chart
  const findings: Finding[] = []
  const { raw, lineOf } = readRaw(location, isDirectory)
  const say = (level: Finding['level'], key: (string | number)[], message: string) =>
    findings.push({ level, file: 'Chart.yaml', line: raw && key[0] !== undefined && key[0] in raw ? lineOf(key) : undefined, message })

  if (raw && raw.apiVersion === undefined) say('ERROR', [], 'apiVersion is required. The value must be either "v1" or "v2"')
  else if (!['v1', 'v2'].includes(metadata.apiVersion))
    say('ERROR', ['apiVersion'], `apiVersion '${metadata.apiVersion}' is not valid. The value must be either "v1" or "v2"`)
  if (typeof raw?.appVersion === 'number')
    say(
      'ERROR',
      ['appVersion'],
      `appVersion should be of type string but it's of type ${Number.isInteger(raw.appVersion) ? 'int' : 'float64'}\nquote it`,
    )
  if (raw?.type !== undefined && metadata.apiVersion === 'v1')
    say('ERROR', ['type'], `chart type is not valid in apiVersion 'v1'. It is valid in apiVersion 'v2'`)
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/.test(metadata.version))
    say('WARNING', ['version'], `version '${metadata.version}' is not a valid SemVerV2`)
  if (metadata.icon === '') say('INFO', [], 'icon is recommended')
  else if (!isUrl(metadata.icon)) say('ERROR', ['icon'], `invalid icon URL '${metadata.icon}'`)
  for (const [index, source] of metadata.sources.entries())
    if (!isUrl(source)) say('ERROR', ['sources', index], `invalid source URL '${source}'`)
  for (const [index, { name, email, url }] of metadata.maintainers.entries()) {
    const at = ['maintainers', index]
    if (!name) say('ERROR', at, 'each maintainer requires a name')
    else if (email && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(email)) say('ERROR', at, `invalid email '${email}' for maintainer '${name}'`)
    else if (url && !isUrl(url)) say('ERROR', at, `invalid url '${url}' for maintainer '${name}'`)
  }
  if (metadata.deprecated) say('WARNING', ['deprecated'], 'the chart is deprecated')
  lintDependencies(chart, say)
  if (isDirectory && !existsSync(path.join(location, 'templates')) && metadata.type !== 'library')
    findings.push({ level: 'WARNING', file: 'templates/', message: 'directory does not exist' })
  return findings
}

function lintDependencies(
  { metadata, dependencies }: Chart,
  say: (level: Finding['level'], key: (string | number)[], message: string) => void,
): void {
  const named = metadata.dependencies ?? []
  const vendored = new Set(dependencies.map((dependency) => dependency.metadata.name))
  for (const [index, { name }] of named.entries())
    if (!vendored.has(name)) say('ERROR', ['dependencies', index], `dependency ${name} is not in charts/: run converge dependency build`)
  // Charts of apiVersion v1 may have them in requirements.yaml, or in charts/ alone.
  if (metadata.apiVersion !== 'v2') return
  for (const name of vendored)
    if (!named.some((dependency) => dependency.name === name))
      say('ERROR', ['dependencies'], `charts/ has ${name}, which is not among the dependencies`)
}

/** Chart.yaml as it stands: the loader has filled in what is missing. */
function readRaw(location: string, isDirectory: boolean): { raw?: Record<string, Json>; lineOf: (path: (string | number)[]) => number } {
  if (!isDirectory) return { lineOf: () => 1 }
  const { value, lineOf } = parseYamlWithLines(readFileSync(path.join(location, 'Chart.yaml'), 'utf8'), 'Chart.yaml')
  return { raw: isMapping(value) ? (value as Record<string, Json>) : undefined, lineOf }
}

function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:[^\s\x00-\x1f]+$/i.test(text)
}
