import { describe, expect, test } from 'vitest'
import { helmBinary } from '../oracle/helm.ts'
import { type Answer, askConverge, askHelm, type ChartCase } from './case.ts'
import { readGoldens } from './goldens.ts'

/** Tests that converge answers each case as Helm did, and that Helm still does. `unordered`: Go's maps decide the order of lines. */
export function describeGoldens(group: string, cases: readonly ChartCase[], { unordered = false } = {}): void {
  const goldens = readGoldens(group)
  const form = (answer: Answer | undefined) =>
    answer && unordered ? { ...answer, text: answer.text.split('\n').sort().join('\n') } : answer
  describe(group, () => {
    test.for(cases.map((item) => [item.name, item] as const))('%s', async ([name, item]) => {
      expect(goldens[name], 'run test/chart/write-goldens.ts').toBeDefined()
      expect(form(await askConverge(item))).toEqual(form(goldens[name]))
    })
  })
  describe(`${group}: what Helm itself says`, async () => {
    const binary = await helmBinary()
    test.skipIf(!binary)('is what the goldens hold', { timeout: 300_000 }, async () => {
      for (const item of sample(cases))
        expect({ [item.name]: form(await askHelm(binary!, item)) }).toEqual({ [item.name]: form(goldens[item.name]) })
    })
  })
}

/** At most twenty cases, evenly spread: each costs a process. CONVERGE_ALL_GOLDENS=1 takes all. */
function sample(cases: readonly ChartCase[]): readonly ChartCase[] {
  if (process.env.CONVERGE_ALL_GOLDENS) return cases
  const step = Math.ceil(cases.length / 20)
  return cases.filter((_, i) => i % step === 0)
}
