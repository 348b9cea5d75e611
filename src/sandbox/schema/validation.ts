import { equal, type KubeObject } from '../object.ts'
import type { Resource } from '../resources.ts'
import { selects } from '../selectors.ts'
import { type Finding, finding } from '../status.ts'
import { quantityValue } from './quantity.ts'

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const LABEL_1035_TEXT =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
const VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
const NAME_PART_TEXT =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const KEY_TEXT =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"

const LABEL_NAMES = new Set(['namespaces'])
const PATH_NAMES = /rbac\.authorization\.k8s\.io$/

/** What a real API server would refuse of a new object, in its words; the usual rules, not all. */
export function validate(resource: Resource, object: KubeObject): Finding[] {
  const out: Finding[] = []
  validateMetadata(resource, object, out)
  KINDS[resource.key]?.(object, out)
  return out
}

function validateMetadata(resource: Resource, object: KubeObject, out: Finding[]): void {
  const { name, labels, annotations } = object.metadata
  if (!name) out.push(finding.required('metadata.name', 'name or generateName is required'))
  else if (PATH_NAMES.test(resource.key)) {
    if (/[/%]/.test(name)) out.push(finding.invalid('metadata.name', name, `may not contain '${name.includes('/') ? '/' : '%'}'`))
  } else if (resource.key === 'services') {
    if (name.length > 63 || !LABEL.test(name))
      out.push(finding.invalid('metadata.name', name, name.length > 63 ? 'must be no more than 63 bytes' : LABEL_1035_TEXT))
    // Since 1.36 a Service may start with a digit.
  } else if (LABEL_NAMES.has(resource.key)) {
    if (name.length > 63) out.push(finding.invalid('metadata.name', name, 'must be no more than 63 bytes'))
    else if (!LABEL.test(name)) out.push(finding.invalid('metadata.name', name, LABEL_TEXT))
  } else {
    if (name.length > 253) out.push(finding.invalid('metadata.name', name, 'must be no more than 253 characters'))
    else if (!SUBDOMAIN.test(name)) out.push(finding.invalid('metadata.name', name, SUBDOMAIN_TEXT))
  }
  labelMap(labels, 'metadata.labels', out)
  let size = 0
  for (const [key, value] of Object.entries(annotations ?? {})) {
    qualifiedName(key, 'metadata.annotations', out)
    size += key.length + Buffer.byteLength(value)
  }
  if (size > 256 * 1024) out.push(finding.tooLong('metadata.annotations', 256 * 1024))
}

function labelMap(labels: Record<string, string> | undefined, field: string, out: Finding[]): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    qualifiedName(key, field, out)
    if (value.length > 63) out.push(finding.invalid(field, value, 'must be no more than 63 bytes'))
    if (!/^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/.test(value)) out.push(finding.invalid(field, value, VALUE_TEXT))
  }
}

function qualifiedName(key: string, field: string, out: Finding[]): void {
  const parts = key.split('/')
  const name = parts.at(-1)!
  if (parts.length > 2)
    out.push(
      finding.invalid(
        field,
        key,
        "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
      ),
    )
  else {
    if (parts.length === 2 && !SUBDOMAIN.test(parts[0]!.toLowerCase()))
      out.push(finding.invalid(field, key, `prefix part ${SUBDOMAIN_TEXT}`))
    if (name === '') out.push(finding.invalid(field, key, 'name part must be non-empty'))
    else if (name.length > 63) out.push(finding.invalid(field, key, 'name part must be no more than 63 bytes'))
    if (!/^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/.test(name)) out.push(finding.invalid(field, key, NAME_PART_TEXT))
  }
}

/** What a real API server would refuse of a change. */
export function validateChange(resource: Resource, before: KubeObject, after: KubeObject): Finding[] {
  const out = validate(resource, after)
  CHANGES[resource.key]?.(before, after, out)
  return out
}

