import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { dismiss } from '../../src/pipeline/dismiss.ts'
import { targets, useNamespace } from '../cluster-access/namespace.ts'
import { PATH, program } from '../e2e/process.ts'
import type { Fault, ProxiedRequest } from '../fault-proxy.ts'
import { helmBinary } from '../oracle/helm.ts'
import { type Lane, useFaultLanes } from '../pipeline/fault-lanes.ts'
import { chart, compare, inventory, run, statuses, type Target } from '../pipeline/faults.ts'

/** `all`: every scenario at every request. Else the upgrade at every writing one, and each other at a few. */
const all = process.env.CONVERGE_KILL_MATRIX === 'all'
const lanesAtOnce = Number(process.env.CONVERGE_KILL_LANES ?? 3)

interface Scenario {
  /** Versions that are deployed before. */
  before: string[]
  /** What the process that is killed does. */
  args: string[]
  /** The server refuses this, so that the run fails and cleans up. */
  refused?: RegExp
  /** The version that the next run deploys, or that it dismisses the release. */
  next: string
  /** A run before, which is killed when it asks for this. */
  killedAt?: RegExp
}

const deploy = (version: string) => [chart, '--set-string', `version=${version}`]
const refused = /PATCH .*\/services\/new\?(?!.*dryRun)/

const scenarios: Record<string, Scenario> = {
  'an upgrade': { before: ['1'], args: deploy('2'), next: '1' },
  'an install': { before: [], args: deploy('2'), next: '2' },
  'a rollback': { before: ['1', '2'], args: ['rollback', '1'], next: '2' },
  'a dismissal': { before: ['1', '2'], args: ['dismiss'], next: 'dismiss' },
  'an upgrade that fails': { before: ['1'], args: deploy('2'), refused, next: '1' },
  'an upgrade that fails and goes back': { before: ['1'], args: [...deploy('2'), '--on-failure', 'rollback'], refused, next: '1' },
  'a run that cleans up after one that was killed': {
    before: ['1'],
    args: deploy('1'),
    killedAt: /PUT .*secrets\/sh\.helm\.release\.v1\.r\.v2/,
    next: '2',
  },
}

