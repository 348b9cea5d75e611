import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { connect } from '../../src/cluster/connection.ts'
import { fenceOf } from '../../src/cluster/fence.ts'
import { acquireLock, type LockOptions, leaseName } from '../../src/cluster/lease.ts'
import { targets, useNamespace } from './namespace.ts'
import { scripted, status } from './server.ts'

describe.each(targets)('the lock of a release on the %s', (target) => {
  const test = useNamespace(target)
  const lock = (release: string, options: Partial<LockOptions> = {}) =>
    acquireLock(test.cluster, { namespace: test.name, release, timeoutMs: 20_000, ...options })
  const leaseOf = (release: string) =>
    test.cluster.get({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', name: leaseName(release), namespace: test.name })

  it('is a Lease while it is held, and nothing after', async () => {
    const held = await lock('a')
    expect((await leaseOf('a'))!.spec).toMatchObject({
      holderIdentity: expect.stringMatching(/^\S+@\S+ pid \d+ #/),
      leaseDurationSeconds: 15,
      leaseTransitions: 0,
    })
    await held.release()
    expect(await leaseOf('a')).toBeUndefined()
    expect(held.signal.aborted).toBe(false)
  })

  it('of another release is another', async () => {
    const held = await Promise.all([lock('x'), lock('y')])
    await Promise.all(held.map(({ release }) => release()))
  })

  it('is waited for, and had as soon as it is free', async () => {
    const first = await lock('b')
    const waiting: string[] = []
    let second: ReturnType<typeof lock>
    await new Promise<void>((resolve) => {
      const onWaiting = (holder: string) => {
        waiting.push(holder)
        resolve()
      }
      second = lock('b', { onWaiting })
    })
    expect(waiting[0]).toMatch(/^\S+@\S+ pid \d+$/)
    await first.release()
    await (await second!).release()
  })

  it('is held by one at a time, whoever comes', async () => {
    let holders = 0
    await Promise.all(
      Array.from({ length: 6 }, async () => {
        const held = await lock('c')
        expect(++holders).toBe(1)
        await test.cluster.version()
        holders--
        await held.release()
      }),
    )
  })

  it('is not waited for longer than allowed', async () => {
    const first = await lock('d')
    await expect(lock('d', { timeoutMs: 0 })).rejects.toMatchObject({
      code: 'ERR_LOCK_TIMEOUT',
      message: expect.stringMatching(/^release "d" is locked by \S+@\S+ pid \d+$/),
    })
    await expect(lock('d', { timeoutMs: 200 })).rejects.toMatchObject({ code: 'ERR_LOCK_TIMEOUT' })
    const stop = new AbortController()
    await expect(lock('d', { signal: stop.signal, onWaiting: () => stop.abort(new Error('enough')) })).rejects.toThrow('enough')
    await first.release()
  })

  it('of a process of this machine that was killed is free at once', async () => {
    const script = `
      import { connect } from './src/cluster/connection.ts'
      import { acquireLock } from './src/cluster/lease.ts'
      const cluster = await connect({ kubeconfig: '${test.kubeconfig}', context: 'test' })
      await acquireLock(cluster, { namespace: '${test.name}', release: 'e', timeoutMs: 0 })
      console.log('held')
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    await expect(lock('e', { timeoutMs: 0 })).rejects.toMatchObject({ code: 'ERR_LOCK_TIMEOUT' })
    child.kill('SIGKILL')
    await once(child, 'exit')
    await (await lock('e', { timeoutMs: 0 })).release()
  })

  it('of a process elsewhere that was killed is free when it runs out', async () => {
    await lock('f', { holder: 'ci@elsewhere pid 1 #00000000.1', ttlMs: 60_000 })
    const lease = (await leaseOf('f'))!
    const old = new Date(Date.now() - 59_500).toISOString().replace('Z', '000Z')
    await test.cluster.replace({ ...lease, spec: { ...lease.spec, renewTime: old } })
    const waiting: string[] = []
    const held = await lock('f', { onWaiting: (holder) => waiting.push(holder) })
    expect(waiting).toEqual(['ci@elsewhere pid 1'])
    await held.release()
  })

  it('of a holder whose clock is ahead is free when it has not been renewed for its duration', async () => {
    await lock('ahead', { holder: 'ci@elsewhere pid 1 #00000000.1', ttlMs: 1_000 })
    const lease = (await leaseOf('ahead'))!
    const later = new Date(Date.now() + 3_600_000).toISOString().replace('Z', '000Z')
    await test.cluster.mergePatch(
      { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', name: leaseName('ahead'), namespace: test.name },
      { spec: { renewTime: later, holderIdentity: 'ci@other pid 1 #00000000.1', leaseDurationSeconds: 1 } },
    )
    expect(lease.spec.leaseDurationSeconds).toBe(1)
    await (await lock('ahead')).release()
  })

  it.each([3_600_000, -3_600_000])('is not taken from its holder by one whose clock is %i ms off', async (offset) => {
    const held = await lock(`skew${offset}`.replace('-', 'x'))
    const now = Date.now
    vi.spyOn(Date, 'now').mockImplementation(() => now() + offset)
    try {
      const other = await connect({ kubeconfig: test.kubeconfig, context: 'test' })
      const attempt = acquireLock(other, { namespace: test.name, release: `skew${offset}`.replace('-', 'x'), timeoutMs: 0 })
      await expect(attempt).rejects.toMatchObject({ code: 'ERR_LOCK_TIMEOUT' })
      await other.close()
    } finally {
      vi.restoreAllMocks()
    }
    await held.release()
  })

  it('that has not been renewed for too long is asked for before a write, and still held where nobody came', async () => {
    const held = await lock('late', { ttlMs: 1_000 })
    const before = (await leaseOf('late'))!.spec.renewTime
    // As a process that was stopped: no timer ran.
    const until = performance.now() + 1_500
    while (performance.now() < until);
    await held.confirm()
    expect(held.signal.aborted).toBe(false)
    expect((await leaseOf('late'))!.spec.renewTime > before).toBe(true)
    await held.release()
  })

  it('that somebody took meanwhile lets no write through', async () => {
    const held = await lock('fence', { ttlMs: 1_000, holder: 'ci@elsewhere pid 1 #00000000.1' })
    const fence = fenceOf(test.cluster)
    fence.hold(held)
    const lease = (await leaseOf('fence'))!
    await test.cluster.replace({ ...lease, spec: { ...lease.spec, holderIdentity: 'thief@elsewhere pid 7 #00000000.1' } })
    const until = performance.now() + 1_500
    while (performance.now() < until);
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'fenced', namespace: test.name } }
    const lost = { code: 'ERR_LOCK_LOST' }
    await expect(fence.cluster.apply(object)).rejects.toMatchObject(lost)
    await expect(fence.cluster.create(object)).rejects.toMatchObject(lost)
    await expect(fence.cluster.replace(object)).rejects.toMatchObject(lost)
    await expect(fence.cluster.mergePatch({ ...object, name: 'fenced', namespace: test.name }, {})).rejects.toMatchObject(lost)
    await expect(fence.cluster.delete({ ...object, name: 'fenced', namespace: test.name })).rejects.toMatchObject(lost)
    expect(await fence.cluster.get({ ...object, name: 'fenced', namespace: test.name })).toBeUndefined()
    await test.cluster.delete({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', name: leaseName('fence'), namespace: test.name })
  })

  it('is renewed while it is held', async () => {
    const held = await lock('g', { ttlMs: 1000, holder: 'ci@elsewhere pid 1 #00000000.1' })
    await expect(lock('g', { timeoutMs: 3000 })).rejects.toMatchObject({ code: 'ERR_LOCK_TIMEOUT' })
    expect(held.signal.aborted).toBe(false)
    await held.release()
  })

  it('tells when it is lost', async () => {
    const held = await lock('h', { ttlMs: 600 })
    const lost = once(held.signal, 'abort')
    const lease = (await leaseOf('h'))!
    await test.cluster.replace({ ...lease, spec: { ...lease.spec, holderIdentity: 'thief@elsewhere pid 7 #00000000.1' } })
    await lost
    expect(held.signal.reason).toMatchObject({
      code: 'ERR_LOCK_LOST',
      message: 'the lock of the release was lost: thief@elsewhere pid 7 took it',
    })
    await held.release()
    expect((await leaseOf('h'))!.spec.holderIdentity).toMatch(/^thief/)
  })

  it('is lost when its Lease is deleted', async () => {
    const held = await lock('i', { ttlMs: 600 })
    const lost = once(held.signal, 'abort')
    await test.cluster.delete({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', name: leaseName('i'), namespace: test.name })
    await lost
    expect(held.signal.reason).toMatchObject({ code: 'ERR_LOCK_LOST' })
  })

  it('survives writes of others that leave the holder alone', async () => {
    const held = await lock('j', { ttlMs: 600 })
    await test.cluster.mergePatch(
      { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', name: leaseName('j'), namespace: test.name },
      { metadata: { labels: { a: 'b' } } },
    )
    await new Promise((resolve) => setTimeout(resolve, 1000))
    expect(held.signal.aborted).toBe(false)
    await held.release()
    expect(await leaseOf('j')).toBeUndefined()
  })

  it.runIf(target !== 'sandbox')('is gone without where leases are forbidden, with a warning', async () => {
    const weak = await connect({ kubeconfig: test.kubeconfig, context: 'weak' })
    const warnings: string[] = []
    const held = await acquireLock(weak, {
      namespace: 'weak',
      release: 'k',
      timeoutMs: 0,
      onWarning: (message, hint) => warnings.push(message, hint!),
    })
    expect(held.held).toBe(false)
    expect(warnings[0]).toMatch(/^the release is not locked: cannot get leases.coordination.k8s.io "converge-k" in namespace "weak"/)
    expect(warnings[1]).toContain('allow get, create, update, delete and watch on leases')
    await held.release()
  })
})

describe('a lock', () => {
  it('is lost when the server is gone for its whole duration', async () => {
    let gone = false
    await using server = await scripted(({ method, body }, response) => {
      if (gone) return response.socket!.resetAndDestroy()
      if (method === 'GET') return status(response, 404, 'not found', { reason: 'NotFound' })
      response
        .writeHead(201, { 'content-type': 'application/json' })
        .end(JSON.stringify({ ...JSON.parse(body), metadata: { name: 'converge-a', uid: 'u', resourceVersion: '1' } }))
    })
    const held = await acquireLock(await server.cluster(), { namespace: 'ns', release: 'a', timeoutMs: 0, ttlMs: 400 })
    gone = true
    await once(held.signal, 'abort')
    expect(held.signal.reason).toMatchObject({ code: 'ERR_LOCK_LOST', message: expect.stringContaining('could not be renewed') })
  })
})
