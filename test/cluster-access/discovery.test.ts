import { describe, expect, it } from 'vitest'
import { json, scripted, status } from './server.ts'

const deployment = {
  resource: 'deployments',
  responseKind: { group: '', version: '', kind: 'Deployment' },
  scope: 'Namespaced',
  verbs: ['list'],
}
const aggregated = (path: string) =>
  path === '/api'
    ? [
        {
          versions: [
            { version: 'v1', resources: [{ resource: 'pods', responseKind: { kind: 'Pod' }, scope: 'Namespaced', verbs: ['list'] }] },
          ],
        },
      ]
    : [
        {
          metadata: { name: 'apps' },
          versions: [
            { version: 'v1', freshness: 'Current', resources: [deployment] },
            { version: 'v1beta1', resources: [deployment] },
          ],
        },
        { metadata: { name: 'metrics.example' }, versions: [{ version: 'v1', freshness: 'Stale' }] },
      ]

describe('discovery', () => {
  it('takes two requests where the server gives it in one piece', async () => {
    await using server = await scripted(({ path }, response) => json(response, { kind: 'APIGroupDiscoveryList', items: aggregated(path) }))
    const cluster = await server.cluster()
    const [pods, first, second] = await cluster.resources()
    expect(pods).toEqual({ group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true, verbs: ['list'] })
    expect([first?.version, second?.version]).toEqual(['v1', 'v1beta1'])
    expect(await cluster.resourceOf('apps/v1', 'Deployment')).toEqual(first)
    await cluster.resources()
    expect(server.asked.map(({ path }) => path).sort()).toEqual(['/api', '/apis'])
    expect(server.asked[0]!.headers.accept).toContain('as=APIGroupDiscoveryList')
  })

  it('asks once more for a kind that it does not know', async () => {
    let crd = false
    await using server = await scripted(({ path }, response) => {
      const widgets = [
        {
          metadata: { name: 'x.example' },
          versions: [{ version: 'v1', resources: [{ ...deployment, resource: 'widgets', responseKind: { kind: 'Widget' } }] }],
        },
      ]
      json(response, { kind: 'APIGroupDiscoveryList', items: [...aggregated(path), ...(crd && path === '/apis' ? widgets : [])] })
    })
    const cluster = await server.cluster()
    expect(await cluster.resourceOf('x.example/v1', 'Widget')).toBeUndefined()
    expect(server.asked).toHaveLength(2)
    crd = true
    expect(await cluster.resourceOf('x.example/v1', 'Widget')).toMatchObject({ plural: 'widgets' })
    expect(server.asked).toHaveLength(4)
  })

  it('asks nothing for what every server has', async () => {
    await using server = await scripted((_, response) => status(response, 500, 'not to be asked'))
    const cluster = await server.cluster()
    expect(await cluster.resourceOf('v1', 'Secret')).toMatchObject({ plural: 'secrets', namespaced: true })
    expect(server.asked).toEqual([])
  })

  it('goes group by group on older servers, preferred versions first, and survives a group without a backend', async () => {
    await using server = await scripted(({ path }, response) => {
      const answers: Record<string, object> = {
        '/api': { kind: 'APIVersions', versions: ['v1'] },
        '/apis': {
          kind: 'APIGroupList',
          groups: [
            {
              name: 'apps',
              versions: [
                { groupVersion: 'apps/v1beta1', version: 'v1beta1' },
                { groupVersion: 'apps/v1', version: 'v1' },
              ],
              preferredVersion: { groupVersion: 'apps/v1' },
            },
            { name: 'broken.example', versions: [{ groupVersion: 'broken.example/v1', version: 'v1' }] },
          ],
        },
        '/api/v1': {
          resources: [
            { name: 'pods', kind: 'Pod', namespaced: true, verbs: ['list'] },
            { name: 'pods/log', kind: 'Pod', namespaced: true, verbs: ['get'] },
          ],
        },
        '/apis/apps/v1': { resources: [{ name: 'deployments', kind: 'Deployment', namespaced: true, verbs: ['list'] }] },
        '/apis/apps/v1beta1': { resources: [{ name: 'deployments', kind: 'Deployment', namespaced: true, verbs: ['list'] }] },
      }
      answers[path] ? json(response, answers[path]) : status(response, 404, 'no backend')
    })
    const cluster = await server.cluster()
    expect((await cluster.resources()).map(({ group, version, plural }) => `${group}/${version}/${plural}`)).toEqual([
      '/v1/pods',
      'apps/v1/deployments',
      'apps/v1beta1/deployments',
    ])
    await expect(cluster.apply({ apiVersion: 'broken.example/v1', kind: 'Thing', metadata: { name: 'x' } })).rejects.toMatchObject({
      code: 'ERR_KUBE_NO_KIND',
      details: [expect.stringContaining('no backend')],
    })
  })

  it('names the versions that there are for a kind in one that is gone', async () => {
    await using server = await scripted(({ path }, response) => json(response, { kind: 'APIGroupDiscoveryList', items: aggregated(path) }))
    const cluster = await server.cluster()
    await expect(cluster.apply({ apiVersion: 'extensions/v1beta1', kind: 'Deployment', metadata: { name: 'x' } })).rejects.toMatchObject({
      message: 'the cluster does not serve Deployment in extensions/v1beta1',
      hint: 'it serves Deployment in apps/v1, apps/v1beta1',
    })
    expect(await cluster.get({ apiVersion: 'extensions/v1beta1', kind: 'Deployment', name: 'x' })).toBeUndefined()
  })

  it('that fails is tried again by the next who asks', async () => {
    await using server = await scripted(({ path, number }, response) =>
      number <= 2 ? status(response, 403, 'no') : json(response, { kind: 'APIGroupDiscoveryList', items: aggregated(path) }),
    )
    const cluster = await server.cluster()
    await expect(cluster.resources()).rejects.toMatchObject({ code: 'ERR_KUBE_FORBIDDEN' })
    expect(await cluster.resources()).toHaveLength(3)
  })
})

describe('a list', () => {
  const page = (names: string[], next?: string) => ({
    kind: 'ConfigMapList',
    metadata: { resourceVersion: '9', continue: next },
    items: names.map((name) => ({ metadata: { name } })),
  })

  it('is read page by page', async () => {
    await using server = await scripted(({ query }, response) => json(response, query.get('continue') ? page(['b']) : page(['a'], 'token')))
    const { items, resourceVersion } = await (await server.cluster()).list('v1', 'ConfigMap', 'ns', { labelSelector: 'x in (a,b)' })
    expect(items).toEqual([
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } },
    ])
    expect(resourceVersion).toBe('9')
    expect(server.asked.map(({ query }) => Object.fromEntries(query))).toEqual([
      { labelSelector: 'x in (a,b)', limit: '500' },
      { labelSelector: 'x in (a,b)', limit: '500', continue: 'token' },
    ])
  })

  it('begins again, whole, when its pages expire', async () => {
    await using server = await scripted(({ query }, response) => {
      if (query.get('continue')) return status(response, 410, 'expired', { reason: 'Expired' })
      return json(response, query.get('limit') ? page(['a'], 'token') : page(['a', 'b']))
    })
    expect((await (await server.cluster()).list('v1', 'ConfigMap', 'ns')).items.map(({ metadata }) => metadata.name)).toEqual(['a', 'b'])
  })
})
