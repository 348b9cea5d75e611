import { ConvergeError, isConvergeError, isStackOverflow, messageOf } from '../errors.ts'
import { type Bindings, type EngineOptions, TemplateSet } from '../template/engine.ts'
import { functions } from '../template/funcs/index.ts'
import type { HandlebarsSet } from '../template/handlebars.ts'
import { Trace } from '../template/trace.ts'
import type { GoMap } from '../template/value.ts'
import { type ClusterCapabilities, capabilities } from './capabilities.ts'
import { type Chart, type CrdFile, crdFiles } from './chart.ts'
import { coalesceValues, type Warn } from './coalesce.ts'
import { chartTemplates, type Template } from './context.ts'
import { checkDependencies, processDependencies } from './dependencies.ts'
import { loadChart, requireChart } from './load.ts'
import { type Hook, type Locate, type Manifest, sortManifests } from './manifests.ts'
import type { OutputOptions } from './output.ts'
import { systemRandomBytes } from './randomness.ts'
import { RemoteSchemaNeeded, type RemoteSchemas, validateSchemas } from './schema.ts'
import { Values } from './table.ts'
import { userValues, type ValueOptions } from './values.ts'
import { isCompatibleRange } from './versions.ts'

/** What to render and how. The options of `templateOutput` may stand here too; rendering does not look at them. */
export interface RenderOptions extends OutputOptions {
  /** A directory with a Chart.yaml, or a .tgz. */
  chart: string
  releaseName: string
  namespace: string
  values?: ValueOptions
  /** Lies over the chart's defaults and below everything that `values` gives. */
  extraValues?: GoMap
  /** Where there is no cluster: the Kubernetes version to render for, and further API versions. */
  kubeVersion?: string
  apiVersions?: readonly string[]
  /** What the cluster can do; without it, what Helm assumes. */
  cluster?: ClusterCapabilities
  isUpgrade?: boolean
  /** 1 unless given. */
  revision?: number
  skipSchemaValidation?: boolean
  /** As `helm lint`: `required` and `fail` do not end the rendering. */
  lint?: boolean
  /** Gets the schemas on other servers that a values.schema.json refers to, for `render`; without it such references fail. */
  fetchSchema?: (url: string) => Promise<string>
  /** What `fetchSchema` gave. */
  remoteSchemas?: RemoteSchemas
  /** Whether `getHostByName` may ask the network. */
  enableDns?: boolean
  /** Answers `werf_secret_file`: the decrypted text of a file below the chart's secret/. */
  secretFile?: EngineOptions['secretFile']
  /** Answers `lookup`; without it nothing is found. */
  lookup?: EngineOptions['lookup']
  /** Makes the renderer of `templates/*.hbs`; `render` gives it. */
  handlebars?: (bindings: Bindings) => HandlebarsSet
  /** Whether `notes` holds those of the subcharts too. */
  renderSubchartNotes?: boolean
}

/** A rendered chart. */
export interface Rendered {
  /** The chart as the release record holds it: dependencies resolved, imported values merged. */
  chart: Chart
  /** The values of the user, which the release record keeps as `config`. */
  config: GoMap
  /** The values that the root chart's templates saw. */
  values: GoMap
  /** In install order. */
  manifests: Manifest[]
  /** By kind in install order; those of an event are run by weight. */
  hooks: Hook[]
  crds: CrdFile[]
  notes: string
  /** What Helm writes to its log about values and dependencies. */
  warnings: string[]
  /** All manifests but hooks, as Helm stores them in the release. */
  manifestText: string
  /** Where in the chart a line of what a template gave was written. */
  locate: Locate
}

/**
 * Renders a chart as Helm 4.2.3 does. Reads files, and sends nothing anywhere unless `lookup` does.
 * @throws ConvergeError with Helm's message, for everything from a missing chart to a document that is no YAML
 */
export function renderChart(options: RenderOptions): Rendered {
  const { files, ...rendered } = renderFiles(options)
  const { manifests, hooks } = sortManifests(files, rendered.locate)
  return { ...rendered, manifests, hooks, crds: crdFiles(rendered.chart), manifestText: manifestText(manifests) }
}

