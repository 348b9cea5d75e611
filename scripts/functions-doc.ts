/** Writes docs/functions.md from the registry of template functions: `node scripts/functions-doc.ts`. */
import { writeFileSync } from 'node:fs'
import { families } from '../src/template/funcs/index.ts'
import type { DocumentedFunction } from '../src/template/value.ts'

export const documentFile = new URL('../docs/functions.md', import.meta.url)

const introduction = `# Template functions

Every function of sprig 3.3.0 and Helm 4.2.3, with Go's types of its parameters; \`…\` marks a parameter that may be given any number of
times. A value that is piped in comes last. The outputs are Helm's. \`include\`, \`tpl\`, \`required\` and \`lookup\` belong to the template
engine, as do Go's own functions: \`and\`, \`or\`, \`not\`, \`eq\`, \`ne\`, \`lt\`, \`le\`, \`gt\`, \`ge\`, \`len\`, \`index\`, \`print\`, \`printf\`,
\`println\`, \`html\`, \`js\`, \`urlquery\`, \`call\`.

Numbers of values files, YAML and JSON are float64, numbers written in templates int or float64, so that \`has 3 .Values.list\` is false:
\`has 3.0 .Values.list\`, or \`int\`, bring them together.

This file is generated: \`npm run docs\`.
`

/** The whole text of docs/functions.md. */
export function functionsDocument(): string {
  const contents = Object.entries(families).map(([title, table]) => {
    const names = Object.keys(table).sort()
    return `- [${title}](#${title.toLowerCase().replaceAll(' ', '-')}): ${names.map((name) => `\`${name}\``).join(' ')}`
  })
  const chapters = Object.entries(families).map(([title, table]) => {
    const entries = Object.entries(table).sort(([one], [other]) => (one < other ? -1 : 1))
    return `## ${title}\n\n${entries.map(([name, entry]) => describe(name, entry)).join('\n')}`
  })
  return `${introduction}\n${contents.join('\n')}\n\n${chapters.join('\n')}`
}

function describe(name: string, entry: DocumentedFunction): string {
  const { params, variadic, doc, example } = entry
  const types = params.map((type, index) => (variadic && index === params.length - 1 ? `${type}…` : type)).map((type) => ` <${type}>`)
  const template = `\`\`\`\n${example.template}\n\`\`\`\n`
  const output =
    'output' in example ? `gives\n\n\`\`\`\n${example.output.replace(/\n$/, '')}\n\`\`\`\n` : 'gives something else each time.\n'
  return `### ${name}\n\n\`${name}${types.join('')}\`\n\n${doc}\n\n${template}\n${output}`
}

if (import.meta.main) writeFileSync(documentFile, functionsDocument())
