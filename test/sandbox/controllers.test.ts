import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { type Client, clientOf, condition, workload } from './client.ts'

let sandbox: Sandbox
let client: Client
beforeAll(async () => {
  sandbox = await startSandbox()
  client = clientOf(sandbox)
})
afterAll(() => sandbox.stop())

const APPS = '/apis/apps/v1/namespaces/default'
const JOBS = '/apis/batch/v1/namespaces/default/jobs'
const PODS = '/api/v1/namespaces/default/pods'
const podsOf = async (app: string): Promise<any[]> => (await client.get(`${PODS}?labelSelector=app%3D${app}`)).items
const observed = (o: any): boolean => o?.status?.observedGeneration === o?.metadata.generation
const rolled = (replicas: number) => (o: any) =>
  observed(o) && o.status.updatedReplicas === replicas && o.status.availableReplicas === replicas && o.status.replicas === replicas
const job = (name: string, script: string, spec: any = {}): any => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name },
  spec: {
    ...spec,
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox', command: ['sh', '-c', script] }] } },
  },
})
const ended = (o: any): boolean => condition(o, 'Complete')?.status === 'True' || condition(o, 'Failed')?.status === 'True'

describe.concurrent('simulated controllers', () => {
  test('a Deployment rolls within its limits and remembers revisions', async () => {
    const spec = { replicas: 3, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }
    await client.apply(workload('Deployment', 'web', spec))
    const first = await client.until(`${APPS}/deployments`, 'web', rolled(3))
    expect(first.metadata.annotations['deployment.kubernetes.io/revision']).toBe('1')
    expect(condition(first, 'Progressing')).toMatchObject({ status: 'True', reason: 'NewReplicaSetAvailable' })
    let least = 3
    let most = 3
    const second = workload('Deployment', 'web', spec, { containers: [{ name: 'main', image: 'server:2' }] })
    await client.apply(second)
    await client.until(`${APPS}/deployments`, 'web', (o) => {
      least = Math.min(least, o.status.availableReplicas ?? 0)
      most = Math.max(most, o.status.replicas ?? 0)
      return rolled(3)(o)
    })
    expect([least, most]).toEqual([3, 4])
    const sets = (await client.get(`${APPS}/replicasets?labelSelector=app%3Dweb`)).items
    expect(sets.map((s: any) => [s.metadata.annotations['deployment.kubernetes.io/revision'], s.spec.replicas]).sort()).toEqual([
      ['1', 0],
      ['2', 3],
    ])
    await client.apply(workload('Deployment', 'web', spec))
    const back = await client.until(`${APPS}/deployments`, 'web', rolled(3))
    expect(back.metadata.annotations['deployment.kubernetes.io/revision']).toBe('3')
  })

  test('a Deployment that does not come up', async () => {
    await client.apply(
      workload('Deployment', 'stuck', { progressDeadlineSeconds: 1 }, { containers: [{ name: 'main', image: 'registry.invalid/x:1' }] }),
    )
    const object = await client.until(`${APPS}/deployments`, 'stuck', (o) => condition(o, 'Progressing')?.status === 'False')
    expect(condition(object, 'Progressing')).toMatchObject({
      reason: 'ProgressDeadlineExceeded',
      message: expect.stringMatching(/^ReplicaSet "stuck-.*" has timed out progressing\.$/),
    })
    expect(condition(object, 'Available')).toMatchObject({ status: 'False', reason: 'MinimumReplicasUnavailable' })
  })

  test('Recreate has no two generations at once', async () => {
    const spec = { replicas: 2, strategy: { type: 'Recreate' } }
    await client.apply(workload('Deployment', 'again', spec))
    await client.until(`${APPS}/deployments`, 'again', rolled(2))
    await client.apply(workload('Deployment', 'again', spec, { containers: [{ name: 'main', image: 'server:2' }] }))
    await client.until(`${APPS}/deployments`, 'again', rolled(2))
    const pods = await podsOf('again')
    expect(pods.map((p) => p.spec.containers[0].image)).toEqual(['server:2', 'server:2'])
  })

  test('a quota stops a ReplicaSet and says so', async () => {
    await client.send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'small' } })
    await client.apply({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'q', namespace: 'small' },
      spec: { hard: { pods: '1' } },
    })
    const web = workload('Deployment', 'web', { replicas: 2 })
    web.metadata.namespace = 'small'
    await client.apply(web)
    const object = await client.until(
      '/apis/apps/v1/namespaces/small/deployments',
      'web',
      (o) => condition(o, 'ReplicaFailure')?.status === 'True',
    )
    expect(condition(object, 'ReplicaFailure')).toMatchObject({
      reason: 'FailedCreate',
      message: expect.stringMatching(/^pods "web-.*" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1$/),
    })
  })

  test('a StatefulSet goes up, down and over in order', async () => {
    await client.apply(workload('StatefulSet', 'db', { replicas: 3 }))
    await client.until(`${APPS}/statefulsets`, 'db', rolled(3))
    const pods = await podsOf('db')
    expect(pods.map((p) => p.metadata.name)).toEqual(['db-0', 'db-1', 'db-2'])
    const times = pods.map((p) => Date.parse(p.metadata.creationTimestamp))
    expect([...times].sort((a, b) => a - b)).toEqual(times)
    const next = { containers: [{ name: 'main', image: 'server:2' }] }
    await client.apply(workload('StatefulSet', 'db', { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } }, next))
    await client.until(`${APPS}/statefulsets`, 'db', (o) => observed(o) && o.status.updatedReplicas === 1 && o.status.readyReplicas === 3)
    expect((await podsOf('db')).map((p) => p.spec.containers[0].image)).toEqual(['server:1', 'server:1', 'server:2'])
    await client.apply(workload('StatefulSet', 'db', { replicas: 3, updateStrategy: { rollingUpdate: { partition: 0 } } }, next))
    const done = await client.until(`${APPS}/statefulsets`, 'db', rolled(3))
    expect(done.status.currentRevision).toBe(done.status.updateRevision)
  })

  test('a StatefulSet gets its volumes', async () => {
    const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }
    await client.apply(workload('StatefulSet', 'disk', { replicas: 1, volumeClaimTemplates: [claim] }))
    await client.until(`${APPS}/statefulsets`, 'disk', rolled(1))
    const bound = await client.get('/api/v1/namespaces/default/persistentvolumeclaims/data-disk-0')
    expect(bound.status).toMatchObject({ phase: 'Bound', capacity: { storage: '1Gi' } })
    const lost = { ...claim, spec: { ...claim.spec, storageClassName: 'none' } }
    await client.apply(workload('StatefulSet', 'lost', { replicas: 1, volumeClaimTemplates: [lost] }))
    const pod = await client.until(PODS, 'lost-0', (o) => condition(o, 'PodScheduled')?.status === 'False')
    expect(condition(pod, 'PodScheduled').message).toMatch(/pod has unbound immediate PersistentVolumeClaims/)
  })

  test('a DaemonSet has one Pod a node', async () => {
    await client.apply(workload('DaemonSet', 'agent'))
    const object = await client.until(`${APPS}/daemonsets`, 'agent', (o) => observed(o) && o.status.numberAvailable === 1)
    expect(object.status).toMatchObject({ desiredNumberScheduled: 1, currentNumberScheduled: 1, updatedNumberScheduled: 1 })
    await client.apply(workload('DaemonSet', 'agent', {}, { containers: [{ name: 'main', image: 'server:2' }] }))
    await client.until(
      `${APPS}/daemonsets`,
      'agent',
      (o) => observed(o) && o.status.updatedNumberScheduled === 1 && o.status.numberAvailable === 1,
    )
    expect((await podsOf('agent')).map((p) => p.spec.containers[0].image)).toEqual(['server:2'])
  })

  test('Jobs complete, fail, retry and are indexed', async () => {
    await client.apply(job('done', 'echo ok'))
    const done = await client.until(JOBS, 'done', ended)
    expect(done.status).toMatchObject({ succeeded: 1, completionTime: expect.any(String) })
    expect(done.status.conditions.map((c: any) => c.type)).toEqual(['SuccessCriteriaMet', 'Complete'])
    await client.apply(job('fails', 'exit 1', { backoffLimit: 1 }))
    const failed = await client.until(JOBS, 'fails', ended)
    expect(failed.status.failed).toBe(2)
    expect(condition(failed, 'Failed')).toMatchObject({
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
    })
    await client.apply(job('indexed', 'test "$JOB_COMPLETION_INDEX" -lt 3', { completions: 3, parallelism: 2, completionMode: 'Indexed' }))
    const indexed = await client.until(JOBS, 'indexed', ended)
    expect(indexed.status).toMatchObject({ succeeded: 3, completedIndexes: '0-2' })
    await client.apply(job('late', 'sleep 60', { activeDeadlineSeconds: 1 }))
    const late = await client.until(JOBS, 'late', ended)
    expect(condition(late, 'Failed').reason).toBe('DeadlineExceeded')
    await client.apply(job('gone', 'true', { ttlSecondsAfterFinished: 0 }))
    await client.until(JOBS, 'gone', (o) => o === undefined)
  })

  test('Services have endpoints of ready Pods', async () => {
    await client.apply(
      workload(
        'Deployment',
        'behind',
        { replicas: 2 },
        { containers: [{ name: 'main', image: 'server:1', ports: [{ containerPort: 8080, name: 'http' }] }] },
      ),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'behind' },
        spec: { type: 'LoadBalancer', selector: { app: 'behind' }, ports: [{ port: 80, targetPort: 'http' }] },
      },
    )
    const endpoints = await client.until('/api/v1/namespaces/default/endpoints', 'behind', (o) => o?.subsets?.[0]?.addresses?.length === 2)
    expect(endpoints.subsets[0].ports).toEqual([{ port: 8080, protocol: 'TCP' }])
    const service = await client.until('/api/v1/namespaces/default/services', 'behind', (o) => o?.status?.loadBalancer?.ingress)
    expect(service.status.loadBalancer.ingress[0].ip).toMatch(/^172\.18\.255\./)
    const slices = await client.get(
      '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io/service-name%3Dbehind',
    )
    expect(slices.items[0].endpoints.filter((e: any) => e.conditions.ready)).toHaveLength(2)
  })

  test('what is owned goes with its owner, as the policy says', async () => {
    for (const [name, policy] of [
      ['background', 'Background'],
      ['foreground', 'Foreground'],
      ['orphan', 'Orphan'],
    ] as const) {
      await client.apply(workload('Deployment', name, { replicas: 1 }))
      await client.until(`${APPS}/deployments`, name, rolled(1))
      const pods = await podsOf(name)
      await client.send('DELETE', `${APPS}/deployments/${name}`, { propagationPolicy: policy })
      await client.until(`${APPS}/deployments`, name, (o) => o === undefined)
      if (policy === 'Orphan') {
        await client.until(`${APPS}/replicasets?labelSelector=app%3D${name}`, undefined, (o) => o && !o.metadata.ownerReferences)
        expect(await podsOf(name)).toHaveLength(1)
      } else if (policy === 'Foreground') expect(await podsOf(name)).toEqual([])
      else await client.until(`${PODS}?labelSelector=app%3D${name}`, pods[0].metadata.name, (o) => o === undefined)
    }
  })

  test('a namespace is emptied before it goes', async () => {
    await client.send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'brief' } })
    await client.until('/api/v1/namespaces/brief/serviceaccounts', 'default', (o) => o !== undefined)
    await client.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'held', namespace: 'brief', finalizers: ['example.com/hold'] },
    })
    const { body } = await client.send('DELETE', '/api/v1/namespaces/brief')
    expect(body.status.phase).toBe('Terminating')
    const refused = await client.send('POST', '/api/v1/namespaces/brief/configmaps', { metadata: { name: 'late' } })
    expect(refused).toMatchObject({ status: 403, body: { reason: 'Forbidden', details: { causes: [{ reason: 'NamespaceTerminating' }] } } })
    await client.until('/api/v1/namespaces', 'brief', (o) => condition(o, 'NamespaceFinalizersRemaining')?.status === 'True')
    await client.send(
      'PATCH',
      '/api/v1/namespaces/brief/configmaps/held',
      { metadata: { finalizers: null } },
      'application/merge-patch+json',
    )
    await client.until('/api/v1/namespaces', 'brief', (o) => o === undefined)
    expect((await client.send('GET', '/api/v1/namespaces/brief')).status).toBe(404)
  })
})
