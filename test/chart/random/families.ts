import { type Answer, askConverge, askHelm, type ChartCase } from '../case.ts'
import { randomCall } from './calls.ts'
import { randomDocument } from './documents.ts'
import { randomManifests } from './manifests.ts'
import { randomProgram } from './programs.ts'
import { Random } from './random.ts'
import { randomValues } from './values.ts'

/** What makes random charts, by what is random in them. */
export const families = {
  calls: randomCall,
  documents: randomDocument,
  manifests: randomManifests,
  programs: randomProgram,
  values: randomValues,
} satisfies Record<string, (random: Random) => ChartCase>

export type Family = keyof typeof families

/** The chart of a family with a number; always the same for the same number. */
export function chartOf(family: Family, number: number): ChartCase {
  const random = new Random(number)
  // The first numbers of seeds that lie beside each other are alike.
  for (let count = 0; count < 8; count++) random.next()
  return families[family](random)
}

/** What both programs make of a case where that is not the same; undefined where it is, or where converge has a bound that Helm has not. */
export async function differenceOf(helm: string, test: ChartCase): Promise<{ ours: Answer; theirs: Answer } | undefined> {
  const ours = await askConverge(test)
  if (!ours.ok && / the limit is \d+/.test(ours.text)) return undefined
  const theirs = await askHelm(helm, test)
  return ours.ok === theirs.ok && comparable(ours) === comparable(theirs) ? undefined : { ours, theirs }
}

/** Addresses of Go's pointers are of the moment; `%d` prints them too. */
function comparable({ text }: Answer): string {
  return text.trimEnd().replaceAll(/0x[0-9a-f]{6,}|(?<=Capabilities\)?:)\d+/g, '0x…')
}
