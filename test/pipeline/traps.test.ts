import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { KubeObject } from '../../src/resource.ts'
import { targets, useNamespace } from '../cluster-access/namespace.ts'
import { configMap, type Outcome, releaseIn, yaml } from './charts.ts'

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 })

const labels = { app: 'd' }
const pod = { containers: [{ name: 'a', image: 'x' }] }
const template = { metadata: { labels }, spec: pod }
const recreate = { 'werf.io/delete-policy': 'before-creation-if-immutable' }

const deployed = ({ finished, findings }: Outcome) => expect(finished.outcome, findings.join('\n')).toBe('deployed')

describe.each(targets)('changes that Kubernetes does not make as they are written, on the %s', (target) => {
  const test = useNamespace(target)
  const release = () => releaseIn(test.cluster, test.name)

  let releases = 0

  /** What a plan makes of a change: its operations, or why it is refused. */
  async function change(before: Partial<KubeObject>, after: Partial<KubeObject>): Promise<string[]> {
    const own = release()
    deployed(await own.deploy(yaml(before)))
    const { operations, findings } = await own.plan(yaml(after))
    const result = findings.length > 0 ? findings : operations
    deployed(await own.deploy(yaml(configMap(`rest-${++releases}`))))
    return result
  }

  const stateful = (spec: object, annotations: object = {}) =>
    ({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db', annotations },
      spec: { serviceName: 'db', replicas: 0, selector: { matchLabels: labels }, template, ...spec },
    }) as never
  const claims = (storage: string) => ({
    volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } } }],
  })

  it('the claims of a StatefulSet: refused with the reason and a way out, or made anew', async () => {
    expect(await change(stateful(claims('1Gi')), stateful(claims('2Gi')))).toEqual([
      expect.stringMatching(/StatefulSet\/db cannot be changed: .*(volumeClaimTemplates|immutable).*delete-propagation: Orphan/s),
    ])
    expect(await change(stateful(claims('1Gi')), stateful(claims('2Gi'), recreate))).toEqual(['recreate StatefulSet/db'])
    expect(await change(stateful(claims('1Gi')), stateful({ ...claims('1Gi'), minReadySeconds: 1 }))).toEqual(['update StatefulSet/db'])
  })

  it('the selector of a Deployment', async () => {
    const deployment = (app: string, annotations: object = {}) =>
      ({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web', annotations },
        spec: { replicas: 0, selector: { matchLabels: { app } }, template: { metadata: { labels: { app } }, spec: pod } },
      }) as never
    expect(await change(deployment('a'), deployment('b'))).toEqual([
      expect.stringMatching(/Deployment\/web cannot be changed: spec\.selector.*immutable/),
    ])
    expect(await change(deployment('a'), deployment('b', recreate))).toEqual(['recreate Deployment/web'])
  })

  it('the template of a Job: made anew without being asked, unless it is to stay', async () => {
    const job = (image: string, annotations: object = {}) =>
      ({
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'once', annotations },
        spec: { suspend: true, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image }] } } },
      }) as never
    const nonBlocking = { 'werf.io/track-termination-mode': 'NonBlocking' }
    expect(await change(job('x:1', nonBlocking), job('x:2', nonBlocking))).toEqual([expect.stringMatching(/^(recreate|update) Job\/once/)])
    const stays = { ...nonBlocking, 'werf.io/resource-policy': 'skip-recreate' }
    const completed = (completions: number, annotations: object) =>
      ({
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'two', annotations },
        spec: { completions, suspend: true, template: { spec: { restartPolicy: 'Never', ...pod } } },
      }) as never
    expect(await change(completed(1, nonBlocking), completed(2, nonBlocking))).toEqual(['recreate Job/two'])
    expect(await change(completed(1, nonBlocking), completed(2, stays))).toEqual(['keep Job/two'])
  })

  it('ConfigMaps and Secrets that are immutable', async () => {
    for (const kind of ['ConfigMap', 'Secret']) {
      const field = kind === 'Secret' ? 'stringData' : 'data'
      const object = (value: string, annotations: object = {}, immutable = true) =>
        ({ apiVersion: 'v1', kind, metadata: { name: 'fixed', annotations }, immutable, [field]: { a: value } }) as never
      const refusal = await change(object('one'), object('two'))
      expect(refusal).toEqual([expect.stringMatching(new RegExp(`${kind}/fixed cannot be changed: .*immutable`))])
      if (kind === 'Secret') expect(refusal.join()).not.toMatch(/one|two|b25l|dHdv/)
      expect(await change(object('one'), object('two', recreate))).toEqual([`recreate ${kind}/fixed`])
      expect(await change(object('one'), object('one', {}, false))).toEqual([expect.stringMatching(/cannot be changed: .*immutable/)])
      expect(await change(object('one', {}, false), object('two'))).toEqual([`update ${kind}/fixed`])
    }
  })

  it('the type and the address of a Service', async () => {
    const service = (spec: object) =>
      ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: [{ port: 80 }], ...spec } }) as never
    const nonPods = { selector: undefined }
    expect(await change(service(nonPods), service({ type: 'NodePort' }))).toEqual(['update Service/s'])
    expect(await change(service({ type: 'NodePort' }), service({}))).toEqual(['update Service/s'])
    expect(await change(service({}), service({ type: 'ExternalName', externalName: 'a.example' }))).toEqual(['update Service/s'])
    expect(await change(service({ clusterIP: 'None' }), service({}))).toEqual([
      expect.stringMatching(/^(unchanged|update) Service\/s|cannot be changed/),
    ])
    expect(await change(service({}), service({ clusterIP: 'None' }))).toEqual([
      expect.stringMatching(/Service\/s cannot be changed: .*clusterIP/),
    ])
  })

  describe('a claim', () => {
    const storage = `traps-${target.replace(' ', '-')}`
    const claim = (size: string, storageClassName = storage) =>
      ({
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage: size } } },
      }) as never
    beforeAll(async () => {
      await test.cluster.apply({
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name: storage },
        provisioner: 'example.org/none',
        allowVolumeExpansion: true,
      })
      await test.cluster.apply({
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: storage },
        spec: { storageClassName: storage, accessModes: ['ReadWriteOnce'], capacity: { storage: '5Gi' }, hostPath: { path: '/tmp/none' } },
      })
    })
    afterAll(async () => {
      await test.cluster.delete({ apiVersion: 'v1', kind: 'PersistentVolume', name: storage })
      await test.cluster.delete({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name: storage })
    })

    it('grows, and neither shrinks nor moves', async () => {
      const own = release()
      deployed(await own.deploy(yaml(claim('2Gi'))))
      expect((await own.plan(yaml(claim('3Gi')))).operations).toEqual(['update PersistentVolumeClaim/data'])
      expect((await own.plan(yaml(claim('1Gi')))).findings).toEqual([
        expect.stringMatching(/PersistentVolumeClaim\/data .*(cannot be changed|refused).*(less than|immutable|shrink|decrease)/),
      ])
      expect((await own.plan(yaml(claim('2Gi', 'other')))).findings).toEqual([
        expect.stringMatching(/PersistentVolumeClaim\/data cannot be changed: .*storageClassName.*with the loss of its data/),
      ])
    })
  })

  describe('an object of others', () => {
    const waiting = (name: string) => configMap('waits', {}, { 'db.external-dependency.werf.io': `v1:ConfigMap:${name}` })

    it('is waited for', async () => {
      const deploying = release().deploy(yaml(waiting('external')))
      await new Promise((resolve) => setTimeout(resolve, 700))
      expect(await test.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', name: 'waits', namespace: test.name })).toBeUndefined()
      await test.cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'external', namespace: test.name } })
      const outcome = await deploying
      deployed(outcome)
      expect(outcome.events).toContainEqual(
        expect.objectContaining({ type: 'warning', message: expect.stringMatching(/waiting for ConfigMap\/external/) }),
      )
      deployed(await releaseIn(test.cluster, test.name, 'other').deploy(yaml(configMap('rest-of-other'))))
    })

    it('that never comes is named when the time is over', async () => {
      const { finished } = await releaseIn(test.cluster, test.name).deploy(
        yaml({
          ...waiting('never'),
          metadata: { name: 'waits-on', annotations: { 'db.external-dependency.werf.io': 'v1:ConfigMap:never' } },
        } as never),
        {
          timeoutMs: 3_000,
        },
      )
      expect(finished).toMatchObject({
        outcome: 'failed',
        error: { code: 'ERR_TIMEOUT', message: expect.stringContaining('ConfigMap/never did not appear') },
      })
      expect(await test.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', name: 'waits-on', namespace: test.name })).toBeUndefined()
    })
  })

  describe('the delete policies of hooks', () => {
    const hook = (name: string, policy: string) =>
      configMap(name, {}, { 'helm.sh/hook': 'pre-install,pre-upgrade', 'helm.sh/hook-delete-policy': policy })
    const get = (name: string, kind = 'ConfigMap', apiVersion = 'v1') => test.cluster.get({ apiVersion, kind, name, namespace: test.name })

    it('before-hook-creation makes it anew each time, hook-succeeded leaves nothing', async () => {
      const own = release()
      const chart = (value: string) =>
        yaml(
          configMap('main', { value }),
          hook('anew', 'before-hook-creation'),
          hook('once', 'hook-succeeded'),
          hook('keeps', 'hook-failed'),
        )
      deployed(await own.deploy(chart('1')))
      const [first, kept] = [await get('anew'), await get('keeps')]
      expect([first === undefined, kept === undefined, await get('once')]).toEqual([false, false, undefined])
      deployed(await own.deploy(chart('2')))
      const [second, same] = [await get('anew'), await get('keeps')]
      expect(second!.metadata.uid).not.toBe(first!.metadata.uid)
      expect(same!.metadata.uid).toBe(kept!.metadata.uid)
    })

    it('hook-failed deletes what failed, and without it that stays to be looked at', async () => {
      // No node has it, so the Job is over when its time is.
      const job = (name: string, policy: string) => ({
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name, annotations: { 'helm.sh/hook': 'pre-install', 'helm.sh/hook-delete-policy': policy } },
        spec: {
          activeDeadlineSeconds: 1,
          template: { spec: { restartPolicy: 'Never', nodeSelector: { 'example.org/no': 'node' }, ...pod } },
        },
      })
      for (const [name, policy, stays] of [
        ['gone', 'hook-failed', false],
        ['stays', 'hook-succeeded', true],
      ] as const) {
        const { finished } = await release().deploy(yaml(configMap(`main-${name}`), job(name, policy) as never), { onFailure: 'keep' })
        expect(finished.outcome).toBe('failed')
        expect((await get(name, 'Job', 'batch/v1')) !== undefined).toBe(stays)
        expect(await get(`main-${name}`)).toBeUndefined()
      }
    })
  })
})
