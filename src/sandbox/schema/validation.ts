import type { KubeObject } from '../object.ts'
import type { Resource } from '../resources.ts'
import { selects } from '../selectors.ts'
import { type Finding, finding } from '../status.ts'
import { configKey, LABEL, LABEL_TEXT, validateMetadata } from './names.ts'
import { quantityValue } from './quantity.ts'

/** What a real API server would refuse of a new object, in its words; the usual rules, not all. */
export function validate(resource: Resource, object: KubeObject): Finding[] {
  const out: Finding[] = []
  validateMetadata(resource, object, out)
  KINDS[resource.key]?.(object, out)
  return out
}

const KINDS: Record<string, (o: any, out: Finding[]) => void> = {
  configmaps: (o, out) => {
    for (const key of Object.keys(o.data ?? {})) configKey(key, `data[${key}]`, out)
    for (const key of Object.keys(o.binaryData ?? {})) {
      configKey(key, `binaryData[${key}]`, out)
      if (o.data?.[key] !== undefined) out.push(finding.invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'))
    }
    let size = 0
    for (const value of Object.values<string>(o.data ?? {})) size += Buffer.byteLength(value)
    for (const value of Object.values<string>(o.binaryData ?? {})) size += base64Size(value)
    if (size > 1024 * 1024) out.push(finding.tooLong('', 1024 * 1024))
  },
  secrets: (o, out) => {
    let size = 0
    for (const [key, value] of Object.entries<string>(o.data ?? {})) {
      configKey(key, `data[${key}]`, out)
      size += base64Size(value)
    }
    if (size > 1024 * 1024) out.push(finding.tooLong('data', 1024 * 1024))
    const needs: Record<string, string[]> = {
      'kubernetes.io/tls': ['tls.crt', 'tls.key'],
      'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
      'kubernetes.io/dockercfg': ['.dockercfg'],
      'kubernetes.io/ssh-auth': ['ssh-privatekey'],
    }
    for (const key of needs[o.type] ?? []) if (o.data?.[key] === undefined) out.push(finding.required(`data[${key}]`))
  },
  pods: (o, out) => podSpec(o.spec, 'spec', out),
  'deployments.apps': (o, out) => {
    workload(o, out)
    if (o.spec.template?.spec?.restartPolicy && o.spec.template.spec.restartPolicy !== 'Always')
      out.push(finding.unsupported('spec.template.spec.restartPolicy', o.spec.template.spec.restartPolicy, ['Always']))
    if (!['RollingUpdate', 'Recreate'].includes(o.spec.strategy?.type))
      out.push(
        finding.unsupported('spec.strategy', { Type: o.spec.strategy?.type, RollingUpdate: o.spec.strategy?.rollingUpdate ?? null }, [
          'Recreate',
          'RollingUpdate',
        ]),
      )
    if (o.spec.strategy?.type === 'Recreate' && o.spec.strategy.rollingUpdate)
      out.push(finding.forbidden('spec.strategy.rollingUpdate', "may not be specified when strategy `type` is 'Recreate'"))
  },
  'replicasets.apps': workload,
  'statefulsets.apps': (o, out) => workload(o, out),
  'daemonsets.apps': workload,
  'jobs.batch': (o, out) => {
    const template = o.spec.template?.spec
    if (template) {
      podSpec(template, 'spec.template.spec', out)
      if (template.restartPolicy === 'Always')
        out.push(finding.required('spec.template.spec.restartPolicy', 'valid values: "OnFailure", "Never"'))
    }
    for (const field of ['completions', 'parallelism', 'backoffLimit', 'activeDeadlineSeconds', 'ttlSecondsAfterFinished'])
      if (o.spec[field] < 0) out.push(finding.invalid(`spec.${field}`, o.spec[field], 'must be greater than or equal to 0'))
  },
  'cronjobs.batch': (o, out) => {
    if (!o.spec.schedule) out.push(finding.required('spec.schedule'))
    const restart = o.spec.jobTemplate?.spec?.template?.spec?.restartPolicy
    if (restart === 'Always')
      out.push(finding.required('spec.jobTemplate.spec.template.spec.restartPolicy', 'valid values: "OnFailure", "Never"'))
  },
  services: (o, out) => {
    const spec = o.spec
    if (spec.type !== 'ExternalName' && spec.clusterIP !== 'None' && !spec.ports?.length) out.push(finding.required('spec.ports'))
    if (!['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'].includes(spec.type))
      out.push(finding.unsupported('spec.type', spec.type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']))
    const names = new Set<string>()
    for (const [i, port] of (spec.ports ?? []).entries()) {
      const field = `spec.ports[${i}]`
      if (spec.ports.length > 1 && !port.name) out.push(finding.required(`${field}.name`))
      if (port.name) {
        if (names.has(port.name)) out.push(finding.duplicate(`${field}.name`, port.name))
        names.add(port.name)
      }
      if (!(port.port >= 1 && port.port <= 65535))
        out.push(finding.invalid(`${field}.port`, port.port, 'must be between 1 and 65535, inclusive'))
      if (typeof port.targetPort === 'number' && !(port.targetPort >= 1 && port.targetPort <= 65535))
        out.push(finding.invalid(`${field}.targetPort`, port.targetPort, 'must be between 1 and 65535, inclusive'))
    }
  },
  persistentvolumeclaims: (o, out) => {
    if (!o.spec.accessModes?.length) out.push(finding.required('spec.accessModes', 'at least 1 access mode is required'))
    if (!o.spec.resources?.requests?.storage) out.push(finding.required('spec.resources[storage]'))
  },
  'ingresses.networking.k8s.io': (o, out) => {
    for (const [i, rule] of (o.spec?.rules ?? []).entries()) {
      for (const [j, path] of (rule.http?.paths ?? []).entries()) {
        const field = `spec.rules[${i}].http.paths[${j}]`
        if (!path.pathType) out.push(finding.required(`${field}.pathType`, 'pathType must be specified'))
        if (!path.backend?.service && !path.backend?.resource)
          out.push(finding.required(`${field}.backend`, 'resource or service backend is required'))
      }
    }
    if (!o.spec?.rules?.length && !o.spec?.defaultBackend)
      out.push(finding.invalid('spec', null, 'either `defaultBackend` or `rules` must be specified'))
  },
  'rolebindings.rbac.authorization.k8s.io': (o, out) => {
    if (!o.roleRef?.name) out.push(finding.required('roleRef.name'))
  },
  'customresourcedefinitions.apiextensions.k8s.io': (o, out) => {
    const { names, group, versions } = o.spec
    if (o.metadata.name !== `${names?.plural}.${group}`)
      out.push(finding.invalid('metadata.name', o.metadata.name, `must be spec.names.plural+"."+spec.group`))
    if (!versions?.length) out.push(finding.invalid('spec.versions', versions, 'must have exactly one version marked as storage version'))
    for (const [i, version] of (versions ?? []).entries())
      if (!version.schema?.openAPIV3Schema) out.push(finding.required(`spec.versions[${i}].schema.openAPIV3Schema`, 'schemas are required'))
  },
}

function workload(o: any, out: Finding[]): void {
  const { selector, template, replicas } = o.spec
  if (replicas < 0) out.push(finding.invalid('spec.replicas', replicas, 'must be greater than or equal to 0'))
  if (!selector) out.push(finding.required('spec.selector'))
  else if (!Object.keys(selector.matchLabels ?? {}).length && !selector.matchExpressions?.length)
    out.push(finding.invalid('spec.selector', selector, 'empty selector is invalid for deployment'))
  if (
    !selects(selector, template?.metadata?.labels) &&
    (!selector || Object.keys(selector.matchLabels ?? {}).length || selector.matchExpressions?.length)
  )
    out.push(
      finding.invalid('spec.template.metadata.labels', template?.metadata?.labels ?? null, '`selector` does not match template `labels`'),
    )
  if (template?.spec) podSpec(template.spec, 'spec.template.spec', out, o.kind === 'StatefulSet')
}

function podSpec(spec: any, field: string, out: Finding[], claims = false): void {
  if (!spec) return
  if (!spec.containers?.length) out.push(finding.required(`${field}.containers`))
  const volumes = new Set<string>()
  for (const [i, volume] of (spec.volumes ?? []).entries()) {
    if (volumes.has(volume.name)) out.push(finding.duplicate(`${field}.volumes[${i}].name`, volume.name))
    volumes.add(volume.name)
    const sources = Object.keys(volume).filter((source) => source !== 'name')
    for (const source of sources.slice(1))
      out.push(finding.forbidden(`${field}.volumes[${i}].${source}`, 'may not specify more than 1 volume type'))
  }
  const names = new Set<string>()
  for (const list of ['initContainers', 'containers']) {
    for (const [i, container] of (spec[list] ?? []).entries()) {
      const at = `${field}.${list}[${i}]`
      if (!container.name) out.push(finding.required(`${at}.name`))
      else if (!LABEL.test(container.name)) out.push(finding.invalid(`${at}.name`, container.name, LABEL_TEXT))
      else if (names.has(container.name)) out.push(finding.duplicate(`${at}.name`, container.name))
      names.add(container.name)
      if (!container.image) out.push(finding.required(`${at}.image`))
      else if (container.image !== container.image.trim())
        out.push(finding.invalid(`${at}.image`, container.image, 'must not have leading or trailing whitespace'))
      for (const [j, mount] of (container.volumeMounts ?? []).entries())
        if (!claims && !volumes.has(mount.name)) out.push(finding.notFound(`${at}.volumeMounts[${j}].name`, mount.name))
      const ports = new Set<string>()
      for (const [j, port] of (container.ports ?? []).entries()) {
        if (port.name && ports.has(port.name)) out.push(finding.duplicate(`${at}.ports[${j}].name`, port.name))
        ports.add(port.name)
        if (!(port.containerPort >= 1 && port.containerPort <= 65535))
          out.push(
            port.containerPort
              ? finding.invalid(`${at}.ports[${j}].containerPort`, port.containerPort, 'must be between 1 and 65535, inclusive')
              : finding.required(`${at}.ports[${j}].containerPort`),
          )
      }
      if (container.image && !['Always', 'IfNotPresent', 'Never'].includes(container.imagePullPolicy))
        out.push(finding.unsupported(`${at}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']))
      for (const [name, limit] of Object.entries<string>(container.resources?.limits ?? {})) {
        const request = container.resources?.requests?.[name]
        if (request !== undefined && quantityValue(request) > quantityValue(limit))
          out.push(finding.invalid(`${at}.resources.requests`, request, `must be less than or equal to ${name} limit of ${limit}`))
      }
      for (const [j, env] of (container.env ?? []).entries()) {
        if (!env.name) out.push(finding.required(`${at}.env[${j}].name`))
        if (env.value && env.valueFrom)
          out.push(finding.invalid(`${at}.env[${j}].valueFrom`, '', 'may not be specified when `value` is not empty'))
      }
    }
  }
}

function base64Size(text: string): number {
  return Math.floor((text.length * 3) / 4) - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0)
}
