import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/resource.ts'
import { isCustom, rulesOf } from '../../src/tracker/kinds/registry.ts'
import { at, context, event, noon, object, statusOf, wordsOf } from './objects.ts'

const condition = (type: string, status: string, rest: object = {}) => ({ type, status, ...rest })
const conditions = (...list: object[]) => ({ status: { conditions: list } })
const later = { now: noon + 60_000 }

describe('kinds of Kubernetes', () => {
  it.each<[string, KubeObject, string]>([
    ['a ConfigMap', object('v1', 'ConfigMap'), 'ready ready'],
    ['a webhook', object('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'), 'ready ready'],
    ['a Role', object('rbac.authorization.k8s.io/v1', 'Role'), 'ready ready'],
    ['a Service', object('v1', 'Service', { spec: { type: 'ClusterIP' } }), 'ready ready'],
    [
      'a load balancer without address',
      object('v1', 'Service', { spec: { type: 'LoadBalancer' } }),
      'progressing pending: an address from the load balancer',
    ],
    [
      'a load balancer with address',
      object('v1', 'Service', { spec: { type: 'LoadBalancer' }, status: { loadBalancer: { ingress: [{ ip: '10.1.1.1' }] } } }),
      'ready ready at 10.1.1.1',
    ],
    [
      'a load balancer with external addresses',
      object('v1', 'Service', { spec: { type: 'LoadBalancer', externalIPs: ['10.1.1.1'] } }),
      'ready ready',
    ],
    ['an Ingress', object('networking.k8s.io/v1', 'Ingress'), 'ready ready'],
    ['a suspended CronJob', object('batch/v1', 'CronJob', { spec: { suspend: true } }), 'ready suspended'],
    ['a CronJob', object('batch/v1', 'CronJob', { spec: {} }), 'ready scheduled'],
    [
      'a claim that is bound',
      object('v1', 'PersistentVolumeClaim', { status: { phase: 'Bound', capacity: { storage: '1Gi' } } }),
      'ready bound, 1Gi',
    ],
    ['a claim that waits', object('v1', 'PersistentVolumeClaim', { status: { phase: 'Pending' } }), 'progressing pending: a volume'],
    ['a claim without its volume', object('v1', 'PersistentVolumeClaim', { status: { phase: 'Lost' } }), 'failed Lost'],
    [
      'an autoscaler that nobody looked at',
      object('autoscaling/v2', 'HorizontalPodAutoscaler', {
        spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' } },
      }),
      'progressing pending: its target Deployment/x to be found',
    ],
    [
      'an autoscaler without metrics',
      object(
        'autoscaling/v2',
        'HorizontalPodAutoscaler',
        conditions(condition('AbleToScale', 'True'), condition('ScalingActive', 'False', { reason: 'FailedGetResourceMetric' })),
      ),
      'ready ready, without metrics yet',
    ],
    [
      'an autoscaler without a target',
      object(
        'autoscaling/v2',
        'HorizontalPodAutoscaler',
        conditions(condition('AbleToScale', 'False', { reason: 'FailedGetScale', message: 'web not found' })),
      ),
      'progressing pending: web not found',
    ],
    [
      'a budget that nobody has counted',
      object('policy/v1', 'PodDisruptionBudget', { status: {} }),
      'progressing starting: the disruption controller',
    ],
    ['a budget', object('policy/v1', 'PodDisruptionBudget', { status: { observedGeneration: 1 } }), 'ready ready'],
    ['a new definition', object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {}), 'progressing starting: to be established'],
    [
      'a definition',
      object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', conditions(condition('Established', 'True'))),
      'ready established',
    ],
    [
      'a definition whose names are taken',
      object(
        'apiextensions.k8s.io/v1',
        'CustomResourceDefinition',
        conditions(condition('NamesAccepted', 'False', { reason: 'PluralConflict' })),
      ),
      'failed PluralConflict',
    ],
    ['an APIService', object('apiregistration.k8s.io/v1', 'APIService', conditions(condition('Available', 'True'))), 'ready available'],
    [
      'an APIService without endpoints',
      object('apiregistration.k8s.io/v1', 'APIService', conditions(condition('Available', 'False', { message: 'no endpoints' }))),
      'progressing starting: no endpoints',
    ],
    ['a Namespace', object('v1', 'Namespace', { status: { phase: 'Active' } }), 'ready active'],
    ['a Namespace that ends', object('v1', 'Namespace', { status: { phase: 'Terminating' } }), 'progressing terminating: its end'],
  ])('%s', (_, subject, expected) => {
    expect(statusOf(subject)).toBe(expected)
  })

  it('an APIService whose Service is not there has failed after a while; one that only starts has not', () => {
    const unavailable = (reason: string) =>
      object('apiregistration.k8s.io/v1', 'APIService', conditions(condition('Available', 'False', { reason, message: 'metrics' })))
    const words = (reason: string) => wordsOf(rulesOf(unavailable(reason)).problems!(unavailable(reason), context()))
    expect(words('ServiceNotFound')).toEqual(['ServiceNotFound after 30s, fatal: metrics'])
    expect(words('MissingEndpoints')).toEqual([])
  })

  it('an autoscaler need not wait for a target of the same release, nor for a controller that never looks', () => {
    const scaler = object('autoscaling/v2', 'HorizontalPodAutoscaler', {
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' } },
    })
    expect(statusOf(scaler, { isTracked: ({ name, namespace }) => name === 'x' && namespace === 'shop' })).toBe('ready ready')
    expect(statusOf(scaler, { now: noon + 20_000 })).toBe('ready ready')
  })

  it('a load balancer is waited for where the cluster has one', () => {
    const service = (fields: object = {}) => object('v1', 'Service', { ...fields, spec: { type: 'LoadBalancer' } })
    const ensuring = event(service(), 'EnsuringLoadBalancer', 'Ensuring load balancer', { warning: false })
    expect(statusOf(service(), { now: noon + 14_999 })).toMatch(/^progressing/)
    expect(statusOf(service(), later)).toBe('ready ready, no load balancer here')
    expect(statusOf(service(), { ...later, events: [ensuring] })).toMatch(/^progressing/)
    expect(statusOf(service({ metadata: { finalizers: ['service.kubernetes.io/load-balancer-cleanup'] } }), later)).toMatch(/^progressing/)
  })

  it('a claim that waits for its first Pod is ready, until provisioning fails', () => {
    const claim = object('v1', 'PersistentVolumeClaim', { status: { phase: 'Pending' } })
    const first = event(claim, 'WaitForFirstConsumer', 'waiting for first consumer', { warning: false })
    expect(statusOf(claim, { events: [first] })).toBe('ready waits for its first Pod')
    const failure = event(claim, 'ProvisioningFailed', 'storageclass "fast" not found', { seconds: 9 })
    expect(statusOf(claim, { events: [first, failure] })).toBe('progressing pending: storageclass "fast" not found')
    expect(wordsOf(rulesOf(claim).problems!(claim, context({ events: [first, failure] })))).toEqual([
      'ProvisioningFailed after 15s, fatal: storageclass "fast" not found',
    ])
  })
})

