import { ConvergeError } from '../errors.ts'
import { quote } from '../template/quote.ts'
import { isPrint } from '../template/unicode.ts'
import { type GoMap, TypedMap, type Value } from '../template/value.ts'
import { parseYamlRaw } from '../yaml/read.ts'
import type { RawYaml } from '../yaml/struct.ts'
import { decodeStruct, StructError, type StructType } from './struct.ts'
import { isSpace } from './text.ts'
import { isVersion } from './versions.ts'

export interface Maintainer {
  name: string
  email: string
  url: string
}

/** A dependency as Chart.yaml declares it. */
export interface Dependency {
  name: string
  /** A version or a range of versions. */
  version: string
  repository: string
  /** Comma-separated paths in the values; the first that is a boolean enables or disables. */
  condition: string
  tags: string[]
  enabled: boolean
  /** Strings, or maps with `child` and `parent`. */
  importValues: Value[]
  alias: string
}

/** The content of Chart.yaml; what is not given is empty. */
export interface Metadata {
  name: string
  home: string
  sources: string[]
  version: string
  description: string
  keywords: string[]
  maintainers: Maintainer[]
  icon: string
  apiVersion: string
  condition: string
  tags: string
  appVersion: string
  deprecated: boolean
  annotations?: Map<string, string>
  kubeVersion: string
  /** Undefined where Chart.yaml has none, which Helm tells from an empty list. */
  dependencies?: Dependency[]
  type: string
}

/** The content of Chart.lock. */
export interface Lock {
  generated: string
  digest: string
  dependencies?: Dependency[]
}

const maintainerType: StructType = { name: 'Maintainer', fields: { name: 'string', email: 'string', url: 'string' } }

const dependencyType: StructType = {
  name: 'Dependency',
  fields: {
    name: 'string',
    version: 'string',
    repository: 'string',
    condition: 'string',
    tags: '[]string',
    enabled: 'bool',
    'import-values': '[]interface {}',
    alias: 'string',
  },
}

const metadataType: StructType = {
  name: 'Metadata',
  fields: {
    name: 'string',
    home: 'string',
    sources: '[]string',
    version: 'string',
    description: 'string',
    keywords: '[]string',
    maintainers: { list: maintainerType, goType: '[]*v2.Maintainer' },
    icon: 'string',
    apiVersion: 'string',
    condition: 'string',
    tags: 'string',
    appVersion: 'string',
    deprecated: 'bool',
    annotations: 'map[string]string',
    kubeVersion: 'string',
    dependencies: { list: dependencyType, goType: '[]*v2.Dependency' },
    type: 'string',
  },
}

const lockType: StructType = {
  name: 'Lock',
  fields: { generated: 'time.Time', digest: 'string', dependencies: { list: dependencyType, goType: '[]*v2.Dependency' } },
}

/** Metadata with every field empty. */
export function emptyMetadata(): Metadata {
  return {
    name: '',
    home: '',
    sources: [],
    version: '',
    description: '',
    keywords: [],
    maintainers: [],
    icon: '',
    apiVersion: '',
    condition: '',
    tags: '',
    appVersion: '',
    deprecated: false,
    kubeVersion: '',
    type: '',
  }
}

/**
 * Reads Chart.yaml, or requirements.yaml, over `into`: what the file does not give stays as it was. `head` is what `readHead` gave for the
 * same file, if it was asked.
 * @throws ConvergeError `cannot load FILE: …` where it is no YAML or a field has the wrong type
 */
export function readMetadata(file: string, text: string, into: Metadata, head?: ChartHead): void {
  const decoded = decodeFile(metadataType, 'v2.Metadata', file, () => (head?.text === text ? head.yaml : parseYamlRaw(text)))
  if (decoded.dependencies) decoded.dependencies = dependencies(decoded.dependencies)
  if (decoded.maintainers) {
    decoded.maintainers = (decoded.maintainers as (Partial<Maintainer> | null)[]).map(
      (maintainer) => maintainer && { name: '', email: '', url: '', ...maintainer },
    )
  }
  Object.assign(into, decoded)
}

/** What of Chart.yaml decides how the chart is loaded. */
export interface ChartHead {
  apiVersion: string
  /** The file's text, and what it reads as. */
  text: string
  yaml: RawYaml
}

/** Only the apiVersion of Chart.yaml. @throws ConvergeError as `readMetadata` */
export function readHead(text: string): ChartHead {
  const type: StructType = { name: 'chartBase', fields: { apiVersion: 'string' } }
  let yaml: RawYaml = null
  const { apiVersion } = decodeFile(type, 'loader.chartBase', 'Chart.yaml', () => {
    yaml = parseYamlRaw(text)
    return yaml
  })
  return { apiVersion: String(apiVersion ?? ''), text, yaml }
}

/** Reads Chart.lock or requirements.lock. */
export function readLock(file: string, text: string): Lock {
  const decoded = decodeFile(lockType, 'v2.Lock', file, () => parseYamlRaw(text))
  const lock: Lock = { generated: '0001-01-01T00:00:00Z', digest: '', ...decoded }
  if (decoded.dependencies) lock.dependencies = dependencies(decoded.dependencies)
  return lock
}

