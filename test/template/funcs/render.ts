import { Values } from '../../../src/chart/table.ts'
import { joinBytes, toBytes } from '../../../src/template/bytes.ts'
import { createTemplateSet } from '../../../src/template/engine.ts'
import { functions } from '../../../src/template/funcs/index.ts'
import type { GoMap, Value } from '../../../src/template/value.ts'
import { parseYaml } from '../../../src/yaml/read.ts'
import { type Golden, valuesText } from './snippets.ts'

const file = 'snippets/templates/case.yaml'

/** What our engine makes of a snippet, in the form of a golden. */
export function renderSnippet(template: string): Golden {
  const templates = createTemplateSet({ functions })
  const values = new Values(parseYaml(valuesText) as GoMap)
  const data = new Values(new Map<string, Value>([['Values', values]]))
  try {
    templates.parse(file, template)
    const text = joinBytes(templates.execute(file, data))
    return { template, output: text.isWellFormed() ? text : `bytes:${Buffer.from(toBytes(text)).toString('latin1')}` }
  } catch (error) {
    // The terminal shows a byte that is not UTF-8 as U+FFFD.
    return { template, error: (error as Error).message.toWellFormed() }
  }
}
