import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { Cluster, WatchEvent, WatchOptions } from '../../src/cluster/cluster.ts'
import { type Asked, configMap, json, scripted, status } from './server.ts'

const times = { backOffMs: 1, backOffMaxMs: 5 }

function object(name: string, version: number, uid = `uid-${name}`) {
  const map = configMap(name, { version: String(version) })
  return { ...map, metadata: { ...map.metadata, uid, resourceVersion: String(version), managedFields: [{ manager: 'x' }] } }
}

type Handler = (response: ServerResponse, asked: Asked) => unknown

/** A server whose lists and watches are scripted apart; the last of each goes on. */
function serving(lists: Handler[], watches: Handler[]) {
  const count = { list: 0, watch: 0 }
  const next = (list: Handler[], number: number) => list[Math.min(number, list.length) - 1]!
  return scripted((asked, response) =>
    asked.query.has('watch') ? next(watches, ++count.watch)(response, asked) : next(lists, ++count.list)(response, asked),
  )
}

const list =
  (version: number, ...items: object[]): Handler =>
  (response) =>
    json(response, { kind: 'ConfigMapList', metadata: { resourceVersion: String(version) }, items })

const event = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`
const open =
  (...events: string[]): Handler =>
  (response) =>
    void response.writeHead(200).write(events.join('') || '\n')
const ended =
  (...events: string[]): Handler =>
  (response) =>
    void response.writeHead(200).end(events.join(''))
const cut =
  (...events: string[]): Handler =>
  (response) =>
    void response.writeHead(200).write(events.join('') || '\n', () => setTimeout(() => response.socket!.resetAndDestroy(), 5))

/** `added a@1`, `synced`, `interrupted …` until `stop` says enough. */
async function told(cluster: Cluster, stop: (lines: string[]) => boolean, options: Partial<WatchOptions> = {}): Promise<string[]> {
  const controller = new AbortController()
  const lines: string[] = []
  const watch = cluster.watch({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'ns', signal: controller.signal, times, ...options })
  for await (const event of watch) {
    lines.push(lineOf(event))
    if (stop(lines)) controller.abort()
  }
  return lines
}

function lineOf(event: WatchEvent): string {
  if ('object' in event) return `${event.type} ${event.object.metadata.name}@${event.object.metadata.resourceVersion}`
  return event.type === 'synced' ? 'synced' : `interrupted ${event.status ?? ''} ${event.fatal ? 'for good' : 'for now'}`
}

const upTo = (line: string) => (lines: string[]) => lines.includes(line)

describe('a watch', () => {
  it('tells what there is, then what changes', async () => {
    await using server = await serving(
      [list(5, object('a', 3), object('b', 4))],
      [open(event('ADDED', object('c', 6)), event('MODIFIED', object('a', 7)), event('DELETED', object('b', 8)))],
    )
    expect(await told(await server.cluster(), upTo('deleted b@8'))).toEqual([
      'added a@3',
      'added b@4',
      'synced',
      'added c@6',
      'modified a@7',
      'deleted b@8',
    ])
    expect(Object.fromEntries(server.asked[1]!.query)).toMatchObject({ watch: '1', resourceVersion: '5', allowWatchBookmarks: 'true' })
  })

  it('asks with selectors and gives trimmed objects', async () => {
    await using server = await serving([list(5, object('a', 3))], [open(event('MODIFIED', object('a', 7)))])
    const cluster = await server.cluster()
    const controller = new AbortController()
    const seen: unknown[] = []
    const options = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      labelSelector: 'a=b',
      fieldSelector: 'metadata.name=a',
      signal: controller.signal,
    }
    for await (const event of cluster.watch({
      ...options,
      trim: ({ apiVersion, kind, metadata: { name } }) => ({ apiVersion, kind, metadata: { name } }),
    })) {
      seen.push(event)
      if (seen.length === 3) controller.abort()
    }
    const trimmed = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }
    expect(seen).toEqual([{ type: 'added', object: trimmed }, { type: 'synced' }, { type: 'modified', object: trimmed }])
    for (const { path, query } of server.asked)
      expect([path, query.get('labelSelector'), query.get('fieldSelector')]).toEqual(['/api/v1/configmaps', 'a=b', 'metadata.name=a'])
  })

  it('is taken up where it was cut, without a word and without a list', async () => {
    await using server = await serving(
      [list(5)],
      [cut(event('ADDED', object('a', 6))), cut(event('BOOKMARK', object('', 9))), open(event('ADDED', object('b', 10)))],
    )
    expect(await told(await server.cluster(), upTo('added b@10'))).toEqual(['synced', 'added a@6', 'added b@10'])
    expect(server.asked.map(({ query }) => query.get('resourceVersion'))).toEqual([null, '5', '6', '9'])
  })

  it('is taken up where the server ended it', async () => {
    await using server = await serving([list(5)], [ended(event('ADDED', object('a', 6))), ended(), open(event('ADDED', object('b', 7)))])
    expect(await told(await server.cluster(), upTo('added b@7'))).toEqual(['synced', 'added a@6', 'added b@7'])
    expect(server.asked.map(({ query }) => query.get('resourceVersion'))).toEqual([null, '5', '6', '6'])
  })

  const expired = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' }
  it.each<[string, Handler]>([
    ['as an event', open(event('ADDED', object('d', 6)), event('ERROR', expired))],
    ['as the answer', (response) => status(response, 410, 'too old', { reason: 'Expired' })],
  ])('lists again when its version is forgotten, told %s, and tells the differences', async (_, gone) => {
    const before = [object('a', 3), object('b', 4), object('c', 2, 'uid-old')]
    const after = [object('a', 3), object('b', 20), object('c', 21, 'uid-new'), object('e', 22)]
    await using server = await serving([list(5, ...before), list(30, ...after)], [gone, open(event('ADDED', object('z', 31)))])
    const lines = await told(await server.cluster(), upTo('added z@31'))
    const again = lines.slice(lines.indexOf('synced') + 1).filter((line) => !/d@6/.test(line))
    expect(again).toEqual(['deleted c@2', 'modified b@20', 'added c@21', 'added e@22', 'synced', 'added z@31'])
    expect(server.asked.at(-1)!.query.get('resourceVersion')).toBe('30')
  })

  it.each([401, 403])('ends for good with %i', async (code) => {
    await using server = await serving([(response) => status(response, code, 'no', { reason: 'Forbidden' })], [open()])
    expect(await told(await server.cluster(), () => false)).toEqual([`interrupted ${code} for good`])
    expect(server.asked).toHaveLength(1)
  })

  it('ends for good when only watching is forbidden', async () => {
    await using server = await serving([list(5, object('a', 1))], [(response) => status(response, 403, 'no')])
    expect(await told(await server.cluster(), () => false)).toEqual(['added a@1', 'synced', 'interrupted 403 for good'])
  })

  it('says so and goes on after errors of the server, garbage and half events', async () => {
    await using server = await serving(
      [list(5)],
      [
        open(event('ERROR', { kind: 'Status', code: 500, message: 'oops' })),
        open('this is no JSON\n'),
        ended(event('ADDED', object('a', 6)), '{"type":"MODI'),
        open(event('MODIFIED', object('a', 7))),
      ],
    )
    const lines = await told(await server.cluster(), upTo('modified a@7'))
    expect(lines.filter((line) => !line.startsWith('interrupted'))).toEqual(['synced', 'added a@6', 'modified a@7'])
    expect(lines).toContain('interrupted 500 for now')
    expect(server.asked.at(-1)!.query.get('resourceVersion')).toBe('6')
  })

  it('waits for a kind that is not served yet', async () => {
    let served = false
    await using server = await scripted(({ path, query }, response) => {
      if (path === '/api') return json(response, { kind: 'APIGroupDiscoveryList', items: [] })
      const resources = [{ resource: 'widgets', responseKind: { kind: 'Widget' }, scope: 'Namespaced', verbs: ['list', 'watch'] }]
      const items = served ? [{ metadata: { name: 'x.example' }, versions: [{ version: 'v1', resources }] }] : []
      served = true
      if (path === '/apis') return json(response, { kind: 'APIGroupDiscoveryList', items })
      return query.has('watch') ? open()(response, undefined as never) : list(1, object('w', 1))(response, undefined as never)
    })
    const lines = await told(await server.cluster(), upTo('synced'), { apiVersion: 'x.example/v1', kind: 'Widget' })
    expect(lines).toEqual(['interrupted 404 for now', 'added w@1', 'synced'])
  })

  it('is taken for dead when its bookmarks stop', async () => {
    await using server = await serving([list(5)], [open(event('BOOKMARK', object('', 8))), open(event('ADDED', object('a', 9)))])
    expect(await told(await server.cluster(), upTo('added a@9'), { times: { ...times, idleMs: 20 } })).toContain('added a@9')
    expect(server.asked.at(-1)!.query.get('resourceVersion')).toBe('8')
  })

  it('gives a slow consumer the newest state of each object, once, in order', async () => {
    const events = Array.from({ length: 1000 }, (_, index) => event('MODIFIED', object(index % 2 ? 'a' : 'b', 10 + index)))
    await using server = await serving([list(5, object('a', 1), object('b', 2))], [open(...events, event('ADDED', object('end', 5000)))])
    const cluster = await server.cluster()
    const controller = new AbortController()
    const lines: string[] = []
    for await (const event of cluster.watch({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'ns', signal: controller.signal })) {
      lines.push(lineOf(event))
      if (lines.length === 1) await new Promise((resolve) => setTimeout(resolve, 300))
      if (lines.at(-1) === 'added end@5000') controller.abort()
    }
    expect(lines).toEqual(['added a@1', 'added b@1008', 'synced', 'modified a@1009', 'added end@5000'])
  })

  it('ends when its consumer leaves', async () => {
    await using server = await serving([list(5, object('a', 1))], [open()])
    const cluster = await server.cluster()
    for await (const event of cluster.watch({ apiVersion: 'v1', kind: 'ConfigMap', signal: new AbortController().signal }))
      if (event.type === 'synced') break
    expect(server.asked.length).toBeLessThanOrEqual(2)
  })
})
