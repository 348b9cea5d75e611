import type { Conversation, Step } from './conversation.ts'
import { randomConversation } from './random.ts'

const CORE = '/api/v1/namespaces/<ns>'
const APPS = '/apis/apps/v1/namespaces/<ns>'
const BATCH = '/apis/batch/v1/namespaces/<ns>'

const get = (path: string): Step => ({ method: 'GET', path })
const post = (path: string, body: unknown, note?: string): Step => ({ method: 'POST', path, body, note })
const put = (path: string, body: unknown, note?: string): Step => ({ method: 'PUT', path, body, note })
const remove = (path: string, body?: unknown, note?: string): Step => ({ method: 'DELETE', path, body, note })
const apply = (path: string, manager: string, body: unknown, query = '', note?: string): Step => ({
  method: 'PATCH',
  path: `${path}?fieldManager=${manager}${query}`,
  type: 'application/apply-patch+yaml',
  body,
  note,
})
const patch = (kind: 'json' | 'merge' | 'strategic-merge', path: string, body: unknown, note?: string): Step => ({
  method: 'PATCH',
  path,
  type: `application/${kind}-patch+json`,
  body,
  note,
})

const configMap = (data: Record<string, string>, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', ...more },
  data,
})

const container = (more: object = {}): object => ({ name: 'main', image: 'registry.invalid/app:1', ...more })
const template = (containers: object[] = [container()], labels: object = { app: 'web' }): object => ({
  metadata: { labels },
  spec: { containers },
})
/** Paused, so that no controller writes in between. */
const deployment = (spec: object = {}, metadata: object = {}): any => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', ...metadata },
  spec: { paused: true, selector: { matchLabels: { app: 'web' } }, template: template(), ...spec },
})
const service = (spec: object): any => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { ports: [{ port: 80 }], selector: { app: 'web' }, ...spec },
})
const WIDGETS = '/apis/<ns>.example/v1/namespaces/<ns>/widgets'
const widget = (spec: object, metadata: object = {}): object => ({
  apiVersion: '<ns>.example/v1',
  kind: 'Widget',
  metadata: { name: 'a', ...metadata },
  spec,
})
const established = (answer: any): boolean => answer?.status?.conditions?.some((c: any) => c.type === 'Established' && c.status === 'True')
const widgetDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.<ns>.example' },
  spec: {
    group: '<ns>.example',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', shortNames: ['wi'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            properties: {
              spec: {
                type: 'object',
                properties: {
                  size: { type: 'integer', minimum: 1, maximum: 10, default: 2 },
                  colour: { type: 'string', enum: ['red', 'green'] },
                  code: { type: 'string', pattern: '^[a-z]{2,3}$', minLength: 2 },
                  tags: { type: 'array', items: { type: 'string' } },
                  ports: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['port'],
                    items: { type: 'object', required: ['port'], properties: { port: { type: 'integer' }, name: { type: 'string' } } },
                  },
                  free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                },
              },
              status: { type: 'object', properties: { phase: { type: 'string' } } },
            },
          },
        },
      },
    ],
  },
}
const dry = '?dryRun=All'

