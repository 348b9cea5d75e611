import { chmod, mkdtemp, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { converge, type Run } from './process.ts'
import { charts, expectFailure, newScenario, type Scenario } from './scenario.ts'
import { openTarget, type Target } from './target.ts'

// Containers start, stop and fail in their own time.
vi.setConfig({ testTimeout: 120_000 })

let target: Target
let app: Scenario
let files: string

beforeAll(async () => {
  target = await openTarget()
  app = await newScenario(target)
  files = await mkdtemp(path.join(os.tmpdir(), 'converge-e2e-'))
})

afterAll(async () => {
  await app?.remove()
  await target?.stop()
})

/** One clear error, and the cluster as it was. */
async function expectRefusal(result: Run, reason: RegExp): Promise<void> {
  expectFailure(result, reason)
  // What comes before the pipeline needs no summary.
  const failures = result.output
    .split('\n')
    .filter((line) => line.startsWith('✗') && !line.includes('was not deployed; nothing was changed'))
  expect(failures, result.output).toHaveLength(1)
  expect(result.output.length, result.output).toBeLessThan(1500)
  expect(await app.inventory()).toEqual([])
  expect(await app.revisions()).toEqual([])
}

it('names a chart that is not there', async () => {
  await expectRefusal(await app.deploy({}, { chart: '/nowhere/chart' }), /\/nowhere\/chart/)
})

it('names file and line of a broken template', async () => {
  const result = await app.deploy({}, { chart: 'broken' })
  await expectRefusal(result, /templates\/config\.yaml:6.*"qoute" not defined/)
  expect(result.output).toMatch(/quote/)
})

it('names the value that the schema refuses', async () => {
  await expectRefusal(await app.deploy({ port: 'x' }, { chart: 'schema' }), /schema/)
  const result = await app.deploy({ port: 99999 }, { chart: 'schema' })
  await expectRefusal(result, /schema/)
  expect(result.output).toMatch(/port/)
})

it('names a values file that is not there, and one that is not YAML', async () => {
  await expectRefusal(await app.deploy({}, { args: ['-f', '/nowhere/values.yaml'] }), /\/nowhere\/values\.yaml/)
  const file = path.join(files, 'broken.yaml')
  await writeFile(file, 'a: [1, 2\nb: 3\n')
  await expectRefusal(await app.deploy({}, { args: ['-f', file] }), /broken\.yaml/)
})

it('names an unknown context, and those that there are', async () => {
  const args = ['--kubeconfig', target.kubeconfig, '--release', 'app', '-n', app.name]
  const result = await converge([path.join(charts, 'app'), ...args, '--kube-context', 'nowhere'])
  await expectRefusal(result, /context.*nowhere|nowhere.*context/)
  expect(result.output).toContain(target.context)
})

it('names a kubeconfig that is not there, that is empty, and that is broken', async () => {
  const deploy = (file: string) => converge([path.join(charts, 'app'), '--kubeconfig', file, '--release', 'app', '-n', app.name])
  await expectRefusal(await deploy('/nowhere/kubeconfig'), /\/nowhere\/kubeconfig/)
  const empty = path.join(files, 'empty')
  await writeFile(empty, '')
  await expectRefusal(await deploy(empty), /empty|no .*(context|cluster)/i)
  const broken = path.join(files, 'broken')
  await writeFile(broken, 'clusters: [\n')
  await expectRefusal(await deploy(broken), new RegExp(broken))
})

it('names an address where nothing listens', async () => {
  const file = path.join(files, 'unreachable')
  await writeFile(
    file,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'dead',
      clusters: [{ name: 'dead', cluster: { server: 'http://127.0.0.1:9' } }],
      users: [{ name: 'dead', user: { token: 's3cret-token' } }],
      contexts: [{ name: 'dead', context: { cluster: 'dead', user: 'dead' } }],
    }),
  )
  await chmod(file, 0o600)
  const result = await converge([path.join(charts, 'app'), '--kubeconfig', file, '--release', 'app', '-n', app.name])
  await expectRefusal(result, /127\.0\.0\.1:9/)
  expect(result.seconds).toBeLessThan(60)
})

it('names an option that it does not know', async () => {
  const result = await app.deploy({}, { args: ['--tiemout', '5m'] })
  expect(result.status).toBe(1)
  expect(result.output).toMatch(/--tiemout/)
  expect(result.output).toMatch(/--timeout/)
  expect(await app.inventory()).toEqual([])
})

it('lists what the API server would refuse before anything is written', async () => {
  const objects = [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'good' } },
    { apiVersion: 'v1', kind: 'Gizmo', metadata: { name: 'unknown' } },
  ]
  await expectRefusal(await app.deploy({ objects }, { chart: 'objects' }), /Gizmo/)
})

it('names what belongs to somebody else', async () => {
  await app.create('v1/configmaps', { metadata: { name: 'app-config' }, data: { mine: 'yes' } })
  const result = await app.deploy()
  expectFailure(result, /app-config/)
  expect(await app.inventory()).toEqual(['ConfigMap/app-config'])
  expect((await app.get('v1/configmaps/app-config')).data).toEqual({ mine: 'yes' })
  expect(await app.revisions()).toEqual([])
  await app.api('DELETE', `/api/v1/namespaces/${app.name}/configmaps/app-config`)
})
