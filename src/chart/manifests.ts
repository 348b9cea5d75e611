import { ConvergeError, type SourceLocation } from '../errors.ts'
import { sortStrings } from '../template/bytes.ts'
import { type Json, parseManifest } from '../yaml/read.ts'
import { jsonKind, mismatchText } from '../yaml/struct.ts'
import { installOrder, sortByKind } from './kinds.ts'
import { splitDocuments } from './split.ts'
import { isBlank } from './text.ts'

export type JsonObject = { [key: string]: Json }

/** The place in the chart that wrote a line (from 1) of what the template at `source` gave; undefined where that cannot be told, as of Handlebars. */
export type Locate = (source: string, line: number) => SourceLocation | undefined

/** One document that a chart renders. */
export interface Manifest {
  /** The template that it came from: chart/templates/x.yaml */
  source: string
  /** Its text as rendered. */
  text: string
  /** These three are empty where the document has none: comments alone are a manifest to Helm. */
  apiVersion: string
  kind: string
  name: string
  /** Its first line in the rendered text of the template, from 1. */
  line: number
  /** The document as plain JSON; an object without properties where it holds none. */
  object(): JsonObject
  /** The place in the chart that wrote a line of the template's rendered text. */
  locate(line: number): SourceLocation | undefined
}

export type HookEvent =
  | 'pre-install'
  | 'post-install'
  | 'pre-delete'
  | 'post-delete'
  | 'pre-upgrade'
  | 'post-upgrade'
  | 'pre-rollback'
  | 'post-rollback'
  | 'test'

/** When a hook's resource is deleted; other words than Helm's are kept, since Helm keeps them in the release. */
export type HookDeletePolicy = 'before-hook-creation' | 'hook-succeeded' | 'hook-failed' | (string & {})
/** When the logs of a hook's Pods are shown. */
export type HookOutputLogPolicy = 'hook-succeeded' | 'hook-failed' | (string & {})

/** A manifest with `helm.sh/hook`. */
export interface Hook extends Manifest {
  events: HookEvent[]
  weight: number
  deletePolicies: HookDeletePolicy[]
  outputLogPolicies: HookOutputLogPolicy[]
}

/** The manifests and hooks of a chart, both in install order. */
export interface SortedManifests {
  manifests: Manifest[]
  hooks: Hook[]
}

const hookEvents: ReadonlyMap<string, HookEvent> = new Map([
  ['pre-install', 'pre-install'],
  ['post-install', 'post-install'],
  ['pre-delete', 'pre-delete'],
  ['post-delete', 'post-delete'],
  ['pre-upgrade', 'pre-upgrade'],
  ['post-upgrade', 'post-upgrade'],
  ['pre-rollback', 'pre-rollback'],
  ['post-rollback', 'post-rollback'],
  ['test', 'test'],
  ['test-success', 'test'],
])

/**
 * Splits rendered templates (text by path) into manifests and hooks. Partials, blank files and hooks of unknown events are dropped, as
 * Helm drops them.
 * @throws ConvergeError `YAML parse error on PATH: …` for a document that is no YAML or no object
 */
export function sortManifests(files: ReadonlyMap<string, string>, locate: Locate = () => undefined): SortedManifests {
  const manifests: Manifest[] = []
  const hooks: Hook[] = []
  for (const source of sortStrings([...files.keys()])) {
    const text = files.get(source)!
    if (source.slice(source.lastIndexOf('/') + 1).startsWith('_') || isBlank(text)) continue
    let from = 0
    for (const document of splitDocuments(text)) {
      const at = text.indexOf(document, from)
      from = at + document.length
      const manifest = readManifest(source, document, () => lineAt(text, at), locate)
      const annotations = manifest.annotations
      const events = annotations.get('helm.sh/hook')
      if (events === undefined) manifests.push(manifest)
      else addHook(hooks, manifest, events, annotations)
    }
  }
  return { manifests: sortByKind(manifests, installOrder), hooks: sortByKind(hooks, installOrder) }
}

function lineAt(text: string, index: number): number {
  let line = 1
  for (let i = text.indexOf('\n'); i >= 0 && i < index; i = text.indexOf('\n', i + 1)) line++
  return line
}

/** A manifest with the head that Helm reads of it. */
class Document implements Manifest {
  readonly source: string
  readonly text: string
  apiVersion = ''
  kind = ''
  name = ''
  readonly annotations = new Map<string, string>()
  private readonly json: JsonObject
  private readonly countLine: () => number
  private readonly find: Locate

  constructor(source: string, text: string, json: Json, countLine: () => number, find: Locate) {
    this.source = source
    this.text = text
    this.json = isObject(json) ? json : {}
    this.countLine = countLine
    this.find = find
  }
  get line(): number {
    return this.countLine()
  }
  object(): JsonObject {
    return this.json
  }
  locate(line: number): SourceLocation | undefined {
    return this.find(this.source, line)
  }
}

