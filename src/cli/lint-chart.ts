import { existsSync } from 'node:fs'
import path from 'node:path'
import { loadChart, requireChart } from '../chart/load.ts'
import type { Metadata } from '../chart/metadata.ts'
import { type RenderOptions, renderTexts } from '../chart/render.ts'
import { isConvergeError } from '../errors.ts'
import { isMapping } from '../release/go-json.ts'
import { parseManifest } from '../yaml/read.ts'

export interface Finding {
  level: 'ERROR' | 'WARNING' | 'INFO'
  /** Relative to the chart. */
  file: string
  line?: number
  message: string
}

/** What is wrong with a chart, as far as it can be told without a cluster. Throws only where there is no chart. */
export async function lintChart(options: RenderOptions): Promise<Finding[]> {
  const isDirectory = requireChart(options.chart).isDirectory()
  const findings: Finding[] = []
  let metadata: Metadata
  try {
    metadata = loadChart(options.chart, (message) => findings.push({ level: 'WARNING', file: 'values.yaml', message })).metadata
  } catch (error) {
    return [...findings, findingOf(error, 'Chart.yaml')]
  }
  findings.push(...lintMetadata(metadata, options.chart))
  if (isDirectory && !existsSync(path.join(options.chart, 'values.yaml')))
    findings.push({ level: 'INFO', file: 'values.yaml', message: 'file does not exist' })
  if (metadata.type === 'library') return findings
  try {
    const rendered = await renderTexts({ ...options, lint: true })
    for (const message of rendered.warnings) findings.push({ level: 'WARNING', file: 'values.yaml', message })
    for (const [file, text] of rendered.files) findings.push(...lintText(file.slice(file.indexOf('/') + 1), text))
  } catch (error) {
    findings.push(findingOf(error, 'templates/'))
  }
  return findings
}

function lintMetadata(metadata: Metadata, location: string): Finding[] {
  const file = 'Chart.yaml'
  const findings: Finding[] = []
  if (!['v1', 'v2'].includes(metadata.apiVersion))
    findings.push({
      level: 'ERROR',
      file,
      message: `apiVersion '${metadata.apiVersion}' is not valid. The value must be either "v1" or "v2"`,
    })
  if (metadata.icon === '') findings.push({ level: 'INFO', file, message: 'icon is recommended' })
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/.test(metadata.version))
    findings.push({ level: 'WARNING', file, message: `version '${metadata.version}' is not a valid SemVerV2` })
  if (metadata.deprecated) findings.push({ level: 'WARNING', file, message: 'the chart is deprecated' })
  for (const { name } of metadata.dependencies ?? []) {
    if (!isVendored(location, name))
      findings.push({ level: 'ERROR', file, message: `dependency ${name} is not in charts/: run converge dependency build` })
  }
  return findings
}

function isVendored(location: string, name: string): boolean {
  return loadChart(location, () => {}).dependencies.some(({ metadata }) => metadata.name === name)
}

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** The documents of one rendered template. */
function lintText(file: string, text: string): Finding[] {
  const findings: Finding[] = []
  let line = 1
  for (const document of text.split(/^---(?=\s|$)/m)) {
    const first = line
    line += document.split('\n').length - 1
    if (document.trim() === '') continue
    try {
      findings.push(...lintObject(file, parseManifest(document)))
    } catch (error) {
      const finding = findingOf(error, file)
      // The line is one of what was rendered: the template's own need not be the same.
      const inDocument = isConvergeError(error) ? (error.location?.line ?? 1) : 1
      findings.push({
        ...finding,
        file,
        line: undefined,
        message: `line ${first + inDocument - 1} of what it renders is no YAML: ${finding.message}`,
      })
    }
  }
  return findings
}

function lintObject(file: string, object: unknown): Finding[] {
  if (object === null) return []
  if (!isMapping(object)) return [{ level: 'ERROR', file, message: 'renders something that is no mapping' }]
  const { apiVersion, kind, metadata } = object as {
    apiVersion?: unknown
    kind?: unknown
    metadata?: { name?: unknown; generateName?: unknown }
  }
  const missing = [typeof apiVersion === 'string' ? [] : 'apiVersion', typeof kind === 'string' ? [] : 'kind'].flat()
  if (missing.length > 0) return [{ level: 'ERROR', file, message: `renders an object without ${missing.join(' and ')}` }]
  const name = metadata?.name ?? ''
  if (kind === 'List' || (name === '' && metadata?.generateName)) return []
  if (typeof name === 'string' && (subdomain.test(name) || /^(Cluster)?Role(Binding)?$/.test(String(kind)))) return []
  return [{ level: 'WARNING', file, message: `${kind} "${name}": the name is none that Kubernetes takes (a-z, 0-9, - and .)` }]
}

function findingOf(error: unknown, file: string): Finding {
  if (!isConvergeError(error)) throw error
  const place = error.location?.file?.replace(/^[^/]*\/(?=templates\/|charts\/)/, '') ?? file
  return {
    level: 'ERROR',
    file: place,
    line: error.location?.line,
    message: error.hint ? `${error.message}\n${error.hint}` : error.message,
  }
}