function decodeFile(type: StructType, goType: string, file: string, read: () => RawYaml): Record<string, unknown> {
  try {
    return decodeStruct(type, goType, read())
  } catch (error) {
    if (error instanceof StructError) {
      throw new ConvergeError('ERR_CHART', `cannot load ${file}: ${error.message}`, {
        location: { file },
      })
    }
    if (!(error instanceof ConvergeError)) throw error
    const location = error.location ? { ...error.location, file } : { file }
    throw new ConvergeError('ERR_CHART', `cannot load ${file}: ${error.message}`, { location, cause: error })
  }
}

function dependencies(list: unknown): Dependency[] {
  return (list as (Record<string, unknown> | null)[]).map((item) => {
    if (item === null) return null as unknown as Dependency
    const { 'import-values': importValues = [], ...rest } = item
    return {
      ...{ name: '', version: '', repository: '', condition: '', tags: [], enabled: false, alias: '' },
      ...rest,
      importValues: importValues as Value[],
    }
  })
}

/**
 * Checks metadata by Helm's rules and takes unprintable characters out of its strings.
 * @throws ConvergeError `validation: …`
 */
export function validateMetadata(metadata: Metadata): void {
  for (const key of ['name', 'description', 'home', 'icon', 'condition', 'tags', 'appVersion', 'kubeVersion'] as const) {
    metadata[key] = sanitize(metadata[key])
  }
  metadata.sources = metadata.sources.map(sanitize)
  metadata.keywords = metadata.keywords.map(sanitize)
  const { name, version } = metadata
  if (metadata.apiVersion === '') throw invalid('chart.metadata.apiVersion is required')
  if (name === '') throw invalid('chart.metadata.name is required')
  if (name === '.' || name === '..') throw invalid(`chart.metadata.name ${quote(name)} is not allowed`)
  if (name.includes('/')) throw invalid(`chart.metadata.name ${quote(name)} is invalid`)
  if (version === '') throw invalid('chart.metadata.version is required')
  if (!isVersion(version)) throw invalid(`chart.metadata.version ${quote(version)} is invalid`)
  if (!['', 'application', 'library'].includes(metadata.type)) throw invalid('chart.metadata.type must be application or library')
  for (const maintainer of metadata.maintainers) {
    if (!maintainer) throw invalid('maintainers must not contain empty or null nodes')
    maintainer.name = sanitize(maintainer.name)
    maintainer.email = sanitize(maintainer.email)
    maintainer.url = sanitize(maintainer.url)
  }
  const seen = new Set<string>()
  for (const dependency of metadata.dependencies ?? []) {
    validateDependency(dependency)
    const key = dependency.alias || dependency.name
    if (seen.has(key)) throw invalid(`more than one dependency with name or alias ${quote(key)}`)
    seen.add(key)
  }
}

function validateDependency(dependency: Dependency | null): void {
  if (!dependency) throw invalid('dependencies must not contain empty or null nodes')
  for (const key of ['name', 'version', 'repository', 'condition'] as const) dependency[key] = sanitize(dependency[key])
  dependency.tags = dependency.tags.map(sanitize)
  if (dependency.alias !== '' && !/^[a-zA-Z0-9_-]+$/.test(dependency.alias)) {
    throw invalid(`dependency ${quote(dependency.name)} has disallowed characters in the alias`)
  }
}

function sanitize(text: string): string {
  if (/^[ -~]*$/.test(text)) return text
  let clean = ''
  for (const char of text) {
    const code = char.codePointAt(0)!
    if (code < 0x10000 && isSpace(code)) clean += ' '
    else if (isPrint(code)) clean += char
  }
  return clean
}

function invalid(message: string): ConvergeError {
  return new ConvergeError('ERR_CHART', `validation: ${message}`, { location: { file: 'Chart.yaml' } })
}

/** Metadata as templates see it: `.Chart`, a map with Go's names of the fields. */
export function metadataMap(metadata: Metadata): GoMap {
  return new Map<string, Value>([
    ['Name', metadata.name],
    ['Home', metadata.home],
    ['Sources', [...metadata.sources]],
    ['Version', metadata.version],
    ['Description', metadata.description],
    ['Keywords', [...metadata.keywords]],
    ['Maintainers', metadata.maintainers.map(({ name, email, url }) => new Map(Object.entries({ Name: name, Email: email, URL: url })))],
    ['Icon', metadata.icon],
    ['APIVersion', metadata.apiVersion],
    ['Condition', metadata.condition],
    ['Tags', metadata.tags],
    ['AppVersion', metadata.appVersion],
    ['Deprecated', metadata.deprecated],
    ['Annotations', new TypedMap('map[string]string', metadata.annotations ?? [], metadata.annotations === undefined)],
    ['KubeVersion', metadata.kubeVersion],
    ['Dependencies', (metadata.dependencies ?? []).map(dependencyMap)],
    ['Type', metadata.type],
  ])
}

function dependencyMap(dependency: Dependency): GoMap {
  return new Map<string, Value>([
    ['Name', dependency.name],
    ['Version', dependency.version],
    ['Repository', dependency.repository],
    ['Condition', dependency.condition],
    ['Tags', [...dependency.tags]],
    ['Enabled', dependency.enabled],
    ['ImportValues', [...dependency.importValues]],
    ['Alias', dependency.alias],
  ])
}
