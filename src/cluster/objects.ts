import type { KubeObject, ResourceRef } from '../resource.ts'
import { ApiError, isAlreadyExists, isApiError } from './api-error.ts'
import type { ApiResource, ApplyOptions, DeleteOptions, RequestOptions, Table } from './cluster.ts'
import { apiVersionOf } from './discovery.ts'
import { resourcePath, subjectOf } from './path.ts'
import type { Requests } from './requests.ts'
import { isMapping, isObjectOf } from './shape.ts'

/** Single objects of one resource. `namespace` has been settled by the caller. */
export async function getObject(
  requests: Requests,
  resource: ApiResource,
  ref: ResourceRef,
  options: RequestOptions = {},
): Promise<KubeObject | undefined> {
  try {
    return await requests.json<KubeObject>({
      method: 'GET',
      path: resourcePath(resource, ref.namespace, ref.name),
      subject: subjectOf('get', resource, ref.namespace, ref.name),
      shape: isObjectOf(resource, ref.name),
      signal: options.signal,
    })
  } catch (error) {
    if (isApiError(error, 404)) return undefined
    throw error
  }
}

/** One object, or the objects of a selector, as a table. */
export async function getTable(
  requests: Requests,
  resource: ApiResource,
  ref: { name?: string; namespace?: string },
  options: RequestOptions & { labelSelector?: string } = {},
): Promise<Table | undefined> {
  try {
    return await requests.json<Table>({
      method: 'GET',
      path: resourcePath(resource, ref.namespace, ref.name),
      query: { labelSelector: options.labelSelector },
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
      subject: subjectOf(ref.name === undefined ? 'list' : 'get', resource, ref.namespace, ref.name),
      shape: (json) => isMapping(json) && Array.isArray(json.columnDefinitions) && Array.isArray(json.rows ?? []),
      signal: options.signal,
    })
  } catch (error) {
    if (isApiError(error, 404)) return undefined
    throw error
  }
}

/**
 * POST. Where the connection is cut before the answer, the object may have been created: it is asked for, and taken as ours when it holds all that
 * was sent.
 */
export function createObject(
  requests: Requests,
  resource: ApiResource,
  object: KubeObject,
  options: RequestOptions & { dryRun?: boolean } = {},
) {
  const { name, namespace } = object.metadata
  return requests.json<KubeObject>({
    method: 'POST',
    path: resourcePath(resource, namespace),
    query: { dryRun: options.dryRun ? 'All' : undefined, fieldManager: 'helm' },
    body: object,
    subject: subjectOf('create', resource, namespace, name),
    shape: isObjectOf(resource, name),
    signal: options.signal,
    // With a generated name nothing tells whether it was created.
    once: !name,
    settle: async (error) => (isAlreadyExists(error) ? sameObject(requests, resource, object, options) : undefined),
  })
}

/** PUT. With metadata.resourceVersion the server refuses (409) where the object changed since. */
export function replaceObject(requests: Requests, resource: ApiResource, object: KubeObject, options: RequestOptions = {}) {
  const { name, namespace } = object.metadata
  return requests.json<KubeObject>({
    method: 'PUT',
    path: resourcePath(resource, namespace, name),
    query: { fieldManager: 'helm' },
    body: object,
    subject: subjectOf('update', resource, namespace, name),
    shape: isObjectOf(resource, name),
    signal: options.signal,
    optimistic: object.metadata.resourceVersion !== undefined,
    settle: async (error) => (isApiError(error, 409) ? sameObject(requests, resource, object, options) : undefined),
  })
}

/** The live object where it holds all that was sent; the resourceVersion aside, which every write changes. */
async function sameObject(
  requests: Requests,
  resource: ApiResource,
  sent: KubeObject,
  options: RequestOptions,
): Promise<KubeObject | undefined> {
  const { name, namespace } = sent.metadata
  const live = await getObject(requests, resource, { apiVersion: sent.apiVersion, kind: sent.kind, name, namespace }, options)
  const { resourceVersion: _, managedFields: __, ...metadata } = sent.metadata
  return live && contains(live, { ...sent, metadata }) ? live : undefined
}

/** Whether `whole` has every field of `part` with the same value. */
function contains(whole: unknown, part: unknown): boolean {
  if (part === null || typeof part !== 'object') return whole === part
  if (whole === null || typeof whole !== 'object') return false
  if (Array.isArray(part))
    return Array.isArray(whole) && whole.length === part.length && part.every((item, index) => contains(whole[index], item))
  return Object.entries(part).every(([key, value]) => value === undefined || contains((whole as Record<string, unknown>)[key], value))
}

