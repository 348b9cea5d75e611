import { readFileSync } from 'node:fs'
import { ConvergeError, messageOf, passOverflow } from '../errors.ts'
import { decodeJson } from '../template/funcs/json-decoder.ts'
import { quote } from '../template/quote.ts'
import { goTypeOf } from '../template/reflect.ts'
import type { GoMap, Value } from '../template/value.ts'
import type { Chart } from './chart.ts'
import { parseJson } from './json.ts'
import { Compiler } from './jsonschema/compile.ts'
import { type SchemaDocument, SchemaProblem } from './jsonschema/document.ts'
import { metaschemaUrl } from './jsonschema/draft.ts'
import { type Finding, findingText } from './jsonschema/finding.ts'
import { metaschemaDocument } from './jsonschema/metaschema.ts'
import { isPlainSchema } from './jsonschema/plain.ts'
import type { Schema } from './jsonschema/schema.ts'
import { validate } from './jsonschema/validate.ts'
import { goReason } from './reason.ts'
import { fileText, trimSpace } from './text.ts'

const schemaUrl = 'file:///values.schema.json'

/** Schemas from elsewhere by their URLs: their text, or why it cannot be had. */
export type RemoteSchemas = ReadonlyMap<string, string | Error>

/** A schema refers to one that has to be fetched run. */
export class RemoteSchemaNeeded extends Error {
  readonly url: string
  constructor(url: string) {
    super(`the schema at ${url} is not there yet`)
    this.url = url
  }
}

/**
 * Holds the values of a chart and its subcharts against their values.schema.json. Without `remote`, references to other servers fail.
 * @throws ConvergeError with Helm's message, which lists what does not hold by chart
 * @throws RemoteSchemaNeeded for what `remote` lacks
 */
export function validateSchemas(chart: Chart, values: GoMap, remote?: RemoteSchemas): void {
  const run: Run = { remote }
  const report = chartReport(chart, values, run)
  if (report === '') return
  const path = run.finding && deepest(run.finding).path
  throw new ConvergeError(
    'ERR_VALUES_SCHEMA',
    `values don't meet the specifications of the schema(s) in the following chart(s):\n${report}`,
    path?.length ? { hint: `look at ${path.join('.')} in your values` } : {},
  )
}

/** What is handed along: the first finding, for the hint, and schemas from elsewhere. */
interface Run {
  finding?: Finding
  remote?: RemoteSchemas
}

function chartReport(chart: Chart, values: GoMap, run: Run): string {
  let report = ''
  if (chart.schema) {
    const problem = schemaReport(chart.schema, values, run)
    if (problem !== undefined) report += `${chart.metadata.name}:\n${problem}`
  }
  for (const sub of chart.dependencies) {
    const { name } = sub.metadata
    const section = values.get(name)
    if (section === undefined || section === null) continue
    if (section instanceof Map) report += chartReport(sub, section, run)
    else report += `${name}:\ninvalid type for values: expected object (map), got ${goTypeOf(section)}\n`
  }
  return report
}

function schemaReport(bytes: Uint8Array, values: GoMap, run: Run): string | undefined {
  try {
    const finding = validate(compileSchema(bytes, run.remote), values)
    if (!finding) return undefined
    run.finding ??= finding
    return `${findingText(finding).replace(`jsonschema validation failed with '${schemaUrl}#'\n`, '')}\n`
  } catch (error) {
    if (error instanceof SchemaProblem) return error.message
    throw error
  }
}

function compileSchema(bytes: Uint8Array, remote: RemoteSchemas | undefined): Schema {
  const document = parseSchema(fileText(bytes))
  const load = (url: string): Value => (url === schemaUrl ? document : (metaschemaDocument(url) ?? loadElsewhere(url, remote)))
  return new Compiler(load, checkAgainstMetaschema).compile(schemaUrl)
}

function parseSchema(text: string): Value {
  try {
    return parseJson(text)
  } catch (error) {
    passOverflow(error)
    // Only the slower reader has Go's words.
  }
  try {
    const { value, error } = decodeJson(text)
    if (error === undefined) return value
    throw new SchemaProblem(error)
  } catch (error) {
    passOverflow(error)
    const message = messageOf(error)
    // Helm reads a stream here, which words some things in another way than encoding/json does for a text.
    if (message === 'unexpected end of JSON input') throw new SchemaProblem(trimSpace(text) === '' ? 'EOF' : 'unexpected EOF')
    throw new SchemaProblem(message.endsWith('after top-level value') ? 'invalid character after top-level value' : message)
  }
}

let metaschemas: Compiler | undefined

function checkAgainstMetaschema({ url, value, resources }: SchemaDocument): void {
  const { draft } = resources.get('')!
  if (/^https?:\/\/json-schema\.org\//.test(url) || isPlainSchema(value, draft)) return
  metaschemas ??= new Compiler(
    (wanted) => metaschemaDocument(wanted) ?? loadElsewhere(wanted),
    () => {},
    true,
  )
  const finding = validate(metaschemas.compile(metaschemaUrl[draft]), value)
  if (finding) throw new SchemaProblem(`${quote(`${url}#`)} is not valid against metaschema: ${findingText(finding)}`)
}

function loadElsewhere(url: string, remote?: RemoteSchemas): Value {
  if (url.startsWith('urn:')) return true
  if (url.startsWith('file:')) {
    return named(url, () => parseSchema(readSchemaFile(pathOf(url))))
  }
  const [scheme = ''] = url.split(':')
  if (!/^https?$/.test(scheme)) throw new SchemaProblem(`failing loading ${quote(url)}: no URLLoader registered for ${quote(url)}`)
  const text = remote?.get(url)
  if (remote && text === undefined) throw new RemoteSchemaNeeded(url)
  if (typeof text === 'string') return parseSchema(text)
  throw new SchemaProblem(`failing loading ${quote(url)}: ${text?.message ?? `HTTP request failed for ${url}: nothing is fetched here`}`)
}

function named<T>(url: string, load: () => T): T {
  try {
    return load()
  } catch (error) {
    if (!(error instanceof SchemaProblem)) throw error
    throw new SchemaProblem(`failing loading ${quote(url)}: ${error.message}`)
  }
}

function readSchemaFile(path: string): string {
  try {
    return fileText(readFileSync(path))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason = code === 'ERR_INVALID_ARG_VALUE' ? 'invalid argument' : goReason(error)
    throw new SchemaProblem(`${code === 'EISDIR' ? 'read' : 'open'} ${path}: ${reason}`)
  }
}

/** The path of a file URL. As in Helm, what stands where a host would is passed over, and without slashes there is none. */
function pathOf(url: string): string {
  const path = url.replace(/^file:(?:\/\/[^/?#]*|(?=[^/]).*)?/, '').replace(/[?#].*$/s, '')
  try {
    const decoded = decodeURIComponent(path)
    return process.platform === 'win32' ? decoded.replace(/^\/(?=[A-Za-z]:)/, '') : decoded
  } catch {
    return path
  }
}

/** The finding that is most probably what the user wants to know: the one with the longest path. */
function deepest(finding: Finding): Finding {
  return finding.causes.map(deepest).reduce((best, next) => (next.path.length > best.path.length ? next : best), finding)
}