/** What a chart's templates give, before it is taken for YAML. */
export interface RenderedFiles extends Pick<Rendered, 'chart' | 'config' | 'values' | 'notes' | 'warnings' | 'locate'> {
  /** Texts by the path of their template, partials and notes left out. */
  files: Map<string, string>
}

/** The first half of `renderChart`: executes the templates. For showing what they gave where it is no YAML. */
function renderFiles(options: RenderOptions, traced?: Traced): RenderedFiles {
  const warnings: string[] = []
  const warn: Warn = (message) => warnings.push(message)
  // The order of the checks is Helm's, so that of several mistakes the same one is named.
  requireChart(options.chart)
  const config = userValues(options.values ?? {}, options.extraValues)
  const chart = loadChart(options.chart, warn)
  if (!['', 'application'].includes(chart.metadata.type)) {
    throw new ConvergeError('ERR_CHART', `${chart.metadata.type} charts are not installable`, { location: { file: 'Chart.yaml' } })
  }
  if (chart.metadata.deprecated) warn('warning: this chart is deprecated')
  checkDependencies(chart)
  checkReleaseName(options.releaseName)
  failsAs('chart dependencies processing failed', () => processDependencies(chart, config, warn))
  const caps = capabilities(options)
  const values = coalesceValues(chart, config, warn)
  if (!options.skipSchemaValidation) validateSchemas(chart, values, options.remoteSchemas)
  checkKubeVersion(chart, caps.kubeVersion.normalized, caps.kubeVersion.version)

  const release = {
    name: options.releaseName,
    namespace: options.namespace,
    revision: options.revision ?? 1,
    isUpgrade: options.isUpgrade ?? false,
  }
  const templates = chartTemplates(chart, values, release, caps)
  const { lookup, secretFile, enableDns, lint } = options
  const set = new TemplateSet({ functions, lookup, secretFile, enableDns, lint, randomBytes: systemRandomBytes, ...bounds })
  for (const template of templates) if (!isHandlebars(template.path)) set.parse(template.path, template.text)
  const handlebars = templates.some(({ path }) => isHandlebars(path)) ? handlebarsSet(options, set, templates) : undefined
  const files = new Map<string, string>()
  for (const { path, text: templateText, context, basePath } of templates) {
    if (path.slice(path.lastIndexOf('/') + 1).startsWith('_')) continue
    context.set('Template', new Values(new Map(Object.entries({ Name: path, BasePath: basePath }))))
    files.set(
      path,
      handlebars && isHandlebars(path)
        ? handlebars.execute(path, templateText, new Values(context))
        : set.execute(path, new Values(context), traced?.source === path ? traced.trace : undefined),
    )
  }
  const notes = takeNotes(files, `${chart.metadata.name}/templates/NOTES.txt`, options.renderSubchartNotes ?? false)
  return { chart, config, values, files, notes, warnings, locate: locator(options, files) }
}

interface Traced {
  source: string
  trace: Trace
}

/** Rendering does not remember what wrote which line; for whoever asks, everything is rendered again with an eye on that template (values may be changed by others before it). */
function locator(options: RenderOptions, files: ReadonlyMap<string, string>): Locate {
  const traces = new Map<string, Trace | undefined>()
  const traceOf = (source: string): Trace | undefined => {
    const text = files.get(source)
    if (text === undefined || isHandlebars(source)) return undefined
    const trace = new Trace()
    try {
      renderFiles(options, { source, trace })
    } catch {
      return undefined
    }
    return trace.lines === text.split('\n').length ? trace : undefined
  }
  return (source, line) => {
    if (!traces.has(source)) traces.set(source, traceOf(source))
    const [place, ...deeper] = traces.get(source)?.positionsOf(line) ?? []
    return place && { ...place, rendered: line, included: deeper.map((inner) => `${inner.file}:${inner.line}`) }
  }
}

/** Renders a chart as `renderChart` does, with what takes time to get: Handlebars where the chart has templates in it, schemas from elsewhere. */
export function render(options: RenderOptions): Promise<Rendered> {
  return withNeeds(options, renderChart)
}

/** Executes a chart's templates as `renderFiles` does, with what takes time to get. */
export function renderTexts(options: RenderOptions): Promise<RenderedFiles> {
  return withNeeds(options, renderFiles)
}

