import { describe, expect, it } from 'vitest'
import { connect } from '../../src/cluster/connection.ts'
import { targets, useNamespace } from '../cluster-access/namespace.ts'
import type { ProxiedRequest } from '../fault-proxy.ts'
import { type Lane, useFaultLanes } from './fault-lanes.ts'
import {
  type Expectation,
  faults,
  goal,
  inventory,
  judge,
  play,
  prepare,
  run,
  type Scenario,
  scenarios,
  statuses,
  type Target,
} from './faults.ts'

/** `all` for every fault at every request; else each request gets one, in rotation. */
const all = process.env.CONVERGE_FAULT_MATRIX === 'all'
const only = process.env.CONVERGE_FAULT_ONLY
const atOnce = 8
/** Of the run that meets a fault. */
const timeoutMs = 30_000

describe.each(targets)('a run on the %s whose requests meet faults', (target) => {
  const test = useNamespace(target, { speed: 50 })
  const at = useFaultLanes(test, atOnce)
  const open = (kubeconfig: string) => connect({ kubeconfig, context: 'test', timeoutMs: 1_500, retryMs: 3_000, env: {} })

  async function ready(scenario: Scenario): Promise<Target> {
    const aim = await at.open()
    await prepare(aim, scenario)
    return aim
  }

  it.each(scenarios)(
    '%s ends well, or undone',
    async (scenario) => {
      // Once without a fault: how many requests there are, and where it leads.
      const clean = await ready(scenario)
      const before = await inventory(clean)
      const statusesBefore = await statuses(clean)
      const { proxy, kubeconfig } = at.lanes[0]!
      const cluster = await open(kubeconfig)
      proxy.reset()
      const first = await play({ ...clean, cluster }, scenario)
      expect(first.finished).toMatchObject({ outcome: 'deployed' })
      await cluster.close()
      const expected: Expectation = { before, statusesBefore, after: await inventory(clean) }
      await at.close(clean)
      const count = proxy.requests.length
      const writes = proxy.requests.filter((item) => item.write > 0).length

      const names = Object.keys(faults).filter((name) => !only || name === only)
      const cases = Array.from({ length: count }, (_, index) =>
        all ? names.map((name) => [index + 1, name] as const) : [[index + 1, names[index % names.length]!] as const],
      ).flat()
      const wrong: string[] = []
      const outcomes: Record<string, number> = {}
      let next = 0
      let done = 0
      const lane = async ({ proxy, kubeconfig }: Lane) => {
        while (next < cases.length) {
          const [number, name] = cases[next++]!
          const aim = await ready(scenario)
          let reached: ProxiedRequest | undefined
          proxy.reset()
          proxy.setFault((request) => {
            if (request.number !== number) return undefined
            reached = request
            return faults[name]
          })
          const cluster = await open(kubeconfig)
          const ended = await play({ ...aim, cluster }, scenario, { timeoutMs })
          proxy.setFault(undefined)
          await cluster.close()
          const point = `${name} at ${number} ${reached?.method} ${reached?.path}`
          const findings = await judge(aim, ended, expected)
          if (ended.ms > timeoutMs + 25_000) findings.push(`took ${ended.ms} ms`)
          const again = await run(aim, goal[scenario])
          if (again.finished.outcome !== 'deployed' && again.finished.outcome !== 'unchanged')
            findings.push(`the next run: ${JSON.stringify(again.finished.error)}`)
          else
            findings.push(
              ...(await judge(aim, { ...again, finished: { ...again.finished, outcome: 'deployed' } }, expected)).map(
                (text) => `after the next run ${text}`,
              ),
            )
          outcomes[`${name}: ${ended.finished.outcome}`] = (outcomes[`${name}: ${ended.finished.outcome}`] ?? 0) + 1
          if (findings.length > 0) {
            wrong.push(`${point} (${ended.finished.outcome}: ${ended.finished.error?.message ?? ''}): ${findings.join('; ')}`)
            if (all) console.log(`WRONG ${scenario} ${wrong.at(-1)}`)
          }
          await at.close(aim)
          if (all && ++done % 100 === 0) console.log(`${scenario}: ${done} of ${cases.length}, ${wrong.length} wrong`)
        }
      }
      await Promise.all(at.lanes.map(lane))
      if (all)
        console.log(
          `${scenario}: ${count} requests (${writes} writing), ${cases.length} cases, ${wrong.length} wrong; ${JSON.stringify(outcomes)}`,
        )
      expect(wrong).toEqual([])
    },
    3_600_000,
  )
})
