import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cluster } from '../../src/cluster/cluster.ts'
import { connect } from '../../src/cluster/connection.ts'
import { type FaultProxy, startFaultProxy } from '../fault-proxy.ts'
import { placement, targets, until, useNamespace } from './namespace.ts'

describe.each(targets)('on the %s', (target) => {
  const test = useNamespace(target)
  let proxy: FaultProxy
  let through: Cluster
  let directory: string

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'converge-proxy-'))
    proxy = await startFaultProxy({ kubeconfig: test.kubeconfig, context: 'test' })
    await writeFile(join(directory, 'config'), proxy.kubeconfig, { mode: 0o600 })
    through = await connect({ kubeconfig: join(directory, 'config') })
  })
  afterAll(async () => {
    await through?.close()
    await proxy?.close()
    await rm(directory, { recursive: true, force: true })
  })

  const map = (name: string, data: Record<string, string> = {}) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: test.name },
    data,
  })
  const ref = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', name, namespace: test.name })

  it('objects are created, read, applied, patched, replaced, listed and deleted', async () => {
    const { cluster } = test
    const created = await cluster.create(map('crud', { a: '1' }))
    expect(await cluster.apply(map('crud', { a: '2', b: '1' }))).toMatchObject({ data: { a: '2', b: '1' } })
    expect((await cluster.mergePatch(ref('crud'), { data: { a: null } })).data).toEqual({ b: '1' })
    expect((await cluster.apply(map('crud', { c: 'x' }), { dryRun: true })).data).toMatchObject({ c: 'x' })
    const live = (await cluster.get(ref('crud')))!
    expect(live.data).toEqual({ b: '1' })
    await expect(cluster.replace({ ...created, data: { z: '1' } })).rejects.toMatchObject({ code: 'ERR_KUBE_CONFLICT' })
    expect((await cluster.replace({ ...live, data: { z: '1' } })).data).toEqual({ z: '1' })
    expect((await cluster.list('v1', 'ConfigMap', test.name, { fieldSelector: 'metadata.name=crud' })).items).toHaveLength(1)
    expect(await cluster.delete(ref('crud'), { uid: '00000000-0000-0000-0000-000000000000' })).toBe(false)
    expect(await cluster.delete(ref('crud'), { uid: created.metadata.uid, dryRun: true })).toBe(true)
    expect(await cluster.delete(ref('crud'), { uid: created.metadata.uid })).toBe(true)
    expect(await cluster.get(ref('crud'))).toBeUndefined()
    expect(await cluster.delete(ref('crud'))).toBe(false)
  })

  it('what is wrong with an object is said by field', async () => {
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x', namespace: test.name }, spec: { replicas: -1 } }
    await expect(test.cluster.apply(deployment)).rejects.toMatchObject({
      code: 'ERR_KUBE_INVALID',
      causes: expect.arrayContaining([expect.objectContaining({ field: 'spec.replicas' })]),
    })
    const strict = test.cluster.apply({ ...map('x'), unknown: 1 }, { dryRun: true, fieldValidation: 'Strict' })
    await expect(strict).rejects.toMatchObject({
      code: expect.stringMatching(/_(INVALID|BAD_REQUEST)$/),
      message: expect.stringMatching(/unknown/),
    })
    const owners = async () => {
      await test.cluster.apply(map('owned', { a: '1' }), { fieldManager: 'someone' })
      await test.cluster.apply(map('owned', { a: '2' }), { force: false })
    }
    await expect(owners()).rejects.toMatchObject({
      code: 'ERR_KUBE_CONFLICT',
      causes: [expect.objectContaining({ reason: 'FieldManagerConflict', field: '.data.a' })],
    })
  })

  it('a namespaced object without a namespace is in that of the context', async () => {
    const kubeconfig = JSON.parse(proxy.kubeconfig)
    kubeconfig.contexts[0].context.namespace = test.name
    const path = join(directory, 'in-namespace')
    await writeFile(path, JSON.stringify(kubeconfig), { mode: 0o600 })
    const cluster = await connect({ kubeconfig: path })
    await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'homed' } })
    expect(await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', name: 'homed' })).toMatchObject({ metadata: { namespace: test.name } })
    await cluster.close()
  })

  it('every write is done once and told right, whichever answer of it is lost', async () => {
    for (const fault of [
      { cut: 'before' },
      { cut: 'after' },
      { cut: 'within' },
      { status: 503, after: true },
      { status: 429, headers: { 'retry-after': '0.1' } },
    ] as const) {
      proxy.reset()
      const name = `once-${JSON.stringify(fault).replace(/\W+/g, '-').toLowerCase().replace(/^-|-$/g, '')}`
      const failed = new Set<string>()
      proxy.setFault(({ method, path }) => {
        const key = `${method} ${path}`
        if (method === 'GET' || failed.has(key)) return undefined
        failed.add(key)
        return fault
      })
      const created = await through.create(map(name, { a: '1' }))
      expect(created.metadata.uid).toBeTruthy()
      expect((await through.apply(map(name, { a: '2' }))).data).toEqual({ a: '2' })
      const replaced = await through.replace({ ...(await through.get(ref(name)))!, data: { a: '3' } })
      expect(replaced).toMatchObject({ metadata: { uid: created.metadata.uid }, data: { a: '3' } })
      expect((await through.mergePatch(ref(name), { data: { a: '4' } })).data).toEqual({ a: '4' })
      expect(await through.delete(ref(name), { uid: created.metadata.uid })).toBe(true)
      expect(failed.size).toBe(5)
      proxy.setFault(undefined)
    }
  })

  it('a watch through cuts of everything tells every change', async () => {
    const stop = new AbortController()
    const seen = new Map<string, string>()
    const done = (async () => {
      for await (const event of through.watch({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        namespace: test.name,
        labelSelector: 'watched=yes',
        signal: stop.signal,
        times: { backOffMs: 5 },
      })) {
        if (!('object' in event)) continue
        const { name } = event.object.metadata
        if (event.type === 'deleted') seen.delete(name)
        else seen.set(name, event.object.data.n)
        if (name === 'w-end') stop.abort()
      }
    })()
    const labelled = (name: string, n: number) => ({
      ...map(name, { n: String(n) }),
      metadata: { name, namespace: test.name, labels: { watched: 'yes' } },
    })
    for (let round = 0; round < 10; round++) {
      await Promise.all(Array.from({ length: 10 }, (_, index) => test.cluster.apply(labelled(`w-${index}`, round))))
      if (round % 2) await test.cluster.delete(ref(`w-${round}`))
      proxy.cut(round % 3 === 0 ? 'all' : 'streams')
    }
    await test.cluster.apply(labelled('w-end', 0))
    await done
    const { items } = await test.cluster.list('v1', 'ConfigMap', test.name, { labelSelector: 'watched=yes' })
    expect(Object.fromEntries([...seen].sort())).toEqual(
      Object.fromEntries(items.map(({ metadata, data }) => [metadata.name, data.n] as const).sort()),
    )
  })

  const pod = (name: string, script: string, restartPolicy = 'Never') => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: test.name },
    spec: {
      ...placement(test),
      restartPolicy,
      containers: [{ name: 'main', image: 'converge.test/busybox:1', command: ['sh', '-c', script] }],
    },
  })
  const started = (status: any) => status?.containerStatuses?.[0]?.state?.running || status?.containerStatuses?.[0]?.state?.terminated

  it('logs through cuts have every line once', async () => {
    await test.cluster.create(
      pod('lines', 'i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); [ $((i % 100)) = 0 ] && sleep 0.1; done; printf end'),
    )
    await until(test, 'v1', 'Pod', 'lines', ({ status }) => started(status))
    const lines: string[] = []
    let cuts = 0
    for await (const { text, time } of through.logs({ namespace: test.name, pod: 'lines', container: 'main', follow: true })) {
      lines.push(text)
      expect(time).toMatch(/^\d{4}-/)
      if (lines.length % 700 === 0 && cuts++ < 4) proxy.cut('streams')
    }
    expect(cuts).toBe(4)
    expect(lines).toEqual([...Array.from({ length: 3000 }, (_, index) => `line ${index}`), 'end'])
  }, 60_000)

  it('logs of a container that crashes are read to their end, and of the instance before', async () => {
    await test.cluster.create(pod('crash', 'echo run; sleep 1; echo last words; exit 3', 'Always'))
    const running = await until(test, 'v1', 'Pod', 'crash', ({ status }) => started(status))
    const read = async (options: object) => {
      const texts: string[] = []
      for await (const { text } of through.logs({ namespace: test.name, pod: 'crash', container: 'main', ...options })) texts.push(text)
      return texts
    }
    expect(await read({ follow: true, containerId: running.status.containerStatuses[0].containerID })).toEqual(['run', 'last words'])
    await until(test, 'v1', 'Pod', 'crash', ({ status }) => status.containerStatuses[0].restartCount > 0)
    expect(await read({ previous: true })).toEqual(['run', 'last words'])
  }, 60_000)

  it('logs that do not exist yet are an error', async () => {
    const logs = test.cluster.logs({ namespace: test.name, pod: 'nobody', container: 'main', follow: true })
    await expect(logs[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'ERR_KUBE_NOT_FOUND' })
  })

  it.runIf(target !== 'sandbox')('rights are asked for and named', async () => {
    const weak = await connect({ kubeconfig: test.kubeconfig, context: 'weak' })
    const secrets = (await weak.resourceOf('v1', 'Secret'))!
    const namespaces = (await weak.resourceOf('v1', 'Namespace'))!
    expect([
      await weak.allowed('create', secrets, 'weak'),
      await weak.allowed('create', secrets, test.name),
      await weak.allowed('create', namespaces, undefined),
    ]).toEqual([true, false, false])
    await expect(weak.list('v1', 'Event', 'weak')).rejects.toMatchObject({
      hint: 'user "weak" needs the verb "list" on "events" in namespace "weak": ask for a Role with that rule',
    })
    await expect(weak.list('v1', 'Node', undefined)).rejects.toMatchObject({
      hint: 'user "weak" needs the verb "list" on "nodes" at the cluster scope: ask for a Role with that rule',
    })
    await weak.close()
  })

  it.runIf(target !== 'sandbox')('a certificate of an unknown authority is refused, and taken where that is asked for', async () => {
    const server = test.cluster.server
    const unknown = await connect({ kubeconfig: '/dev/null', apiServer: server })
    await expect(unknown.version()).rejects.toMatchObject({
      code: 'ERR_KUBE_CERTIFICATE',
      message: expect.stringContaining('not signed by a known authority'),
      hint: expect.stringContaining('--kube-ca-file'),
    })
    const careless = await connect({ kubeconfig: '/dev/null', apiServer: server, insecureSkipTlsVerify: true })
    expect((await careless.version()).major).toBe('1')
  })

  it.runIf(target !== 'sandbox')('a certificate for another name is refused', async () => {
    const other = await connect({ kubeconfig: test.kubeconfig, context: 'test', tlsServerName: 'elsewhere.example' })
    await expect(other.version()).rejects.toMatchObject({
      code: 'ERR_KUBE_CERTIFICATE',
      message: expect.stringContaining('is for another name'),
    })
  })

  it.runIf(target !== 'sandbox')('a wrong token is refused', async () => {
    const wrong = await connect({ kubeconfig: test.kubeconfig, context: 'test', token: 'wr0ng' })
    const error = await wrong.list('v1', 'Secret', 'default').catch((error) => error)
    expect(error).toMatchObject({ code: 'ERR_KUBE_UNAUTHORIZED', status: 401 })
    expect(String(error.message) + error.hint).not.toContain('wr0ng')
  })
})