describe.each(targets)('a run that is killed on the %s', (target) => {
  const test = useNamespace(target, { speed: 50 })
  const at = useFaultLanes(test, lanesAtOnce)
  let helm: string | undefined
  beforeAll(async () => {
    helm = await helmBinary()
  })

  /** A process of converge. */
  function start(args: readonly string[], namespace: string, kubeconfig: string): { kill(): void; ended: Promise<Ended> } {
    const flags = ['--release', 'r', '-n', namespace, '--kube-context', 'test', '--timeout', '60s']
    const settle = args[0] === 'dismiss' ? [] : ['--settle', '0s']
    const env = { PATH, HOME: at.directory, KUBECONFIG: kubeconfig }
    const child = spawn(program, [...args, ...flags, ...settle], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
    return {
      kill: () => child.kill('SIGKILL'),
      ended: new Promise((resolve) => child.on('close', (code, signal) => resolve({ status: signal ?? code ?? -1, output }))),
    }
  }

  /** Runs until a request for which `isDue` holds, and kills it before the server sees that, or once it has answered. */
  async function killAt(
    { proxy, kubeconfig }: Lane,
    args: readonly string[],
    namespace: string,
    when: 'before' | 'after',
    isDue: (request: ProxiedRequest) => boolean,
    refused?: RegExp,
  ): Promise<{ reached?: ProxiedRequest; ended: Ended }> {
    let reached: ProxiedRequest | undefined
    let kill = () => {}
    proxy.reset()
    proxy.setFault((request): Fault | undefined => {
      if (!reached && isDue(request)) {
        reached = request
        if (when === 'before') kill()
        return when === 'before' ? { cut: 'before' } : { hang: true, after: true, done: () => kill() }
      }
      if (refused?.test(`${request.method} ${request.path}`)) return { status: 422, body: invalid }
      return undefined
    })
    const child = start(args, namespace, kubeconfig)
    kill = child.kill
    const ended = await child.ended
    proxy.setFault(undefined)
    return { reached, ended }
  }

  async function prepare(versions: readonly string[]): Promise<Target> {
    const aim = await at.open()
    for (const version of versions) expect((await run(aim, version)).finished).toMatchObject({ outcome: 'deployed' })
    return aim
  }

  async function history({ namespace }: Target): Promise<string[]> {
    if (!helm) return statuses({ cluster: test.cluster, namespace })
    const flags = ['-n', namespace, '--kubeconfig', test.kubeconfig, '--kube-context', 'test', '-o', 'json']
    const { stdout } = await promisify(execFile)(helm, ['history', 'r', ...flags], { env: { ...process.env, HOME: at.directory } })
    return JSON.parse(stdout).map(({ status }: { status: string }) => status)
  }

  /** What the next run leaves of the state that a killed one has left. */
  async function mend(aim: Target, next: string, wanted: Map<string, string>): Promise<string[]> {
    const wrong: string[] = []
    if (next === 'dismiss') {
      let finished: unknown
      const options = { cluster: aim.cluster, release: 'r', namespace: aim.namespace, ignoreNotFound: true }
      for await (const event of dismiss(options)) finished = event
      expect.soft(finished).toMatchObject({ outcome: 'dismissed' })
      compare(await inventory(aim), new Map(), wrong)
      return [...wrong, ...(await statuses(aim))]
    }
    const { finished } = await run(aim, next)
    if (finished.outcome !== 'deployed' && finished.outcome !== 'unchanged') wrong.push(`the next run: ${JSON.stringify(finished.error)}`)
    compare(await inventory(aim), wanted, wrong)
    const found = await history(aim)
    if (found.filter((status) => status === 'deployed').length !== 1 || found.some((status) => status.startsWith('pending')))
      wrong.push(`history: ${found.join(', ')}`)
    const leases = await aim.cluster.list('coordination.k8s.io/v1', 'Lease', aim.namespace)
    // Where nothing is to be done nobody takes the lock: a dead run's Lease stays, and ends by itself.
    if (leases.items.length > 0 && finished.outcome === 'deployed') wrong.push('a Lease is left')
    return wrong
  }

  it.each(Object.keys(scenarios))(
    '%s is put right by the next',
    async (name) => {
      const scenario = scenarios[name]!
      const { before, args, next } = scenario
      const first = async (aim: Target, lane: Lane) => {
        if (!scenario.killedAt) return
        const isDue = ({ method, path }: ProxiedRequest) => scenario.killedAt!.test(`${method} ${path}`)
        const { ended } = await killAt(lane, deploy('2'), aim.namespace, 'before', isDue)
        expect(ended.status, ended.output).toBe('SIGKILL')
      }
      // Once to its end: what it asks for.
      const lane0 = at.lanes[0]!
      const clean = await prepare(before)
      await first(clean, lane0)
      await killAt(lane0, args, clean.namespace, 'before', () => false, scenario.refused)
      const asked = lane0.proxy.requests
      if (next !== 'dismiss') await run(clean, next)
      const wanted = await inventory(clean)
      await at.close(clean)

      const every = all ? 1 : name === 'an upgrade' ? 1 : 5
      // Reading comes in no fixed number: watches and logs open as Pods come. Writing does, so that a few cases count only that.
      const numberOf = ({ number, write }: ProxiedRequest) => (all ? number : write)
      const numbers = asked
        .filter(({ write }) => all || write > 0)
        .filter((_, index) => index % every === 0)
        .map(numberOf)
      const cases = numbers.flatMap((number) => (['before', 'after'] as const).map((when) => ({ number, when })))
      const wrong: string[] = []
      let taken = 0
      let killed = 0
      await Promise.all(
        at.lanes.map(async (lane) => {
          while (taken < cases.length) {
            const { number, when } = cases[taken++]!
            const aim = await prepare(before)
            await first(aim, lane)
            const { reached, ended } = await killAt(lane, args, aim.namespace, when, (item) => numberOf(item) === number, scenario.refused)
            if (ended.status === 'SIGKILL') killed++
            // A log that nobody writes has no answer to wait for: such a run may come to its end.
            else if (reached && !(reached.stream && ended.status === 0))
              wrong.push(`${when} ${reached.method} ${reached.path}: ended with ${ended.status}\n${ended.output}`)
            const findings = await mend(aim, next, wanted)
            if (findings.length > 0) wrong.push(`${when} ${number} ${reached?.method} ${reached?.path}: ${findings.join('; ')}`)
            if (all && findings.length > 0) console.log(`WRONG ${wrong.at(-1)}`)
            await at.close(aim)
          }
        }),
      )
      if (all) console.log(`${name} on the ${target}: ${asked.length} requests, ${killed} of ${cases.length} killed, ${wrong.length} wrong`)
      expect(wrong).toEqual([])
      expect(killed).toBeGreaterThan(cases.length * 0.8)
    },
    3_600_000,
  )
})

interface Ended {
  status: number | NodeJS.Signals
  output: string
}

const invalid = JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Invalid', message: 'no', code: 422 })
