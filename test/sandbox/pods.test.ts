import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { type Client, clientOf, condition, pod, waiting } from './client.ts'

let sandbox: Sandbox
let client: Client
beforeAll(async () => {
  sandbox = await startSandbox()
  client = clientOf(sandbox)
})
afterAll(() => sandbox.stop())

const PODS = '/api/v1/namespaces/default/pods'
const run = async (object: any, done: (pod: any) => boolean): Promise<any> => {
  await client.apply(object)
  return client.until(PODS, object.metadata.name, done)
}
const events = async (name: string): Promise<{ type: string; reason: string; message: string }[]> =>
  (await client.get(`/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3D${name}`)).items
const phase = (wanted: string) => (object: any) => object?.status?.phase === wanted

describe.concurrent('simulated Pods', () => {
  test('a server runs, is ready and ends on TERM', async () => {
    const object = await run(pod('server', undefined, {}, {}, { image: 'nginx:1.27' }), (p) => condition(p, 'Ready')?.status === 'True')
    expect(object.status).toMatchObject({ phase: 'Running', podIP: expect.stringMatching(/^10\.244\./) })
    expect((await events('server')).map((e) => e.reason)).toEqual(
      expect.arrayContaining(['Scheduled', 'Pulling', 'Pulled', 'Created', 'Started']),
    )
    expect(await client.logs('server')).toContain('nginx:1.27 started')
    await client.send('DELETE', `${PODS}/server`)
    await client.until(PODS, 'server', (o) => o === undefined)
    expect((await client.send('GET', `${PODS}/server`)).status).toBe(404)
  })

  test('a script completes, or fails with its code', async () => {
    const good = await run(pod('good', 'echo one; echo two >&2', { restartPolicy: 'Never' }), phase('Succeeded'))
    expect(good.status.containerStatuses[0].state.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' })
    expect(await client.logs('good')).toBe('one\ntwo\n')
    const bad = await run(pod('bad', 'exit 7', { restartPolicy: 'Never' }), phase('Failed'))
    expect(bad.status.containerStatuses[0].state.terminated).toMatchObject({ exitCode: 7, reason: 'Error' })
  })

  test('a crash is restarted, then held back', async () => {
    const object = await run(pod('crash', 'echo run; exit 3'), (p) => waiting(p)?.reason === 'CrashLoopBackOff')
    const [status] = object.status.containerStatuses
    expect(status.restartCount).toBeGreaterThan(0)
    expect(status.lastState.terminated).toMatchObject({ exitCode: 3, reason: 'Error' })
    expect(waiting(object).message).toBe(`back-off 1s restarting failed container=main pod=crash_default(${object.metadata.uid})`)
    expect(await client.logs('crash', 'previous=true')).toBe('run\n')
    expect((await events('crash')).find((e) => e.reason === 'BackOff')?.message).toBe(
      `Back-off restarting failed container main in pod crash_default(${object.metadata.uid})`,
    )
  })

  test('an image that is not there', async () => {
    const object = await run(
      pod('image', undefined, {}, {}, { image: 'registry.invalid/x:1' }),
      (p) => waiting(p)?.reason === 'ImagePullBackOff',
    )
    expect(waiting(object).message).toMatch(/^Back-off pulling image "registry.invalid\/x:1": ErrImagePull: /)
    const name = await run(pod('image-name', undefined, {}, {}, { image: 'Not/Valid:1' }), (p) => waiting(p)?.reason === 'InvalidImageName')
    expect(waiting(name).message).toContain("couldn't parse image name")
  })

  test('a key that is missing, until it is there', async () => {
    const env = [{ name: 'A', valueFrom: { secretKeyRef: { name: 'late', key: 'a' } } }]
    const before = await run(pod('key', 'echo "$A"; sleep 60', {}, {}, { env }), (p) => waiting(p)?.reason === 'CreateContainerConfigError')
    expect(waiting(before).message).toBe('secret "late" not found')
    await client.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'late' }, stringData: { b: '1' } })
    const key = await client.until(PODS, 'key', (p) => /key a/.test(waiting(p)?.message ?? ''))
    expect(waiting(key).message).toBe("couldn't find key a in Secret default/late")
    await client.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'late' }, stringData: { a: 'found' } })
    await client.until(PODS, 'key', phase('Running'))
    expect(await client.logs('key')).toBe('found\n')
  })

  test('a volume that is missing, until it is there', async () => {
    const spec = { volumes: [{ name: 'v', configMap: { name: 'late-volume' } }] }
    await client.apply(pod('volume', 'cat /v/k; sleep 60', spec, {}, { volumeMounts: [{ name: 'v', mountPath: '/v' }] }))
    const event = await client.until('/api/v1/namespaces/default/events', undefined, (e) => e?.reason === 'FailedMount')
    expect(event.message).toBe('MountVolume.SetUp failed for volume "v" : configmap "late-volume" not found')
    await client.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'late-volume' }, data: { k: 'text\n' } })
    await client.until(PODS, 'volume', phase('Running'))
    expect(await client.logs('volume')).toBe('text\n')
  })

  test('no node that fits', async () => {
    const object = await run(
      pod('nowhere', undefined, { nodeSelector: { disk: 'ssd' } }),
      (p) => condition(p, 'PodScheduled')?.reason === 'Unschedulable',
    )
    expect(condition(object, 'PodScheduled').message).toBe(
      "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
    )
    const big = { resources: { requests: { cpu: '1000' } } }
    const cpu = await run(pod('big', undefined, {}, {}, big), (p) => condition(p, 'PodScheduled')?.reason === 'Unschedulable')
    expect(condition(cpu, 'PodScheduled').message).toContain('0/1 nodes are available: 1 Insufficient cpu.')
  })

  test('init containers in order, sidecars beside', async () => {
    const initContainers = [
      {
        name: 'first',
        image: 'busybox',
        command: ['sh', '-c', 'echo made > /shared/file'],
        volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
      },
      { name: 'side', image: 'busybox', restartPolicy: 'Always', command: ['sleep', 'infinity'] },
    ]
    const spec = { initContainers, volumes: [{ name: 'shared', emptyDir: {} }], restartPolicy: 'Never' }
    const object = await run(
      pod('inits', 'cat /shared/file', spec, {}, { volumeMounts: [{ name: 'shared', mountPath: '/shared' }] }),
      phase('Succeeded'),
    )
    expect(object.status.initContainerStatuses[0].state.terminated.exitCode).toBe(0)
    expect(await client.logs('inits', 'container=main')).toBe('made\n')
    const failed = await run(
      pod('init-fails', 'true', { restartPolicy: 'Never', initContainers: [{ name: 'i', image: 'busybox', command: ['false'] }] }),
      phase('Failed'),
    )
    expect(condition(failed, 'Initialized')).toMatchObject({ status: 'False', reason: 'ContainersNotInitialized' })
  })

  test('probes', async () => {
    const readinessProbe = { exec: { command: ['test', '-f', '/tmp/ready'] }, periodSeconds: 1 }
    await client.apply(pod('ready', 'sleep 1; touch /tmp/ready; sleep 60', {}, {}, { readinessProbe }))
    const before = await client.until(PODS, 'ready', phase('Running'))
    expect(condition(before, 'Ready').status).toBe('False')
    await client.until(PODS, 'ready', (p) => condition(p, 'Ready')?.status === 'True')
    const livenessProbe = { exec: { command: ['sh', '-c', 'echo not well; exit 1'] }, periodSeconds: 1, failureThreshold: 1 }
    const restarted = await run(
      pod('alive', 'sleep 60', {}, {}, { livenessProbe }),
      (p) => p?.status?.containerStatuses?.[0]?.restartCount > 0,
    )
    expect(restarted.status.containerStatuses[0].lastState.terminated.exitCode).toBe(137)
    expect((await events('alive')).map((e) => e.message)).toEqual(
      expect.arrayContaining(['Liveness probe failed: not well\n', 'Container main failed liveness probe, will be restarted']),
    )
    await client.apply(pod('http', 'sleep 60', {}, {}, { readinessProbe: { httpGet: { port: 80 }, periodSeconds: 1 } }))
    const refused = await client.until(
      '/api/v1/namespaces/default/events',
      undefined,
      (e) => e?.involvedObject?.name === 'http' && e.reason === 'Unhealthy',
    )
    expect(refused.message).toMatch(/^Readiness probe failed: Get "http:.*connection refused$/)
  })

  test('what annotations force', async () => {
    const annotated = (name: string, annotations: Record<string, string>): any =>
      pod(
        name,
        undefined,
        {},
        { annotations: Object.fromEntries(Object.entries(annotations).map(([k, v]) => [`sandbox.converge.dev/${k}`, v])) },
        { image: 'server:1' },
      )
    const oom = await run(annotated('oom', { fail: 'oom' }), (p) => waiting(p)?.reason === 'CrashLoopBackOff')
    expect(oom.status.containerStatuses[0].lastState.terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' })
    const evicted = await run(annotated('evicted', { fail: 'evict' }), phase('Failed'))
    expect(evicted.status.reason).toBe('Evicted')
    const flaky = await run(
      annotated('flaky', { fail: 'crash', 'fail-times': '1' }),
      (p) => p?.status?.containerStatuses?.[0]?.restartCount === 1 && condition(p, 'Ready')?.status === 'True',
    )
    expect(flaky.status.containerStatuses[0].lastState.terminated.exitCode).toBe(1)
  })

  test('what takes all memory is killed for it', async () => {
    const object = await run(
      pod('greedy', 'echo eating; tail /dev/zero', { restartPolicy: 'Never' }, {}, { resources: { limits: { memory: '24Mi' } } }),
      phase('Failed'),
    )
    expect(object.status.containerStatuses[0].state.terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' })
  })

  test('deletion waits for the grace period, or for the trap', async () => {
    await run(pod('deaf', 'sleep 60', { terminationGracePeriodSeconds: 2 }), phase('Running'))
    const marked = await client.send('DELETE', `${PODS}/deaf`)
    expect(marked.body.metadata).toMatchObject({ deletionGracePeriodSeconds: 2, deletionTimestamp: expect.any(String) })
    await client.until(PODS, 'deaf', (p) => p?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode === 137)
    await run(pod('polite', 'trap "echo bye; exit 0" TERM; sleep 60 & wait', { terminationGracePeriodSeconds: 600 }), phase('Running'))
    const follow = await fetch(`${sandbox.url}${PODS}/polite/log?follow=true`)
    await client.send('DELETE', `${PODS}/polite`)
    expect(await follow.text()).toBe('bye\n')
  })

  test('logs by line, time, bytes and container', async () => {
    await run(pod('lines', 'for i in $(seq 5); do echo line $i; sleep 0.05; done', { restartPolicy: 'Never' }), phase('Succeeded'))
    expect(await client.logs('lines', 'tailLines=2')).toBe('line 4\nline 5\n')
    expect(await client.logs('lines', 'limitBytes=9')).toBe('line 1\nli')
    const stamped = (await client.logs('lines', 'timestamps=true')).trim().split('\n')
    expect(stamped[2]).toMatch(/^\d{4}-\d\d-\d\dT[\d:]+\.\d{9}Z line 3$/)
    expect(await client.logs('lines', `sinceTime=${stamped[3]!.split(' ')[0]}`)).toBe('line 4\nline 5\n')
    expect(await client.logs('lines', 'sinceSeconds=600')).toContain('line 1\n')
    expect(JSON.parse(await client.logs('lines', 'container=other')).message).toBe('container other is not valid for pod lines')
    expect(JSON.parse(await client.logs('lines', 'previous=true')).message).toBe(
      'previous terminated container "main" in pod "lines" not found',
    )
  })
})
