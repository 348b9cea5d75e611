import { existsSync } from 'node:fs'
import path from 'node:path'
import { type Chart, crdFiles } from '../chart/chart.ts'
import { loadChart, requireChart } from '../chart/load.ts'
import { type RenderedFiles, type RenderOptions, renderTexts } from '../chart/render.ts'
import { splitDocuments } from '../chart/split.ts'
import { fileText } from '../chart/text.ts'
import { type ConvergeError, isConvergeError, type SourceLocation } from '../errors.ts'
import { crdObjects } from '../pipeline/content.ts'
import type { Finding as ManifestFinding, SourceManifest } from '../pipeline/findings.ts'
import { checkOffline, kubernetesServed } from '../pipeline/offline.ts'
import { isMapping } from '../release/go-json.ts'
import type { KubeObject } from '../resource.ts'
import { parseManifest } from '../yaml/read.ts'
import { lintMetadata } from './lint-metadata.ts'

export interface Finding {
  level: 'ERROR' | 'WARNING' | 'INFO'
  /** Relative to the chart. */
  file: string
  line?: number
  message: string
  /** The place in a template that wrote what is wrong. */
  place?: SourceLocation
}

/** What is wrong with a chart, as far as it can be told without a cluster. Throws only where there is no chart. */
export async function lintChart(options: RenderOptions): Promise<Finding[]> {
  const isDirectory = requireChart(options.chart).isDirectory()
  const findings: Finding[] = []
  let chart: Chart
  try {
    chart = loadChart(options.chart, (message) => findings.push({ level: 'WARNING', file: 'values.yaml', message }))
  } catch (error) {
    return [...findings, findingOf(error, 'Chart.yaml')]
  }
  findings.push(...lintMetadata(chart, options.chart, isDirectory))
  if (isDirectory && !existsSync(path.join(options.chart, 'values.yaml')))
    findings.push({ level: 'INFO', file: 'values.yaml', message: 'file does not exist' })
  // Without its dependencies a chart is not what it will be.
  if (chart.metadata.type === 'library' || findings.some(({ message }) => message.startsWith('dependency '))) return findings
  findings.push(...lintCrds(chart))
  try {
    const { rendered, lacking } = await renderLeniently(options)
    for (const message of rendered.warnings) findings.push({ level: 'WARNING', file: 'values.yaml', message })
    if (lacking)
      findings.push({ level: 'INFO', file: 'values.yaml', message: `what follows is without a value that is needed: ${lacking}` })
    // What is wrong with a manifest that lacks a value may be right with it.
    findings.push(...(await lintManifests(options, rendered, lacking === undefined ? 'ERROR' : 'WARNING')))
  } catch (error) {
    findings.push(findingOf(error, 'templates/'))
  }
  return findings
}

/** As a deploy would render it, or where `required` or `fail` ends that, as if they did not; `lacking` is what they said. */
async function renderLeniently(options: RenderOptions): Promise<{ rendered: RenderedFiles; lacking?: string }> {
  try {
    return { rendered: await renderTexts(options) }
  } catch (error) {
    if (!isConvergeError(error) || error.code !== 'ERR_TEMPLATE_FAIL') throw error
    return { rendered: await renderTexts({ ...options, lint: true }), lacking: error.message }
  }
}

/** What is in crds/ besides definitions. */
function lintCrds(chart: Chart): Finding[] {
  return crdFiles(chart).flatMap(({ filename, data }) => {
    const file = inChart(filename)
    try {
      return crdObjects(fileText(data)).flatMap(({ apiVersion, kind }): Finding[] =>
        kind === 'CustomResourceDefinition' && String(apiVersion).startsWith('apiextensions.k8s.io/')
          ? []
          : [{ level: 'ERROR', file, message: `holds a ${kind} in ${apiVersion}; only a CustomResourceDefinition may be in crds/` }],
      )
    } catch (error) {
      return [findingOf(error, file)]
    }
  })
}

/** The documents of all templates, held against what Kubernetes has; a document that is no YAML does not hide the others. */
async function lintManifests(options: RenderOptions, rendered: RenderedFiles, level: Finding['level']): Promise<Finding[]> {
  const findings: Finding[] = []
  const manifests: SourceManifest[] = []
  for (const [source, text] of rendered.files) {
    const locate = (line: number) => rendered.locate(source, line)
    for (const { document, line } of documentsOf(text)) {
      try {
        const json = parseManifest(document)
        if (json === null || (isMapping(json) && Object.keys(json).length === 0)) continue
        if (!isMapping(json)) findings.push(lintFinding('ERROR', source, line, locate, 'renders something that is no mapping'))
        else {
          findings.push(...lintList(json, (message) => lintFinding('ERROR', source, line, locate, message)))
          manifests.push({ source, text: document, line, object: () => json as unknown as KubeObject, locate })
        }
      } catch (error) {
        const { message, location } = findingError(error)
        findings.push(lintFinding('ERROR', source, line + (location?.line ?? 1) - 1, locate, `is no YAML: ${message}`))
      }
    }
  }
  const crds = crdFiles(rendered.chart).flatMap(({ data }) => crdObjects(fileText(data)))
  const served = kubernetesServed(options.kubeVersion, options.apiVersions)
  const release = { name: options.releaseName, namespace: options.namespace }
  const advice: ManifestFinding[] = []
  const wrong = await checkOffline(served, release, manifests, crds, (finding) => advice.push(finding))
  const found = [...wrong.map((finding) => [finding, level] as const), ...advice.map((finding) => [finding, 'WARNING'] as const)]
  for (const [{ source, line, place, subject, message, hint }, level] of found)
    findings.push(lintFinding(level, source, line, place ?? (() => undefined), `${subject} ${message}${hint ? ` (${hint})` : ''}`))
  return findings
}

/** Helm looks for this annotation on objects that stand by themselves. */
function lintList(json: object, say: (message: string) => Finding): Finding[] {
  const { kind, items } = json as { kind?: unknown; items?: unknown }
  if (kind !== 'List' || !Array.isArray(items)) return []
  const isAnnotated = items.some((item) => item?.metadata?.annotations?.['helm.sh/resource-policy'] !== undefined)
  return isAnnotated ? [say(`annotation 'helm.sh/resource-policy' within List objects are ignored`)] : []
}

function lintFinding(
  level: Finding['level'],
  source: string,
  line: number | undefined,
  locate: (line: number) => SourceLocation | undefined,
  message: string,
): Finding {
  const place = (line === undefined ? undefined : locate(line)) ?? { file: source, rendered: line }
  return {
    level,
    file: inChart(place.file),
    line: place.line,
    message,
    place: { ...place, file: inChart(place.file), included: place.included?.map(inChart) },
  }
}

/** `templates/a.yaml` of `chart/templates/a.yaml`. */
function inChart(file: string): string {
  return file.slice(file.indexOf('/') + 1)
}

function documentsOf(text: string): { document: string; line: number }[] {
  let from = 0
  return splitDocuments(text).map((document) => {
    const at = text.indexOf(document, from)
    from = at + document.length
    return { document, line: text.slice(0, at).split('\n').length }
  })
}

function findingError(error: unknown): ConvergeError {
  if (!isConvergeError(error)) throw error
  return error
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
