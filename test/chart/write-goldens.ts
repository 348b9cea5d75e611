/** Writes Helm's answers to the cases of this folder: `node test/chart/write-goldens.ts [GROUP…]`. Needs the Helm binary. */
import { readdirSync } from 'node:fs'
import { helmBinary } from '../oracle/helm.ts'
import type { ChartCase } from './case.ts'
import { writeGoldens } from './goldens.ts'

const binary = await helmBinary()
if (!binary) throw new Error('There is no Helm binary for this platform.')
const wanted = process.argv.slice(2)
for (const file of readdirSync(new URL('cases/', import.meta.url))) {
  const group = file.replace(/\.ts$/, '')
  if (wanted.length > 0 && !wanted.includes(group)) continue
  const { cases } = (await import(new URL(`cases/${file}`, import.meta.url).href)) as { cases: ChartCase[] }
  await writeGoldens(group, cases, binary)
  process.stdout.write(`${group}: ${cases.length}\n`)
}
