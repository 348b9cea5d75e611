import { jsonPatch } from '../patch/json.ts'
import { mergePatch } from '../patch/merge.ts'
import type { Resource } from '../resources.ts'
import { badRequest } from '../status.ts'
import type { Api, WriteOptions } from './api.ts'
import { type PatchKind, patchObject } from './patching.ts'
import type { Target } from './request.ts'
import { getObject } from './rest.ts'

/** The `scale` subresource of a workload. */
export function readScale(api: Api, resource: Resource, target: Target): any {
  const object = getObject(api, resource, target.namespace, target.name!)
  const paths = resource.custom?.subresources?.scale
  const at = (path: string | undefined): any =>
    path
      ?.split('.')
      .filter(Boolean)
      .reduce((value: any, part) => value?.[part], object)
  const replicas = paths ? at(paths.specReplicasPath) : object.spec?.replicas
  const current = paths ? at(paths.statusReplicasPath) : object.status?.replicas
  const selector = object.spec?.selector?.matchLabels ?? (resource.key === 'replicationcontrollers' ? object.spec?.selector : undefined)
  const text = Object.entries(selector ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === undefined || replicas === 0 ? {} : { replicas },
    status: { replicas: current ?? 0, ...(text ? { selector: text } : {}) },
  }
}

export function writeScale(api: Api, resource: Resource, target: Target, scale: any, options: WriteOptions): any {
  const replicas = scale?.spec?.replicas ?? 0
  if (!Number.isInteger(replicas)) throw badRequest('Scale in version "v1" cannot be handled as a Scale: spec.replicas must be an integer')
  const path = (resource.custom?.subresources?.scale?.specReplicasPath ?? '.spec.replicas').split('.').filter(Boolean)
  const patch = path.reduceRight((value: any, part: string) => ({ [part]: value }), replicas)
  const version = scale?.metadata?.resourceVersion
  patchObject(
    api,
    resource,
    target.namespace,
    target.name!,
    'merge',
    { ...patch, ...(version ? { metadata: { resourceVersion: version } } : {}) },
    { ...options, subresource: 'scale' },
  )
  return readScale(api, resource, target)
}

export function patchScale(api: Api, resource: Resource, target: Target, kind: PatchKind, patch: any, options: WriteOptions): any {
  const before = readScale(api, resource, target)
  const after = kind === 'json' ? jsonPatch(before, patch) : mergePatch(before, patch)
  return writeScale(api, resource, target, after, options)
}
