import { expect } from 'vitest'
import type { Run } from './process.ts'
import { type DeployOptions, expectFailure, expectSuccess, newScenario, type Scenario } from './scenario.ts'
import type { Target } from './target.ts'

export interface TrialOptions extends DeployOptions {
  /** Done before the deploy; what is there then is all that may be left after a failure. */
  before?: (scenario: Scenario) => Promise<unknown>
  /** Done while the deploy runs. */
  during?: (scenario: Scenario) => Promise<unknown>
  after?: (scenario: Scenario) => Promise<unknown>
}

/** Deploys objects as a release of its own; the hooks and `judge` see its namespace. A failure must leave nothing new. */
export async function tryDeploy(
  target: Target,
  objects: object[],
  judge: (result: Run, scenario: Scenario) => Promise<void> | void,
  options: TrialOptions = {},
): Promise<void> {
  const { before, during, after, ...rest } = options
  const scenario = await newScenario(target)
  try {
    await before?.(scenario)
    const inventory = await scenario.inventory()
    const running = scenario.deploy({ objects }, { chart: 'objects', args: ['--timeout', '80s'], ...rest })
    const [result] = await Promise.all([running, during?.(scenario)])
    await judge(result, scenario)
    if (result.status !== 0) {
      expect(await scenario.inventory(), result.output).toEqual(inventory)
      expect((await scenario.revisions()).at(-1) ?? 'failed').toMatch(/failed$/)
    }
  } finally {
    await after?.(scenario)
    await scenario.remove()
  }
}

/** Fails with this reason in its first line, well before its timeout. */
export const fails =
  (reason: RegExp, withinSeconds: number, ...evidence: RegExp[]) =>
  (result: Run) => {
    expectFailure(result, reason)
    for (const line of evidence) expect(result.output).toMatch(line)
    expect(result.seconds, result.output).toBeLessThan(withinSeconds)
  }

export const succeeds =
  (...evidence: RegExp[]) =>
  (result: Run) => {
    expectSuccess(result)
    for (const line of evidence) expect(result.output).toMatch(line)
  }

/** The first thing that is there, asked for again and again. @throws after 40 s. */
export async function found<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + 40_000
  for (;;) {
    const thing = await ask().catch(() => undefined)
    if (thing) return thing
    if (Date.now() > end) throw new Error('it did not come')
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