describe('Gateway API', () => {
  const group = 'gateway.networking.k8s.io/v1'
  const parents = (...list: object[]) => ({ status: { parents: [{ conditions: list }] } })
  it.each<[string, KubeObject, string]>([
    ['accepted only', object(group, 'Gateway', conditions(condition('Accepted', 'True'))), 'progressing pending: to be programmed'],
    [
      'programmed',
      object(group, 'Gateway', conditions(condition('Accepted', 'True'), condition('Programmed', 'True'))),
      'ready programmed',
    ],
    [
      'programmed in an older form',
      object(group, 'Gateway', conditions(condition('Accepted', 'True'), condition('Programmed', 'True', { observedGeneration: 0 }))),
      'progressing pending: to be programmed',
    ],
    ['a class', object(group, 'GatewayClass', conditions(condition('Accepted', 'True'))), 'ready accepted'],
    ['a route that nobody looked at', object(group, 'HTTPRoute', {}), 'progressing pending: a Gateway to look at it'],
    ['a route', object(group, 'HTTPRoute', parents(condition('Accepted', 'True'), condition('ResolvedRefs', 'True'))), 'ready accepted'],
    [
      'a route to nowhere',
      object(group, 'HTTPRoute', parents(condition('Accepted', 'True'), condition('ResolvedRefs', 'False', { message: 'no Service x' }))),
      'progressing pending: no Service x',
    ],
  ])('%s', (_, subject, expected) => {
    expect(statusOf(subject)).toBe(expected)
  })
})