export const conversations: Conversation[] = [
  {
    name: 'config-maps',
    steps: [
      post(`${CORE}/configmaps`, configMap({ x: '1' }, { labels: { app: 'a' } })),
      post(`${CORE}/configmaps`, configMap({ x: '1' }), 'again'),
      get(`${CORE}/configmaps/none`),
      patch('merge', `${CORE}/configmaps/a?fieldManager=editor`, { data: { y: '2', x: null } }),
      patch('merge', `${CORE}/configmaps/a?fieldManager=editor`, { data: { y: '2' } }, 'nothing new'),
      patch('json', `${CORE}/configmaps/a`, [{ op: 'add', path: '/data/z', value: '3' }]),
      patch('json', `${CORE}/configmaps/a`, [{ op: 'test', path: '/data/z', value: '4' }]),
      patch('json', `${CORE}/configmaps/a`, [{ op: 'remove', path: '/data/none' }]),
      patch('strategic-merge', `${CORE}/configmaps/a`, { metadata: { annotations: { note: 'n' } } }),
      put(`${CORE}/configmaps/a`, configMap({ only: '1' }, { resourceVersion: '1' }), 'stale'),
      put(`${CORE}/configmaps/a`, configMap({ only: '1' })),
      put(`${CORE}/configmaps/b`, configMap({ only: '1' }), 'another name'),
      put(`${CORE}/configmaps/none`, configMap({ only: '1' }, { name: 'none' })),
      patch('merge', `${CORE}/configmaps/none`, { data: {} }),
      patch('merge', `${CORE}/configmaps/a`, { metadata: { name: 'other' } }),
      patch('merge', `${CORE}/configmaps/a`, { immutable: true }),
      patch('merge', `${CORE}/configmaps/a`, { data: { only: '2' } }, 'immutable'),
      patch('merge', `${CORE}/configmaps/a`, { immutable: false, data: { only: '2' } }, 'immutable'),
      remove(`${CORE}/configmaps/a`, { preconditions: { uid: 'b8a1e2c8-0000-4000-8000-000000000000' } }),
      remove(`${CORE}/configmaps/a`, { propagationPolicy: 'Nonsense' }),
      remove(`${CORE}/configmaps/a?dryRun=All`),
      remove(`${CORE}/configmaps/a`),
      remove(`${CORE}/configmaps/a`, undefined, 'again'),
    ],
  },
  {
    name: 'apply-config-map',
    steps: [
      apply(`${CORE}/configmaps/a`, 'one', configMap({ x: '1', y: '1' }, { labels: { l: '1' }, annotations: { n: '1' } })),
      apply(`${CORE}/configmaps/a`, 'one', configMap({ x: '1', y: '1' }, { labels: { l: '1' }, annotations: { n: '1' } }), '', 'unchanged'),
      apply(`${CORE}/configmaps/a`, 'two', configMap({ x: '2' })),
      apply(`${CORE}/configmaps/a`, 'two', configMap({ x: '2', y: '2' })),
      apply(`${CORE}/configmaps/a`, 'two', configMap({ x: '1', z: '1' }), '', 'shared'),
      apply(`${CORE}/configmaps/a`, 'two', configMap({ x: '2', z: '1' }), '&force=true'),
      apply(`${CORE}/configmaps/a`, 'one', configMap({}), '', 'gives up all'),
      patch('merge', `${CORE}/configmaps/a?fieldManager=editor`, { data: { z: '9' } }),
      apply(`${CORE}/configmaps/a`, 'two', configMap({ x: '2', z: '1' })),
      apply(`${CORE}/configmaps/a`, 'two', configMap({ x: '2', z: '1' }), '&force=true&dryRun=All'),
      apply(`${CORE}/configmaps/a`, 'two', configMap({ x: '2' }), '&force=true'),
      { ...apply(`${CORE}/configmaps/a`, 'two', configMap({ x: '2' })), path: `${CORE}/configmaps/a`, note: 'no manager' },
      apply(`${CORE}/configmaps/a`, 'two', { kind: 'ConfigMap', metadata: { name: 'a' } }, '', 'no apiVersion'),
      apply(`${CORE}/configmaps/a`, 'two', { apiVersion: 'v1', metadata: { name: 'a' } }, '', 'no kind'),
      apply(`${CORE}/configmaps/a`, 'two', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } }, '', 'another kind'),
      apply(`${CORE}/configmaps/a`, 'two', configMap({}, { name: 'b' }), '', 'another name'),
      apply(`${CORE}/configmaps/a`, 'two', configMap({}, { namespace: 'default' }), '', 'another namespace'),
      apply(`${CORE}/configmaps/a`, 'two', configMap({}, { managedFields: [{ manager: 'x', operation: 'Apply', apiVersion: 'v1' }] })),
      apply(`${CORE}/configmaps/a`, 'two', { ...configMap({}), nonsense: 1 }, '', 'unknown field'),
      apply(`${CORE}/configmaps/a`, 'two', { ...configMap({}), nonsense: 1 }, '&fieldValidation=Strict', 'unknown field'),
      apply(`${CORE}/configmaps/fresh`, 'two', 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: fresh\ndata:\n  a: "1"\n', '', 'YAML'),
      patch('merge', `${CORE}/configmaps/a`, { metadata: { managedFields: [{}] } }, 'clears the managers'),
      patch('merge', `${CORE}/configmaps/a?force=true`, { data: {} }),
    ],
  },
  {
    name: 'apply-deployment',
    steps: [
      apply(
        `${APPS}/deployments/web`,
        'helm',
        deployment({
          replicas: 2,
          template: template([
            container({
              ports: [{ containerPort: 80, name: 'http' }],
              env: [
                { name: 'A', value: '1' },
                { name: 'B', value: '2' },
              ],
              resources: { limits: { cpu: 0.5, memory: '1024Mi' } },
            }),
          ]),
        }),
        '&force=true',
      ),
      apply(
        `${APPS}/deployments/web`,
        'helm',
        deployment({
          replicas: 2,
          template: template([
            container({
              env: [
                { name: 'B', value: '2' },
                { name: 'C', value: '' },
              ],
              livenessProbe: { httpGet: { port: 'http' } },
            }),
          ]),
        }),
        '&force=true',
        'ports and one variable go',
      ),
      apply(`${APPS}/deployments/web`, 'scaler', {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web' },
        spec: { replicas: 5 },
      }),
      apply(
        `${APPS}/deployments/web`,
        'scaler',
        { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 5 } },
        '&force=true',
      ),
      apply(`${APPS}/deployments/web`, 'helm', deployment({ template: template([container()]) }), '', 'the probe goes with its defaults'),
      patch('strategic-merge', `${APPS}/deployments/web?fieldManager=kubectl-edit`, {
        spec: {
          template: {
            spec: {
              containers: [
                { name: 'main', env: [{ name: 'D', value: '4' }] },
                { name: 'side', image: 'registry.invalid/side:1' },
              ],
            },
          },
        },
      }),
      patch('strategic-merge', `${APPS}/deployments/web?fieldManager=kubectl-edit`, {
        spec: { template: { spec: { $setElementOrder: undefined, containers: [{ name: 'side', $patch: 'delete' }] } } },
      }),
      patch('strategic-merge', `${APPS}/deployments/web?fieldManager=kubectl-edit`, {
        spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
      }),
      apply(`${APPS}/deployments/web`, 'helm', deployment({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } })),
      apply(
        `${APPS}/deployments/web`,
        'helm',
        deployment({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } }),
        '&force=true',
      ),
      apply(
        `${APPS}/deployments/web`,
        'helm',
        deployment({ selector: { matchLabels: { app: 'web', more: '1' } }, template: template([container()], { app: 'web', more: '1' }) }),
        '&force=true',
        'selector',
      ),
      apply(
        `${APPS}/deployments/web`,
        'helm',
        deployment({ template: template([container({ ports: [{ containerPort: 80 }, { containerPort: 80 }] })]) }),
        '&force=true',
        'duplicate port',
      ),
      apply(
        `${APPS}/deployments/web`,
        'helm',
        deployment({ template: template([container({ volumeMounts: [{ name: 'v', mountPath: '/v' }] })]) }),
        '&force=true',
        'no such volume',
      ),
      apply(`${APPS}/deployments/web`, 'helm', deployment({ replicas: 'two' }), '&force=true', 'wrong type'),
    ],
  },
  {
    name: 'defaults',
    steps: [
      post(`${APPS}/deployments${dry}`, deployment()),
      post(`${APPS}/deployments${dry}`, deployment({ strategy: { type: 'Recreate' } })),
      post(`${APPS}/statefulsets${dry}`, {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: { name: 'db' },
        spec: {
          selector: { matchLabels: { app: 'web' } },
          serviceName: 'db',
          template: template(),
          volumeClaimTemplates: [
            { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
          ],
        },
      }),
      post(`${APPS}/daemonsets${dry}`, {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'd' },
        spec: { selector: { matchLabels: { app: 'web' } }, template: template() },
      }),
      post(`${BATCH}/jobs${dry}`, {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'j' },
        spec: { template: { spec: { restartPolicy: 'Never', containers: [container()] } } },
      }),
      post(`${BATCH}/cronjobs${dry}`, {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        metadata: { name: 'c' },
        spec: {
          schedule: '* * * * *',
          jobTemplate: { spec: { template: { spec: { restartPolicy: 'OnFailure', containers: [container()] } } } },
        },
      }),
      post(`${CORE}/services${dry}`, service({})),
      post(`${CORE}/services${dry}`, service({ type: 'NodePort', ports: [{ port: 80, targetPort: 'http', name: 'http' }] })),
      post(`${CORE}/services${dry}`, service({ type: 'LoadBalancer' })),
      post(`${CORE}/services${dry}`, service({ clusterIP: 'None' })),
      post(`${CORE}/services${dry}`, {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'e' },
        spec: { type: 'ExternalName', externalName: 'example.com' },
      }),
      post(`${CORE}/secrets${dry}`, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 's' },
        stringData: { a: 'b' },
        data: { c: 'ZA==' },
      }),
      post(`${CORE}/persistentvolumeclaims${dry}`, {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'p' },
        spec: { accessModes: ['ReadWriteOnce'], storageClassName: '', resources: { requests: { storage: '0.5Gi' } } },
      }),
      post(`/apis/networking.k8s.io/v1/namespaces/<ns>/ingresses${dry}`, {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'i' },
        spec: {
          rules: [
            {
              host: 'a.example',
              http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }] },
            },
          ],
        },
      }),
      post(`/apis/networking.k8s.io/v1/namespaces/<ns>/networkpolicies${dry}`, {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: 'n' },
        spec: { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] },
      }),
      post(`/apis/policy/v1/namespaces/<ns>/poddisruptionbudgets${dry}`, {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'b' },
        spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
      }),
      post(`/apis/autoscaling/v2/namespaces/<ns>/horizontalpodautoscalers${dry}`, {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'h' },
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
          maxReplicas: 3,
          metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }],
        },
      }),
      post(`/apis/rbac.authorization.k8s.io/v1/namespaces/<ns>/roles${dry}`, {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: { name: 'r' },
        rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
      }),
      post(`/apis/rbac.authorization.k8s.io/v1/namespaces/<ns>/roles${dry}`, {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: { name: 'r' },
      }),
      post(`/apis/rbac.authorization.k8s.io/v1/namespaces/<ns>/rolebindings${dry}`, {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'r' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
        subjects: [
          { kind: 'ServiceAccount', name: 'default', namespace: '<ns>' },
          { kind: 'User', name: 'jane' },
        ],
      }),
      post(`${CORE}/serviceaccounts${dry}`, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 's' },
        automountServiceAccountToken: false,
      }),
      post(`${CORE}/resourcequotas${dry}`, {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'q' },
        spec: { hard: { pods: '2', 'requests.cpu': 1 } },
      }),
      post(`${CORE}/limitranges${dry}`, {
        apiVersion: 'v1',
        kind: 'LimitRange',
        metadata: { name: 'q' },
        spec: { limits: [{ type: 'Container', default: { cpu: '0.1' } }] },
      }),
      post(`/apis/scheduling.k8s.io/v1/priorityclasses${dry}`, {
        apiVersion: 'scheduling.k8s.io/v1',
        kind: 'PriorityClass',
        metadata: { name: 'conversation' },
        value: 5,
      }),
      post(`/apis/storage.k8s.io/v1/storageclasses${dry}`, {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name: 'conversation' },
        provisioner: 'example.com/x',
      }),
      post(`/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations${dry}`, {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingWebhookConfiguration',
        metadata: { name: 'conversation' },
        webhooks: [
          {
            name: 'a.example.com',
            admissionReviewVersions: ['v1'],
            sideEffects: 'None',
            clientConfig: { service: { namespace: 'x', name: 'y' } },
            rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] }],
          },
        ],
      }),
      post(`/apis/coordination.k8s.io/v1/namespaces/<ns>/leases${dry}`, {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: 'l' },
        spec: { holderIdentity: 'me', leaseDurationSeconds: 5, renewTime: '2026-01-01T00:00:00.123456Z' },
      }),
      post(`${CORE}/pods${dry}`, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'p' },
        spec: {
          serviceAccountName: 'default',
          automountServiceAccountToken: false,
          hostNetwork: false,
          volumes: [
            { name: 'a' },
            { name: 'b', configMap: { name: 'x' } },
            { name: 'c', secret: { secretName: 'x' } },
            { name: 'd', emptyDir: {} },
          ],
          containers: [
            container({
              args: [],
              env: [
                { name: 'E', value: '' },
                { name: 'F', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
              ],
              livenessProbe: { httpGet: { port: 80 } },
              readinessProbe: { exec: { command: ['true'] }, failureThreshold: 1 },
              lifecycle: { preStop: { httpGet: { port: 80 } } },
              volumeMounts: [{ name: 'a', mountPath: '/a' }],
            }),
            { name: 'other', image: 'busybox' },
          ],
        },
      }),
    ],
  },
  {
    name: 'bad-requests',
    steps: [
      get('/apis/nonsense.example/v1/things'),
      get('/api/v1/namespaces/<ns>/things'),
      post(`${CORE}/configmaps`, {}),
      post(`${CORE}/configmaps`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } }),
      post(`${CORE}/configmaps`, { apiVersion: 'v2', kind: 'ConfigMap', metadata: { name: 'a' } }),
      post(`${CORE}/configmaps`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }),
      post(`${CORE}/configmaps`, configMap({}, { name: 'A_B' })),
      post(`${CORE}/configmaps`, configMap({}, { name: 'a'.repeat(254) })),
      post(`${CORE}/configmaps`, configMap({}, { namespace: 'default' })),
      post(`${CORE}/configmaps`, configMap({ 'a b': '1' })),
      post(`${CORE}/configmaps`, configMap({}, { labels: { 'a b': '1' } })),
      post(`${CORE}/configmaps`, configMap({}, { labels: { a: 'b c' } })),
      post(`${CORE}/configmaps`, configMap({}, { annotations: { 'a/b/c': '' } })),
      post(`${CORE}/configmaps`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { x: 1 } }),
      post(`${CORE}/configmaps`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: [] }),
      post(`${CORE}/configmaps?fieldValidation=Strict`, { ...configMap({}), more: 1, metadata: { name: 'a', labls: {} } }),
      post(`${CORE}/configmaps?dryRun=All`, { ...configMap({}), more: 1 }),
      post(`${CORE}/configmaps?dryRun=Some`, configMap({})),
      post(`${CORE}/configmaps?fieldValidation=Perhaps`, configMap({})),
      post('/api/v1/namespaces/<ns>-none/configmaps', configMap({})),
      post(`${CORE}/configmaps`, configMap({}, { resourceVersion: '5' })),
      post(`${CORE}/secrets`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, data: { x: '%%%' } }),
      post(`${CORE}/secrets`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, type: 'kubernetes.io/tls', data: {} }),
      post(`${CORE}/secrets`, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'a' },
        stringData: { x: 'y'.repeat(1024 * 1024 + 1) },
      }),
      post(`${APPS}/deployments`, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' }, spec: {} }),
      post(`${APPS}/deployments`, deployment({ selector: { matchLabels: { other: 'x' } } })),
      post(`${APPS}/deployments`, deployment({ selector: {} })),
      post(`${APPS}/deployments`, deployment({ replicas: -1 })),
      post(`${APPS}/deployments`, deployment({ strategy: { type: 'Nonsense' } })),
      post(
        `${APPS}/deployments`,
        deployment({ template: { metadata: { labels: { app: 'web' } }, spec: { restartPolicy: 'Never', containers: [container()] } } }),
      ),
      post(`${APPS}/deployments`, deployment({ template: template([]) })),
      post(`${APPS}/deployments`, deployment({ template: template([{ name: 'x' } as object]) })),
      post(`${APPS}/deployments`, deployment({ template: template([container(), container()]) })),
      post(`${APPS}/deployments`, deployment({ template: template([container({ resources: { limits: { cpu: 'lots' } } })]) })),
      post(
        `${APPS}/deployments`,
        deployment({ template: template([container({ resources: { limits: { cpu: '1' }, requests: { cpu: '2' } } })]) }),
      ),
      post(`${APPS}/deployments`, deployment({ template: template([container({ ports: [{ containerPort: 0 }] })]) })),
      post(`${APPS}/deployments`, deployment({ template: template([container({ imagePullPolicy: 'Sometimes' })]) })),
      post(`${APPS}/deployments?fieldValidation=Strict`, deployment({ template: template([container({ imge: 'x' })]) })),
      post(`${APPS}/deployments`, deployment({ template: 'x' })),
      post(`${BATCH}/jobs`, {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'j' },
        spec: { template: { spec: { containers: [container()] } } },
      }),
      post(`${CORE}/services`, service({ ports: [] })),
      post(`${CORE}/services`, service({ ports: [{ port: 0 }] })),
      post(`${CORE}/services`, service({ ports: [{ port: 80 }, { port: 81 }] })),
      post(`${CORE}/services`, service({ type: 'Nonsense' })),
      post(`${CORE}/services`, { ...service({}), metadata: { name: '1web' } }),
      post(`${CORE}/persistentvolumeclaims`, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'p' }, spec: {} }),
      post('/apis/networking.k8s.io/v1/namespaces/<ns>/ingresses', {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'i' },
        spec: {},
      }),
      post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'A' } }),
      { method: 'PATCH', path: `${CORE}/configmaps/a`, type: 'application/json', body: {} },
      { method: 'POST', path: `${CORE}/configmaps`, type: 'text/plain', body: 'x' },
      { ...get(`${CORE}/configmaps`), headers: { accept: 'text/html' } },
      { method: 'PUT', path: `${CORE}/configmaps`, body: {} },
      get(`${CORE}/configmaps?labelSelector=a%20b`),
      get(`${CORE}/configmaps?fieldSelector=data.x%3D1`),
      get(`${CORE}/pods?fieldSelector=nonsense`),
      get(`${CORE}/pods/none/log`),
    ],
  },
  {
    name: 'immutable',
    steps: [
      { ...post(`${APPS}/deployments`, deployment()), silent: true },
      patch('merge', `${APPS}/deployments/web`, {
        spec: { selector: { matchLabels: { app: 'other' } }, template: { metadata: { labels: { app: 'other' } } } },
      }),
      {
        ...post(`${BATCH}/jobs`, {
          apiVersion: 'batch/v1',
          kind: 'Job',
          metadata: { name: 'j' },
          spec: { parallelism: 0, template: { spec: { restartPolicy: 'Never', containers: [container()] } } },
        }),
        silent: true,
      },
      patch('strategic-merge', `${BATCH}/jobs/j`, { spec: { completions: 3 } }),
      { ...post(`${CORE}/services`, service({})), silent: true },
      patch('merge', `${CORE}/services/web`, { spec: { clusterIP: '10.0.0.77' } }),
      patch('merge', `${CORE}/services/web`, { spec: { clusterIP: 'None' } }),
      patch('merge', `${CORE}/services/web`, { spec: { type: 'NodePort' } }),
      patch('merge', `${CORE}/services/web`, { spec: { ports: null } }),
      {
        ...post(`${APPS}/statefulsets`, {
          apiVersion: 'apps/v1',
          kind: 'StatefulSet',
          metadata: { name: 'db' },
          spec: { replicas: 0, selector: { matchLabels: { app: 'web' } }, serviceName: 'db', template: template() },
        }),
        silent: true,
      },
      patch('merge', `${APPS}/statefulsets/db`, { spec: { serviceName: 'other' } }),
      {
        ...post('/apis/rbac.authorization.k8s.io/v1/namespaces/<ns>/rolebindings', {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'RoleBinding',
          metadata: { name: 'r' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
        }),
        silent: true,
      },
      patch('merge', '/apis/rbac.authorization.k8s.io/v1/namespaces/<ns>/rolebindings/r', { roleRef: { name: 'edit' } }),
      { ...post(`${CORE}/secrets`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: {} }), silent: true },
      patch('merge', `${CORE}/secrets/s`, { type: 'other' }),
      {
        ...post(`${CORE}/persistentvolumeclaims`, {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'p' },
          spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'none', resources: { requests: { storage: '1Gi' } } },
        }),
        silent: true,
      },
      patch('merge', `${CORE}/persistentvolumeclaims/p`, { spec: { storageClassName: 'other' } }),
    ],
  },
  {
    name: 'subresources',
    steps: [
      { ...post(`${APPS}/deployments`, deployment({ replicas: 0 })), silent: true },
      get(`${APPS}/deployments/web/scale`),
      patch('merge', `${APPS}/deployments/web/scale`, { spec: { replicas: 2 } }),
      get(`${APPS}/deployments/none/scale`),
      get(`${APPS}/deployments/web/nonsense`),
      patch('merge', `${APPS}/deployments/web?fieldManager=x`, { status: { replicas: 7 } }, 'status is not written'),
      { method: 'DELETE', path: `${APPS}/deployments?labelSelector=none` },
      post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { namespace: '<ns>', verb: 'create', resource: 'pods' } },
      }),
    ],
  },
  {
    name: 'deletion',
    steps: [
      post(`${CORE}/configmaps`, configMap({}, { finalizers: ['example.com/hold'] })),
      remove(`${CORE}/configmaps/a`),
      patch('merge', `${CORE}/configmaps/a`, { metadata: { finalizers: null } }),
      get(`${CORE}/configmaps/a`),
      post(`${CORE}/configmaps`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'generated-' } }),
      { ...post(`${APPS}/deployments`, deployment({ replicas: 0 })), silent: true },
      remove(`${APPS}/deployments/web`, { propagationPolicy: 'Background' }),
      { ...post(`${CORE}/services`, service({})), silent: true },
      remove(`${CORE}/services/web`),
      { ...post(`${CORE}/secrets`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } }), silent: true },
      remove(`${CORE}/secrets/s`),
    ],
  },
  {
    name: 'custom-resources',
    steps: [
      { ...post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', widgetDefinition), silent: true },
      { ...get('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.<ns>.example'), silent: true, until: established },
      { ...get('/apis/<ns>.example/v1'), silent: true, until: (answer: any) => answer?.resources?.length > 0 },
      get('/apis/<ns>.example/v1'),
      post(WIDGETS, widget({ size: 3, tags: ['a'], more: 1, ports: [{ port: 1, name: 'x' }] }), 'unknown field is dropped with a warning'),
      post(WIDGETS, widget({ size: 3 }), 'again'),
      post(`${WIDGETS}?fieldValidation=Strict`, widget({ more: 1 }, { name: 'b' })),
      post(WIDGETS, widget({ size: 'x' }, { name: 'b' })),
      post(WIDGETS, widget({ size: 11 }, { name: 'b' })),
      post(WIDGETS, widget({ size: 0 }, { name: 'b' })),
      post(WIDGETS, widget({ colour: 'purple' }, { name: 'b' })),
      post(WIDGETS, widget({ code: 'x' }, { name: 'b' })),
      post(WIDGETS, widget({ tags: [1] }, { name: 'b' })),
      post(WIDGETS, widget({ tags: 'a' }, { name: 'b' })),
      post(WIDGETS, widget({ ports: [{ name: 'x' }] }, { name: 'b' })),
      post(WIDGETS, widget({ ports: [{ port: 1 }, { port: 1 }] }, { name: 'b' })),
      post(WIDGETS, { apiVersion: '<ns>.example/v1', kind: 'Widget', metadata: { name: 'b' } }, 'no spec'),
      patch('merge', `${WIDGETS}/a`, { spec: { size: 4 }, status: { phase: 'x' } }),
      patch('merge', `${WIDGETS}/a/status`, { spec: { size: 5 }, status: { phase: 'x' } }),
      patch('strategic-merge', `${WIDGETS}/a`, { spec: { size: 4 } }),
      apply(`${WIDGETS}/a`, 'one', widget({ ports: [{ port: 2, name: 'y' }], free: { any: { thing: [1] } } })),
      apply(`${WIDGETS}/a`, 'two', widget({ ports: [{ port: 2, name: 'z' }] })),
      apply(`${WIDGETS}/a`, 'two', widget({ ports: [{ port: 3, name: 'z' }] })),
      apply(`${WIDGETS}/a`, 'one', widget({})),
      apply(`${WIDGETS}/a`, 'one', widget({ more: 1 })),
      get(`${WIDGETS}/none`),
      remove(`${WIDGETS}/a`),
      { ...remove('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.<ns>.example'), silent: true },
    ],
  },
  ...[1, 2, 3, 4].map(randomConversation),
]
