import { type Dirent, existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs'
import path from 'node:path'
import { ConvergeError, messageOf } from '../errors.ts'
import { compareStrings } from '../template/bytes.ts'
import { nearest } from '../template/hint.ts'
import { quote } from '../template/quote.ts'
import { isGzip, readArchive } from './archive.ts'
import type { Chart } from './chart.ts'
import { type ChartFile, fileOnDisk, renamed } from './chartfile.ts'
import type { Warn } from './coalesce.ts'
import { type IgnoreRules, parseHelmignore } from './helmignore.ts'
import { type ChartHead, emptyMetadata, readHead, readLock, readMetadata, validateMetadata } from './metadata.ts'
import { goReason } from './reason.ts'
import { fileText } from './text.ts'
import { loadValues } from './values.ts'

/**
 * Loads a chart from a directory or a .tgz, with its subcharts.
 * @throws ConvergeError with Helm's message: no chart there, bad metadata, unreadable values, an archive that is not safe
 */
export function loadChart(location: string, warn: Warn): Chart {
  const absolute = path.resolve(location)
  return requireChart(location).isDirectory() ? loadDirectory(absolute, warn) : loadArchive(location, absolute, warn)
}

/** The file or directory of a chart. @throws ConvergeError where there is nothing at that path */
export function requireChart(location: string): Stats {
  try {
    return statSync(location)
  } catch {
    throw new ConvergeError('ERR_CHART_NOT_FOUND', `path ${quote(location)} not found`, { hint: nearestChart(path.resolve(location)) })
  }
}

function loadDirectory(root: string, warn: Warn): Chart {
  const chartYaml = below(root, 'Chart.yaml')
  let text: string
  try {
    text = readFileSync(chartYaml, 'utf8')
  } catch (error) {
    throw new ConvergeError('ERR_CHART_NOT_FOUND', `unable to detect chart at ${chartYaml}: open ${chartYaml}: ${goReason(error)}`, {
      hint: nearestChart(root),
      cause: error,
    })
  }
  if (text.includes('\uFFFD')) text = fileText(readFileSync(chartYaml))
  const head = readHead(text)
  refuseApiVersion(head.apiVersion)
  const ignoreFile = below(root, '.helmignore')
  const ignored = parseHelmignore(existsSync(ignoreFile) ? textOf(ignoreFile) : undefined)
  const files: ChartFile[] = []
  walk({ directory: root, prefix: '', linked: false, above: undefined }, ignored, files)
  return buildChart(files, warn, head)
}

/** A directory of a chart. */
interface Place {
  directory: string
  /** Its slash path relative to the chart, with a slash at its end unless it is empty. */
  prefix: string
  /** Whether a symbolic link led here or above. */
  linked: boolean
  above: Place | undefined
}

/** Reads a directory in the order of names; symbolic links are followed. */
function walk(place: Place, ignored: IgnoreRules, files: ChartFile[]): void {
  const { directory, prefix } = place
  if (place.linked) refuseCycle(place)
  const entries = readdirSync(directory, { withFileTypes: true }).sort((a, b) => compareStrings(a.name, b.name))
  for (const entry of entries) {
    const name = prefix + entry.name
    const file = below(directory, entry.name)
    const info = kindOf(entry, file)
    if (ignored(name, info.isDirectory())) continue
    if (info.isDirectory()) {
      walk({ directory: file, prefix: `${name}/`, linked: place.linked || entry.isSymbolicLink(), above: place }, ignored, files)
    } else if (info.isFile()) files.push(fileOnDisk(file, name))
    else throw new ConvergeError('ERR_CHART', `cannot load irregular file ${file} as it has file mode type bits set`)
  }
}

/** The path of a file in a directory. Without path.join(), whose compiling takes longer than reading a chart's directories. */
function below(directory: string, name: string): string {
  return (directory.endsWith(path.sep) ? directory : directory + path.sep) + name
}

/** Without links no directory is within itself, so only what is below one is asked. */
function refuseCycle({ directory, above }: Place): void {
  const real = realpathSync(directory)
  for (let place = above; place; place = place.above) {
    if (realpathSync(place.directory) === real) {
      throw new ConvergeError('ERR_CHART', `symbolic link ${directory} leads back to ${real}, which holds it`)
    }
  }
}

function kindOf(entry: Dirent, file: string): Dirent | Stats {
  if (!entry.isSymbolicLink()) return entry
  try {
    return statSync(file)
  } catch (error) {
    throw new ConvergeError(
      'ERR_CHART',
      `error evaluating symlink ${file}: lstat ${missingPart(path.resolve(path.dirname(file), readlinkSync(file)))}: ${goReason(error)}`,
      { cause: error },
    )
  }
}

/** The shortest beginning of a path that is not there: Go stops at it. */
function missingPart(file: string): string {
  let missing = file
  for (let parent = path.dirname(file); parent !== missing && !statSync(parent, { throwIfNoEntry: false }); parent = path.dirname(parent)) {
    missing = parent
  }
  return missing
}

function loadArchive(location: string, absolute: string, warn: Warn): Chart {
  const bytes = readFileSync(absolute)
  if (!isGzip(bytes)) {
    const message = /\.ya?ml$/.test(location)
      ? `file '${absolute}' seems to be a YAML file, but expected a gzipped archive`
      : `file '${absolute}' does not appear to be a gzipped archive; got '${contentType(bytes)}'`
    throw new ConvergeError('ERR_CHART_ARCHIVE', message)
  }
  let files: ChartFile[]
  try {
    files = readArchive(bytes)
  } catch (error) {
    const details = error instanceof ConvergeError ? error.details : []
    // Helm leaves the reason out; it follows here.
    throw new ConvergeError('ERR_CHART_ARCHIVE', `unable to load chart archive: ${messageOf(error)}`, {
      details,
      cause: error,
      location: { file: location },
    })
  }
  const chartYaml = files.find((file) => file.name === 'Chart.yaml')
  if (!chartYaml) throw new ConvergeError('ERR_CHART_ARCHIVE', 'unable to detect chart version, no Chart.yaml found')
  const head = readHead(chartYaml.text)
  refuseApiVersion(head.apiVersion)
  return buildChart(files, warn, head)
}

function refuseApiVersion(apiVersion: string): void {
  if (['', 'v1', 'v2'].includes(apiVersion)) return
  throw new ConvergeError('ERR_CHART', apiVersion === 'v3' ? 'invalid chart apiVersion' : 'unsupported chart version', {
    hint: `Chart.yaml has apiVersion ${apiVersion}; v2 is the one to use`,
    location: { file: 'Chart.yaml' },
  })
}

/** A chart from its files, whose names are relative to it. */
function buildChart(files: ChartFile[], warn: Warn, head?: ChartHead): Chart {
  const chart: Chart = { metadata: emptyMetadata(), templates: [], values: new Map(), files: [], modTime: 0, dependencies: [] }
  const chartYaml = files.filter((file) => file.name === 'Chart.yaml')
  for (const file of chartYaml) {
    readMetadata('Chart.yaml', file.text, chart.metadata, head)
    chart.metadata.apiVersion ||= 'v1'
    chart.modTime = file.modTime
  }
  const subcharts = new Map<string, ChartFile[]>()
  for (const file of files) addFile(chart, file, subcharts, warn)
  if (chartYaml.length === 0 && !files.some((file) => file.name === 'requirements.yaml' || file.name === 'requirements.lock')) {
    throw new ConvergeError('ERR_CHART', 'Chart.yaml file is missing', { location: { file: 'Chart.yaml' } })
  }
  validateMetadata(chart.metadata)
  for (const [name, subFiles] of subcharts) {
    const sub = buildSubchart(chart, name, subFiles, warn)
    if (sub) {
      sub.parent = chart
      chart.dependencies.push(sub)
    }
  }
  return chart
}

const chartsPrefix = 'charts/'

function addFile(chart: Chart, file: ChartFile, subcharts: Map<string, ChartFile[]>, warn: Warn): void {
  const { name } = file
  const { metadata } = chart
  if (name === 'Chart.yaml') return
  if (name === 'Chart.lock') chart.lock = readLock(name, file.text)
  else if (name === 'values.yaml') chart.values = chartValues(file.text)
  else if (name === 'values.schema.json') {
    chart.schema = file.data
    chart.schemaModTime = file.modTime
  } else if (name === 'requirements.yaml' || name === 'requirements.lock') {
    if (metadata.apiVersion !== 'v1') warn(`warning: ${name} is not meant for apiVersion v2, dependencies belong into Chart.yaml`)
    if (name === 'requirements.yaml') readMetadata(name, file.text, metadata)
    else chart.lock = readLock(name, file.text)
    if (metadata.apiVersion === 'v1') chart.files.push(file)
  } else if (name.startsWith('templates/')) chart.templates.push(file)
  else if (name.startsWith(chartsPrefix) && !name.endsWith('.prov')) {
    const end = name.indexOf('/', chartsPrefix.length)
    const first = name.slice(chartsPrefix.length, end < 0 ? undefined : end)
    const list = subcharts.get(first)
    if (list) list.push(file)
    else subcharts.set(first, [file])
  } else chart.files.push(file)
}

function chartValues(text: string): Chart['values'] {
  try {
    return loadValues(text, 'values.yaml')
  } catch (error) {
    if (!(error instanceof ConvergeError)) throw error
    throw new ConvergeError('ERR_CHART', `cannot load values.yaml: ${error.message}`, { location: error.location, cause: error })
  }
}

function buildSubchart(chart: Chart, name: string, files: ChartFile[], warn: Warn): Chart | undefined {
  if (name.startsWith('_') || name.startsWith('.')) return undefined
  try {
    if (!name.endsWith('.tgz')) {
      const inside = `${chartsPrefix}${name}/`
      return buildChart(
        files.flatMap((file) => (file.name.startsWith(inside) ? [renamed(file, file.name.slice(inside.length))] : [])),
        warn,
      )
    }
    const [archive] = files
    const inside = archive!.name.slice(chartsPrefix.length)
    if (inside !== name) {
      throw new ConvergeError('ERR_CHART', `error unpacking subchart tar in ${chart.metadata.name}: expected ${name}, got ${inside}`)
    }
    return buildChart(readArchive(archive!.data), warn)
  } catch (error) {
    if (!(error instanceof ConvergeError) || error.message.startsWith('error unpacking subchart tar')) throw error
    const location = error.location && { ...error.location, file: `charts/${name}/${error.location.file}` }
    throw new ConvergeError(error.code, `error unpacking subchart ${name} in ${chart.metadata.name}: ${error.message}`, {
      location,
      details: error.details,
      hint: error.hint,
      cause: error,
    })
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** Points to the chart that may have been meant: the one with the most similar name nearby, or the only one. */
function nearestChart(absolute: string): string {
  let directory = absolute
  while (!isDirectory(directory) && directory !== path.dirname(directory)) directory = path.dirname(directory)
  const charts = ['.helm', 'chart', ...childDirectories(directory)].filter(
    (name) => textOf(path.join(directory, name, 'Chart.yaml')) !== undefined,
  )
  const found = nearest(path.basename(absolute), charts) ?? (new Set(charts).size === 1 ? charts[0] : undefined)
  if (found === undefined) return 'give the path of a directory with a Chart.yaml, or of a .tgz'
  return `there is a chart at ${path.relative(process.cwd(), path.join(directory, found))}`
}

function isDirectory(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function childDirectories(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  } catch {
    return []
  }
}

/** Go's http.DetectContentType, as far as files that are no archives are mistaken for one. */
function contentType(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 512))
  if (head.subarray(0, 4).toString('latin1') === 'PK\x03\x04') return 'application/zip'
  if (head[0] === 0x1f && head[1] === 0x8b) return 'application/x-gzip'
  return /[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]/.test(head.toString('latin1')) ? 'application/octet-stream' : 'text/plain; charset=utf-8'
}
