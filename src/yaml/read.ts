import { ConvergeError } from '../errors.ts'
import type { GoMap, Value } from '../template/value.ts'
import type { Form } from './common/lines.ts'
import { readCommon, UNCOMMON } from './common/reader.ts'
import { decodeDocument, type Shape } from './decode.ts'
import { composeDocument, MAPPING_NODE, type Node } from './nodes.ts'
import { YamlProblem, yamlError } from './problem.ts'
import { mismatchText, type RawYaml } from './struct.ts'
import { readableText } from './text.ts'

/** A Kubernetes object, or whatever else a manifest holds: plain JSON. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const converting = 'error converting YAML to JSON: '

/**
 * One document as Helm reads values: sigs.k8s.io/yaml into `interface {}` by way of JSON, so every number is a float64. Further documents are
 * not looked at; an empty text is null. Throws ConvergeError ERR_YAML with Helm's message; `file` goes into its location.
 */
export function parseYaml(text: string, file?: string): Value {
  return read(text, valueShape, { objects: false, exact: false }, file)
}

/** As parseYaml, for a target of type map: null is an empty map, anything else but a mapping is encoding/json's error. */
export function parseYamlMap(text: string, file?: string, target = 'map[string]interface {}'): GoMap {
  const value = parseYaml(text, file)
  if (value === null) return new Map()
  if (value instanceof Map) return value
  throw new ConvergeError('ERR_YAML', mismatchText(value, target), { location: { file: file ?? '', line: 1 } })
}

/**
 * The documents of a values file: mappings, in order, as Helm's loader cuts them (lines that begin with `---`, which only blanks and a comment
 * may follow). Empty documents are left out. Throws as parseYamlMap does; lines count within the document in the message, within the file
 * in the location.
 */
export function parseYamlDocuments(text: string, file?: string): GoMap[] {
  return splitDocuments(text, file).map(({ text: document, line }) => {
    try {
      return parseYamlMap(document, file)
    } catch (error) {
      throw inDocument(error, line)
    }
  })
}

/**
 * One document of a rendered manifest as plain JSON, integers beyond 2^53 rounded as JavaScript must. A key `__proto__` is an own property like
 * any other. Throws as parseYaml does.
 */
export function parseManifest(text: string, file?: string): Json {
  return read(text, jsonShape, { objects: true, exact: false }, file)
}

/**
 * As parseManifest, with the line (from 1) of any part of it: `lineOf(['spec', 'containers', 0])`, or of its nearest ancestor that exists.
 * The lookup reads the text a second time when it is first used.
 */
export function parseYamlWithLines(text: string, file?: string): { value: Json; lineOf: (path: readonly (string | number)[]) => number } {
  const value = parseManifest(text, file)
  let root: Node | undefined
  return {
    value,
    lineOf: (path) => {
      root ??= composeDocument(readableText(text).text)
      return root === undefined ? 1 : lineOf(root, path)
    },
  }
}

/** One document with Go's types kept, for struct targets such as Chart.yaml: `strict` refuses duplicate keys as UnmarshalStrict does. */
export function parseYamlRaw(text: string, file?: string, strict = false): RawYaml {
  return read(text, rawShape, strict ? undefined : { objects: false, exact: true }, file)
}

/** Without a form, duplicate keys are refused. */
function read<T>(text: string, shape: Shape<T>, form: Form | undefined, file: string | undefined): T {
  if (form !== undefined) {
    const value = readCommon(text, form)
    if (value !== UNCOMMON) return value as T
  }
  try {
    const readable = readableText(text)
    return decodeDocument(composeDocument(readable.text, readable.wall), shape, form === undefined)
  } catch (error) {
    if (error instanceof YamlProblem) throw yamlError(error, converting, file)
    throw error
  }
}

interface DocumentText {
  text: string
  /** 0-based line of the file on which it starts. */
  line: number
}

/** As the YAMLReader of k8s.io/apimachinery does: it ends every line with `\n`, and a separator that opens a document stays part of it. */
function splitDocuments(text: string, file: string | undefined): DocumentText[] {
  const whole = text === '' || text.endsWith('\n') ? text : `${text}\n`
  if (!whole.startsWith('---') && !whole.includes('\n---')) return [{ text: whole, line: 0 }]
  const documents: DocumentText[] = []
  let start = 0
  let line = 0
  let startLine = 0
  for (let from = 0; from < whole.length; line++) {
    const next = whole.indexOf('\n', from) + 1
    if (whole.startsWith('---', from)) {
      const rest = whole.slice(from + 3, next).trim()
      if (rest !== '' && !rest.startsWith('#')) {
        const location = { file: file ?? '', line: line + 1 }
        throw new ConvergeError('ERR_YAML', `error reading yaml document: invalid Yaml document separator: ${rest}`, { location })
      }
      if (from > start) {
        documents.push({ text: whole.slice(start, from), line: startLine })
        start = next
        startLine = line + 1
      }
    }
    from = next
  }
  if (start < whole.length) documents.push({ text: whole.slice(start), line: startLine })
  return documents
}

function inDocument(error: unknown, line: number): unknown {
  if (!(error instanceof ConvergeError)) return error
  const { location } = error
  return new ConvergeError(error.code, `cannot unmarshal yaml document: ${error.message}`, {
    location: location && { ...location, line: (location.line ?? 1) + line },
  })
}

function lineOf(root: Node, path: readonly (string | number)[]): number {
  let node = root
  let { line } = root
  for (const step of path) {
    while (node.alias !== undefined) node = node.alias
    const { children } = node
    if (node.kind === MAPPING_NODE) {
      let at = -1
      for (let i = 0; i < children.length; i += 2) if (children[i]!.value === String(step)) at = i
      if (at < 0) return line
      line = children[at]!.line
      node = children[at + 1]!
    } else {
      const item = children[Number(step)]
      if (item === undefined) return line
      line = item.line
      node = item
    }
  }
  return line
}

const valueShape: Shape<Value> = {
  scalar: (value) => (typeof value === 'bigint' ? Number(value) : value),
  sequence: (items) => items,
  mapping: () => new Map<string, Value>(),
  set: (mapping, key, value) => (mapping as GoMap).set(key, value),
}

const rawShape: Shape<RawYaml> = {
  scalar: (value) => value,
  sequence: (items) => items,
  mapping: () => new Map<string, RawYaml>(),
  set: (mapping, key, value) => (mapping as Map<string, RawYaml>).set(key, value),
}

const jsonShape: Shape<Json> = {
  scalar: (value) => (typeof value === 'bigint' ? Number(value) : value),
  sequence: (items) => items,
  mapping: () => ({}),
  set: (mapping, key, value) => {
    if (key !== '__proto__') (mapping as Record<string, Json>)[key] = value
    // Assignment would change the prototype.
    else Object.defineProperty(mapping, key, { value, enumerable: true, configurable: true, writable: true })
  },
}
