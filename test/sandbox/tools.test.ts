import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { type HelmVersion, helmBinary, kubectlBinary } from '../oracle/helm.ts'
import { workload } from './client.ts'

const exec = promisify(execFile)
const kubectl = await kubectlBinary()
const helms = await Promise.all(
  (['4.2.3', '3.17.2'] as HelmVersion[]).map(async (version) => [version, await helmBinary(version)] as const),
)

let sandbox: Sandbox
let directory: string
let env: NodeJS.ProcessEnv
beforeAll(async () => {
  sandbox = await startSandbox()
  directory = mkdtempSync(path.join(tmpdir(), 'sandbox-tools-'))
  writeFileSync(path.join(directory, 'kubeconfig'), sandbox.kubeconfig())
  env = { PATH: process.env.PATH, HOME: directory, KUBECONFIG: path.join(directory, 'kubeconfig') }
})
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true })
  await sandbox.stop()
})

async function run(binary: string, ...args: string[]): Promise<string> {
  const { stdout } = await exec(binary, args, { env, cwd: directory, timeout: 60_000 })
  return stdout
}

describe.skipIf(!kubectl)('the real kubectl', () => {
  const k = (...args: string[]): Promise<string> => run(kubectl!, ...args)

  test('applies, waits, reads logs, scales, rolls back and deletes', async () => {
    const script = 'trap "exit 0" TERM; echo hello; sleep 600 & wait'
    const web = (image: string): any =>
      workload('Deployment', 'web', { replicas: 2 }, { containers: [{ name: 'main', image, command: ['sh', '-c', script] }] })
    writeFileSync(path.join(directory, 'web.json'), JSON.stringify(web('busybox:1')))
    expect(await k('apply', '-f', 'web.json')).toBe('deployment.apps/web created\n')
    expect(await k('rollout', 'status', 'deploy/web', '--timeout=30s')).toContain('successfully rolled out')
    expect(await k('apply', '-f', 'web.json')).toBe('deployment.apps/web unchanged\n')
    expect(await k('apply', '-f', 'web.json', '--server-side', '--force-conflicts')).toBe('deployment.apps/web serverside-applied\n')
    expect(await k('logs', 'deploy/web')).toContain('hello')
    expect(await k('get', 'deploy', 'web')).toMatch(/NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +2\/2 +2 +2 +/)
    await k('scale', 'deploy/web', '--replicas=1')
    await k('wait', '--for=jsonpath={.status.replicas}=1', 'deploy/web', '--timeout=30s')
    writeFileSync(path.join(directory, 'web.json'), JSON.stringify(web('busybox:2')))
    await k('apply', '-f', 'web.json', '--server-side', '--force-conflicts')
    await k('rollout', 'status', 'deploy/web', '--timeout=30s')
    expect(await k('rollout', 'undo', 'deploy/web')).toContain('rolled back')
    await k('rollout', 'status', 'deploy/web', '--timeout=30s')
    expect(await k('get', 'deploy', 'web', '-o', 'jsonpath={.spec.template.spec.containers[0].image}')).toBe('busybox:1')
    expect(await k('get', 'events', '--sort-by=.lastTimestamp')).toContain('ScalingReplicaSet')
    expect(await k('explain', 'deployment.spec.strategy')).toContain('rollingUpdate')
    await k('delete', 'deploy', 'web')
    await k('wait', '--for=delete', 'pod', '-l', 'app=web', '--timeout=30s')
    await expect(k('get', 'deploy', 'web')).rejects.toThrow('deployments.apps "web" not found')
  })

  test('knows the resources and refuses what is unknown', async () => {
    expect(await k('api-resources', '--api-group=apps', '-o', 'name')).toBe(
      'controllerrevisions.apps\ndaemonsets.apps\ndeployments.apps\nreplicasets.apps\nstatefulsets.apps\n',
    )
    writeFileSync(
      path.join(directory, 'bad.json'),
      JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'bad' }, dat: {} }),
    )
    await expect(k('apply', '-f', 'bad.json')).rejects.toThrow('unknown field "dat"')
    await expect(k('get', 'widgets')).rejects.toThrow(`the server doesn't have a resource type "widgets"`)
    expect(await k('auth', 'can-i', 'create', 'pods')).toBe('yes\n')
  })
})

for (const [version, helm] of helms) {
  describe.skipIf(!helm)(`the real helm ${version}`, () => {
    test('creates, installs, upgrades, tests, rolls back and uninstalls', async () => {
      const h = (...args: string[]): Promise<string> => run(helm!, ...args)
      const ns = `helm-${version.split('.')[0]}`
      const chart = `chart${version.split('.')[0]}`
      await h('create', chart)
      expect(await h('upgrade', '--install', 'rel', chart, '--wait', '--timeout=60s', '-n', ns, '--create-namespace')).toContain(
        'STATUS: deployed',
      )
      expect(JSON.parse(await h('list', '-n', ns, '-o', 'json'))).toMatchObject([{ name: 'rel', revision: '1', status: 'deployed' }])
      await h('upgrade', 'rel', chart, '--wait', '--timeout=60s', '-n', ns, '--set', 'replicaCount=2')
      expect(await h('test', 'rel', '-n', ns)).toContain('Phase:          Succeeded')
      expect(await h('rollback', 'rel', '1', '--wait', '-n', ns)).toContain('Rollback was a success')
      const history = JSON.parse(await h('history', 'rel', '-n', ns, '-o', 'json'))
      expect(history.map((r: any) => r.status)).toEqual(['superseded', 'superseded', 'deployed'])
      const { items } = JSON.parse(await run(kubectl!, 'get', 'deploy', '-n', ns, '-o', 'json'))
      expect(items[0].spec.replicas).toBe(1)
      expect(await h('uninstall', 'rel', '--wait', '-n', ns)).toContain('uninstalled')
      await expect(h('status', 'rel', '-n', ns)).rejects.toThrow('release: not found')
    })

    test('reports an install that fails', async () => {
      const h = (...args: string[]): Promise<string> => run(helm!, ...args)
      const chart = `broken${version.split('.')[0]}`
      await h('create', chart)
      const ns = `broken-${version.split('.')[0]}`
      const install = h(
        'install',
        'rel',
        chart,
        '--wait',
        '--timeout=3s',
        '-n',
        ns,
        '--create-namespace',
        '--set',
        'image.repository=registry.invalid/x',
      )
      await expect(install).rejects.toThrow()
      expect(JSON.parse(await h('status', 'rel', '-n', ns, '-o', 'json'))).toMatchObject({ info: { status: 'failed' } })
    })
  })
}
