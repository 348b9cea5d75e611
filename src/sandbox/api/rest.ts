import { checkConfiguration } from '../apply/check.ts'
import { applyConfiguration, sameManagers, trackUpdate, type Writer } from '../apply/managers.ts'
import type { Clock } from '../clock.ts'
import { controllerOf, copy, equal, isObject, type KubeObject, timestamp } from '../object.ts'
import { jsonPatch } from '../patch/json.ts'
import { mergePatch } from '../patch/merge.ts'
import { strategicPatch } from '../patch/strategic.ts'
import { apiVersionOf, type Registry, type Resource } from '../resources.ts'
import { canonical, type Decoded } from '../schema/canonical.ts'
import { decodeCustom, validateCustom } from '../schema/custom.ts'
import { applyDefaults } from '../schema/defaults.ts'
import { type StructType, structType } from '../schema/types.ts'
import { validate, validateChange } from '../schema/validation.ts'
import { alreadyExists, badRequest, conflict, finding, invalid, notFound, StatusError } from '../status.ts'
import type { Store } from '../store.ts'
import { admit, admitChange } from './admission.ts'
import { fromStored, toStored } from './conversion.ts'
import type { Names } from './names.ts'

/** Everything that request handlers and controllers share. */
export interface Api {
  store: Store
  registry: Registry
  clock: Clock
  names: Names
}

export interface WriteOptions {
  manager: string
  dryRun?: boolean
  subresource?: string
  fieldValidation?: string
  /** Filled with what the answer's `Warning` headers say. */
  warnings?: string[]
}

export interface DeleteOptions {
  gracePeriodSeconds?: number
  propagationPolicy?: string
  orphanDependents?: boolean
  preconditions?: { uid?: string; resourceVersion?: string }
  dryRun?: boolean
}

export type PatchKind = 'json' | 'merge' | 'strategic' | 'apply'

/** Kinds whose objects count changes of their spec in `metadata.generation`. */
const GENERATIONS =
  /^(deployments|replicasets|statefulsets|daemonsets)\.apps$|^(jobs|cronjobs)\.batch$|^(ingresses|networkpolicies|ingressclasses)\.networking|^poddisruptionbudgets\.|^customresourcedefinitions\.|webhookconfigurations\.|^replicationcontrollers$|^pods$|^priorityclasses\.|admissionpolic|^endpointslices\./

const generations = new Map<string, boolean>()

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

export function hasStatus(resource: Resource): boolean {
  return resource.subresources.some((s) => s.name === 'status')
}

function hasGeneration(resource: Resource): boolean {
  if (resource.custom) return true
  let known = generations.get(resource.key)
  if (known === undefined) generations.set(resource.key, (known = GENERATIONS.test(resource.key)))
  return known
}

/** Decodes a body as a Go API server does; unknown fields are refused, warned of or ignored as `fieldValidation` says. */
function decode(resource: Resource, object: any, options: WriteOptions): KubeObject {
  const { value, unknown } = shape(resource, object)
  if (unknown.length > 0 && options.fieldValidation !== 'Ignore') {
    if (options.fieldValidation === 'Strict')
      throw badRequest(
        `${resource.kind} in version ${JSON.stringify(resource.version)} cannot be handled as a ${resource.kind}: strict decoding error: ${unknown.join(', ')}`,
      )
    options.warnings?.push(...unknown)
  }
  value.metadata ??= {} as any
  if (resource.custom) {
    const findings = validateCustom(resource.custom.schema?.openAPIV3Schema, value)
    if (findings.length > 0) throw invalid(resource.kind, resource.group, value.metadata.name ?? '', findings)
  }
  return value as KubeObject
}

const METADATA: StructType = {
  t: 'struct',
  name: 'Metadata',
  atomic: false,
  preserve: true,
  fields: {
    metadata: { type: structType('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')!, pointer: false, omit: true, required: false },
  },
}

/** The object as it is kept: by Go's types for built-in kinds, by their schema for custom resources. */
function shape(resource: Resource, object: any): Decoded<any> {
  if (!resource.custom) return canonical(resource.type, object, resource.kind, resource.version)
  const { value, unknown } = canonical(METADATA, object, resource.kind, resource.version)
  const custom = decodeCustom(resource.custom.schema?.openAPIV3Schema, value as any)
  return { value: custom.value, unknown: [...unknown, ...custom.unknown] }
}

function checkType(registry: Registry, resource: Resource, object: any): void {
  const expected = apiVersionOf(resource)
  if (object.kind === resource.kind && object.apiVersion === expected) return
  if (resource.custom) {
    if (object.apiVersion !== expected)
      throw badRequest(`the API version in the data (${object.apiVersion}) does not match the expected API version (${expected})`)
    throw badRequest(`the kind in the data (${object.kind}) does not match the expected kind (${resource.kind})`)
  }
  const version = String(object.apiVersion).split('/').at(-1)!
  const why = registry.reference(object.apiVersion, object.kind)
    ? `converting (${version}.${object.kind}) to (${resource.group.split('.')[0] || 'core'}.${resource.kind}): unknown conversion`
    : `no kind ${JSON.stringify(object.kind)} is registered for version ${JSON.stringify(object.apiVersion)} in scheme "pkg/runtime/scheme.go:111"`
  throw badRequest(`${object.kind} in version ${JSON.stringify(version)} cannot be handled as a ${resource.kind}: ${why}`)
}

