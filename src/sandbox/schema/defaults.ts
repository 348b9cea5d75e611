import type { KubeObject } from '../object.ts'

/** Fills in what the API server's defaulting fills in, in place. `object` is canonical and not shared. */
export function applyDefaults(key: string, object: KubeObject): void {
  DEFAULTS[key]?.(object)
}

const set = (target: any, field: string, value: unknown): void => {
  if (target[field] === undefined || target[field] === '') target[field] = value
}
const missing = (target: any, field: string, value: unknown): void => {
  if (target[field] === undefined) target[field] = value
}

const DEFAULTS: Record<string, (object: any) => void> = {
  pods: (o) => {
    podSpec(o.spec, true)
  },
  podtemplates: (o) => podSpec(o.template?.spec),
  'deployments.apps': (o) => {
    const spec = o.spec
    missing(spec, 'replicas', 1)
    missing(spec, 'revisionHistoryLimit', 10)
    missing(spec, 'progressDeadlineSeconds', 600)
    spec.strategy ??= {}
    set(spec.strategy, 'type', 'RollingUpdate')
    if (spec.strategy.type === 'RollingUpdate') {
      spec.strategy.rollingUpdate ??= {}
      missing(spec.strategy.rollingUpdate, 'maxUnavailable', '25%')
      missing(spec.strategy.rollingUpdate, 'maxSurge', '25%')
    }
    podSpec(spec.template?.spec)
  },
  'replicasets.apps': (o) => {
    missing(o.spec, 'replicas', 1)
    podSpec(o.spec.template?.spec)
  },
  replicationcontrollers: (o) => {
    missing(o.spec, 'replicas', 1)
    missing(o.spec, 'selector', o.spec.template?.metadata?.labels)
    podSpec(o.spec.template?.spec)
  },
  'statefulsets.apps': (o) => {
    const spec = o.spec
    missing(spec, 'replicas', 1)
    set(spec, 'podManagementPolicy', 'OrderedReady')
    missing(spec, 'revisionHistoryLimit', 10)
    spec.updateStrategy ??= {}
    set(spec.updateStrategy, 'type', 'RollingUpdate')
    if (spec.updateStrategy.type === 'RollingUpdate') {
      spec.updateStrategy.rollingUpdate ??= {}
      missing(spec.updateStrategy.rollingUpdate, 'partition', 0)
    }
    spec.persistentVolumeClaimRetentionPolicy ??= {}
    set(spec.persistentVolumeClaimRetentionPolicy, 'whenDeleted', 'Retain')
    set(spec.persistentVolumeClaimRetentionPolicy, 'whenScaled', 'Retain')
    podSpec(spec.template?.spec)
    for (const claim of spec.volumeClaimTemplates ?? []) {
      set(claim, 'apiVersion', 'v1')
      set(claim, 'kind', 'PersistentVolumeClaim')
      set(claim.spec, 'volumeMode', 'Filesystem')
      claim.status ??= {}
      set(claim.status, 'phase', 'Pending')
    }
  },
  'daemonsets.apps': (o) => {
    const spec = o.spec
    o.metadata.annotations = { 'deprecated.daemonset.template.generation': '1', ...o.metadata.annotations }
    missing(spec, 'revisionHistoryLimit', 10)
    spec.updateStrategy ??= {}
    set(spec.updateStrategy, 'type', 'RollingUpdate')
    if (spec.updateStrategy.type === 'RollingUpdate') {
      spec.updateStrategy.rollingUpdate ??= {}
      missing(spec.updateStrategy.rollingUpdate, 'maxUnavailable', 1)
      missing(spec.updateStrategy.rollingUpdate, 'maxSurge', 0)
    }
    podSpec(spec.template?.spec)
  },
  'jobs.batch': (o) => jobSpec(o.spec),
  'cronjobs.batch': (o) => {
    const spec = o.spec
    set(spec, 'concurrencyPolicy', 'Allow')
    missing(spec, 'suspend', false)
    missing(spec, 'successfulJobsHistoryLimit', 3)
    missing(spec, 'failedJobsHistoryLimit', 1)
    podSpec(spec.jobTemplate?.spec?.template?.spec)
  },
  services: (o) => {
    const spec = o.spec
    set(spec, 'sessionAffinity', 'None')
    set(spec, 'type', 'ClusterIP')
    if (spec.sessionAffinity === 'ClientIP') spec.sessionAffinityConfig ??= { clientIP: { timeoutSeconds: 10800 } }
    for (const port of spec.ports ?? []) {
      set(port, 'protocol', 'TCP')
      if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port
    }
    if (spec.type !== 'ExternalName') missing(spec, 'internalTrafficPolicy', 'Cluster')
    if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') set(spec, 'externalTrafficPolicy', 'Cluster')
    if (spec.type === 'LoadBalancer') missing(spec, 'allocateLoadBalancerNodePorts', true)
  },
  endpoints: (o) => {
    for (const subset of o.subsets ?? []) for (const port of subset.ports ?? []) set(port, 'protocol', 'TCP')
  },
  'endpointslices.discovery.k8s.io': (o) => {
    for (const port of o.ports ?? []) {
      missing(port, 'name', '')
      missing(port, 'protocol', 'TCP')
    }
  },
  secrets: (o) => {
    set(o, 'type', 'Opaque')
    if (!o.stringData) return
    o.data = { ...o.data }
    for (const [key, value] of Object.entries<string>(o.stringData)) o.data[key] = Buffer.from(value).toString('base64')
    delete o.stringData
  },
  namespaces: (o) => {
    o.metadata.labels = { ...o.metadata.labels, 'kubernetes.io/metadata.name': o.metadata.name }
    o.spec ??= {}
    o.spec.finalizers ??= ['kubernetes']
    o.status ??= {}
    set(o.status, 'phase', 'Active')
  },
  persistentvolumeclaims: (o) => {
    set(o.spec, 'volumeMode', 'Filesystem')
    o.status ??= {}
    set(o.status, 'phase', 'Pending')
  },
  persistentvolumes: (o) => {
    set(o.spec, 'persistentVolumeReclaimPolicy', 'Retain')
    set(o.spec, 'volumeMode', 'Filesystem')
    o.status ??= {}
    set(o.status, 'phase', 'Pending')
  },
  'storageclasses.storage.k8s.io': (o) => {
    set(o, 'reclaimPolicy', 'Delete')
    set(o, 'volumeBindingMode', 'Immediate')
  },
  'networkpolicies.networking.k8s.io': (o) => {
    const spec = o.spec
    spec.policyTypes ??= spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress']
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])])
      for (const port of rule.ports ?? []) missing(port, 'protocol', 'TCP')
  },
  'horizontalpodautoscalers.autoscaling': (o) => {
    const spec = o.spec
    missing(spec, 'minReplicas', 1)
    spec.metrics ??= [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }]
    if (spec.behavior) {
      const down = (spec.behavior.scaleDown ??= {})
      set(down, 'selectPolicy', 'Max')
      missing(down, 'policies', [{ type: 'Percent', value: 100, periodSeconds: 15 }])
      const up = (spec.behavior.scaleUp ??= {})
      missing(up, 'stabilizationWindowSeconds', 0)
      set(up, 'selectPolicy', 'Max')
      missing(up, 'policies', [
        { type: 'Pods', value: 4, periodSeconds: 15 },
        { type: 'Percent', value: 100, periodSeconds: 15 },
      ])
    }
  },
  'rolebindings.rbac.authorization.k8s.io': (o) => binding(o),
  'clusterrolebindings.rbac.authorization.k8s.io': (o) => binding(o),
  'priorityclasses.scheduling.k8s.io': (o) => missing(o, 'preemptionPolicy', 'PreemptLowerPriority'),
  'customresourcedefinitions.apiextensions.k8s.io': (o) => {
    const spec = o.spec
    spec.conversion ??= { strategy: 'None' }
    if (spec.names) {
      set(spec.names, 'singular', String(spec.names.kind ?? '').toLowerCase())
      set(spec.names, 'listKind', `${spec.names.kind}List`)
    }
  },
  'validatingwebhookconfigurations.admissionregistration.k8s.io': (o) => webhooks(o, false),
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': (o) => webhooks(o, true),
  limitranges: (o) => {
    for (const limit of o.spec?.limits ?? []) {
      if (limit.type !== 'Container') continue
      if (limit.max) limit.default = { ...limit.max, ...limit.default }
      if (limit.default) limit.defaultRequest = { ...limit.default, ...limit.min, ...limit.defaultRequest }
    }
  },
  'apiservices.apiregistration.k8s.io': (o) => {
    if (o.spec?.service) missing(o.spec.service, 'port', 443)
  },
}

