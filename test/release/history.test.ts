import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { decodeRecord, encodeRecord } from '../../src/release/codec.ts'
import { historyOf, isInstalled, revisionsToPrune } from '../../src/release/history.ts'
import { decodeJournal, encodeJournal, type Journal } from '../../src/release/journal.ts'
import { buildRecord, type ReleaseRecord } from '../../src/release/record.ts'
import { fitRecord, maxDataBytes } from '../../src/release/size.ts'
import type { ReleaseStatus } from '../../src/release/status.ts'

const revisions = (...statuses: ReleaseStatus[]) =>
  statuses.map((status, index) => ({
    name: 'r',
    namespace: 'ns',
    revision: index + 1,
    status,
    labels: {},
    allLabels: {},
    load: () => Promise.reject(new Error('not read')),
  }))

describe('a history', () => {
  it('knows the last revision, the last deployed one and the next number', () => {
    const history = historyOf(revisions('superseded', 'deployed', 'failed'))
    expect([history.last?.revision, history.lastDeployed?.revision, history.next]).toEqual([3, 2, 4])
    expect(historyOf([])).toEqual({ revisions: [], last: undefined, lastDeployed: undefined, next: 1 })
  })

  it.each<[ReleaseStatus[], boolean]>([
    [[], false],
    [['failed'], false],
    [['failed', 'pending-install'], false],
    [['deployed', 'failed'], true],
    [['superseded', 'failed', 'pending-upgrade'], true],
    [['superseded', 'uninstalled'], false],
  ])('after %j the release is installed: %j', (statuses, installed) => {
    expect(isInstalled(historyOf(revisions(...statuses)))).toBe(installed)
  })

  it.each<[ReleaseStatus[], number, number[]]>([
    [['superseded', 'superseded', 'deployed'], 10, []],
    [['superseded', 'superseded', 'deployed'], 3, [1]],
    [['superseded', 'superseded', 'deployed'], 1, [1, 2]],
    [['deployed', 'failed', 'failed'], 2, [2, 3]],
    [['deployed', 'failed', 'failed', 'failed'], 3, [2, 3]],
    [['deployed', 'superseded', 'deployed'], 2, [1, 2]],
    [['superseded', 'superseded', 'deployed'], 0, []],
    [[], 1, []],
  ])('%j is pruned to %i before one more by deleting %j', (statuses, max, deleted) => {
    expect(revisionsToPrune(historyOf(revisions(...statuses)), max).map(({ revision }) => revision)).toEqual(deleted)
  })
})

const chart = {
  metadata: { name: 'c', version: '1' },
  templates: [] as { name: string; data: string }[],
  values: {},
  files: [] as { name: string; data: string }[],
}
const noise = (bytes: number) => randomBytes(bytes).toString('base64')
const record = (more: Partial<typeof chart> & { manifest?: string } = {}): ReleaseRecord =>
  buildRecord({
    name: 'r',
    namespace: 'ns',
    revision: 1,
    status: 'pending-install',
    description: '',
    chart: { ...chart, ...more },
    config: {},
    manifest: more.manifest ?? 'm',
    hooks: [],
  })

describe('a record that is too large', () => {
  it('is left as it is where it fits', async () => {
    const small = record()
    expect(await fitRecord(small)).toMatchObject({ record: small, leftOut: [] })
  })

  it('loses the files of the chart first, then its templates', async () => {
    const files = [{ name: 'big', data: noise(700_000) }]
    const templates = [{ name: 'templates/a.yaml', data: noise(300_000) }]
    const one = await fitRecord(record({ files, templates }))
    expect([one.leftOut.length, one.record.chart?.files, one.record.chart?.templates?.length]).toEqual([1, null, 1])
    const two = await fitRecord(record({ files, templates: [{ name: 'templates/a.yaml', data: noise(800_000) }] }))
    expect([two.leftOut.length, two.record.chart?.files, two.record.chart?.templates]).toEqual([2, null, null])
    expect((await encodeRecord(two.record)).length).toBeLessThanOrEqual(maxDataBytes)
    expect(await decodeRecord(await encodeRecord(two.record), 'x')).toMatchObject({
      manifest: 'm',
      chart: { metadata: { name: 'c' }, values: {} },
    })
  })

  it('is refused with the sizes of its parts where that is not enough', async () => {
    await expect(fitRecord(record({ manifest: noise(900_000) }))).rejects.toMatchObject({
      code: 'ERR_RELEASE_TOO_LARGE',
      message: expect.stringMatching(/^the release is too large to be stored: 1,\d{3} KiB compressed, 1,024 KiB are allowed$/),
      details: [expect.stringMatching(/^manifests: 1,\d{3} KiB$/)],
    })
  })

  it('leaves room for its journal', async () => {
    const entries = Array.from({ length: 5000 }, () => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'ns', name: noise(12) }))
    const journal = { startedAt: '2026-01-01T00:00:00Z', entries }
    const alone = (await fitRecord(record())).bytes
    expect((await fitRecord(record(), journal)).bytes).toBeGreaterThan(alone + 50_000)
  })
})

describe('a journal', () => {
  const journal: Journal = {
    startedAt: '2026-01-01T00:00:00.000Z',
    holder: 'ci@runner pid 7',
    entries: [
      { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'ns', name: 'web', uid: 'u' },
      { apiVersion: 'v1', kind: 'Namespace', name: 'ns' },
      { apiVersion: 'batch/v1', kind: 'Job', namespace: 'ns', name: 'hook', hook: true },
    ],
  }

  it('reads back', async () => {
    expect(await decodeJournal(await encodeJournal(journal))).toEqual(journal)
    expect((await decodeJournal(await encodeJournal(journal, { uids: false })))?.entries[0]).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace: 'ns',
      name: 'web',
    })
  })

  it('of another version, or broken, is none', async () => {
    const { packed } = await import('../../src/release/codec.ts')
    for (const text of ['', 'x', await packed('{"v":2,"rows":[]}'), await packed('[]'), await packed('null')])
      expect(await decodeJournal(text)).toBeUndefined()
  })
})