describe('any other kind', () => {
  const thing = (fields: object) => object('example.org/v1', 'Thing', fields)
  it.each<[string, KubeObject, string, object?]>([
    ['without a status it gets two seconds', thing({}), 'progressing applied: a first status'],
    ['without a status after that', thing({}), 'ready ready', later],
    [
      'unseen by its controller',
      thing({ metadata: { generation: 3 }, status: { observedGeneration: 2, ...conditions(condition('Ready', 'True')).status } }),
      'progressing progressing: its controller',
    ],
    ['Ready', thing(conditions(condition('Ready', 'True'))), 'ready ready'],
    [
      'not Ready',
      thing(conditions(condition('Ready', 'False', { reason: 'Creating', message: 'two to go' }))),
      'progressing Creating: two to go',
    ],
    ['another word for ready', thing(conditions(condition('Available', 'True'))), 'ready available'],
    [
      'Ready in an older form',
      thing({ metadata: { generation: 2 }, ...conditions(condition('Ready', 'True', { observedGeneration: 1 })) }),
      'ready ready',
      later,
    ],
    [
      'Reconciling',
      thing(conditions(condition('Ready', 'True'), condition('Reconciling', 'True', { reason: 'Rolling' }))),
      'progressing Rolling',
    ],
    ['a good phase', thing({ status: { phase: 'Running' } }), 'ready Running'],
    ['a phase in progress', thing({ status: { state: 'IN_PROGRESS' } }), 'progressing IN_PROGRESS: status.state'],
    ['a bad phase', thing({ status: { phase: 'Error' } }), 'failed Error'],
    ['an unknown phase', thing({ status: { phase: 'Sleeping' } }), 'ready ready', later],
    ['going', thing({ metadata: { deletionTimestamp: at(0) } }), 'progressing terminating: its end'],
  ])('%s', (_, subject, expected, given = {}) => {
    expect(statusOf(subject, given)).toBe(expected)
  })

  it('a status of null or of a strange shape is none', () => {
    for (const status of [null, 'x', 7, [], { conditions: 'x' }, { conditions: [null, 7, {}] }, { phase: {} }]) {
      expect(statusOf(thing({ status }), later)).toBe('ready ready')
    }
  })
})

