import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cluster } from '../../src/cluster/cluster.ts'
import { connect } from '../../src/cluster/connection.ts'
import type { KubeObject } from '../../src/resource.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { waitAbsent } from '../../src/tracker/absence.ts'
import { diagnose } from '../../src/tracker/diagnose.ts'
import { startTracking, type TrackEvent, trackHook } from '../../src/tracker/track.ts'
import { type FaultProxy, startFaultProxy } from '../fault-proxy.ts'

/** The cluster that `CONVERGE_TEST_CLUSTER` names, or a sandbox. */
const real = process.env.CONVERGE_TEST_CLUSTER
const placement = real
  ? { nodeSelector: { 'converge.test/node': 'real' }, tolerations: [{ key: 'converge.test/node', operator: 'Exists' }] }
  : {}

let kubeconfig: string
let cluster: Cluster
let namespace: string
let directory: string
const ends: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'converge-tracker-'))
  kubeconfig = real ?? path.join(directory, 'kubeconfig')
  if (!real) {
    const sandbox = await startSandbox()
    ends.push(sandbox.stop)
    await writeFile(kubeconfig, sandbox.kubeconfig())
  }
  cluster = await connect({ kubeconfig })
  ends.push(() => cluster.close())
  namespace = `tracker-test-${Math.random().toString(36).slice(2, 8)}`
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
  await cluster.create(object)
  ends.push(() => cluster.delete({ ...object, name: namespace }))
})
afterAll(async () => {
  for (const end of ends.reverse()) await end()
  await rm(directory, { recursive: true, force: true })
})

interface Fields {
  script: string
  pod?: object
  spec?: object
  annotations?: Record<string, string>
}

const container = (script: string) => ({ name: 'main', image: 'converge.test/busybox:1', command: ['sh', '-c', script] })
const podSpec = ({ script, pod }: Fields) => ({ ...placement, terminationGracePeriodSeconds: 1, containers: [container(script)], ...pod })
const deployment = (name: string, fields: Fields): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace, annotations: fields.annotations },
  spec: {
    selector: { matchLabels: { app: name } },
    ...fields.spec,
    template: { metadata: { labels: { app: name } }, spec: podSpec(fields) },
  },
})
const job = (name: string, fields: Fields): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, namespace, annotations: fields.annotations },
  spec: { ...fields.spec, template: { spec: podSpec({ ...fields, pod: { restartPolicy: 'Never', ...fields.pod } }) } },
})

/** Applies objects after tracking has begun, and gives all that was told until its end. */
async function track(objects: KubeObject[], options: { over?: Cluster; hook?: boolean; logs?: boolean } = {}) {
  const over = options.over ?? cluster
  const common = { cluster: over, signal: AbortSignal.timeout(60_000), namespace, logs: options.logs }
  const tracking = options.hook ? trackHook({ ...common, object: objects[0]! }) : startTracking(common)
  if (!options.hook) tracking.expect(objects)
  const events: TrackEvent[] = []
  const read = (async () => {
    for await (const event of tracking.events) events.push(event)
  })()
  for (const object of objects) tracking.applied(await cluster.apply(object))
  const result = await tracking.done
  await read
  const lines = events.flatMap((event) => (event.type === 'log' ? [event.line] : []))
  return { result, events, lines, warnings: events.flatMap((event) => (event.type === 'warning' ? [event.message] : [])) }
}

const up = 'trap "exit 0" TERM; sleep 3600 & wait'

