import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type Answer, askHelm, type ChartCase } from './case.ts'

export type Goldens = Record<string, Answer>

function goldensFile(group: string): URL {
  return new URL(`goldens/${group}.json`, import.meta.url)
}

/** What was written down for a group of cases. */
export function readGoldens(group: string): Goldens {
  const file = goldensFile(group)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
}

/** Asks the real Helm about each case and writes its answers down. */
export async function writeGoldens(group: string, cases: readonly ChartCase[], binary: string): Promise<void> {
  const goldens: Goldens = {}
  for (const item of cases) goldens[item.name] = await askHelm(binary, item)
  writeFileSync(goldensFile(group), `${JSON.stringify(goldens, null, 1)}\n`)
}
