/** Asks the real Helm for the goldens of all families, or of those that are named. `node test/template/funcs/generate-goldens.ts [FAMILY…]` */
import { writeFile } from 'node:fs/promises'
import { helmBinary } from '../../oracle/helm.ts'
import { askHelm } from './oracle.ts'
import { renderSnippet } from './render.ts'
import { goldensFile, snippetFamilies } from './snippets.ts'

const helm = await helmBinary()
if (helm === undefined) throw new Error('the Helm binary is not here')
const named = process.argv.slice(2)
for (const [family, templates] of snippetFamilies()) {
  if (named.length > 0 && !named.includes(family)) continue
  // What fails here will most likely fail there; to know it saves Helm runs.
  const failing = templates.filter((template) => renderSnippet(template).error !== undefined)
  const goldens = await askHelm(helm, templates, failing)
  await writeFile(goldensFile(family), `[\n${goldens.map((golden) => `  ${JSON.stringify(golden)}`).join(',\n')}\n]\n`)
  const failed = goldens.filter((golden) => golden.error !== undefined).length
  console.log(`${family}: ${goldens.length} snippets, ${failed} of them errors`)
}
