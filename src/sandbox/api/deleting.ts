import { equal, type KubeObject, timestamp } from '../object.ts'
import type { Resource } from '../resources.ts'
import { conflict, finding, invalid, notFound } from '../status.ts'
import type { Api } from './api.ts'
import { fromStored } from './conversion.ts'

export interface DeleteOptions {
  gracePeriodSeconds?: number
  propagationPolicy?: string
  orphanDependents?: boolean
  preconditions?: { uid?: string; resourceVersion?: string }
  dryRun?: boolean
}

/** Kinds that answer a delete with the object, not with a Status. */
export const RETURNS_DELETED = new Set([
  'pods',
  'services',
  'serviceaccounts',
  'persistentvolumeclaims',
  'persistentvolumes',
  'resourcequotas',
  'podtemplates',
])

export interface Deleted {
  object: KubeObject
  /** Whether it is gone, and not only marked. */
  gone: boolean
}

/** Deletes an object: at once, or by a deletionTimestamp where a grace period or finalizers hold it. */
export function deleteObject(api: Api, resource: Resource, namespace: string | undefined, name: string, options: DeleteOptions): Deleted {
  const current = api.store.get(resource.key, resource.namespaced ? namespace : undefined, name)
  if (!current) throw notFound(resource.resource, resource.group, name)
  const { uid, resourceVersion } = options.preconditions ?? {}
  if (uid && uid !== current.metadata.uid)
    throw conflict(
      resource.kind,
      resource.group,
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${current.metadata.uid}). The object might have been deleted and then recreated`,
    )
  if (resourceVersion && resourceVersion !== current.metadata.resourceVersion)
    throw conflict(
      resource.kind,
      resource.group,
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${current.metadata.resourceVersion}). The object might have been modified`,
    )
  const finalizers = new Set(current.metadata.finalizers ?? [])
  const policy =
    options.propagationPolicy ??
    (options.orphanDependents === true ? 'Orphan' : options.orphanDependents === false ? 'Background' : undefined)
  if (policy !== undefined && !['Orphan', 'Background', 'Foreground'].includes(policy))
    throw invalid('DeleteOptions', 'meta.k8s.io', '', [
      finding.unsupported('propagationPolicy', policy, ['Foreground', 'Background', 'Orphan', 'nil']),
    ])
  if (policy === 'Orphan' || (policy === undefined && (resource.key === 'jobs.batch' || resource.key === 'replicationcontrollers')))
    finalizers.add('orphan')
  else if (policy === 'Foreground') finalizers.add('foregroundDeletion')
  if (policy === 'Background') {
    finalizers.delete('orphan')
    finalizers.delete('foregroundDeletion')
  }
  const grace = resource.key === 'pods' ? podGrace(current, options) : 0
  const held = finalizers.size > 0 || grace > 0 || (resource.key === 'namespaces' && current.spec?.finalizers?.length)
  if (!held) {
    if (options.dryRun) return { object: fromStored(resource, current), gone: true }
    return { object: fromStored(resource, api.store.remove(resource.key, current)), gone: true }
  }
  const metadata = { ...current.metadata }
  const already = metadata.deletionTimestamp !== undefined
  if (!already || grace < (metadata.deletionGracePeriodSeconds ?? 0)) {
    const base = already ? Date.parse(metadata.deletionTimestamp!) - (metadata.deletionGracePeriodSeconds ?? 0) * 1000 : Date.now()
    metadata.deletionTimestamp = timestamp(new Date(base + grace * 1000))
    metadata.deletionGracePeriodSeconds = grace
    if (metadata.generation !== undefined) metadata.generation++
  }
  if (finalizers.size > 0) metadata.finalizers = [...finalizers]
  else delete metadata.finalizers
  const marked: KubeObject = { ...current, metadata }
  if (resource.key === 'namespaces') marked.status = { ...current.status, phase: 'Terminating' }
  if (options.dryRun || equal(marked, current)) return { object: fromStored(resource, marked), gone: false }
  return { object: fromStored(resource, api.store.put(resource.key, marked)), gone: false }
}

function podGrace(pod: KubeObject, options: DeleteOptions): number {
  const done = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
  if (!pod.spec.nodeName || (done && options.gracePeriodSeconds === undefined)) return 0
  return Math.max(0, options.gracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30)
}
