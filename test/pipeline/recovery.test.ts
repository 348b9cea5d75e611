import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sortManifests } from '../../src/chart/manifests.ts'
import type { Cluster } from '../../src/cluster/cluster.ts'
import { connect } from '../../src/cluster/connection.ts'
import { converge } from '../../src/pipeline/converge.ts'
import { expectedCreations } from '../../src/pipeline/creations.ts'
import type { Event, FinishedEvent } from '../../src/pipeline/events.ts'
import type { ConvergeOptions } from '../../src/pipeline/options.ts'
import { contentOfPlan, type SavedPlan, savePlan } from '../../src/pipeline/saved-plan.ts'
import { formatFinish } from '../../src/report/finish-text.ts'
import { createTheme } from '../../src/report/theme.ts'
import { useNamespace } from '../cluster-access/namespace.ts'
import { type FaultProxy, startFaultProxy } from '../fault-proxy.ts'
import { configMap, releaseIn, yaml } from './charts.ts'
import { chartContent, inventory, run, statuses } from './faults.ts'

describe('after a failure', () => {
  const test = useNamespace('sandbox', { speed: 50 })
  let directory: string
  let proxy: FaultProxy
  let proxied: Cluster

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'converge-recovery-'))
    proxy = await startFaultProxy({ kubeconfig: test.kubeconfig, context: 'test' })
    await writeFile(join(directory, 'config'), proxy.kubeconfig, { mode: 0o600 })
    proxied = await connect({ kubeconfig: join(directory, 'config'), context: 'test', env: {} })
  })
  afterAll(async () => {
    await proxied.close()
    await proxy.close()
    await rm(directory, { recursive: true, force: true })
  })

  it('of a saved plan the last good revision is brought back, and the closing line says so', async () => {
    const aim = { cluster: test.cluster, namespace: test.name }
    expect((await run(aim, '1')).finished).toMatchObject({ outcome: 'deployed' })
    const before = await inventory(aim)
    let saved: SavedPlan | undefined
    const options = { cluster: proxied, release: 'r', namespace: test.name, settings: { settleMs: 0 } }
    const onPlan: ConvergeOptions['onPlan'] = async (plan) => {
      saved = await savePlan({ release: 'r', namespace: test.name, server: proxied.server, ...plan })
    }
    await finished(converge({ ...options, action: 'plan', content: chartContent(test.name, '2'), onPlan }))

    proxy.setFault(({ method, path }) =>
      method === 'PATCH' && /\/services\/new\?/.test(path) && !path.includes('dryRun')
        ? { status: 422, body: '{"kind":"Status","status":"Failure","reason":"Invalid","message":"no","code":422}' }
        : undefined,
    )
    const end = await finished(
      converge({
        ...options,
        action: 'deploy',
        savedPlan: saved!,
        content: () => contentOfPlan(saved!),
        settings: { settleMs: 0, onFailure: 'rollback' },
      }),
    )
    proxy.setFault(undefined)
    expect(end).toMatchObject({ outcome: 'failed', revision: 2, lastGoodRevision: 1, restoredRevision: 3 })
    expect(await inventory(aim)).toEqual(before)
    expect(await statuses(aim)).toEqual(['superseded', 'failed', 'deployed'])
    const text = formatFinish(end, createTheme(false)).join('\n')
    expect(text).toMatch(/r revision 2 failed .*Revision 1 was brought back, as revision 3/)
    expect(text).not.toContain('converge rollback')
  })

  it('nothing is left of a hook that came before, but what it replaced', async () => {
    const release = releaseIn(proxied, test.name, 'hooks')
    const hook = (version: string) => ({
      ...configMap('hooked'),
      metadata: { name: 'hooked', annotations: { 'helm.sh/hook': 'pre-install,pre-upgrade' } },
      data: { version },
    })
    expect((await release.deploy(yaml(hook('1'), configMap('a')))).finished.outcome).toBe('deployed')
    proxy.setFault(({ method, path }) =>
      method === 'PATCH' &&
      /configmaps\/hooked\?/.test(path) &&
      !path.includes('dryRun') &&
      proxy.requests.every(({ status }) => status !== 403)
        ? refuseOnce()
        : undefined,
    )
    let refused = 0
    const refuseOnce = () => (refused++ === 0 ? { status: 403, body: '{}' } : undefined)
    const { finished, events } = await release.deploy(yaml(hook('2'), configMap('a')), { forceRevision: true })
    proxy.setFault(undefined)
    expect(finished.outcome).toBe('failed')
    const live = await test.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', name: 'hooked', namespace: test.name })
    expect(live?.data).toEqual({ version: '1' })
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'guard', state: 'restored', ref: expect.objectContaining({ name: 'hooked' }) }),
    )
  })

  it.each([
    [{ 'helm.sh/hook-delete-policy': 'hook-failed', 'werf.io/delete-policy': 'before-creation' }, ['again']],
    [{ 'helm.sh/hook-delete-policy': 'before-hook-creation', 'werf.io/delete-policy': 'failed' }, []],
  ])('a Job that is there is a creation of the run only where it is made anew: %o', async (annotations, expected) => {
    const container = { name: 'a', image: 'x' }
    const job = (more: object) => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'again', namespace: test.name, ...more },
      spec: { suspend: true, template: { spec: { restartPolicy: 'Never', containers: [container] } } },
    })
    await test.cluster.apply(job({}))
    const text = yaml(job({ annotations: { 'helm.sh/hook': 'pre-upgrade', ...annotations } }))
    const { hooks } = sortManifests(new Map([['c/templates/all.yaml', text]]))
    const scene = { cluster: test.cluster, release: { name: 'r', namespace: test.name }, signal: AbortSignal.timeout(10_000) }
    const creations = await expectedCreations(scene, [], hooks)
    expect(creations.map(({ name }) => name)).toEqual(expected)
  })

  it('two revisions that both say that they are deployed become one', async () => {
    const release = releaseIn(test.cluster, test.name, 'twice')
    await release.deploy(yaml(configMap('b')))
    await release.deploy(yaml({ ...configMap('b'), data: { a: '2' } }))
    const ref = { apiVersion: 'v1', kind: 'Secret', name: 'sh.helm.release.v1.twice.v1', namespace: test.name }
    await test.cluster.mergePatch(ref, { metadata: { labels: { status: 'deployed' } } })
    expect((await release.deploy(yaml({ ...configMap('b'), data: { a: '2' } }))).finished.outcome).toBe('unchanged')
    expect((await test.cluster.get(ref))?.metadata.labels?.status).toBe('superseded')
  })
})

async function finished(events: AsyncIterable<Event>): Promise<FinishedEvent> {
  let last: Event | undefined
  for await (const event of events) last = event
  return last as FinishedEvent
}
