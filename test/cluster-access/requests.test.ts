import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { type Asked, configMap, json, refTo, scripted, status } from './server.ts'

type Step = (response: ServerResponse, asked: Asked) => unknown
/** Answers by these steps, the last of them from then on. */
const steps = (...list: Step[]) => scripted((asked, response) => list[Math.min(asked.number, list.length) - 1]!(response, asked))

const ok: Step = (response) => json(response, configMap('a', { x: 'live' }))
const cut: Step = (response) => response.socket!.resetAndDestroy()

describe('reading goes on after', () => {
  const faults: [string, Step][] = [
    ['429 with Retry-After', (response) => status(response, 429, 'slow down', {}, { 'retry-after': '0.05' })],
    ['429 without', (response) => status(response, 429, 'slow down')],
    ['500 of etcd', (response) => status(response, 500, 'etcdserver: leader changed')],
    ['500 with InternalError', (response) => status(response, 500, 'oops', { reason: 'InternalError' })],
    [
      '502 from a proxy',
      (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<html><body><h1>Bad gateway</h1></body></html>'),
    ],
    ['503', (response) => status(response, 503, 'shutting down')],
    ['504', (response) => status(response, 504, 'timeout')],
    ['a cut connection', cut],
    [
      'a truncated answer',
      (response) => response.writeHead(200, { 'content-length': '1000' }).write('{"kind":"Conf', () => response.socket!.destroy()),
    ],
    ['a truncated chunked answer', (response) => response.writeHead(200).write('{"kind":"Conf', () => response.socket!.destroy())],
    ['an answer that ends early', (response) => response.writeHead(200).end('{"kind":"Conf')],
    ['garbage', (response) => response.writeHead(200).end('<html>hello</html>')],
    ['an empty answer', (response) => response.writeHead(200).end()],
  ]
  it.each(faults)('%s', async (_, fault) => {
    await using server = await steps(ok, fault, fault, ok)
    const cluster = await server.cluster()
    await cluster.get(refTo())
    expect(await cluster.get(refTo())).toMatchObject({ data: { x: 'live' } })
    expect(server.asked).toHaveLength(4)
    expect(cluster.requestCounts.get('get')).toBe(4)
  })
})

describe('what cannot heal is not tried again', () => {
  const answers: [string, Step, object][] = [
    ['400', (response) => status(response, 400, 'bad', { reason: 'BadRequest' }), { code: 'ERR_KUBE_BAD_REQUEST', status: 400 }],
    [
      '401',
      (response) => status(response, 401, 'Unauthorized', { reason: 'Unauthorized' }),
      { code: 'ERR_KUBE_UNAUTHORIZED', hint: expect.stringContaining('log in') },
    ],
    ['403', (response) => status(response, 403, 'no', { reason: 'Forbidden' }), { code: 'ERR_KUBE_FORBIDDEN', reason: 'Forbidden' }],
    [
      '409 of field owners',
      (response) =>
        status(response, 409, 'Apply failed', {
          reason: 'Conflict',
          details: { causes: [{ reason: 'FieldManagerConflict', field: '.x' }] },
        }),
      { code: 'ERR_KUBE_CONFLICT', causes: [{ reason: 'FieldManagerConflict', field: '.x' }] },
    ],
    ['422', (response) => status(response, 422, 'wrong', { reason: 'Invalid' }), { code: 'ERR_KUBE_INVALID' }],
    [
      '500 of a wrong field',
      (response) => status(response, 500, 'failed to create typed patch object: .x: field not declared in schema'),
      { code: 'ERR_KUBE_INVALID' },
    ],
  ]
  it.each(answers)('%s', async (_, answer, expected) => {
    await using server = await steps(answer)
    const cluster = await server.cluster()
    await expect(cluster.apply(configMap())).rejects.toMatchObject({ name: 'ConvergeError', ...expected })
    expect(server.asked).toHaveLength(1)
  })

  it('403 says which right is missing', async () => {
    const message = 'secrets is forbidden: User "weak" cannot create resource "secrets" in API group "" in the namespace "ns"'
    await using server = await steps((response) => status(response, 403, message, { reason: 'Forbidden' }))
    const cluster = await server.cluster()
    await expect(cluster.create({ ...configMap(), kind: 'Secret' })).rejects.toMatchObject({
      message: `cannot create secrets "a" in namespace "ns": ${message}`,
      hint: 'user "weak" needs the verb "create" on "secrets" in namespace "ns": ask for a Role with that rule',
    })
  })

  it('a server that never answered', async () => {
    const server = await steps(ok)
    await server[Symbol.asyncDispose]()
    const cluster = await server.cluster()
    await expect(cluster.get(refTo())).rejects.toMatchObject({
      code: 'ERR_KUBE_UNREACHABLE',
      message: `cannot reach the cluster at ${server.url}: the connection was refused`,
    })
    expect(cluster.requestCounts.get('get')).toBe(1)
  })

  it('a host that does not exist', async () => {
    await using server = await steps(ok)
    const cluster = await server.cluster({ apiServer: 'https://converge.invalid' })
    await expect(cluster.version()).rejects.toMatchObject({
      code: 'ERR_KUBE_UNREACHABLE',
      message: expect.stringMatching(/host name (is unknown|could not be looked up)/),
    })
  })

  it('a server that is something else', async () => {
    await using server = await steps((response) => response.writeHead(200).end('<html>hello</html>'))
    const cluster = await server.cluster({ apiServer: server.url.replace('http:', 'https:') })
    await expect(cluster.version()).rejects.toMatchObject({
      code: 'ERR_KUBE_UNREACHABLE',
      message: expect.stringContaining('does not speak TLS'),
    })
  })
})

describe('writing', () => {
  it('is tried again after a webhook that is not ready yet', async () => {
    const webhook: Step = (response) =>
      status(response, 500, 'Internal error occurred: failed calling webhook "x.example": no endpoints', { reason: 'InternalError' })
    await using server = await steps(webhook, (response, { body }) => json(response, JSON.parse(body), 201))
    const cluster = await server.cluster()
    expect(await cluster.create(configMap('a', { x: 'y' }))).toMatchObject({ data: { x: 'y' } })
    expect(server.asked.map(({ method }) => method)).toEqual(['POST', 'POST'])
  })

  it('takes an object as created when the answer was lost and it is as it was sent', async () => {
    const exists: Step = (response) => status(response, 409, 'already exists', { reason: 'AlreadyExists' })
    await using server = await steps(cut, exists, (response) =>
      json(response, { ...configMap('a', { x: 'y' }), metadata: { name: 'a', namespace: 'ns', uid: 'u' } }),
    )
    const cluster = await server.cluster()
    expect(await cluster.create(configMap('a', { x: 'y' }))).toMatchObject({ metadata: { uid: 'u' } })
  })

  it('does not take an object of someone else as its own', async () => {
    const exists: Step = (response) => status(response, 409, 'already exists', { reason: 'AlreadyExists' })
    await using server = await steps(cut, exists, (response) => json(response, configMap('a', { x: 'other' })))
    const cluster = await server.cluster()
    await expect(cluster.create(configMap('a', { x: 'y' }))).rejects.toMatchObject({ code: 'ERR_KUBE_ALREADY_EXISTS', status: 409 })
  })

  it('fails at once when the object exists', async () => {
    await using server = await steps((response) => status(response, 409, 'already exists', { reason: 'AlreadyExists' }))
    const cluster = await server.cluster()
    await expect(cluster.create(configMap())).rejects.toMatchObject({ code: 'ERR_KUBE_ALREADY_EXISTS' })
    expect(server.asked).toHaveLength(1)
  })

  it('never sends a generated name twice', async () => {
    await using server = await steps(cut)
    const cluster = await server.cluster()
    const object = { ...configMap(), metadata: { generateName: 'a-', namespace: 'ns' } as never }
    await expect(cluster.create(object)).rejects.toMatchObject({ code: 'ERR_KUBE_UNREACHABLE' })
    expect(server.asked).toHaveLength(1)
  })

  it('tries an apply again after a conflict of versions, but not a conditional replace', async () => {
    const conflict: Step = (response) => status(response, 409, 'the object has been modified', { reason: 'Conflict' })
    await using server = await steps(conflict, ok, conflict)
    const cluster = await server.cluster()
    await cluster.apply(configMap())
    const conditional = { ...configMap(), metadata: { ...configMap().metadata, resourceVersion: '1' } }
    await expect(cluster.replace(conditional)).rejects.toMatchObject({ code: 'ERR_KUBE_CONFLICT' })
    expect(server.asked.map(({ method }) => method)).toEqual(['PATCH', 'PATCH', 'PUT'])
  })

  it('takes an object as deleted when the answer was lost and it is gone', async () => {
    const gone: Step = (response) => status(response, 404, 'not found', { reason: 'NotFound' })
    await using server = await steps(cut, gone, gone)
    const cluster = await server.cluster()
    expect(await cluster.delete(refTo())).toBe(true)
    expect(await cluster.delete(refTo())).toBe(false)
  })

  it('applies with manager, force and JSON as YAML', async () => {
    await using server = await steps(ok)
    const cluster = await server.cluster()
    await cluster.apply(
      { ...configMap(), metadata: { ...configMap().metadata, managedFields: [{}] } },
      { dryRun: true, fieldValidation: 'Strict' },
    )
    const [{ method, path, query, headers, body }] = server.asked as [Asked]
    expect([method, path, Object.fromEntries(query), headers['content-type']]).toEqual([
      'PATCH',
      '/api/v1/namespaces/ns/configmaps/a',
      { fieldManager: 'helm', force: 'true', dryRun: 'All', fieldValidation: 'Strict' },
      'application/apply-patch+yaml',
    ])
    expect(JSON.parse(body).metadata).toEqual({ name: 'a', namespace: 'ns' })
  })
})

describe('every request', () => {
  it('ends with its signal, also in a pause between attempts', async () => {
    await using server = await steps((response) => status(response, 429, 'later', {}, { 'retry-after': '20' }))
    const cluster = await server.cluster()
    const stop = new AbortController()
    const reading = cluster.get(refTo(), { signal: stop.signal })
    while (server.asked.length === 0) await new Promise((resolve) => setImmediate(resolve))
    stop.abort(new Error('enough'))
    await expect(reading).rejects.toThrow('enough')
  })

  it('ends with its signal while the server is silent, and in the queue', async () => {
    await using server = await steps(() => {})
    const cluster = await server.cluster({ parallelism: 1 })
    const stop = new AbortController()
    const reading = [cluster.get(refTo(), { signal: stop.signal }), cluster.get(refTo('b'), { signal: stop.signal })]
    while (server.asked.length === 0) await new Promise((resolve) => setImmediate(resolve))
    stop.abort(new Error('enough'))
    expect((await Promise.allSettled(reading)).map((result) => (result as PromiseRejectedResult).reason.message)).toEqual([
      'enough',
      'enough',
    ])
    expect(server.asked).toHaveLength(1)
  })

  it('is given up when the server is silent, before and amid its answer', async () => {
    await using server = await steps(
      () => {},
      (response) => response.writeHead(200).write('{'),
    )
    const cluster = await server.cluster({ timeoutMs: 50, retryMs: 300 })
    await expect(cluster.get(refTo())).rejects.toMatchObject({
      code: 'ERR_KUBE_UNREACHABLE',
      message: expect.stringContaining('no answer'),
    })
  })

  it('is sent again when it was lost on a connection that was dead', async () => {
    await using server = await steps(() => {}, ok)
    const cluster = await server.cluster({ timeoutMs: 1_000, retryMs: 0 })
    expect(await cluster.get(refTo())).toMatchObject({ data: { x: 'live' } })
  })

  it('is never more than the pool at once', async () => {
    let open = 0
    let most = 0
    await using server = await scripted(async (_, response) => {
      most = Math.max(most, ++open)
      await new Promise((resolve) => setImmediate(resolve))
      open--
      json(response, configMap())
    })
    const cluster = await server.cluster({ parallelism: 4 })
    await Promise.all(Array.from({ length: 50 }, () => cluster.get(refTo())))
    expect(most).toBeLessThanOrEqual(4)
    expect(server.asked).toHaveLength(50)
  })

  it('carries the token in its header only, and no error shows it', async () => {
    await using server = await steps((response) => status(response, 403, 'no'))
    const cluster = await server.cluster()
    const error = await cluster.get(refTo()).catch((error) => error)
    expect(server.asked[0]!.headers.authorization).toBe('Bearer s3cr3t')
    const { inspect } = await import('node:util')
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('s3cr3t')
    const refused = await server.cluster({ apiServer: 'http://127.0.0.1:1' })
    expect(inspect(await refused.version().catch((error) => error), { depth: 10, showHidden: true })).not.toContain('s3cr3t')
  })

  it('carries the user that is impersonated', async () => {
    await using server = await steps(ok)
    const cluster = await server.cluster({ asUser: 'ci', asGroups: ['a', 'b'] })
    await cluster.get(refTo())
    expect(server.asked[0]!.headers).toMatchObject({ 'impersonate-user': 'ci', 'impersonate-group': 'a, b' })
  })

  it('reads a token file again after 401', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'converge-token-'))
    try {
      const tokenFile = join(directory, 'token')
      await writeFile(tokenFile, 'old\n')
      await using server = await scripted(({ headers }, response) =>
        headers.authorization === 'Bearer new' ? ok(response, undefined as never) : status(response, 401, 'Unauthorized'),
      )
      const kubeconfig = join(directory, 'config')
      const config = { 'current-context': 'x', contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }] }
      await writeFile(
        kubeconfig,
        JSON.stringify({
          ...config,
          clusters: [{ name: 'c', cluster: { server: server.url } }],
          users: [{ name: 'u', user: { tokenFile: 'token' } }],
        }),
        { mode: 0o600 },
      )
      const cluster = await server.cluster({ kubeconfig, apiServer: undefined, token: undefined })
      await expect(cluster.get(refTo())).rejects.toMatchObject({ code: 'ERR_KUBE_UNAUTHORIZED' })
      await writeFile(tokenFile, 'new\n')
      expect(await cluster.get(refTo())).toMatchObject({ data: { x: 'live' } })
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  it('takes compressed answers', async () => {
    const body = gzipSync(JSON.stringify(configMap('a', { x: 'z'.repeat(10_000) })))
    await using server = await steps((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(body))
    expect(await (await server.cluster()).get(refTo())).toMatchObject({ data: { x: 'z'.repeat(10_000) } })
  })

  it('passes the warnings of the server on, each once', async () => {
    const headers = { warning: '299 - "x/v1 is deprecated, use \\"y/v1\\"", 299 - "unknown field \\"a\\""' }
    await using server = await steps((response) => json(response, configMap(), 200, headers))
    const warnings: string[] = []
    const cluster = await server.cluster({ onApiWarning: (message) => warnings.push(message) })
    await cluster.apply(configMap())
    await cluster.apply(configMap())
    expect(warnings).toEqual(['x/v1 is deprecated, use "y/v1"', 'unknown field "a"'])
  })

  it('goes below the path of the server', async () => {
    await using server = await steps(ok)
    await (await server.cluster({ apiServer: `${server.url}/k8s/clusters/c-1/` })).get(refTo())
    expect(server.asked[0]!.path).toBe('/k8s/clusters/c-1/api/v1/namespaces/ns/configmaps/a')
  })
})
