import path from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type HelmVersion, helmBinary } from '../oracle/helm.ts'
import { run } from './process.ts'
import { charts, expectSuccess, newScenario, type Scenario } from './scenario.ts'
import { openTarget, type Target } from './target.ts'

// Containers start, stop and fail in their own time.
vi.setConfig({ testTimeout: 120_000 })

let target: Target

beforeAll(async () => {
  target = await openTarget()
})
afterAll(() => target?.stop())

const versions: HelmVersion[] = ['4.2.3', '3.17.2']
const present = await Promise.all(versions.map((version) => helmBinary(version)))

describe.each(versions.map((version, index) => ({ version, binary: present[index] })))('Helm $version', ({ binary }) => {
  const chart = path.join(charts, 'app')

  async function withHelm(work: (app: Scenario, helm: (...args: string[]) => Promise<string>) => Promise<void>): Promise<void> {
    const app = await newScenario(target)
    const place = ['--kubeconfig', target.kubeconfig, '--kube-context', target.context, '-n', app.name]
    const values = JSON.stringify(target.placement)
    const helm = async (...args: string[]) => {
      const templates = args.includes(chart) ? ['--set-json', `placement=${values}`] : []
      const result = await run(binary!, [...args, ...templates, ...place], { limitSeconds: 100 })
      expect(result.status, result.output).toBe(0)
      return result.stdout
    }
    try {
      await work(app, helm)
    } finally {
      await app.remove()
    }
  }

  it.skipIf(!binary)('goes on with what converge deployed', () =>
    withHelm(async (app, helm) => {
      expectSuccess(await app.deploy())
      await helm('upgrade', 'app', chart, '--set', 'greeting=helm', '--wait')
      expect((await app.get('v1/configmaps/app-config')).data).toEqual({ greeting: 'helm' })
      await helm('rollback', 'app', '1', '--wait')
      expect((await app.get('v1/configmaps/app-config')).data).toEqual({ greeting: 'hello' })
      expect(await app.revisions()).toEqual(['1 superseded', '2 superseded', '3 deployed'])
      await helm('uninstall', 'app', '--wait')
      expect((await app.inventory()).filter((name) => name !== 'Job/app-announce')).toEqual([])
    }),
  )

  it.skipIf(!binary)('hands over what it deployed', () =>
    withHelm(async (app, helm) => {
      await helm('install', 'app', chart, '--set', 'extras={banner}', '--wait')
      expectSuccess(await app.deploy({ greeting: 'converge' }))
      expect((await app.get('v1/configmaps/app-config')).data).toEqual({ greeting: 'converge' })
      expect(await app.inventory()).not.toContain('ConfigMap/app-banner')
      expect(await app.revisions()).toEqual(['1 superseded', '2 deployed'])
      const history = JSON.parse(await helm('history', 'app', '-o', 'json'))
      expect(history.map((entry: any) => entry.status)).toEqual(['superseded', 'deployed'])
      expectSuccess(await app.converge(['dismiss']))
      expect((await app.inventory()).filter((name) => name !== 'Job/app-announce')).toEqual([])
    }),
  )

  it.skipIf(!binary)('hands over a release that it left in the middle of an upgrade', () =>
    withHelm(async (app, helm) => {
      await helm('install', 'app', chart, '--wait')
      const [record] = (await app.get('v1/secrets?labelSelector=owner%3Dhelm')).items
      // What a killed `helm upgrade` leaves: the newest revision is pending, and Helm refuses to go on.
      const pending = {
        ...record,
        metadata: { name: 'sh.helm.release.v1.app.v2', labels: { ...record.metadata.labels, version: '2', status: 'pending-upgrade' } },
        data: { release: Buffer.from(edited(record.data.release), 'utf8').toString('base64') },
      }
      await app.create('v1/secrets', pending)
      expectSuccess(await app.deploy({ greeting: 'on' }))
      expect((await app.get('v1/configmaps/app-config')).data).toEqual({ greeting: 'on' })
      expect((await app.revisions()).at(-1)).toBe('3 deployed')
      expect((await app.revisions()).filter((revision) => revision.includes('pending'))).toEqual([])
      await helm('upgrade', 'app', chart, '--wait')
    }),
  )
})

/** A stored release as revision 2 with the status pending-upgrade, in Helm's own encoding. */
function edited(secret: string): string {
  const release = JSON.parse(gunzipSync(Buffer.from(Buffer.from(secret, 'base64').toString('utf8'), 'base64')).toString('utf8'))
  const pending = { ...release, version: 2, info: { ...release.info, status: 'pending-upgrade' } }
  return gzipSync(JSON.stringify(pending)).toString('base64')
}
