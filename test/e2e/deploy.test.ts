import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { expectFailure, expectPresentable, expectSuccess, newScenario, type Scenario } from './scenario.ts'
import { openTarget, type Target } from './target.ts'

// Containers start, stop and fail in their own time.
vi.setConfig({ testTimeout: 120_000 })

let target: Target
let app: Scenario

beforeAll(async () => {
  target = await openTarget()
  app = await newScenario(target)
})

afterAll(async () => {
  await app?.remove()
  await target?.stop()
})

const resources = [
  'ConfigMap/app-config',
  'Deployment/app-web',
  'Job/app-announce',
  'Job/app-report',
  'Secret/app-secret',
  'Service/app-web',
  'StatefulSet/app-db',
]

// One release from its first install to its end; each step goes on from the one before.
describe('the life of a release', () => {
  it('is installed: hooks, logs, table, notes', async () => {
    const result = await app.deploy()
    expectSuccess(result)
    const { output } = result
    expect(output).toMatch(/revision 1/)
    expect(output).toMatch(/\+ .*Deployment\/app-web/)
    expect(output).toMatch(/Job\/app-migrate/)
    expect(output).toContain(`app says hello in ${app.name}.`)
    if (target.containers) {
      expect(output).toMatch(/app-migrate.* migrate \| migrating/)
      expect(output).toMatch(/app-migrate.* migrate \| migrated revision 1/)
      expect(output).toMatch(/app-web.* web \| web says hello/)
      expect(output).toMatch(/app-announce.* announce \| announced/)
      // Hooks come before, and after, everything else.
      const order = ['migrated revision 1', 'web says hello', '| announced'].map((text) => output.indexOf(text))
      expect(order).toEqual([...order].sort((a, b) => a - b))
    }
    expect(await app.inventory()).toEqual(resources)
    const web = await app.get('apps/v1/deployments/app-web')
    expect(web.status.readyReplicas).toBe(2)
    expect(web.metadata.labels['app.kubernetes.io/managed-by']).toBe('Helm')
    expect(web.metadata.annotations['meta.helm.sh/release-name']).toBe('app')
  })

  it('is a release of Helm', async () => {
    const list = await app.helm('list', '-o', 'json')
    if (list === undefined) return
    expect(list).toMatchObject([
      { name: 'app', namespace: app.name, revision: '1', status: 'deployed', chart: 'app-1.0.0', app_version: '1' },
    ])
    const history = await app.helm('history', 'app', '-o', 'json')
    expect(history).toMatchObject([{ revision: 1, status: 'deployed', chart: 'app-1.0.0' }])
    const all = await app.helm('get', 'all', 'app')
    expect(all).toContain('name: app-web')
    expect(all).toContain(`app says hello in ${app.name}.`)
    expect(all).toContain('# Source: app/templates/hooks.yaml')
  })

  it('is left alone where nothing changed', async () => {
    const before = await app.get('apps/v1/deployments/app-web')
    const result = await app.deploy()
    expectSuccess(result)
    expect(result.output).toMatch(/unchanged|nothing/i)
    expect(await app.revisions()).toEqual(['1 deployed'])
    expect((await app.get('apps/v1/deployments/app-web')).metadata.resourceVersion).toBe(before.metadata.resourceVersion)
  })

  it('is upgraded', async () => {
    const result = await app.deploy({ greeting: 'goodbye', extras: ['banner'], worker: true })
    expectSuccess(result)
    expect(result.output).toMatch(/revision 2/)
    expect(result.output).toMatch(/\+ .*ConfigMap\/app-banner/)
    expect(result.output).toMatch(/~ .*ConfigMap\/app-config/)
    if (target.containers) {
      expect(result.output).toMatch(/web \| web says goodbye/)
      const logs = result.output.split('\n').filter((line) => line.includes(' | '))
      expect(logs).toEqual([...new Set(logs)])
    }
    expect(await app.revisions()).toEqual(['1 superseded', '2 deployed'])
    expect((await app.get('v1/configmaps/app-config')).data).toEqual({ greeting: 'goodbye' })
    expect(await app.inventory()).toEqual([...resources, 'ConfigMap/app-banner', 'Deployment/app-worker'].sort())
  })

  it('loses what left the chart', async () => {
    const result = await app.deploy({ greeting: 'goodbye' })
    expectSuccess(result)
    expect(result.output).toMatch(/- .*ConfigMap\/app-banner/)
    expect(result.output).toMatch(/- .*Deployment\/app-worker/)
    expect(await app.inventory()).toEqual(resources)
    expect(await app.revisions()).toEqual(['1 superseded', '2 superseded', '3 deployed'])
  })

  it('says why an upgrade failed, and removes what it had newly created', async ({ skip }) => {
    if (!target.containers) skip('no node runs containers')
    const result = await app.deploy({ greeting: 'broken', crash: true, extras: ['banner'], worker: true })
    expectFailure(result, /Deployment\/app-web failed.* web .*code 3/)
    expect(result.output).toMatch(/\| database is not there/)
    expect(result.output).toMatch(/Deployment\/app-web > ReplicaSet \w+ > Pod \w+ > container web/)
    expect(result.output).toMatch(/last good revision: 3/i)
    expect(await app.inventory()).toEqual(resources)
    expect(await app.revisions()).toEqual(['1 superseded', '2 superseded', '3 deployed', '4 failed'])
    const history = await app.helm('history', 'app', '-o', 'json')
    if (history) expect(history.map((entry: any) => entry.status)).toEqual(['superseded', 'superseded', 'deployed', 'failed'])
  })

  it('is mended by the next run', async () => {
    const result = await app.deploy({ greeting: 'again' })
    expectSuccess(result)
    expect(await app.inventory()).toEqual(resources)
    expect((await app.get('apps/v1/deployments/app-web')).status).toMatchObject({ replicas: 2, readyReplicas: 2, updatedReplicas: 2 })
    expect((await app.revisions()).at(-1)).toMatch(/ deployed$/)
    expect((await app.revisions()).filter((revision) => revision.endsWith(' deployed'))).toHaveLength(1)
  })

  it('goes back to an older revision', async () => {
    const result = await app.converge(['rollback', '1'])
    expectSuccess(result)
    expect((await app.get('v1/configmaps/app-config')).data).toEqual({ greeting: 'hello' })
    expect((await app.revisions()).at(-1)).toMatch(/ deployed$/)
  })

  it('shows itself', async () => {
    const history = await app.converge(['history'])
    expectSuccess(history)
    expect(history.stdout).toMatch(/superseded/)
    const notes = await app.converge(['get', 'notes'])
    expectSuccess(notes)
    expect(notes.stdout).toContain(`app says hello in ${app.name}.`)
    const list = await app.converge(['list', '-o', 'json'])
    expectPresentable(list)
    const helm = await app.helm('list', '-o', 'json')
    if (helm) expect(JSON.parse(list.stdout)).toEqual(helm)
  })

  it('is dismissed', async () => {
    const result = await app.converge(['dismiss'])
    expectSuccess(result)
    // As with Helm, a hook that no policy deletes stays.
    expect((await app.inventory()).filter((name) => name !== 'Job/app-announce')).toEqual([])
    expect(await app.revisions()).toEqual([])
  })
})

it('makes the namespace', async () => {
  const scenario = await newScenario(target, 'fresh')
  await scenario.remove()
  const name = `${scenario.name}-new`
  try {
    const result = await scenario.deploy({}, { args: ['-n', name] })
    expectSuccess(result)
    expect((await scenario.api('GET', `/api/v1/namespaces/${name}`)).status.phase).toBe('Active')
  } finally {
    await scenario.api('DELETE', `/api/v1/namespaces/${name}`).catch(() => {})
  }
})
