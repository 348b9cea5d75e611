import { sameManagers, trackUpdate, type Writer } from '../apply/managers.ts'
import { copy, equal, isObject, type KubeObject, timestamp } from '../object.ts'
import { apiVersionOf, type Resource } from '../resources.ts'
import { applyDefaults } from '../schema/defaults.ts'
import { validateChange } from '../schema/immutable.ts'
import { validate } from '../schema/validation.ts'
import { alreadyExists, badRequest, conflict, finding, invalid, notFound, StatusError } from '../status.ts'
import { admit, admitChange } from './admission.ts'
import type { Api, WriteOptions } from './api.ts'
import { fromStored, toStored } from './conversion.ts'
import { checkType, decode, setNamespace, shape } from './decoding.ts'

/** Kinds whose objects count changes of their spec in `metadata.generation`. */
const GENERATIONS =
  /^(deployments|replicasets|statefulsets|daemonsets)\.apps$|^(jobs|cronjobs)\.batch$|^(ingresses|networkpolicies|ingressclasses)\.networking|^poddisruptionbudgets\.|^customresourcedefinitions\.|webhookconfigurations\.|^replicationcontrollers$|^pods$|^priorityclasses\.|admissionpolic|^endpointslices\./

const generations = new Map<string, boolean>()

export function hasStatus(resource: Resource): boolean {
  return resource.subresources.some((s) => s.name === 'status')
}

function hasGeneration(resource: Resource): boolean {
  if (resource.custom) return true
  let known = generations.get(resource.key)
  if (known === undefined) generations.set(resource.key, (known = GENERATIONS.test(resource.key)))
  return known
}

/** Creates an object. `body` is not changed. Gives the object in `resource`'s version. */
export function createObject(api: Api, resource: Resource, namespace: string | undefined, body: any, options: WriteOptions): KubeObject {
  const given = { ...body, apiVersion: body.apiVersion ?? apiVersionOf(resource), kind: body.kind ?? resource.kind }
  checkType(api.registry, resource, given)
  const object = decode(resource, { ...given, metadata: { ...(isObject(given.metadata) ? given.metadata : {}) } }, options)
  setNamespace(resource, object, namespace)
  if (object.metadata.resourceVersion && object.metadata.resourceVersion !== '0')
    throw new StatusError(500, '', 'resourceVersion should not be set on objects to be created')
  return insert(api, resource, object, options, undefined)
}

export function insert(api: Api, resource: Resource, object: KubeObject, options: WriteOptions, applied: any[] | undefined): KubeObject {
  const metadata = object.metadata
  if (!metadata.name && metadata.generateName) metadata.name = `${metadata.generateName.slice(0, 58)}${api.names.suffix()}`
  metadata.uid = api.names.uid()
  metadata.creationTimestamp = timestamp()
  delete (metadata as any).deletionTimestamp
  delete (metadata as any).deletionGracePeriodSeconds
  delete (metadata as any).selfLink
  delete (metadata as any).generation
  delete (metadata as any).resourceVersion
  const managed = applied ?? (metadata.managedFields?.length ? metadata.managedFields : undefined)
  delete metadata.managedFields
  if (hasGeneration(resource)) metadata.generation = 1
  let stored = toStored(resource, object)
  if (hasStatus(resource) && resource.key !== 'namespaces') clearStatus(resource, stored)
  applyDefaults(resource.key, stored)
  const storedResource = api.registry.stored(resource.key) ?? resource
  // What admission and allocation add later belongs to nobody.
  const decoded = shape(storedResource, { ...stored, status: resource.key === 'namespaces' ? undefined : stored.status }).value
  const writer: Writer = { manager: options.manager, apiVersion: apiVersionOf(resource), subresource: '' }
  const fields =
    applied ??
    trackUpdate(
      storedResource.type,
      undefined,
      managed ? { ...decoded, metadata: { ...decoded.metadata, managedFields: managed } } : decoded,
      writer,
      hasStatus(resource),
    )
  admit(api, resource, stored)
  const findings = validate(resource, stored)
  if (findings.length > 0) throw invalid(resource.kind, resource.group, metadata.name ?? '', findings)
  if (api.store.get(resource.key, metadata.namespace, metadata.name)) {
    if (metadata.generateName && !applied) throw alreadyExists(resource.resource, resource.group, metadata.name)
    throw alreadyExists(resource.resource, resource.group, metadata.name)
  }
  stored = {
    ...shape(storedResource, stored).value,
    apiVersion: stored.apiVersion,
    kind: stored.kind,
  }
  if (fields.length) stored.metadata = { ...stored.metadata, managedFields: fields }
  if (options.dryRun) return fromStored(resource, stored)
  return fromStored(resource, api.store.put(resource.key, stored))
}

