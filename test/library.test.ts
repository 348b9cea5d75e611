import { expect, it } from 'vitest'
import type { Event } from '../src/index.ts'
import { targets, useNamespace } from './cluster-access/namespace.ts'

// What users import: the bundle that `npm run build` makes, with the types of the sources.
const library: typeof import('../src/index.ts') = await import(new URL('../dist/index.js', import.meta.url).href)

it('renders a chart', async () => {
  const rendered = await library.render({ chart: 'charts-fixtures/shop', releaseName: 'r', namespace: 'n', kubeVersion: '1.35.0' })
  expect(rendered.manifests.map(({ kind }) => kind)).toContain('Deployment')
  await expect(library.render({ chart: 'nowhere', releaseName: 'r', namespace: 'n' })).rejects.toSatisfy(library.isConvergeError)
})

it.each(targets)('plans and deploys on the %s', async (name) => {
  const { kubeconfig, name: namespace } = running[name]!
  const cluster = await library.connect({ kubeconfig, context: 'test' })
  const content = library.chartContent(cluster, {
    chart: 'test/e2e/charts/objects',
    releaseName: 'lib',
    namespace,
    values: { setJson: [objects] },
  })
  const run = { cluster, release: 'lib', namespace, content }
  const planned = await library.plan(run)
  expect(planned.changes.map(({ operation, ref }) => `${operation} ${ref.kind}/${ref.name}`)).toEqual(['create ConfigMap/a'])
  const events: Event[] = []
  for await (const event of library.converge({ ...run, action: 'deploy' })) events.push(event)
  expect(events.at(-1)).toMatchObject({ type: 'finished', outcome: 'deployed', revision: 1 })
  expect((await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', namespace }))?.data).toEqual({ key: 'value' })
  await cluster.close()
})

const objects = `objects=${JSON.stringify([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { key: 'value' } }])}`
const running = Object.fromEntries(targets.map((name) => [name, useNamespace(name)]))
