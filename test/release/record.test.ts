import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { renderChart } from '../../src/chart/render.ts'
import { contentOfChart } from '../../src/pipeline/content.ts'
import { decodeRecord, encodeRecord, packed, recordJson } from '../../src/release/codec.ts'
import { buildRecord, type ReleaseRecord } from '../../src/release/record.ts'
import { type HelmVersion, helmBinary } from '../oracle/helm.ts'
import { goldenPath, helmReleaseJson, set, setJson, storedChart, withoutTimes } from './helm-json.ts'

const run = promisify(execFile)

/** The record of the test's chart, as a first install makes it. */
function storedRecord(status: ReleaseRecord['info']['status'] = 'pending-install'): ReleaseRecord {
  const rendered = renderChart({ chart: storedChart, releaseName: 'rel', namespace: 'shop', values: { set, setJson } as never })
  return buildRecord({
    ...contentOfChart(rendered).stored,
    name: 'rel',
    namespace: 'shop',
    revision: 1,
    status,
    description: 'Dry run complete',
    now: '1970-01-01T00:00:00Z',
  })
}

/** JavaScript objects put keys that look like integers first. */
const reordered = (json: string) => JSON.stringify(JSON.parse(json), null, 1).split('\n')

describe('a record', () => {
  it('is what Helm 4 would store for the same chart and values', async () => {
    expect(reordered(withoutTimes(recordJson(storedRecord())))).toEqual(reordered(await readFile(goldenPath, 'utf8')))
  })

  it('is read and written without a difference', async () => {
    const golden = await readFile(goldenPath, 'utf8')
    expect(reordered(recordJson(await decodeRecord(await packed(golden), 'x')))).toEqual(reordered(golden))
  })

  it('escapes what Go escapes', () => {
    expect(recordJson(storedRecord())).toContain('"\\u003cx\\u003e"')
    expect(recordJson({ ...storedRecord(), manifest: 'a\u2028b&c' })).toContain('"a\\u2028b\\u0026c"')
  })

  it('of any values reads back equal', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string(), fc.jsonValue({ noNegativeZero: true } as never)),
        fc.string(),
        async (config, manifest) => {
          const record = { ...storedRecord(), config, manifest }
          const read = await decodeRecord(await encodeRecord(record), 'x')
          expect(JSON.stringify(read.config ?? {})).toEqual(JSON.stringify(sorted(Object.keys(config).length > 0 ? config : {})))
          expect(read.manifest).toBe(manifest)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('keeps integers beyond 2^53 and fields that it does not know', async () => {
    const record = {
      ...storedRecord(),
      config: new Map([['n', 9007199254740993n]]),
      info: { ...storedRecord().info, rollback_revision: 3, future: 'x' },
      more: [1],
    }
    expect(recordJson(record as never)).toMatch(/"config":\{"n":9007199254740993\}/)
    expect(await decodeRecord(await encodeRecord(record as never), 'x')).toMatchObject({
      info: { rollback_revision: 3, future: 'x' },
      more: [1],
    })
  })

  it.each([
    ['JSON that was not compressed', Buffer.from('{"name":"r","version":2,"manifest":"m"}').toString('base64')],
    [
      'what Helm 3 wrote',
      Buffer.from(
        '{"name":"r","info":{"first_deployed":"x","last_deployed":"y","deleted":"","status":"deployed"},"version":2,"hooks":[{"name":"h","last_run":{"started_at":"","completed_at":"","phase":""}}]}',
      ).toString('base64'),
    ],
  ])('is read from %s', async (_, text) => {
    expect(await decodeRecord(text, 'x')).toMatchObject({ name: 'r', version: 2 })
  })

  it.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['half of it', Buffer.from([0x1f, 0x8b, 8, 0, 1]).toString('base64')],
    ['another JSON', Buffer.from('[1]').toString('base64')],
    ['null', Buffer.from('null').toString('base64')],
  ])('that is %s is refused by name', async (_, text) => {
    await expect(decodeRecord(text, 'Secret shop/x')).rejects.toMatchObject({
      code: 'ERR_RELEASE_UNREADABLE',
      message: expect.stringContaining('Secret shop/x'),
    })
  })
})

describe('the golden', () => {
  it('is what the binary prints', async ({ skip }) => {
    const helm = await helmBinary()
    if (!helm) return skip('no Helm binary')
    const json = await helmReleaseJson(helm)
    if (process.env.UPDATE_GOLDENS) await writeFile(goldenPath, json)
    expect(json).toBe(withoutTimes(await readFile(goldenPath, 'utf8')))
  })
})

describe.each<HelmVersion>(['4.2.3', '3.17.2'])('Helm %s', (version) => {
  let directory: string
  let helm: string | undefined
  const ask = async (...args: string[]) =>
    (
      await run(helm!, args, {
        env: { ...process.env, HELM_DRIVER: 'memory', HELM_MEMORY_DRIVER_DATA: join(directory, 'data.json'), KUBECONFIG: '/dev/null' },
      })
    ).stdout

  beforeAll(async () => {
    helm = await helmBinary(version)
    directory = await mkdtemp(join(tmpdir(), 'converge-release-'))
    const revisions = [
      { ...storedRecord('superseded'), version: 1 },
      { ...storedRecord('deployed'), version: 2 },
      { ...storedRecord('pending-upgrade'), version: 3 },
    ]
    await writeFile(join(directory, 'data.json'), `[${revisions.map(recordJson).join(',')}]`)
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  it('reads our records', async ({ skip }) => {
    if (!helm) return skip('no Helm binary')
    const history = JSON.parse(await ask('history', 'rel', '-n', 'shop', '-o', 'json'))
    expect(history.map(({ revision, status, chart }: any) => `${revision} ${status} ${chart}`)).toEqual([
      '1 superseded stored-1.2.3+build.4',
      '2 deployed stored-1.2.3+build.4',
      '3 pending-upgrade stored-1.2.3+build.4',
    ])
    expect(await ask('get', 'manifest', 'rel', '-n', 'shop', '--revision', '2')).toContain('name: rel-config')
    expect(await ask('get', 'hooks', 'rel', '-n', 'shop', '--revision', '2')).toContain('# Source: stored/templates/hook.yaml')
    expect(await ask('get', 'notes', 'rel', '-n', 'shop', '--revision', '2')).toContain('Thanks for rel <3')
    expect(JSON.parse(await ask('get', 'values', 'rel', '-n', 'shop', '--revision', '2', '-o', 'json'))).toMatchObject({
      user: { s: '<x>' },
      nested: { b: [1, 2.5] },
    })
    expect(JSON.parse(await ask('get', 'values', 'rel', '-n', 'shop', '--revision', '2', '--all', '-o', 'json'))).toMatchObject({
      imported: { x: 1 },
    })
  })
})

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  const result: Record<string, unknown> = Object.create(null)
  for (const [key, item] of entries) result[key] = sorted(item)
  return result
}