/** Server-side apply. */
export function applyObject(requests: Requests, resource: ApiResource, object: KubeObject, options: ApplyOptions = {}) {
  const { name, namespace } = object.metadata
  // The server refuses an apply that carries managedFields; a resourceVersion makes it conditional, which the caller may want.
  const { managedFields: _, ...metadata } = object.metadata
  return requests.json<KubeObject>({
    method: 'PATCH',
    path: resourcePath(resource, namespace, name),
    query: {
      fieldManager: options.fieldManager ?? 'helm',
      force: options.force ?? true,
      dryRun: options.dryRun ? 'All' : undefined,
      fieldValidation: options.fieldValidation ?? 'Warn',
    },
    contentType: 'application/apply-patch+yaml',
    body: { ...object, metadata },
    subject: subjectOf('patch', resource, namespace, name),
    shape: isObjectOf(resource, name),
    signal: options.signal,
    optimistic: metadata.resourceVersion !== undefined,
  })
}

/** JSON merge patch of an object, or of its subresource. */
export function mergePatchObject(
  requests: Requests,
  resource: ApiResource,
  ref: ResourceRef,
  patch: unknown,
  options: RequestOptions & { subresource?: string } = {},
) {
  const conditional = (patch as { metadata?: { resourceVersion?: string } } | null)?.metadata?.resourceVersion !== undefined
  return requests.json<KubeObject>({
    method: 'PATCH',
    path: resourcePath(resource, ref.namespace, ref.name, options.subresource),
    query: { fieldManager: 'helm' },
    contentType: 'application/merge-patch+json',
    body: patch,
    subject: subjectOf('patch', resource, ref.namespace, ref.name),
    shape: isObjectOf(resource, ref.name),
    signal: options.signal,
    optimistic: conditional,
  })
}

/** Starts the deletion. False where there is no such object, or another one with this name than `uid` means. */
export async function deleteObject(
  requests: Requests,
  resource: ApiResource,
  ref: ResourceRef,
  options: DeleteOptions = {},
): Promise<boolean> {
  const { propagation = 'Background', gracePeriodSeconds, uid, dryRun } = options
  try {
    await requests.json<unknown>({
      method: 'DELETE',
      path: resourcePath(resource, ref.namespace, ref.name),
      body: {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        propagationPolicy: propagation,
        gracePeriodSeconds,
        preconditions: uid ? { uid } : undefined,
        dryRun: dryRun ? ['All'] : undefined,
      },
      subject: subjectOf('delete', resource, ref.namespace, ref.name),
      signal: options.signal,
      optimistic: uid !== undefined,
      // An attempt before this one deleted it.
      settle: async (error) => (isApiError(error, 404) || (uid && isApiError(error, 409)) ? {} : undefined),
    })
    return true
  } catch (error) {
    if (isApiError(error, 404)) return false
    // The server says `the UID in the precondition (…) does not match the UID in record`.
    if (uid && isApiError(error, 409) && /precondition/i.test(error.message)) return false
    throw error
  }
}

/** Asks whether this user may do something; true where the server does not answer the question. */
export async function isAllowed(
  requests: Requests,
  verb: string,
  resource: ApiResource,
  namespace: string | undefined,
  options: RequestOptions = {},
) {
  const [plural, subresource] = resource.plural.split('/')
  const attributes = {
    verb,
    group: resource.group,
    version: resource.version,
    resource: plural,
    subresource,
    namespace: resource.namespaced ? namespace : undefined,
  }
  try {
    const review = await requests.json<{ status?: { allowed?: boolean } }>({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: attributes } },
      subject: { verb: 'create', resource: 'selfsubjectaccessreviews', group: 'authorization.k8s.io' },
      signal: options.signal,
    })
    return review.status?.allowed !== false
  } catch (error) {
    if (isApiError(error, 401) || !isApiError(error) || error.status === 0) throw error
    return true
  }
}

/** The error where the server does not serve a kind. */
export function unknownKind(apiVersion: string, kind: string, served: ApiResource[]): ApiError {
  const versions = served.filter((resource) => resource.kind === kind).map(apiVersionOf)
  return new ApiError('ERR_KUBE_NO_KIND', `the cluster does not serve ${kind} in ${apiVersion}`, {
    status: 404,
    reason: 'NotFound',
    hint: versions.length > 0 ? `it serves ${kind} in ${versions.join(', ')}` : `is the CustomResourceDefinition of ${kind} installed?`,
  })
}
