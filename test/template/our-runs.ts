import { Values } from '../../src/chart/table.ts'
import { ConvergeError } from '../../src/errors.ts'
import { fromBytes } from '../../src/template/bytes.ts'
import { TemplateSet } from '../../src/template/engine.ts'
import { functions } from '../../src/template/funcs/index.ts'
import { type GoMap, Int, type Value } from '../../src/template/value.ts'
import { type Case, values } from './cases.ts'
import { type Answer, chartFiles } from './helm-runs.ts'

/** JSON as values.yaml gives it to templates. */
function fromJson(json: unknown): Value {
  if (Array.isArray(json)) return json.map(fromJson)
  if (typeof json !== 'object' || json === null) return json as Value
  return new Map(Object.entries(json).map(([key, value]) => [key, fromJson(value)]))
}

/** What Helm gives to the templates of the cases, as far as they look at it. */
export function context(): GoMap {
  const release = new Map<string, Value>([
    ['Name', 'r'],
    ['Namespace', 'ns'],
    ['Revision', new Int('int', 1n)],
  ])
  return new Values(
    new Map<string, Value>([
      ['Values', new Values(fromJson(values) as GoMap)],
      ['Release', release],
    ]),
  )
}

/** Runs a case in our engine. */
export function askOurs(test: Case): Answer {
  const set = new TemplateSet({ functions })
  const [main] = chartFiles(test)
  try {
    for (const { path, text } of chartFiles(test)) set.parse(path, text)
    const text = set.execute(main!.path, context())
    return { output: test.direct ? text : fromBytes(Buffer.from(text.slice(5), 'base64')) }
  } catch (error) {
    if (!(error instanceof ConvergeError)) throw error
    return { error: error.message }
  }
}
