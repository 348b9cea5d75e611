import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { targets, useNamespace } from '../cluster-access/namespace.ts'
import { PATH, program } from '../e2e/process.ts'
import { type FaultProxy, startFaultProxy } from '../fault-proxy.ts'
import { chart, inventory, run, statuses } from '../pipeline/faults.ts'

describe.each(targets)('a run on the %s that is paused for longer than its lock lives', (target) => {
  const test = useNamespace(target)
  let directory: string
  let proxy: FaultProxy
  const children: ChildProcess[] = []

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'converge-paused-'))
    proxy = await startFaultProxy({ kubeconfig: test.kubeconfig, context: 'test' })
    await writeFile(join(directory, 'proxied'), proxy.kubeconfig, { mode: 0o600 })
  })
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL')
    await proxy.close()
    await rm(directory, { recursive: true, force: true })
  })

  function start(version: string, kubeconfig: string, ...more: string[]) {
    const flags = ['--release', 'r', '-n', test.name, '--kube-context', 'test', '--set-string', `version=${version}`, '--settle', '0s']
    const env = { PATH, HOME: directory, KUBECONFIG: kubeconfig }
    const child = spawn(program, [chart, ...flags, ...more], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    children.push(child)
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
    const ended = new Promise<{ status: number | null; output: string }>((resolve) =>
      child.on('close', (status) => resolve({ status, output })),
    )
    return { child, ended }
  }

  it('touches nothing more when it goes on, after another has taken over', async () => {
    const aim = { cluster: test.cluster, namespace: test.name }
    expect((await run(aim, '1')).finished).toMatchObject({ outcome: 'deployed' })

    const paused = new Promise<void>((resolve) =>
      proxy.setFault(({ method, path }) => {
        if (method !== 'PATCH' || !/\/services\/new\?/.test(path) || path.includes('dryRun')) return undefined
        first.child.kill('SIGSTOP')
        resolve()
        return undefined
      }),
    )
    const first = start('2', join(directory, 'proxied'))
    await paused

    const impatient = await start('1', test.kubeconfig, '--lock-timeout', '0s').ended
    expect(impatient.status, impatient.output).toBe(1)
    expect(impatient.output).toMatch(new RegExp(`release "r" is locked by \\S+ pid ${first.child.pid}\\b`))

    // The second waits until the lock has run out, cleans up after the first, and deploys.
    const second = await start('1', test.kubeconfig, '--force-revision').ended
    expect(second.status, second.output).toBe(0)
    expect(second.output).toMatch(new RegExp(`pid ${first.child.pid}\\b`))
    const settled = await inventory(aim)
    const history = await statuses(aim)

    const asked = proxy.requests.length
    first.child.kill('SIGCONT')
    const { status, output } = await first.ended
    expect(status, output).toBe(1)
    expect(output).toMatch(/the lock of the release was lost: (.* took it|its Lease was deleted)/)
    expect(output).toMatch(/nothing more is touched/)
    expect(output).toMatch(/was given up/)
    expect(output).not.toMatch(/Guard +deleted/)
    const writes = proxy.requests.slice(asked).filter((request) => request.write > 0 && !request.path.includes('/leases/'))
    expect(writes).toEqual([])
    expect(await inventory(aim)).toEqual(settled)
    expect(await statuses(aim)).toEqual(history)
    expect(history.at(-1)).toBe('deployed')
  }, 120_000)

  it('goes on where nobody came', async () => {
    const aim = { cluster: test.cluster, namespace: test.name }
    let seen = false
    const paused = new Promise<void>((resolve) =>
      proxy.setFault(({ method, path }) => {
        if (seen || method !== 'PATCH' || !/\/services\/new\?/.test(path) || path.includes('dryRun')) return undefined
        seen = true
        first.child.kill('SIGSTOP')
        resolve()
        return undefined
      }),
    )
    const first = start('2', join(directory, 'proxied'))
    await paused
    await new Promise((resolve) => setTimeout(resolve, 17_000))
    first.child.kill('SIGCONT')
    const { status, output } = await first.ended
    expect(status, output).toBe(0)
    expect((await statuses(aim)).at(-1)).toBe('deployed')
  }, 120_000)
})