function setNamespace(resource: Resource, object: any, namespace: string | undefined): void {
  object.metadata ??= {}
  if (!resource.namespaced) {
    delete object.metadata.namespace
    return
  }
  if (!object.metadata.namespace) object.metadata.namespace = namespace
  else if (object.metadata.namespace !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
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

function insert(api: Api, resource: Resource, object: KubeObject, options: WriteOptions, applied: any[] | undefined): KubeObject {
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

function write(
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

export interface PatchOptions extends WriteOptions {
  force?: boolean
}

/** Patches an object. Server-side apply creates what is not there; `created` says that it did. */
export function patchObject(
  api: Api,
  resource: Resource,
  namespace: string | undefined,
  name: string,
  kind: PatchKind,
  patch: any,
  options: PatchOptions,
): { object: KubeObject; created: boolean } {
  const current = api.store.get(resource.key, resource.namespaced ? namespace : undefined, name)
  if (kind === 'apply') return applyObject(api, resource, namespace, name, current, patch, options)
  if (!current) throw notFound(resource.resource, resource.group, name)
  const shown = fromStored(resource, current)
  let patched: any
  if (kind === 'json') patched = jsonPatch(shown, patch)
  else if (!isObject(patch))
    throw badRequest('error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}')
  else if (kind === 'merge') patched = mergePatch(shown, patch)
  else {
    if (resource.custom)
      throw new StatusError(
        415,
        'UnsupportedMediaType',
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
      )
    patched = strategicPatch(resource.type, shown, patch)
  }
  checkType(api.registry, resource, patched)
  const object = decode(resource, { ...patched, metadata: { ...patched.metadata } }, options)
  if (object.metadata.name !== name)
    throw badRequest(`the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`)
  setNamespace(resource, object, namespace)
  return { object: write(api, resource, current, object, options, undefined), created: false }
}

function applyObject(
  api: Api,
  resource: Resource,
  namespace: string | undefined,
  name: string,
  current: KubeObject | undefined,
  config: any,
  options: PatchOptions,
): { object: KubeObject; created: boolean } {
  if (!isObject(config)) throw badRequest('error decoding YAML: expected an object')
  if (config.kind !== resource.kind || config.apiVersion !== apiVersionOf(resource))
    throw badRequest(`invalid object type: ${goVersion(config.apiVersion ?? '')}, Kind=${config.kind ?? ''}`)
  const body: any = { ...config, metadata: { ...(config.metadata ?? {}) } }
  if (body.metadata.name && body.metadata.name !== name)
    throw badRequest(`the name of the object (${body.metadata.name}) does not match the name on the URL (${name})`)
  body.metadata.name = name
  setNamespace(resource, body, namespace)
  checkConfiguration(
    resource.type,
    body,
    `${config.metadata?.namespace ?? ''}/${name}; ${apiVersionOf(resource).includes('/') ? '' : '/'}${apiVersionOf(resource)}, Kind=${resource.kind}`,
  )
  if (!current && options.subresource) throw notFound(resource.resource, resource.group, name)
  if (!current && body.metadata.uid)
    throw conflict(
      resource.resource,
      resource.group,
      name,
      `uid mismatch: the provided object specified uid ${body.metadata.uid}, and no existing object was found`,
    )
  const writer: Writer = { manager: options.manager, apiVersion: apiVersionOf(resource), subresource: options.subresource ?? '' }
  const live = current ? fromStored(resource, current) : undefined
  const object = applyConfiguration(resource.type, live, body, writer, { force: options.force ?? false, hasStatus: hasStatus(resource) })
  const managed = object.metadata.managedFields ?? []
  const quiet: WriteOptions = { ...options, warnings: undefined, fieldValidation: 'Ignore' }
  const decoded = decode(resource, object, quiet)
  if (current) return { object: write(api, resource, current, decoded, quiet, managed), created: false }
  return { object: insert(api, resource, decoded, quiet, managed), created: true }
}

/** An apiVersion as Go prints a GroupVersion in an error. */
function goVersion(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion : `/${apiVersion}`
}

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

/** The owner that controls `object`, as it is stored; undefined where it is gone or another of the same name took its place. */
export function ownerOf(api: Api, object: KubeObject): { key: string; object: KubeObject } | undefined {
  const reference = controllerOf(object)
  if (!reference) return undefined
  const resource = api.registry.reference(reference.apiVersion, reference.kind)
  if (!resource) return undefined
  const owner = api.store.get(resource.key, resource.namespaced ? object.metadata.namespace : undefined, reference.name)
  return owner && owner.metadata.uid === reference.uid ? { key: resource.key, object: owner } : undefined
}