describe('tracking a cluster', () => {
  it('resources of several kinds until all are ready, with their logs', { timeout: 60_000 }, async () => {
    const config: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace }, data: {} }
    const service: KubeObject = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace }, spec: { ports: [{ port: 80 }] } }
    const { result, lines, events, warnings } = await track([
      config,
      service,
      deployment('web', { script: `echo web is up; ${up}`, spec: { replicas: 2 } }),
      job('import', { script: 'echo one; echo two; echo three' }),
    ])
    expect(result.outcome).toBe('ready')
    expect(result.ready.map(({ ref, reason }) => `${ref.kind}/${ref.name} ${reason}`)).toEqual([
      'ConfigMap/settings ready',
      'Service/web ready',
      'Deployment/web ready',
      'Job/import complete',
    ])
    expect(lines).toContain('web is up')
    expect(lines.filter((line) => ['one', 'two', 'three'].includes(line))).toEqual(['one', 'two', 'three'])
    expect(warnings).toEqual([])
    // The last of each resource is what the result says.
    const last = new Map(events.flatMap((event) => (event.type === 'status' ? [[event.status.ref.name, event.status.state] as const] : [])))
    expect([...last.values()]).toEqual(Array(3).fill('ready'))
  })

  it('a crash fails at once and is diagnosed, while another resource starts', { timeout: 60_000 }, async () => {
    const slow = { initContainers: [{ ...container('sleep 30'), name: 'wait' }] }
    const { result } = await track([
      deployment('slow', { script: up, pod: slow }),
      deployment('crash', { script: 'echo REDIS_URL is not set; exit 7' }),
    ])
    expect(result.outcome).toBe('failed')
    expect(result.pending.map(({ status }) => status.ref.name)).toEqual(['slow'])
    const diagnosis = await diagnose(cluster, result.failed[0]!, {
      signal: AbortSignal.timeout(10_000),
      previous: deployment('crash', { script: up, pod: { containers: [{ name: 'main', image: 'shop:1' }] } }),
    })
    expect(diagnosis).toMatchObject({
      ref: { kind: 'Deployment', name: 'crash' },
      summary: 'container main exits with code 7 right after its start',
      chain: ['Deployment/crash', expect.stringMatching(/^ReplicaSet /), expect.stringMatching(/^Pod \w{5}$/), 'container main'],
      facts: [
        { label: 'image', text: 'converge.test/busybox:1  (the last good revision had shop:1)' },
        { label: 'exit', text: expect.stringMatching(/^code 7 \(Error\)/) },
      ],
      logs: { container: 'main', lines: expect.arrayContaining(['REDIS_URL is not set']) },
    })
  })

  it('a Job that fails twice and then succeeds, with the logs of every try', { timeout: 60_000 }, async () => {
    const script = 'echo x >> /state/tries; n=$(wc -l < /state/tries); echo try $n; [ $n -ge 3 ]'
    const volumes = { volumes: [{ name: 'state', emptyDir: {} }], restartPolicy: 'OnFailure' }
    const main = { ...container(script), volumeMounts: [{ name: 'state', mountPath: '/state' }] }
    const { result, lines } = await track([job('flaky', { script, pod: { ...volumes, containers: [main] }, spec: { backoffLimit: 4 } })])
    expect(result.outcome).toBe('ready')
    expect([...lines].sort()).toEqual(['try 1', 'try 2', 'try 3'])
  })

  it('a hook that fails keeps its reason and its last lines', { timeout: 60_000 }, async () => {
    const { result, lines } = await track([job('migrate', { script: 'echo locked table; exit 6', spec: { backoffLimit: 0 } })], {
      hook: true,
    })
    expect(result.outcome).toBe('failed')
    expect(lines).toEqual(['locked table'])
    expect(result.failed[0]!.tails).toMatchObject([{ container: 'main', lines: ['locked table'] }])
    const { summary } = await diagnose(cluster, result.failed[0]!, { signal: AbortSignal.timeout(10_000) })
    expect(summary).toMatch(/^container main exits with code 6 .* gave up after one try \(BackoffLimitExceeded\)/)
  })

  it('shows only the logs that the annotations ask for', { timeout: 60_000 }, async () => {
    const annotations = { 'werf.io/log-regex-skip': '^debug', 'werf.io/skip-logs-for-containers': 'noise' }
    const containers = [container('echo debug 1; echo kept; echo debug 2'), { ...container('echo noise'), name: 'noise' }]
    const { lines } = await track([job('filtered', { script: '', annotations, pod: { containers } })])
    expect(lines).toEqual(['kept'])
    expect((await track([job('silent', { script: 'echo x', annotations: { 'werf.io/skip-logs': 'true' } })])).lines).toEqual([])
    expect((await track([job('quiet', { script: 'echo x' })], { logs: false })).lines).toEqual([])
  })

  it('the signal ends it with what is known', { timeout: 60_000 }, async () => {
    const controller = new AbortController()
    const tracking = startTracking({ cluster, signal: controller.signal, namespace })
    tracking.expect([deployment('never', { script: up })])
    controller.abort()
    expect(await tracking.done).toMatchObject({ outcome: 'pending', pending: [{ status: { state: 'waiting' } }] })
    for await (const _ of tracking.events) break
  })

  describe('where not all may be read', () => {
    let proxy: FaultProxy
    let restricted: Cluster
    beforeAll(async () => {
      proxy = await startFaultProxy({ kubeconfig })
      const file = path.join(directory, 'restricted')
      await writeFile(file, proxy.kubeconfig)
      restricted = await connect({ kubeconfig: file })
      ends.push(
        () => restricted.close(),
        () => proxy.close(),
      )
    })
    const forbid = (pattern: RegExp) =>
      proxy.setFault(({ path }) =>
        pattern.test(path)
          ? {
              status: 403,
              body: JSON.stringify({
                kind: 'Status',
                code: 403,
                reason: 'Forbidden',
                message: `forbidden: User "x" cannot read ${path.split('?')[0]}`,
              }),
            }
          : undefined,
      )

    it('without events, logs and Pods the counts decide, and it is said', { timeout: 60_000 }, async () => {
      forbid(/\/(events|pods)(\?|$|\/.*\/log)/)
      const { result, lines, warnings } = await track([deployment('blind', { script: `echo up; ${up}` })], { over: restricted })
      expect(result.outcome).toBe('ready')
      expect(lines).toEqual([])
      expect(warnings.map((text) => text.split(':')[0])).toEqual(
        expect.arrayContaining([`Pods in namespace ${namespace} cannot be watched`, `events in namespace ${namespace} cannot be watched`]),
      )
    })

    it('without logs', { timeout: 60_000 }, async () => {
      forbid(/\/log\?/)
      const { result, warnings } = await track([job('mute', { script: 'echo x' })], { over: restricted })
      expect(result.outcome).toBe('ready')
      expect(warnings).toEqual([expect.stringMatching(/^logs of Pods cannot be read/)])
    })

    it('what can only be asked for by name is asked for', { timeout: 60_000 }, async () => {
      forbid(/\/deployments\?/)
      const { result, warnings } = await track([deployment('asked', { script: up })], { over: restricted })
      expect(result.outcome).toBe('ready')
      expect(warnings).toEqual([expect.stringMatching(/^Deployments .* cannot be watched: .*Deployment\/asked is asked for by name/)])
    })

    it('a probe that fails is seen without events', { timeout: 60_000 }, async () => {
      forbid(/\/events/)
      const readinessProbe = { exec: { command: ['sh', '-c', 'echo no; exit 1'] }, periodSeconds: 1 }
      const pod = { containers: [{ ...container(up), readinessProbe }] }
      const annotations = { 'werf.io/ignore-readiness-probe-fails-for-main': '2s' }
      const { result } = await track([deployment('unprobed', { script: up, pod, annotations })], { over: restricted })
      expect(result.failed).toMatchObject([
        { status: { reason: 'Unhealthy' }, incidents: [{ message: expect.stringMatching(/not known/) }] },
      ])
    })

    it('what can neither be watched nor asked for has not succeeded', { timeout: 60_000 }, async () => {
      forbid(/\/deployments/)
      const { result } = await track([deployment('unseen', { script: up })], { over: restricted })
      expect(result.failed).toMatchObject([
        { status: { reason: 'Unknown' }, incidents: [{ message: expect.stringMatching(/can neither be watched nor asked for/) }] },
      ])
    })

    it('streams that are cut lose nothing and repeat nothing', { timeout: 60_000 }, async () => {
      proxy.setFault(undefined)
      const cutter = setInterval(() => proxy.cut('streams'), 300)
      try {
        const script = 'for i in 1 2 3 4 5 6 7 8 9 10; do echo line $i; sleep 0.2; done'
        const { result, lines } = await track([job('cut', { script })], { over: restricted })
        expect(result.outcome).toBe('ready')
        expect(lines).toEqual(Array.from({ length: 10 }, (_, index) => `line ${index + 1}`))
      } finally {
        clearInterval(cutter)
      }
    })
  })
})

describe('waiting for absence', () => {
  const config = (name: string, finalizers?: string[]): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, finalizers },
  })
  const options = () => ({ signal: AbortSignal.timeout(60_000) })

  it('of what is gone, what goes, and what is of a kind that is not served', async () => {
    const gone = { apiVersion: 'v1', kind: 'ConfigMap', name: 'never-was', namespace }
    const going = await cluster.create(config('going'))
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', name: 'going', namespace, uid: going.metadata.uid }
    const waiting = waitAbsent(cluster, [gone, ref, { apiVersion: 'example.org/v1', kind: 'Thing', name: 'x', namespace }], options())
    await cluster.delete(ref)
    expect(await waiting).toEqual([])
  })

  it('names the finalizer that holds it', async () => {
    await cluster.create(config('held', ['example.org/cleanup']))
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', name: 'held', namespace }
    await cluster.delete(ref)
    expect(await waitAbsent(cluster, [ref], { ...options(), timeoutMs: 2_000 })).toEqual([
      { ref, reason: 'it waits for its finalizer example.org/cleanup' },
    ])
    await cluster.mergePatch(ref, { metadata: { finalizers: null } })
    expect(await waitAbsent(cluster, [ref], options())).toEqual([])
  })
})
