import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { targets, useNamespace } from '../cluster-access/namespace.ts'
import { program } from '../e2e/process.ts'
import { type Fault, type FaultProxy, type ProxiedRequest, startFaultProxy } from '../fault-proxy.ts'
import { helmBinary } from '../oracle/helm.ts'

const chart = fileURLToPath(new URL('./goldens/killed', import.meta.url))

// A chart of ConfigMaps, Secrets, ServiceAccounts, a Service and hooks: version 2 changes, adds and removes some.
describe.each(targets)('a deploy on the %s', (target) => {
  const test = useNamespace(target)
  let proxy: FaultProxy
  let directory: string
  let helm: string | undefined

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'converge-killed-'))
    proxy = await startFaultProxy({ kubeconfig: test.kubeconfig, context: 'test' })
    await writeFile(join(directory, 'proxied'), proxy.kubeconfig, { mode: 0o600 })
    helm = await helmBinary()
  })
  afterAll(async () => {
    await proxy?.close()
    await rm(directory, { recursive: true, force: true })
  })

  interface Ended {
    status: number | NodeJS.Signals
    output: string
  }

  function deploy(
    release: string,
    version: string,
    options: { proxied?: boolean; onStart?: (kill: () => void) => void } = {},
  ): Promise<Ended> {
    const kubeconfig = options.proxied ? join(directory, 'proxied') : test.kubeconfig
    const flags = [
      '--release',
      release,
      '-n',
      test.name,
      '--kube-context',
      'test',
      '--timeout',
      '40s',
      '--set-string',
      `version=${version}`,
    ]
    return new Promise((resolve) => {
      const env = { PATH: process.env.PATH, HOME: directory, KUBECONFIG: kubeconfig }
      const child = spawn(process.execPath, [program, chart, ...flags], { env, stdio: ['ignore', 'pipe', 'pipe'] })
      let output = ''
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
      options.onStart?.(() => child.kill('SIGKILL'))
      child.on('close', (code, signal) => resolve({ status: signal ?? code ?? -1, output }))
    })
  }

  /** Everything in the namespace that is not the cluster's own and no record of a release, with its data. */
  async function inventory(): Promise<string[]> {
    const kinds = ['ConfigMap', 'Secret', 'ServiceAccount', 'Service']
    const lists = await Promise.all(kinds.map((kind) => test.cluster.list('v1', kind, test.name)))
    return lists
      .flatMap(({ items }) => items)
      .filter(({ metadata, type }) => type !== 'helm.sh/release.v1' && metadata.name !== 'kube-root-ca.crt' && metadata.name !== 'default')
      .map(({ kind, metadata, data }) => `${kind}/${metadata.name} ${JSON.stringify(data ?? {})}`)
      .sort()
  }

  async function history(release: string): Promise<string[]> {
    if (!helm) return []
    const flags = ['-n', test.name, '--kubeconfig', test.kubeconfig, '--kube-context', 'test', '-o', 'json']
    const { stdout } = await promisify(execFile)(helm, ['history', release, ...flags], { env: { ...process.env, HOME: directory } })
    return JSON.parse(stdout).map(({ status }: { status: string }) => status)
  }

  async function clear(): Promise<void> {
    const kinds = ['ConfigMap', 'Secret', 'ServiceAccount', 'Service', 'Lease']
    const lists = await Promise.all(
      kinds.map((kind) => test.cluster.list(kind === 'Lease' ? 'coordination.k8s.io/v1' : 'v1', kind, test.name)),
    )
    await Promise.all(
      lists
        .flatMap(({ items }) => items)
        .filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt' && metadata.name !== 'default')
        .map(({ apiVersion, kind, metadata }) => test.cluster.delete({ apiVersion, kind, name: metadata.name, namespace: test.name })),
    )
  }

  it.each(['before', 'after'] as const)(
    'that is killed %s any of its writes is put right by the next',
    async (when) => {
      let points = 0
      for (let cut = 1; ; cut++) {
        await clear()
        expect(await deploy('r', '1')).toEqual({ status: 0, output: expect.any(String) })
        const base = await inventory()
        let kill = () => {}
        let reached: ProxiedRequest | undefined
        proxy.reset()
        proxy.setFault((request): Fault | undefined => {
          if (reached || request.write !== cut) return undefined
          reached = request
          if (when === 'before') kill()
          return when === 'before' ? { cut: 'before' } : { hang: true, after: true, done: () => kill() }
        })
        const killed = await deploy('r', '2', { proxied: true, onStart: (stop) => (kill = stop) })
        proxy.setFault(undefined)
        if (!reached) {
          expect(killed).toEqual({ status: 0, output: expect.any(String) })
          break
        }
        points++
        const point = `${when} ${reached.method} ${reached.path}`
        expect.soft(killed.status, point).toBe('SIGKILL')
        const next = await deploy('r', '1')
        expect.soft(next.status, `${point}\n${next.output}`).toBe(0)
        expect.soft(await inventory(), point).toEqual(base)
        const statuses = await history('r')
        expect.soft(statuses.filter((status) => status === 'deployed').length, `${point}: ${statuses}`).toBe(helm ? 1 : 0)
        expect
          .soft(
            statuses.filter((status) => status.startsWith('pending')),
            point,
          )
          .toEqual([])
      }
      expect(points).toBeGreaterThan(12)
    },
    600_000,
  )

  const faults: [string, Fault][] = [
    ['a cut before', { cut: 'before' }],
    ['a cut after', { cut: 'after' }],
    ['a cut within the answer', { cut: 'within' }],
    ['503', { status: 503 }],
    ['429', { status: 429, headers: { 'retry-after': '0.1' } }],
    ['garbage', { status: 200, body: '<html>' }],
    [
      '500 after the fact',
      {
        status: 500,
        after: true,
        body: '{"kind":"Status","status":"Failure","reason":"InternalError","message":"etcdserver: request timed out","code":500}',
      },
    ],
  ]

  it('goes on after a fault at any of its requests', async () => {
    await clear()
    expect(await deploy('r', '2')).toEqual({ status: 0, output: expect.any(String) })
    const wanted = await inventory()
    let version = '2'
    for (let number = 1; ; number++) {
      const [name, fault] = faults[number % faults.length]!
      if (version === '2') expect(await deploy('r', '1')).toEqual({ status: 0, output: expect.any(String) })
      let reached: ProxiedRequest | undefined
      proxy.reset()
      proxy.setFault((request) => {
        if (request.number !== number) return undefined
        reached = request
        return fault
      })
      const run = await deploy('r', '2', { proxied: true })
      proxy.setFault(undefined)
      if (!reached) break
      const point = `${name} at ${reached.method} ${reached.path}`
      expect.soft(run.status, `${point}\n${run.output}`).toBe(0)
      expect.soft(await inventory(), point).toEqual(wanted)
      version = run.status === 0 ? '2' : '1'
    }
  }, 600_000)
})
