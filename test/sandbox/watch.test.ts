import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { type Client, clientOf } from './client.ts'

let sandbox: Sandbox
let client: Client
beforeAll(async () => {
  sandbox = await startSandbox()
  client = clientOf(sandbox)
})
afterAll(() => sandbox.stop())

const MAPS = '/api/v1/namespaces/default/configmaps'
const map = (name: string, data: Record<string, string> = {}, labels?: Record<string, string>): any => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...(labels ? { labels } : {}) },
  data,
})

/** The first `count` events of a watch, or all until it ends. */
async function events(query: string, count = Number.POSITIVE_INFINITY): Promise<any[]> {
  const controller = new AbortController()
  const response = await fetch(`${sandbox.url}${MAPS}?watch=true&${query}`, { signal: controller.signal })
  const out: any[] = []
  let rest = ''
  try {
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      rest += chunk
      const lines = rest.split('\n')
      rest = lines.pop()!
      for (const line of lines) {
        out.push(JSON.parse(line))
        if (out.length === count) return out
      }
    }
    return out
  } finally {
    controller.abort()
  }
}
const brief = (list: any[]): string[] => list.map((e) => `${e.type} ${e.object.metadata?.name ?? e.object.message ?? ''}`.trim())

describe('watches', () => {
  test('changes after a version, each once, in order', async () => {
    await client.apply(map('before'))
    const { resourceVersion } = (await client.get(MAPS)).metadata
    const seen = events(`resourceVersion=${resourceVersion}`, 3)
    await client.apply(map('order', { a: '1' }))
    await client.apply(map('order', { a: '2' }))
    await client.apply(map('order', { a: '2' }))
    await client.send('DELETE', `${MAPS}/order`)
    const list = await seen
    expect(brief(list)).toEqual(['ADDED order', 'MODIFIED order', 'DELETED order'])
    const versions = list.map((e) => Number(e.object.metadata.resourceVersion))
    expect([...new Set(versions)].sort((a, b) => a - b)).toEqual(versions)
    expect(brief(await events(`resourceVersion=${resourceVersion}`, 3))).toEqual(brief(list))
  })

  test('an object that leaves the selection is deleted for the watcher', async () => {
    const { resourceVersion } = (await client.get(MAPS)).metadata
    const seen = events(`resourceVersion=${resourceVersion}&labelSelector=on%3Dyes`, 3)
    await client.apply(map('selected', { a: '1' }))
    await client.apply(map('selected', { a: '1' }, { on: 'yes' }))
    await client.apply(map('selected', { a: '2' }, { on: 'yes' }))
    await client.apply(map('selected', { a: '2' }))
    expect(brief(await seen)).toEqual(['ADDED selected', 'MODIFIED selected', 'DELETED selected'])
  })

  test('the state first without a version, and as a list ended by a bookmark', async () => {
    await client.apply(map('present', {}, { state: 'x' }))
    expect(brief(await events('labelSelector=state%3Dx', 1))).toEqual(['ADDED present'])
    const initial = await events(
      'labelSelector=state%3Dx&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
      2,
    )
    expect(initial[1]).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'ConfigMap', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
    })
    const { status, body } = await client.send('GET', `${MAPS}?watch=true&sendInitialEvents=true`)
    expect([status, body.message]).toEqual([
      422,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    ])
  })

  test('too old a version, and the end at the timeout', async () => {
    const [gone] = await events('resourceVersion=1')
    expect(gone).toMatchObject({
      type: 'ERROR',
      object: { code: 410, reason: 'Expired', message: expect.stringMatching(/^too old resource version: 1 \(\d+\)$/) },
    })
    const { resourceVersion } = (await client.get(MAPS)).metadata
    const last = await events(`resourceVersion=${resourceVersion}&timeoutSeconds=1&allowWatchBookmarks=true`)
    expect(last.map((e) => e.type)).toEqual(['BOOKMARK'])
  })

  test('lists in pages', async () => {
    for (const i of [1, 2, 3, 4, 5]) await client.apply(map(`page-${i}`, {}, { page: 'y' }))
    const names: string[] = []
    let token = ''
    do {
      const page = await client.get(`${MAPS}?labelSelector=page%3Dy&limit=2&continue=${token}`)
      names.push(...page.items.map((o: any) => o.metadata.name))
      token = page.metadata.continue ?? ''
    } while (token)
    expect(names).toEqual(['page-1', 'page-2', 'page-3', 'page-4', 'page-5'])
  })

  test('stopping ends watches and log streams', async () => {
    const other = await startSandbox({ seed: 1 })
    const response = await fetch(`${other.url}${MAPS}?watch=true`)
    const ended = response.text().catch(() => 'cut')
    await other.stop()
    await ended
    await expect(fetch(`${other.url}/version`)).rejects.toThrow()
  })
})
