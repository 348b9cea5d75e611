/** Writes Helm's answers to all cases: `node test/template/write-goldens.ts`. Needs the Helm binary of test/oracle. */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { helmBinary } from '../oracle/helm.ts'
import { cases } from './cases.ts'
import { askHelm } from './helm-runs.ts'

const binary = await helmBinary()
if (!binary) throw new Error('There is no Helm binary for this platform.')
const directory = await mkdtemp(path.join(tmpdir(), 'goldens-'))
const answers: unknown[] = []
for (const test of cases) answers.push({ template: test.template, ...(await askHelm(binary, directory, test)) })
const lines = answers.map((answer) => JSON.stringify(answer))
await writeFile(new URL('goldens/engine.json', import.meta.url), `[\n${lines.join(',\n')}\n]\n`)
process.stdout.write(`${answers.length} answers written\n`)