function readManifest(source: string, text: string, countLine: () => number, locate: Locate): Document {
  let json: Json
  try {
    json = parseManifest(text, source)
  } catch (error) {
    if (!(error instanceof ConvergeError)) throw error
    const { line } = error.location ?? {}
    throw parseError(source, error.message, text, line, locate(source, countLine() + (line ?? 1) - 1), error)
  }
  const document = new Document(source, text, json, countLine, locate)
  const problem = readHead(document, json)
  if (problem) throw parseError(source, problem, text, undefined, locate(source, countLine()))
  return document
}

/** The message and the lines that are shown count in what was rendered; `place` says where in the chart that was written. */
function parseError(
  source: string,
  reason: string,
  text: string,
  line: number | undefined,
  place: SourceLocation | undefined,
  cause?: unknown,
): ConvergeError {
  const lines = text.split('\n')
  const from = Math.max((line ?? 1) - 3, 0)
  const shown = lines.slice(from, from + 5).map((content, i) => `${from + i + 1 === line ? '>' : ' '} ${from + i + 1} | ${content}`)
  // A document that is broken has no kind that could be trusted, so anything like a Secret stays unseen.
  const secret = /secret/i.test(text)
  return new ConvergeError('ERR_MANIFEST', `YAML parse error on ${source}: ${reason}`, {
    location: place ? { ...place, ...(secret ? { text: undefined } : {}) } : { file: source },
    details: secret ? [] : ['the document as rendered:', ...shown],
    cause,
    hint: '--debug prints all that was rendered',
  })
}

/** Fills in the head of a document by encoding/json's rules: names match in any case, the last of several wins. Gives Go's complaint. */
function readHead(document: Document, json: Json): string | undefined {
  if (json === null) return undefined
  if (!isObject(json)) return mismatchText(json, 'util.SimpleHead')
  for (const key of sortStrings(Object.keys(json))) {
    const value = json[key]!
    const field = key.toLowerCase()
    if (field === 'apiversion' || field === 'kind') {
      const name = field === 'kind' ? 'kind' : 'apiVersion'
      const text = scalar(value)
      if (text === undefined) return fieldMismatch(value, `SimpleHead.${name}`, 'string')
      document[name] = text ?? document[name]
    } else if (field === 'metadata' && value !== null) {
      const problem = readMetadata(document, value)
      if (problem) return problem
    }
  }
  return undefined
}

function readMetadata(document: Document, metadata: Json): string | undefined {
  const type = 'struct { Name string "json:\\"name\\""; Annotations map[string]string "json:\\"annotations\\"" }'
  if (!isObject(metadata)) return fieldMismatch(metadata, 'SimpleHead.metadata', type)
  for (const key of sortStrings(Object.keys(metadata))) {
    const value = metadata[key]!
    const field = key.toLowerCase()
    if (field === 'name') {
      const text = scalar(value)
      if (text === undefined) return fieldMismatch(value, '.metadata.name', 'string')
      document.name = text ?? document.name
    } else if (field === 'annotations' && value !== null) {
      if (!isObject(value)) return fieldMismatch(value, '.metadata.annotations', 'map[string]string')
      for (const name of sortStrings(Object.keys(value))) {
        const text = scalar(value[name]!)
        if (text === undefined) return fieldMismatch(value[name]!, '.metadata.annotations', 'string')
        document.annotations.set(name, text ?? '')
      }
    }
  }
  return undefined
}

/** A scalar as the string that sigs.k8s.io/yaml makes of it; null for null, undefined for lists and maps. */
function scalar(value: Json): string | null | undefined {
  if (value === null || typeof value === 'string') return value
  return typeof value === 'object' ? undefined : String(value)
}

function fieldMismatch(value: Json, field: string, type: string): string {
  return `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonKind(value)} into Go struct field ${field} of type ${type}`
}

function isObject(json: Json): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

function addHook(hooks: Hook[], manifest: Document, events: string, annotations: ReadonlyMap<string, string>): void {
  const known: HookEvent[] = []
  for (const word of words(events)) {
    const event = hookEvents.get(word)
    if (event === undefined) return
    known.push(event)
  }
  hooks.push(
    Object.assign(manifest, {
      events: known,
      weight: weight(annotations.get('helm.sh/hook-weight')),
      deletePolicies: words(annotations.get('helm.sh/hook-delete-policy')),
      outputLogPolicies: words(annotations.get('helm.sh/hook-output-log-policy')),
    }),
  )
}

function words(list: string | undefined): string[] {
  return list === undefined ? [] : list.split(',').map((word) => word.trim().toLowerCase())
}

/** strconv.Atoi, with 0 for what is no number. */
function weight(text: string | undefined): number {
  return text !== undefined && /^[+-]?[0-9]+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : 0
}
