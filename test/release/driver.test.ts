import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMapDriver } from '../../src/release/driver-configmap.ts'
import { secretDriver } from '../../src/release/driver-secret.ts'
import { loadHistory, pruneHistory } from '../../src/release/history.ts'
import { buildRecord, type ReleaseRecord, withStatus } from '../../src/release/record.ts'
import { targets, useNamespace } from '../cluster-access/namespace.ts'
import { type HelmVersion, helmBinary } from '../oracle/helm.ts'
import { storedChart } from './helm-json.ts'

const run = promisify(execFile)

const record = (name: string, revision: number, status: ReleaseRecord['info']['status']) =>
  buildRecord({
    name,
    namespace: 'unused',
    revision,
    status,
    description: 'ours',
    chart: { metadata: { name: 'c', version: '1.0.0', apiVersion: 'v2' }, templates: [], values: {}, files: [] },
    config: { revision },
    manifest: `---\n# Source: c/templates/a.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {revision: "${revision}"}\n`,
    hooks: [],
    labels: { team: 'a' },
  })

const drivers = [
  ['Secrets', secretDriver],
  ['ConfigMaps', configMapDriver],
] as const

describe.each(targets.flatMap((target) => drivers.map(([kind, open]) => [kind, target, open] as const)))(
  'revisions in %s on the %s',
  (kind, target, open) => {
    const test = useNamespace(target)

    it('are created, listed, read, overwritten and deleted', async () => {
      const driver = open(test.cluster, test.name)
      await driver.create(record('a', 1, 'superseded'))
      await driver.create(record('a', 2, 'deployed'))
      await driver.create(record('a', 10, 'pending-upgrade'))
      await driver.create(record('b', 1, 'deployed'))
      const history = await loadHistory(driver, 'a')
      expect(history.revisions.map(({ revision, status, labels }) => [revision, status, labels])).toEqual([
        [1, 'superseded', { team: 'a' }],
        [2, 'deployed', { team: 'a' }],
        [10, 'pending-upgrade', { team: 'a' }],
      ])
      expect([history.lastDeployed?.revision, history.next]).toEqual([2, 11])
      expect((await history.last!.load()).record).toEqual((await driver.get('a', 10))!.record)
      expect((await driver.list()).map(({ name, revision }) => `${name} ${revision}`)).toEqual(['a 1', 'a 2', 'a 10', 'b 1'])
      await driver.update(withStatus(record('a', 10, 'deployed'), 'failed', 'why'))
      expect((await driver.get('a', 10))!.record.info).toMatchObject({ status: 'failed', description: 'why' })
      await driver.delete('a', 10)
      expect(await driver.get('a', 10)).toBeUndefined()
      await driver.delete('a', 10)
    })

    it('carry the labels of Helm', async () => {
      const driver = open(test.cluster, test.name)
      await driver.create(record('l', 1, 'pending-install'))
      await driver.update(record('l', 1, 'deployed'))
      const { metadata, type } = (await test.cluster.get({
        apiVersion: 'v1',
        kind: kind.slice(0, -1),
        name: 'sh.helm.release.v1.l.v1',
        namespace: test.name,
      }))!
      const seconds = expect.stringMatching(/^\d{10}$/)
      expect(metadata.labels).toEqual({
        name: 'l',
        owner: 'helm',
        status: 'deployed',
        version: '1',
        createdAt: seconds,
        modifiedAt: seconds,
        team: 'a',
      })
      expect(type).toBe(kind === 'Secrets' ? 'helm.sh/release.v1' : undefined)
    })

    it('that exist are not overwritten by another run', async () => {
      const driver = open(test.cluster, test.name)
      await driver.create(record('x', 1, 'deployed'))
      await expect(driver.create({ ...record('x', 1, 'pending-install'), manifest: 'other' })).rejects.toMatchObject({
        code: 'ERR_RELEASE_EXISTS',
      })
    })

    it('hold a journal until their final state is written', async () => {
      const driver = open(test.cluster, test.name)
      const entry = { apiVersion: 'v1', kind: 'ConfigMap', name: 'a', namespace: test.name }
      await driver.create(record('j', 1, 'pending-install'), { journal: { startedAt: '2026-01-01T00:00:00Z', entries: [entry] } })
      expect((await driver.get('j', 1))?.journal?.entries).toEqual([entry])
      await driver.writeJournal('j', 1, { startedAt: '2026-01-01T00:00:00Z', entries: [{ ...entry, uid: 'u' }] })
      const { record: pending, journal } = (await driver.get('j', 1))!
      expect([journal?.entries[0]?.uid, pending.info.status]).toEqual(['u', 'pending-install'])
      await driver.update(withStatus(pending, 'deployed'))
      expect((await driver.get('j', 1))?.journal).toBeUndefined()
    })

    it('are pruned', async () => {
      const driver = open(test.cluster, test.name)
      await driver.create(record('p', 1, 'deployed'))
      for (const revision of [2, 3, 4]) await driver.create(record('p', revision, 'failed'))
      await pruneHistory(driver, await loadHistory(driver, 'p'), 3)
      expect((await driver.list('p')).map(({ revision }) => revision)).toEqual([1, 4])
    })

    describe.each<HelmVersion>(['4.2.3', '3.17.2'])('and Helm %s', (version) => {
      let helm: string | undefined
      let home: string
      const release = `h${version.at(0)}`
      const ask = async (...args: string[]) =>
        (
          await run(helm!, [...args, '-n', test.name, '--kubeconfig', test.kubeconfig, '--kube-context', 'test'], {
            env: { ...process.env, HELM_DRIVER: kind.toLowerCase(), HOME: home, HELM_CACHE_HOME: home },
          })
        ).stdout
      beforeAll(async () => {
        helm = await helmBinary(version)
        home = await mkdtemp(join(tmpdir(), 'converge-helm-'))
      })
      afterAll(() => rm(home, { recursive: true, force: true }))

      it('take over from each other', async ({ skip }) => {
        if (!helm) return skip('no Helm binary')
        const driver = open(test.cluster, test.name)
        await ask('install', release, storedChart, '--no-hooks', '--set', 'user.a=1', '--labels', 'team=b')
        const installed = (await loadHistory(driver, release)).last!
        expect([installed.revision, installed.status, installed.labels]).toEqual([1, 'deployed', { team: 'b' }])
        const first = (await installed.load()).record
        expect(first).toMatchObject({ name: release, config: { user: { a: 1 } }, info: { description: 'Install complete' } })

        await driver.create({
          ...first,
          version: 2,
          config: { user: { a: 2 } },
          info: { ...first.info, status: 'deployed', description: 'ours' },
        })
        await driver.update(withStatus(first, 'superseded'))
        const history = JSON.parse(await ask('history', release, '-o', 'json'))
        expect(history.map(({ revision, status, description }: any) => [revision, status, description])).toEqual([
          [1, 'superseded', 'Install complete'],
          [2, 'deployed', 'ours'],
        ])
        expect(JSON.parse(await ask('get', 'values', release, '-o', 'json'))).toEqual({ user: { a: 2 } })
        await ask('rollback', release, '1', '--no-hooks')
        await ask('upgrade', release, storedChart, '--no-hooks', '--set', 'user.a=3')
        const after = await loadHistory(driver, release)
        expect(after.revisions.map(({ status }) => status)).toEqual(['superseded', 'superseded', 'superseded', 'deployed'])
        expect((await after.last!.load()).record.config).toEqual({ user: { a: 3 } })
        await ask('uninstall', release, '--no-hooks')
        expect(await driver.list(release)).toEqual([])
      })
    })
  },
)
