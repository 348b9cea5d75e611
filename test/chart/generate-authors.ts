/** Writes Helm's answers to the charts of many authors: `node test/chart/generate-authors.ts`. Needs the Helm binary of test/oracle. */
import { writeFileSync } from 'node:fs'
import { helmBinary } from '../oracle/helm.ts'
import { askHelm, commandLines, goldensFile } from './authors.ts'

const helm = await helmBinary()
if (!helm) throw new Error('There is no Helm binary for this platform.')
const answers: string[] = []
for (const words of commandLines()) answers.push(JSON.stringify(await askHelm(helm, words)))
writeFileSync(goldensFile, `[\n${answers.join(',\n')}\n]\n`)
process.stdout.write(`${answers.length} answers written\n`)
