import fc from 'fast-check'
import { describe, it } from 'vitest'
import type { Cluster } from '../../src/cluster/cluster.ts'
import { isConvergeError } from '../../src/errors.ts'
import { configMap, refTo, scripted } from './server.ts'

/** Answers that look like Kubernetes' here and there. */
const answer = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.jsonValue(),
    fc.constantFrom('', 'v1', 'ConfigMap', 'apps/v1', null, 410),
    tie('object'),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
  object: fc.dictionary(
    fc.constantFrom(
      'kind',
      'items',
      'metadata',
      'versions',
      'groups',
      'resources',
      'resource',
      'responseKind',
      'status',
      'code',
      'details',
      'causes',
      'continue',
      'object',
      'type',
      'name',
      'reason',
      'message',
      'resourceVersion',
      'uid',
      'groupVersion',
      'preferredVersion',
      'containerStatuses',
      'state',
    ),
    tie('value'),
    { maxKeys: 6 },
  ),
}))
const body = fc.oneof(
  answer.object.map((value) => JSON.stringify(value)),
  answer.value.map((value) => JSON.stringify(value)),
  fc
    .constantFrom('APIGroupDiscoveryList', 'APIVersions', 'APIGroupList')
    .chain((kind) => answer.object.map((value) => JSON.stringify({ ...(value as object), kind }))),
  answer.object.map((value) => JSON.stringify({ kind: 'Status', ...(value as object) })),
  fc
    .tuple(fc.constantFrom('ADDED', 'ERROR', 'BOOKMARK', 'DELETED'), answer.value)
    .map(([type, object]) => `${JSON.stringify({ type, object })}\n`),
  fc.string(),
)

const calls: Record<string, (cluster: Cluster, signal: AbortSignal) => Promise<unknown>> = {
  version: (cluster) => cluster.version(),
  resources: (cluster) => cluster.resources(),
  'an unknown kind': (cluster) => cluster.apply({ apiVersion: 'x.example/v1', kind: 'Widget', metadata: { name: 'a' } }),
  get: (cluster) => cluster.get(refTo()),
  list: (cluster, signal) => cluster.list('v1', 'ConfigMap', 'ns', { signal }),
  apply: (cluster) => cluster.apply(configMap()),
  create: (cluster) => cluster.create(configMap()),
  delete: (cluster) => cluster.delete(refTo(), { uid: 'u' }),
  allowed: (cluster) =>
    cluster.allowed('get', { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true, verbs: [] }, 'ns'),
  async watch(cluster, signal) {
    for await (const event of cluster.watch({ apiVersion: 'v1', kind: 'ConfigMap', signal, times: { backOffMs: 1, backOffMaxMs: 1 } }))
      if (event.type === 'interrupted' && event.fatal && !event.status) throw new Error(event.reason)
  },
  async logs(cluster, signal) {
    for await (const _ of cluster.logs({ namespace: 'ns', pod: 'p', container: 'c', follow: true, signal }));
  },
}

describe('whatever the server answers', () => {
  it.each(Object.keys(calls))('%s gives a result or an error of the family', async (name) => {
    let reply = { status: 200, text: '' }
    let left = 0
    let stop = new AbortController()
    await using server = await scripted((_, response) => {
      // Watches, logs and endless pages are stopped from outside, as a user would.
      if (--left <= 0) stop.abort(new Error('enough'))
      response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.text)
    })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(200, 200, 200, 201, 400, 404, 409, 410, 422, 500), body, async (status, text) => {
        reply = { status, text }
        left = 12
        stop = new AbortController()
        const cluster = await server.cluster({ retryMs: 0 })
        try {
          await calls[name]!(cluster, stop.signal)
        } catch (error) {
          if (!(isConvergeError(error) || (error as Error).message === 'enough')) throw error
        }
        await cluster.close()
      }),
      { numRuns: 150 },
    )
  })
})
