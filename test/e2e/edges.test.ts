import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { expectFailure, expectSuccess, newScenario, type Scenario } from './scenario.ts'
import { openTarget, type Target } from './target.ts'
import { idle, workloads } from './workload.ts'

// Containers start, stop and fail in their own time.
vi.setConfig({ testTimeout: 120_000 })

let target: Target
let write: ReturnType<typeof workloads>

beforeAll(async () => {
  target = await openTarget()
  write = workloads(target)
})
afterAll(() => target?.stop())

type Deploy = (objects: object[], ...args: string[]) => ReturnType<Scenario['deploy']>

async function release(work: (deploy: Deploy, scenario: Scenario) => Promise<void>): Promise<void> {
  const scenario = await newScenario(target)
  try {
    await work((objects, ...args) => scenario.deploy({ objects }, { chart: 'objects', args: ['--timeout', '60s', ...args] }), scenario)
  } finally {
    await scenario.remove()
  }
}

describe('changes that Kubernetes does not allow', () => {
  it('are refused before anything is written, by name', () =>
    release(async (deploy, app) => {
      const web = write.deployment('web', { script: idle })
      expectSuccess(await deploy([web, write.configMap('a')]))
      const renamed = structuredClone(web)
      renamed.spec.template.metadata.labels = { app: 'other' }
      Object.assign(renamed.spec, { selector: { matchLabels: { app: 'other' } } })
      expectFailure(await deploy([renamed, write.configMap('b')]), /Deployment\/web.*spec\.selector/)
      expect(await app.inventory()).toEqual(['ConfigMap/a', 'Deployment/web'])
      expect(await app.revisions()).toEqual(['1 deployed'])
    }))

  it('are made by a new object where the chart asks for it', ({ skip }) => {
    if (!target.containers) skip('no node runs containers')
    return release(async (deploy) => {
      const annotations = { 'werf.io/delete-policy': 'before-creation-if-immutable' }
      expectSuccess(await deploy([write.job('import', { script: 'echo first', annotations })]))
      const result = await deploy([write.job('import', { script: 'echo second', annotations })])
      expectSuccess(result)
      expect(result.output).toMatch(/import \| second/)
    })
  })
})

describe('kinds of the chart itself', () => {
  it('are served before their objects are made', () =>
    release(async (deploy, app) => {
      const group = `e2e-${randomBytes(4).toString('hex')}.example`
      const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
      const definition = {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: `gizmos.${group}` },
        spec: {
          group,
          names: { kind: 'Gizmo', plural: 'gizmos', singular: 'gizmo', listKind: 'GizmoList' },
          scope: 'Namespaced',
          versions: [{ name: 'v1', served: true, storage: true, schema }],
        },
      }
      const gizmo = { apiVersion: `${group}/v1`, kind: 'Gizmo', metadata: { name: 'one' }, spec: { size: 1 } }
      try {
        expectSuccess(await deploy([gizmo, definition]))
        expect((await app.get(`${group}/v1/gizmos/one`)).spec).toEqual({ size: 1 })
        expectSuccess(await deploy([definition]))
        await expect(app.get(`${group}/v1/gizmos/one`)).rejects.toMatchObject({ status: 404 })
      } finally {
        await app.api('DELETE', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gizmos.${group}`)
      }
    }))
})

describe('what cannot be deleted', () => {
  it('is named with the finalizer that holds it', () =>
    release(async (deploy, app) => {
      const stuck = { ...write.configMap('stuck'), metadata: { name: 'stuck', finalizers: ['e2e.example/never'] } }
      expectSuccess(await deploy([stuck, write.configMap('a')]))
      const result = await deploy([write.configMap('a')], '--timeout', '8s')
      expect(result.status, result.output).toBe(1)
      expect(result.output).toMatch(/ConfigMap\/stuck.*e2e\.example\/never/)
      const free = { metadata: { finalizers: null } }
      await app.api('PATCH', `/api/v1/namespaces/${app.name}/configmaps/stuck`, free, 'application/merge-patch+json')
      expectSuccess(await deploy([write.configMap('a', { key: 'new' })]))
      expect(await app.inventory()).toEqual(['ConfigMap/a'])
    }))
})

describe('hooks', () => {
  it('that fail after the install take it down with them', ({ skip }) => {
    if (!target.containers) skip('no node runs containers')
    return release(async (deploy, app) => {
      const annotations = { 'helm.sh/hook': 'post-install' }
      const hook = write.job('smoke', { script: 'echo the front page is missing; exit 3', spec: { backoffLimit: 0 }, annotations })
      const result = await deploy([write.configMap('a'), hook])
      expectFailure(result, /Job\/smoke failed.*code 3/)
      expect(result.output).toMatch(/\| the front page is missing/)
      expect(await app.inventory()).toEqual([])
      expect(await app.revisions()).toEqual(['1 failed'])
    })
  })
})

describe('what left the chart', () => {
  it('is deleted in the order that its annotations ask for', () =>
    release(async (deploy, app) => {
      const later = {
        ...write.configMap('a-later'),
        metadata: { name: 'a-later', annotations: { 'werf.io/delete-dependency-s': 'state=absent,kind=ConfigMap,name=z-first' } },
      }
      expectSuccess(await deploy([write.configMap('kept'), later, write.configMap('z-first')]))
      const result = await deploy([write.configMap('kept')], '--report', 'ndjson')
      expectSuccess(result)
      const events = result.stdout.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []))
      const deleted = events.filter((event) => event.type === 'change' && event.operation === 'delete').map((event) => event.ref.name)
      expect(deleted).toEqual(['z-first', 'a-later'])
      expect(await app.inventory()).toEqual(['ConfigMap/kept'])
    }))
})

describe('logs', () => {
  it('come without terminal codes and control characters', ({ skip }) => {
    if (!target.containers) skip('no node runs containers')
    return release(async (deploy) => {
      const result = await deploy([write.job('noisy', { script: `printf '\\033[31mred\\033[0m\\r\\n'; printf 'no newline at the end'` })])
      expectSuccess(result)
      expect(result.output).toMatch(/noisy \| red$/m)
      expect(result.output).toMatch(/noisy \| no newline at the end$/m)
    })
  })
})

describe('a release', () => {
  it('that is too large to be stored is refused with its sizes', () =>
    release(async (deploy, app) => {
      const large = Array.from({ length: 24 }, (_, index) =>
        write.configMap(`part-${index}`, { noise: randomBytes(60_000).toString('base64') }),
      )
      const result = await deploy(large)
      expectFailure(result, /too large.*KiB/)
      expect(await app.inventory()).toEqual([])
      expect(await app.revisions()).toEqual([])
    }))

  it('that has an object twice is refused', () =>
    release(async (deploy, app) => {
      expectFailure(await deploy([write.configMap('a'), write.configMap('a', { key: 'other' })]), /ConfigMap\/a/)
      expect(await app.inventory()).toEqual([])
    }))
})