function binding(o: any): void {
  set(o.roleRef, 'apiGroup', 'rbac.authorization.k8s.io')
  for (const subject of o.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') set(subject, 'apiGroup', 'rbac.authorization.k8s.io')
  }
}

function webhooks(o: any, mutating: boolean): void {
  for (const hook of o.webhooks ?? []) {
    missing(hook, 'failurePolicy', 'Fail')
    missing(hook, 'matchPolicy', 'Equivalent')
    missing(hook, 'namespaceSelector', {})
    missing(hook, 'objectSelector', {})
    missing(hook, 'timeoutSeconds', 10)
    if (mutating) missing(hook, 'reinvocationPolicy', 'Never')
    if (hook.clientConfig?.service) missing(hook.clientConfig.service, 'port', 443)
    for (const rule of hook.rules ?? []) missing(rule, 'scope', '*')
  }
}

function jobSpec(spec: any): void {
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1
  missing(spec, 'parallelism', 1)
  missing(spec, 'backoffLimit', spec.backoffLimitPerIndex === undefined ? 6 : 2147483647)
  missing(spec, 'completionMode', 'NonIndexed')
  missing(spec, 'suspend', false)
  missing(spec, 'manualSelector', false)
  missing(spec, 'podReplacementPolicy', spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed')
  podSpec(spec.template?.spec)
}

function podSpec(spec: any, pod = false): void {
  if (!spec) return
  set(spec, 'restartPolicy', 'Always')
  missing(spec, 'terminationGracePeriodSeconds', 30)
  set(spec, 'dnsPolicy', 'ClusterFirst')
  if (spec.serviceAccountName) set(spec, 'serviceAccount', spec.serviceAccountName)
  else if (spec.serviceAccount) set(spec, 'serviceAccountName', spec.serviceAccount)
  spec.securityContext ??= {}
  set(spec, 'schedulerName', 'default-scheduler')
  if (pod) missing(spec, 'enableServiceLinks', true)
  for (const c of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) container(c, spec, pod)
  for (const v of spec.volumes ?? []) volume(v)
}

function container(c: any, spec: any, pod: boolean): void {
  c.resources ??= {}
  set(c, 'terminationMessagePath', '/dev/termination-log')
  set(c, 'terminationMessagePolicy', 'File')
  if (!c.imagePullPolicy && c.image)
    c.imagePullPolicy =
      /:latest$/.test(c.image) || !/:[^/]+$/.test(c.image.split('@')[0])
        ? c.image.includes('@')
          ? 'IfNotPresent'
          : 'Always'
        : 'IfNotPresent'
  for (const port of c.ports ?? []) {
    set(port, 'protocol', 'TCP')
    if (spec.hostNetwork) set(port, 'hostPort', port.containerPort)
  }
  for (const env of c.env ?? []) if (env.valueFrom?.fieldRef) set(env.valueFrom.fieldRef, 'apiVersion', 'v1')
  for (const probe of [c.livenessProbe, c.readinessProbe, c.startupProbe]) {
    if (!probe) continue
    for (const [field, value] of [
      ['timeoutSeconds', 1],
      ['periodSeconds', 10],
      ['successThreshold', 1],
      ['failureThreshold', 3],
    ] as const)
      if (!probe[field]) probe[field] = value
    handler(probe)
  }
  if (c.lifecycle?.postStart) handler(c.lifecycle.postStart)
  if (c.lifecycle?.preStop) handler(c.lifecycle.preStop)
  // Limits stand for requests that are not given; in Pods, not in their templates.
  if (pod && c.resources.limits) {
    const requests: Record<string, string> = { ...c.resources.requests }
    for (const [name, value] of Object.entries<string>(c.resources.limits)) requests[name] ??= value
    c.resources.requests = requests
  }
}

function handler(h: any): void {
  if (h.httpGet) {
    set(h.httpGet, 'path', '/')
    set(h.httpGet, 'scheme', 'HTTP')
  }
  if (h.grpc) missing(h.grpc, 'service', '')
}

function volume(v: any): void {
  const sources = Object.keys(v).filter((key) => key !== 'name')
  if (sources.length === 0) v.emptyDir = {}
  for (const source of [v.secret, v.configMap, v.projected, v.downwardAPI]) if (source) missing(source, 'defaultMode', 420)
  if (v.hostPath) missing(v.hostPath, 'type', '')
  for (const item of [...(v.downwardAPI?.items ?? []), ...(v.projected?.sources ?? []).flatMap((s: any) => s.downwardAPI?.items ?? [])])
    if (item.fieldRef) set(item.fieldRef, 'apiVersion', 'v1')
  for (const source of v.projected?.sources ?? [])
    if (source.serviceAccountToken) missing(source.serviceAccountToken, 'expirationSeconds', 3607)
  if (v.ephemeral?.volumeClaimTemplate?.spec) set(v.ephemeral.volumeClaimTemplate.spec, 'volumeMode', 'Filesystem')
}
