import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dismiss } from '../../src/pipeline/dismiss.ts'
import { targets, useNamespace } from '../cluster-access/namespace.ts'
import { program } from '../e2e/process.ts'
import { type Fault, type FaultProxy, type ProxiedRequest, startFaultProxy } from '../fault-proxy.ts'
import { helmBinary } from '../oracle/helm.ts'
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
  let directory: string
  let helm: string | undefined
  const lanes: { proxy: FaultProxy; kubeconfig: string }[] = []
  const spaces = new Set<string>()

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'converge-killed-'))
    helm = await helmBinary()
    for (let lane = 0; lane < lanesAtOnce; lane++) {
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

  /** A process of converge. */
  function start(args: readonly string[], namespace: string, kubeconfig: string): { kill(): void; ended: Promise<Ended> } {
    const flags = ['--release', 'r', '-n', namespace, '--kube-context', 'test', '--timeout', '60s']
    const settle = args[0] === 'dismiss' ? [] : ['--settle', '0s']
    const env = { PATH: process.env.PATH, HOME: directory, KUBECONFIG: kubeconfig }
    const child = spawn(process.execPath, [program, ...args, ...flags, ...settle], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
    return {
      kill: () => child.kill('SIGKILL'),
      ended: new Promise((resolve) => child.on('close', (code, signal) => resolve({ status: signal ?? code ?? -1, output }))),
    }
  }

  /** Runs until a request for which `at` holds, and kills it before the server sees that, or once it has answered. */
  async function killAt(
    { proxy, kubeconfig }: (typeof lanes)[number],
    args: readonly string[],
    namespace: string,
    when: 'before' | 'after',
    at: (request: ProxiedRequest) => boolean,
    refused?: RegExp,
  ): Promise<{ reached?: ProxiedRequest; ended: Ended }> {
    let reached: ProxiedRequest | undefined
    let kill = () => {}
    proxy.reset()
    proxy.setFault((request): Fault | undefined => {
      if (!reached && at(request)) {
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

  let serial = 0
  async function prepare(versions: readonly string[]): Promise<Target> {
    const namespace = `${test.name}-${++serial}`
    spaces.add(namespace)
    await test.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    const aim = { cluster: test.cluster, namespace }
    for (const version of versions) expect((await run(aim, version)).finished).toMatchObject({ outcome: 'deployed' })
    return aim
  }
  async function remove({ namespace }: Target): Promise<void> {
    await test.cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace })
    spaces.delete(namespace)
  }

  async function history({ namespace }: Target): Promise<string[]> {
    if (!helm) return statuses({ cluster: test.cluster, namespace })
    const flags = ['-n', namespace, '--kubeconfig', test.kubeconfig, '--kube-context', 'test', '-o', 'json']
    const { stdout } = await promisify(execFile)(helm, ['history', 'r', ...flags], { env: { ...process.env, HOME: directory } })
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
      const first = async (aim: Target, lane: (typeof lanes)[number]) => {
        if (!scenario.killedAt) return
        const at = ({ method, path }: ProxiedRequest) => scenario.killedAt!.test(`${method} ${path}`)
        const { ended } = await killAt(lane, deploy('2'), aim.namespace, 'before', at)
        expect(ended.status, ended.output).toBe('SIGKILL')
      }
      // Once to its end: what it asks for.
      const clean = await prepare(before)
      await first(clean, lanes[0]!)
      await killAt(lanes[0]!, args, clean.namespace, 'before', () => false, scenario.refused)
      const asked = lanes[0]!.proxy.requests.map(({ number, write }) => ({ number, write }))
      if (next !== 'dismiss') await run(clean, next)
      const wanted = await inventory(clean)
      await remove(clean)

      const every = all ? 1 : name === 'an upgrade' ? 1 : 5
      const numbers = asked
        .filter(({ write }) => all || write > 0)
        .filter((_, index) => index % every === 0)
        .map(({ number }) => number)
      const cases = numbers.flatMap((number) => (['before', 'after'] as const).map((when) => ({ number, when })))
      const wrong: string[] = []
      let at = 0
      let killed = 0
      await Promise.all(
        lanes.map(async (lane) => {
          while (at < cases.length) {
            const { number, when } = cases[at++]!
            const aim = await prepare(before)
            await first(aim, lane)
            const { reached, ended } = await killAt(lane, args, aim.namespace, when, (item) => item.number === number, scenario.refused)
            if (ended.status === 'SIGKILL') killed++
            // A log that nobody writes has no answer to wait for: such a run may come to its end.
            else if (reached && !(reached.stream && ended.status === 0))
              wrong.push(`${when} ${reached.method} ${reached.path}: ended with ${ended.status}\n${ended.output}`)
            const findings = await mend(aim, next, wanted)
            if (findings.length > 0) wrong.push(`${when} ${number} ${reached?.method} ${reached?.path}: ${findings.join('; ')}`)
            if (all && findings.length > 0) console.log(`WRONG ${wrong.at(-1)}`)
            await remove(aim)
          }
        }),
      )
      if (all) console.log(`${name} on the ${target}: ${asked.length} requests, ${killed} of ${cases.length} killed, ${wrong.length} wrong`)
      expect(wrong).toEqual([])
      // Requests come in no fixed order, so that some numbers are reached by no request; of a few cases that can be many.
      expect(killed).toBeGreaterThanOrEqual(cases.length * (all ? 0.8 : 0.5))
    },
    3_600_000,
  )
})

interface Ended {
  status: number | NodeJS.Signals
  output: string
}

const invalid = JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Invalid', message: 'no', code: 422 })
