import { readdirSync, readFileSync } from 'node:fs'
import { functions } from '../../../src/template/funcs/index.ts'

/** The chart's values, against which every snippet is rendered. */
export const valuesText = readFileSync(new URL('values.yaml', import.meta.url), 'utf8')

export interface Golden {
  template: string
  /** What Helm renders, or the whole of its error message. */
  output?: string
  error?: string
}

const folder = new URL('snippets/', import.meta.url)
const goldens = new URL('goldens/', import.meta.url)

/** The snippets by family: one template a line; lines that begin with `#` say what is meant. */
export function snippetFamilies(): Map<string, string[]> {
  const families = new Map<string, string[]>()
  for (const file of readdirSync(folder).sort()) {
    const lines = readFileSync(new URL(file, folder), 'utf8').split('\n')
    families.set(
      file.replace(/\.txt$/, ''),
      lines.filter((line) => line !== '' && !line.startsWith('#')),
    )
  }
  families.set('examples', fixedExamples())
  return families
}

/** The examples of the documentation whose output is always the same. */
function fixedExamples(): string[] {
  return [...functions.values()].flatMap(({ example }) => ('output' in example ? [example.template] : []))
}

export function goldensFile(family: string): URL {
  return new URL(`${family}.json`, goldens)
}

export function readGoldens(family: string): Golden[] {
  return JSON.parse(readFileSync(goldensFile(family), 'utf8')) as Golden[]
}