/** How many schemas from elsewhere a chart may need. */
const maxRemoteSchemas = 100

/** Runs anew with what the run before asked for, until one asks for nothing. */
async function withNeeds<T>(options: RenderOptions, run: (options: RenderOptions) => T): Promise<T> {
  const remoteSchemas = new Map<string, string | Error>()
  let current: RenderOptions = options.fetchSchema ? { ...options, remoteSchemas } : options
  for (;;) {
    try {
      return run(current)
    } catch (error) {
      if (error instanceof HandlebarsNeeded) {
        const { createHandlebarsSet } = await import('../template/handlebars.ts')
        current = { ...current, handlebars: createHandlebarsSet }
      } else if (error instanceof RemoteSchemaNeeded && options.fetchSchema && remoteSchemas.size < maxRemoteSchemas) {
        remoteSchemas.set(error.url, await options.fetchSchema(error.url).catch((reason) => new Error(messageOf(reason))))
      } else throw isStackOverflow(error) && !isConvergeError(error) ? tooDeep(error) : error
    }
  }
}

/** Of values and manifests as of templates. */
function tooDeep(cause: unknown): ConvergeError {
  return new ConvergeError('ERR_TOO_DEEP', 'the values or manifests are nested too deeply', { cause })
}

/** What one template may take before it is ended with an error: milliseconds, and UTF-16 units of text. The largest public charts take hundredths of it. */
const bounds = { timeLimit: 30_000, maxOutput: 128 * 1024 * 1024 }

/** A chart has templates in Handlebars, which is loaded for those charts alone. */
class HandlebarsNeeded extends Error {}

/** `templates/*.hbs` */
function isHandlebars(path: string): boolean {
  return path.endsWith('.hbs')
}

/** `templates/_labels.hbs` is the partial `labels` of all Handlebars templates; of two of one name, that of the chart nearer to the root holds. */
function handlebarsSet(options: RenderOptions, set: TemplateSet, templates: readonly Template[]): HandlebarsSet {
  if (!options.handlebars) throw new HandlebarsNeeded()
  const handlebars = options.handlebars(set.bindings)
  for (const { path, text } of templates) {
    const name = path.slice(path.lastIndexOf('/') + 1)
    if (isHandlebars(path) && name.startsWith('_')) handlebars.addPartial(name.slice(1, -'.hbs'.length), path, text)
  }
  return handlebars
}

/** Puts the name of a step before its errors, as Helm does. */
function failsAs(step: string, run: () => void): void {
  try {
    run()
  } catch (error) {
    if (!isConvergeError(error)) throw error
    const { code, message, hint, location, details } = error
    throw new ConvergeError(code, `${step}: ${message}`, { hint, location, details, cause: error })
  }
}

/** The manifests as Helm stores them in the release: each below a line that names its template. */
function manifestText(manifests: readonly Manifest[]): string {
  return manifests.map(({ source, text }) => `---\n# Source: ${source}\n${text}\n`).join('')
}

/** Takes what ends in NOTES.txt out of the rendered files. */
function takeNotes(files: Map<string, string>, root: string, all: boolean): string {
  let notes = ''
  for (const [path, text] of files) {
    if (!path.endsWith('NOTES.txt')) continue
    files.delete(path)
    if (all || path === root) notes += (notes === '' ? '' : '\n') + text
  }
  return notes
}

const namePattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

function checkReleaseName(name: string): void {
  if (name !== '' && name.length <= 53 && namePattern.test(name)) return
  const reason =
    name === ''
      ? 'no name provided'
      : `invalid release name, must match regex ${namePattern.source} and the length must not be longer than 53`
  throw new ConvergeError('ERR_RELEASE_NAME', `release name check failed: release name "${name}": ${reason}`)
}

function checkKubeVersion(chart: Chart, normalized: string, version: string): void {
  const range = chart.metadata.kubeVersion
  if (range === '' || isCompatibleRange(range, normalized)) return
  throw new ConvergeError('ERR_KUBE_VERSION', `chart requires kubeVersion: ${range} which is incompatible with Kubernetes ${version}`, {
    location: { file: 'Chart.yaml' },
  })
}