describe('kinds of operators', () => {
  const ready = conditions(condition('Ready', 'True'))
  it.each<[string, string, object, string]>([
    ['cert-manager.io/v1', 'Certificate', ready, 'ready ready'],
    ['cert-manager.io/v1', 'Certificate', {}, 'progressing progressing: condition Ready'],
    [
      'helm.toolkit.fluxcd.io/v2',
      'HelmRelease',
      conditions(condition('Ready', 'Unknown', { reason: 'Progressing' })),
      'progressing Progressing: condition Ready',
    ],
    ['argoproj.io/v1alpha1', 'Application', {}, 'progressing progressing: health of its resources'],
    ['argoproj.io/v1alpha1', 'Application', { status: { health: { status: 'Healthy' } } }, 'ready Healthy'],
    ['argoproj.io/v1alpha1', 'Application', { status: { health: { status: 'Missing' } } }, 'progressing Missing: health of its resources'],
    [
      'argoproj.io/v1alpha1',
      'Application',
      {
        spec: { source: { path: 'b', repoURL: 'r', targetRevision: '' } },
        status: { health: { status: 'Healthy' }, sync: { status: 'Synced', comparedTo: { source: { repoURL: 'r', path: 'a' } } } },
      },
      'progressing progressing: Argo CD to compare it',
    ],
    [
      'argoproj.io/v1alpha1',
      'Application',
      {
        spec: { source: { path: 'b', repoURL: 'r', targetRevision: '' } },
        status: { health: { status: 'Healthy' }, sync: { status: 'Synced', comparedTo: { source: { repoURL: 'r', path: 'b' } } } },
      },
      'ready Healthy',
    ],
    [
      'argoproj.io/v1alpha1',
      'Application',
      { spec: { syncPolicy: { automated: {} } }, status: { health: { status: 'Healthy' }, sync: { status: 'OutOfSync' } } },
      'progressing OutOfSync: its sync',
    ],
    [
      'argoproj.io/v1alpha1',
      'Application',
      { status: { health: { status: 'Missing' }, sync: { status: 'OutOfSync' } } },
      'ready out of sync, synced by hand',
    ],
    [
      'argoproj.io/v1alpha1',
      'Application',
      { status: { health: { status: 'Healthy' }, operationState: { phase: 'Running', message: 'waiting for 2 hooks' } } },
      'progressing syncing: waiting for 2 hooks',
    ],
    ['helm.toolkit.fluxcd.io/v2', 'HelmRelease', { metadata: { generation: 2 }, spec: { suspend: true }, ...ready }, 'ready suspended'],
    ['source.toolkit.fluxcd.io/v1', 'HelmRepository', { spec: { type: 'oci' } }, 'ready ready'],
    ['kafka.strimzi.io/v1', 'Kafka', conditions(condition('ReconciliationPaused', 'True')), 'ready paused'],
    [
      'kafka.strimzi.io/v1',
      'Kafka',
      conditions(condition('NotReady', 'True', { reason: 'Creating' })),
      'progressing progressing: condition Ready',
    ],
    ['monitoring.coreos.com/v1', 'Prometheus', { spec: { paused: true } }, 'ready paused'],
    [
      'external-secrets.io/v1',
      'ExternalSecret',
      { metadata: { generation: 2 }, status: { ...ready.status, syncedResourceVersion: '1-5c83' } },
      'progressing progressing: its controller',
    ],
    [
      'external-secrets.io/v1',
      'ExternalSecret',
      { metadata: { generation: 2 }, spec: { refreshInterval: '0s' }, status: { ...ready.status, syncedResourceVersion: '1-5c83' } },
      'ready ready',
    ],
    [
      'postgresql.cnpg.io/v1',
      'Cluster',
      { metadata: { generation: 2 }, spec: { instances: 1 }, status: { phase: 'Cluster in healthy state', readyInstances: 1 } },
      'progressing progressing: its operator',
    ],
    ['postgresql.cnpg.io/v1', 'Cluster', conditions(condition('cnpg.io/hibernation', 'True')), 'ready hibernated'],
    [
      'monitoring.coreos.com/v1',
      'Prometheus',
      conditions(condition('Available', 'True'), condition('Reconciled', 'True')),
      'ready available',
    ],
    ['monitoring.coreos.com/v1', 'ServiceMonitor', {}, 'ready ready'],
    ['external-secrets.io/v1', 'ExternalSecret', ready, 'ready ready'],
    [
      'kafka.strimzi.io/v1',
      'Kafka',
      { metadata: { generation: 2 }, status: { observedGeneration: 1, ...ready.status } },
      'progressing progressing: its controller',
    ],
    [
      'postgresql.cnpg.io/v1',
      'Cluster',
      { spec: { instances: 3 }, status: { phase: 'Setting up primary', readyInstances: 0 } },
      'progressing Setting up primary: its instances',
    ],
    [
      'postgresql.cnpg.io/v1',
      'Cluster',
      { spec: { instances: 3 }, status: { phase: 'Cluster in healthy state', readyInstances: 3 } },
      'ready healthy',
    ],
    ['flagger.app/v1beta1', 'Canary', { status: { phase: 'Failed' } }, 'failed Failed'],
  ])('%s %s %#', (apiVersion, kind, fields, expected) => {
    expect(statusOf(object(apiVersion, kind, fields))).toBe(expected)
    expect(isCustom({ apiVersion })).toBe(true)
  })

  it('what cannot heal has a grace', () => {
    const secret = object(
      'external-secrets.io/v1',
      'ExternalSecret',
      conditions(condition('Ready', 'False', { reason: 'SecretSyncedError', message: 'no such key' })),
    )
    expect(wordsOf(rulesOf(secret).problems!(secret, context()))).toEqual(['SecretSyncedError after 30s, fatal: no such key'])
  })

  it.each<[string, string, object, string[]]>([
    [
      'argoproj.io/v1alpha1',
      'Application',
      { status: { health: { status: 'Degraded', message: 'web is down' } } },
      ['Degraded after 30s, fatal: web is down'],
    ],
    [
      'argoproj.io/v1alpha1',
      'Application',
      { status: { health: { status: 'Healthy' }, conditions: [{ type: 'InvalidSpecError', message: 'no such project' }] } },
      ['InvalidSpecError after 30s, fatal: no such project'],
    ],
    [
      'argoproj.io/v1alpha1',
      'Application',
      { spec: { syncPolicy: { automated: {} } }, status: { operationState: { phase: 'Failed', message: 'hook failed' } } },
      ['SyncFailed after 30s, fatal: hook failed'],
    ],
    ['argoproj.io/v1alpha1', 'Application', { status: { operationState: { phase: 'Failed', message: 'of last week' } } }, []],
    [
      'cert-manager.io/v1',
      'Certificate',
      conditions(condition('Issuing', 'False', { reason: 'Failed', message: 'acme says no' }), condition('Ready', 'False')),
      ['Failed after 10s, fatal: acme says no'],
    ],
    ['cert-manager.io/v1', 'Certificate', conditions(condition('Issuing', 'False', { reason: 'Failed' }), condition('Ready', 'True')), []],
    [
      'cert-manager.io/v1',
      'Issuer',
      conditions(condition('Ready', 'False', { reason: 'ErrRegisterACMEAccount', message: 'no route' })),
      ['ErrRegisterACMEAccount after 30s, fatal: no route'],
    ],
    [
      'kafka.strimzi.io/v1',
      'Kafka',
      conditions(condition('NotReady', 'True', { reason: 'InvalidResourceException', message: 'no storage' })),
      ['InvalidResourceException after 30s, fatal: no storage'],
    ],
    ['kafka.strimzi.io/v1', 'Kafka', conditions(condition('NotReady', 'True', { reason: 'Creating' })), []],
    [
      'monitoring.coreos.com/v1',
      'Prometheus',
      conditions(
        condition('Available', 'False'),
        condition('Reconciled', 'False', { reason: 'ReconciliationFailed', message: 'no Secret' }),
      ),
      ['ReconciliationFailed after 30s, fatal: no Secret'],
    ],
    [
      'postgresql.cnpg.io/v1',
      'Cluster',
      { status: { phase: 'Unable to create required cluster objects', phaseReason: 'quota' } },
      ['Failed after 15s, fatal: Unable to create required cluster objects: quota'],
    ],
    [
      'helm.toolkit.fluxcd.io/v2',
      'HelmRelease',
      conditions(
        condition('Stalled', 'True', { reason: 'RetriesExceeded', message: 'after 1 attempt' }),
        condition('Ready', 'False', { reason: 'InstallFailed', message: 'web is not ready' }),
      ),
      ['RetriesExceeded after 5s, fatal: after 1 attempt'],
    ],
  ])('refusals of %s %s %#', (apiVersion, kind, fields, expected) => {
    const subject = object(apiVersion, kind, fields)
    expect(wordsOf(rulesOf(subject).problems!(subject, context()))).toEqual(expected)
  })
})