function clearStatus(resource: Resource, object: KubeObject): void {
  const field = resource.type.fields.status
  if (!field) return
  if (resource.custom) delete object.status
  else object.status = {}
}

export function getObject(api: Api, resource: Resource, namespace: string | undefined, name: string): KubeObject {
  const found = api.store.get(resource.key, resource.namespaced ? namespace : undefined, name)
  if (!found) throw notFound(resource.resource, resource.group, name)
  return fromStored(resource, found)
}

/** Replaces an object (PUT), or its status. */
export function updateObject(
  api: Api,
  resource: Resource,
  namespace: string | undefined,
  name: string,
  body: any,
  options: WriteOptions,
): KubeObject {
  const given = { ...body, apiVersion: body.apiVersion ?? apiVersionOf(resource), kind: body.kind ?? resource.kind }
  checkType(api.registry, resource, given)
  const object = decode(resource, { ...given, metadata: { ...(isObject(given.metadata) ? given.metadata : {}) } }, options)
  if (object.metadata.name && object.metadata.name !== name)
    throw badRequest(`the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`)
  object.metadata.name = name
  setNamespace(resource, object, namespace)
  const current = api.store.get(resource.key, object.metadata.namespace, name)
  if (!current) throw notFound(resource.resource, resource.group, name)
  return write(api, resource, current, object, options, undefined)
}

