import { equal, type KubeObject } from '../object.ts'
import type { Resource } from '../resources.ts'
import { type Finding, finding } from '../status.ts'
import { quantityValue } from './quantity.ts'
import { validate } from './validation.ts'

/** What a real API server would refuse of a change. */
export function validateChange(resource: Resource, before: KubeObject, after: KubeObject): Finding[] {
  const out = validate(resource, after)
  CHANGES[resource.key]?.(before, after, out)
  return out
}

const IMMUTABLE = 'field is immutable'

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
    const bound = before.status?.phase === 'Bound'
    const rest = ({ resources, volumeName, volumeAttributesClassName, ...spec }: any): any => (bound ? spec : { ...spec, resources })
    const size = ({ resources }: any): number => quantityValue(resources?.requests?.storage)
    if (bound && size(after.spec) < size(before.spec) && size(after.spec) < quantityValue(before.status.capacity?.storage))
      out.push(finding.forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'))
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
