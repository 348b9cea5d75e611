import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../../src/cluster/connection.ts'
import { targets, useNamespace } from '../cluster-access/namespace.ts'
import { type FaultProxy, type ProxiedRequest, startFaultProxy } from '../fault-proxy.ts'
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
  let directory: string
  const lanes: { proxy: FaultProxy; kubeconfig: string }[] = []
  const spaces: string[] = []

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'converge-faults-'))
    for (let lane = 0; lane < atOnce; lane++) {
      const proxy = await startFaultProxy({ kubeconfig: test.kubeconfig, context: 'test' })
      const kubeconfig = join(directory, `lane-${lane}`)
      await writeFile(kubeconfig, proxy.kubeconfig, { mode: 0o600 })
      lanes.push({ proxy, kubeconfig })
    }
  })
  afterAll(async () => {
    for (const { proxy } of lanes) await proxy.close()
    for (const name of spaces) await test.cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name })
    await rm(directory, { recursive: true, force: true })
  })

  const open = (kubeconfig: string) => connect({ kubeconfig, context: 'test', timeoutMs: 1_500, retryMs: 3_000, env: {} })

  let serial = 0
  async function ready(scenario: Scenario): Promise<Target> {
    const namespace = `${test.name}-${++serial}`
    spaces.push(namespace)
    const aim = { cluster: test.cluster, namespace }
    await prepare(aim, scenario)
    return aim
  }
  async function dispose({ namespace }: Target) {
    await test.cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace })
    spaces.splice(spaces.indexOf(namespace), 1)
  }

  it.each(scenarios)(
    '%s ends well, or undone',
    async (scenario) => {
      // Once without a fault: how many requests there are, and where it leads.
      const clean = await ready(scenario)
      const before = await inventory(clean)
      const statusesBefore = await statuses(clean)
      const { proxy, kubeconfig } = lanes[0]!
      const cluster = await open(kubeconfig)
      proxy.reset()
      const first = await play({ ...clean, cluster }, scenario)
      expect(first.finished).toMatchObject({ outcome: 'deployed' })
      await cluster.close()
      const expected: Expectation = { before, statusesBefore, after: await inventory(clean) }
      await dispose(clean)
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
      const lane = async ({ proxy, kubeconfig }: (typeof lanes)[number]) => {
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
          await dispose(aim)
          if (all && ++done % 100 === 0) console.log(`${scenario}: ${done} of ${cases.length}, ${wrong.length} wrong`)
        }
      }
      await Promise.all(lanes.map(lane))
      if (all)
        console.log(
          `${scenario}: ${count} requests (${writes} writing), ${cases.length} cases, ${wrong.length} wrong; ${JSON.stringify(outcomes)}`,
        )
      expect(wrong).toEqual([])
    },
    3_600_000,
  )
})