export function write(
  api: Api,
  resource: Resource,
  current: KubeObject,
  object: KubeObject,
  options: WriteOptions,
  applied: any[] | undefined,
): KubeObject {
  const { name } = current.metadata
  const given = object.metadata
  if (given.resourceVersion && given.resourceVersion !== current.metadata.resourceVersion)
    throw conflict(resource.resource, resource.group, name)
  if (given.uid && given.uid !== current.metadata.uid)
    throw conflict(
      resource.resource,
      resource.group,
      name,
      `Precondition failed: UID in precondition: ${given.uid}, UID in object meta: ${current.metadata.uid}`,
    )
  const storedResource = api.registry.stored(resource.key) ?? resource
  let next = toStored(resource, object)
  const metadata: any = {
    ...given,
    uid: current.metadata.uid,
    creationTimestamp: current.metadata.creationTimestamp,
    deletionTimestamp: current.metadata.deletionTimestamp,
    deletionGracePeriodSeconds: current.metadata.deletionGracePeriodSeconds,
    generation: current.metadata.generation,
    resourceVersion: current.metadata.resourceVersion,
  }
  for (const key of Object.keys(metadata)) if (metadata[key] === undefined) delete metadata[key]
  next = { ...next, metadata }
  const managed = metadata.managedFields
  const writer: Writer = { manager: options.manager, apiVersion: apiVersionOf(resource), subresource: options.subresource ?? '' }
  // As above: before admission.
  const track = (state: KubeObject): any[] => {
    if (applied) return applied
    const { value } = shape(storedResource, state)
    return trackUpdate(
      storedResource.type,
      current,
      { ...value, metadata: { ...value.metadata, managedFields: managed } },
      writer,
      hasStatus(resource),
    )
  }
  let owners: any[] | undefined
  if (options.subresource === 'status') {
    const status = next.status
    next = { ...current, metadata: { ...current.metadata, managedFields: metadata.managedFields } }
    // These strategies let annotations through; the revision of a Deployment is written so.
    if (resource.key === 'deployments.apps')
      next.metadata = { ...next.metadata, annotations: given.annotations ?? current.metadata.annotations }
    if (resource.key === 'nodes' || resource.key === 'pods')
      next.metadata = {
        ...next.metadata,
        labels: given.labels ?? current.metadata.labels,
        annotations: given.annotations ?? current.metadata.annotations,
      }
    if (status === undefined) delete next.status
    else next.status = status
  } else if (options.subresource !== 'finalize') {
    if (hasStatus(resource)) {
      if (current.status === undefined) delete next.status
      else next.status = current.status
    }
    applyDefaults(resource.key, next)
    owners = track(next)
    admitChange(api, resource, current, next)
    const findings = validateChange(resource, current, next)
    if (findings.length > 0) throw invalid(resource.kind, resource.group, name, findings)
    const grown = (given.finalizers ?? []).filter((f) => !current.metadata.finalizers?.includes(f))
    if (current.metadata.deletionTimestamp && grown.length > 0)
      throw invalid(resource.kind, resource.group, name, [
        finding.forbidden(
          'metadata.finalizers',
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${grown.map((f) => JSON.stringify(f)).join(', ')}}`,
        ),
      ])
  }
  next = { ...shape(storedResource, next).value, apiVersion: next.apiVersion, kind: next.kind }
  next.metadata = { ...next.metadata }
  if (
    hasGeneration(resource) &&
    options.subresource !== 'status' &&
    options.subresource !== 'binding' &&
    specChanged(resource, current, next)
  )
    next.metadata.generation = (current.metadata.generation ?? 0) + 1
  const fields = owners ?? track(next)
  if (fields.length) next.metadata.managedFields = fields
  else delete next.metadata.managedFields
  if (unchanged(current, next)) return fromStored(resource, current)
  if (options.dryRun) return fromStored(resource, next)
  if (current.metadata.deletionTimestamp && !next.metadata.finalizers?.length && finished(resource, next))
    return fromStored(resource, api.store.remove(resource.key, next))
  return fromStored(resource, api.store.put(resource.key, next))
}

/** Whether an object that is being deleted and has no finalizers left may go: Pods and Namespaces wait for more. */
function finished(resource: Resource, object: KubeObject): boolean {
  if (resource.key === 'namespaces') return !object.spec?.finalizers?.length
  return resource.key !== 'pods' || object.metadata.deletionGracePeriodSeconds === 0
}

function unchanged(before: KubeObject, after: KubeObject): boolean {
  const a = { ...before, metadata: { ...before.metadata, managedFields: undefined } }
  const b = { ...after, metadata: { ...after.metadata, managedFields: undefined } }
  return equal(a, b) && sameManagers(before.metadata.managedFields, after.metadata.managedFields)
}

function specChanged(resource: Resource, before: KubeObject, after: KubeObject): boolean {
  const rest = ({ metadata, status, apiVersion, kind, ...fields }: KubeObject): any => fields
  if (!equal(rest(before), rest(after))) return true
  return resource.key === 'deployments.apps' && !equal(before.metadata.annotations, after.metadata.annotations)
}

/** Writes a changed copy of a stored object on behalf of a controller; does nothing where the object is gone. */
export function modify(
  api: Api,
  key: string,
  object: KubeObject,
  change: (copy: KubeObject) => void,
  options: WriteOptions,
): KubeObject | undefined {
  const current = api.store.get(key, object.metadata.namespace, object.metadata.name)
  if (!current || current.metadata.uid !== object.metadata.uid) return undefined
  const resource = api.registry.stored(key)
  if (!resource) return undefined
  const next = copy(current)
  change(next)
  try {
    return write(api, resource, current, next, options, undefined)
  } catch (error) {
    if (error instanceof StatusError) return undefined
    throw error
  }
}
