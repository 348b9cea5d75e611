import { readFileSync } from 'node:fs'
import { ConvergeError, messageOf } from '../errors.ts'
import type { GoMap, Value } from '../template/value.ts'
import { parseYamlDocuments } from '../yaml/read.ts'
import { copyMap } from './coalesce.ts'
import { parseJson } from './json.ts'
import { goReason } from './reason.ts'
import { parseSet, parseSetFile, parseSetJson, parseSetLiteral, parseSetString, SetError } from './set.ts'
import { fileText, trimSpace } from './text.ts'

/** What a user gives besides the chart; each list in the order of the command line. */
export interface ValueOptions {
  /** `-f`: paths of YAML files; `-` is standard input. */
  files?: readonly string[]
  /** Over the files and below everything else: secret values, decrypted. */
  secrets?: readonly GoMap[]
  setJson?: readonly string[]
  set?: readonly string[]
  setString?: readonly string[]
  setFile?: readonly string[]
  setLiteral?: readonly string[]
}

/** Reads a file of the user, whose path may also be `-`. */
export type ReadFile = (path: string) => Uint8Array

/**
 * The values of the user: files over one another, then `--set-json`, `--set`, `--set-string`, `--set-file` and `--set-literal`, whatever
 * order the flags came in. `base` lies below all of them.
 * @throws ConvergeError with Helm's message for files that cannot be read or parsed and for lines that are no `--set` lines
 */
export function userValues(options: ValueOptions, base: GoMap = new Map(), read: ReadFile = readUserFile): GoMap {
  // The parsers of --set change maps in place, and those of `base` are the caller's.
  let values = copyMap(base)
  for (const file of options.files ?? []) values = mergeMaps(values, valuesFile(file, read))
  for (const secrets of options.secrets ?? []) values = mergeMaps(values, secrets)
  for (const line of options.setJson ?? []) values = setJson(values, line)
  for (const line of options.set ?? []) attempt('--set data', () => parseSet(line, values))
  for (const line of options.setString ?? []) attempt('--set-string data', () => parseSetString(line, values))
  for (const line of options.setFile ?? []) {
    attempt('--set-file data', () => parseSetFile(line, values, (path) => fileText(read(path))))
  }
  for (const line of options.setLiteral ?? []) attempt('--set-literal data', () => parseSetLiteral(line, values))
  return values
}

/**
 * A values file as Helm's loader reads it: all its documents merged.
 * @throws ConvergeError with go-yaml's message
 */
export function loadValues(text: string, file: string): GoMap {
  let values: GoMap = new Map()
  for (const document of parseYamlDocuments(withoutLostLine(text), file))
    values = values.size === 0 ? document : mergeMaps(values, document)
  return values
}

/** `b` over `a`: maps merge, everything else is replaced. Gives a new map; what is not merged is shared. */
function mergeMaps(a: GoMap, b: GoMap): GoMap {
  const merged: GoMap = new Map(a)
  for (const [key, value] of b) {
    const below = merged.get(key)
    merged.set(key, value instanceof Map && below instanceof Map ? mergeMaps(below, value) : value)
  }
  return merged
}

/** Helm's reader loses a last line without a newline where its length is a multiple of its buffer. */
function withoutLostLine(text: string): string {
  const start = text.lastIndexOf('\n') + 1
  if (text.length - start < 1365) return text
  const length = Buffer.byteLength(text.slice(start))
  return length > 0 && length % 4096 === 0 ? text.slice(0, start) : text
}

function valuesFile(file: string, read: ReadFile): GoMap {
  const text = fileText(read(file))
  try {
    return loadValues(text, file)
  } catch (error) {
    if (!(error instanceof ConvergeError)) throw error
    throw new ConvergeError('ERR_VALUES', `failed to parse ${file}: ${error.message}`, { location: error.location, cause: error })
  }
}

function setJson(values: GoMap, line: string): GoMap {
  const text = trimSpace(line)
  if (!text.startsWith('{')) {
    attempt(`--set-json data ${line}`, () => parseSetJson(line, values), false)
    return values
  }
  let parsed: Value
  try {
    parsed = parseJson(text)
  } catch (error) {
    throw new ConvergeError('ERR_VALUES', `failed parsing --set-json data JSON: ${line}`, { cause: error })
  }
  return mergeMaps(values, parsed as GoMap)
}

function attempt(what: string, parse: () => void, withReason = true): void {
  try {
    parse()
  } catch (error) {
    if (!(error instanceof SetError || error instanceof ConvergeError)) throw error
    throw new ConvergeError('ERR_VALUES', `failed parsing ${what}${withReason ? `: ${messageOf(error)}` : ''}`, { cause: error })
  }
}

function readUserFile(path: string): Uint8Array {
  try {
    // Standard input has the descriptor 0.
    return readFileSync(path.trim() === '-' ? 0 : path)
  } catch (error) {
    const verb = (error as NodeJS.ErrnoException).code === 'EISDIR' ? 'read' : 'open'
    throw new ConvergeError('ERR_VALUES', `${verb} ${path}: ${goReason(error)}`, { cause: error })
  }
}