const IMMUTABLE = 'field is immutable'

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
      for (const [j, port] of (container.ports ?? []).entries())
        if (!(port.containerPort >= 1 && port.containerPort <= 65535))
          out.push(
            port.containerPort
              ? finding.invalid(`${at}.ports[${j}].containerPort`, port.containerPort, 'must be between 1 and 65535, inclusive')
              : finding.required(`${at}.ports[${j}].containerPort`),
          )
      if (container.image && !['Always', 'IfNotPresent', 'Never'].includes(container.imagePullPolicy))
        out.push(finding.unsupported(`${at}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']))
      for (const [name, limit] of Object.entries<string>(container.resources?.limits ?? {})) {
        const request = container.resources?.requests?.[name]
        if (request !== undefined && quantityValue(request) > quantityValue(limit))
          out.push(finding.invalid(`${at}.resources.requests`, request, `must be less than or equal to ${name} limit of ${limit}`))
      }
      for (const [j, env] of (container.env ?? []).entries()) if (!env.name) out.push(finding.required(`${at}.env[${j}].name`))
    }
  }
}

function configKey(key: string, field: string, out: Finding[]): void {
  if (key.length > 253 || !/^[-._a-zA-Z0-9]+$/.test(key)) out.push(finding.invalid(field, key, KEY_TEXT))
}

function base64Size(text: string): number {
  return Math.floor((text.length * 3) / 4) - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0)
}

const CHANGES: Record<string, (before: any, after: any, out: Finding[]) => void> = {
  'deployments.apps': selectorFixed,
  'replicasets.apps': selectorFixed,
  'daemonsets.apps': selectorFixed,
  'statefulsets.apps': (before, after, out) => {
    const mutable = [
      'replicas',
      'ordinals',
      'template',
      'updateStrategy',
      'revisionHistoryLimit',
      'persistentVolumeClaimRetentionPolicy',
      'minReadySeconds',
    ]
    const rest = (spec: any): any => Object.fromEntries(Object.entries(spec).filter(([key]) => !mutable.includes(key)))
    if (!equal(rest(before.spec), rest(after.spec)))
      out.push(
        finding.forbidden(
          'spec',
          "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        ),
      )
  },
  'jobs.batch': (before, after, out) => {
    if (!equal(before.spec.completions, after.spec.completions) && after.spec.completionMode !== 'Indexed')
      out.push(finding.invalid('spec.completions', after.spec.completions, IMMUTABLE))
    if (!equal(before.spec.selector, after.spec.selector)) out.push(finding.invalid('spec.selector', after.spec.selector, IMMUTABLE))
    const free = before.spec.suspend && !before.status?.startTime
    if (!free && !equal(before.spec.template, after.spec.template))
      out.push({
        field: 'spec.template',
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${JSON.stringify(after.spec.template)}: ${IMMUTABLE}`,
      })
    if (before.spec.completionMode !== after.spec.completionMode)
      out.push(finding.invalid('spec.completionMode', after.spec.completionMode, IMMUTABLE))
  },
  services: (before, after, out) => {
    const old = before.spec.clusterIP
    if (before.spec.type !== 'ExternalName' && after.spec.type !== 'ExternalName' && old && after.spec.clusterIP !== old)
      out.push(finding.invalid('spec.clusterIPs[0]', [after.spec.clusterIP ?? ''], 'may not change once set'))
  },
  configmaps: (before, after, out) => {
    if (!before.immutable) return
    if (!after.immutable) out.push(finding.forbidden('immutable', 'field is immutable when `immutable` is set'))
    for (const field of ['data', 'binaryData'])
      if (!equal(before[field], after[field])) out.push(finding.forbidden(field, 'field is immutable when `immutable` is set'))
  },
  secrets: (before, after, out) => {
    if (before.type !== after.type) out.push(finding.invalid('type', after.type, IMMUTABLE))
    if (!before.immutable) return
    if (!after.immutable) out.push(finding.forbidden('immutable', 'field is immutable when `immutable` is set'))
    if (!equal(before.data, after.data)) out.push(finding.forbidden('data', 'field is immutable when `immutable` is set'))
  },
  persistentvolumeclaims: (before, after, out) => {
    const rest = ({ resources, volumeName, volumeAttributesClassName, ...spec }: any): any => spec
    if (!equal(rest(before.spec), rest(after.spec)) || (before.spec.volumeName && before.spec.volumeName !== after.spec.volumeName))
      out.push(
        finding.forbidden(
          'spec',
          'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
        ),
      )
  },
  pods: (before, after, out) => {
    const rest = (spec: any): any => ({
      ...spec,
      activeDeadlineSeconds: undefined,
      terminationGracePeriodSeconds: undefined,
      tolerations: undefined,
      nodeName: before.spec.nodeName ? spec.nodeName : undefined,
      containers: spec.containers?.map((c: any) => ({ ...c, image: '' })),
      initContainers: spec.initContainers?.map((c: any) => ({ ...c, image: '' })),
    })
    if (!equal(rest(before.spec), rest(after.spec)))
      out.push(
        finding.forbidden(
          'spec',
          'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
        ),
      )
  },
  'rolebindings.rbac.authorization.k8s.io': roleFixed,
  'clusterrolebindings.rbac.authorization.k8s.io': roleFixed,
  'storageclasses.storage.k8s.io': (before, after, out) => {
    if (!equal(before.parameters, after.parameters)) out.push(finding.forbidden('parameters', 'updates to parameters are forbidden.'))
    if (before.provisioner !== after.provisioner) out.push(finding.forbidden('provisioner', 'updates to provisioner are forbidden.'))
  },
}

function selectorFixed(before: any, after: any, out: Finding[]): void {
  if (!equal(before.spec.selector, after.spec.selector)) out.push(finding.invalid('spec.selector', after.spec.selector, IMMUTABLE))
}

function roleFixed(before: any, after: any, out: Finding[]): void {
  if (!equal(before.roleRef, after.roleRef)) {
    const { apiGroup: APIGroup, kind: Kind, name: Name } = after.roleRef ?? {}
    out.push(finding.invalid('roleRef', { APIGroup, Kind, Name }, 'cannot change roleRef'))
  }
}
