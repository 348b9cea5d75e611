import type { IncomingMessage, ServerResponse } from 'node:http'
import { isObject } from '../object.ts'
import { apiVersionOf, type Resource } from '../resources.ts'
import { matchesFields, matchesLabels, parseFieldSelector, parseLabelSelector } from '../selectors.ts'
import { badRequest, finding, invalid, methodNotAllowed, StatusError } from '../status.ts'
import type { WriteOptions } from './api.ts'
import { type Deleted, deleteObject, RETURNS_DELETED } from './deleting.ts'
import { shaped } from './listing.ts'
import { patchObject } from './patching.ts'
import { decodeBody, type Form, readBody, type Target } from './request.ts'
import { type Server, sendJson } from './respond.ts'
import { createObject, updateObject } from './rest.ts'

function fieldManager(query: URLSearchParams, request: IncomingMessage): string {
  const given = query.get('fieldManager')
  if (given) {
    if (given.length > 128)
      throw invalid('PatchOptions', 'meta.k8s.io', '', [finding.invalid('fieldManager', given, 'may not be more than 128 bytes')])
    return given
  }
  return (request.headers['user-agent'] ?? 'unknown').split('/')[0]!.slice(0, 128) || 'unknown'
}

/** The options of a write from its query. */
export function writeOptions(query: URLSearchParams, request: IncomingMessage, warnings: string[]): WriteOptions {
  const dry = query.getAll('dryRun').filter(Boolean)
  if (dry.some((value) => value !== 'All')) throw invalid('CreateOptions', 'meta.k8s.io', '', [finding.unsupported('dryRun', dry, ['All'])])
  const validation = query.get('fieldValidation') ?? 'Warn'
  if (!['Strict', 'Warn', 'Ignore'].includes(validation))
    throw invalid('CreateOptions', 'meta.k8s.io', '', [
      finding.unsupported('fieldValidation', validation, ['', 'Ignore', 'Strict', 'Warn']),
    ])
  return { manager: fieldManager(query, request), dryRun: dry.length > 0, fieldValidation: validation, warnings }
}

/** Answers a POST to a collection. */
export async function create(
  server: Server,
  resource: Resource,
  target: Target,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
  form: Form,
): Promise<void> {
  const body = await decodeBody(server.api.registry, await readBody(request), request.headers['content-type'])
  if (!isObject(body)) throw badRequest('the body of the request is empty or not an object')
  const warnings: string[] = []
  const namespace = target.namespace ?? (resource.namespaced ? body.metadata?.namespace : undefined)
  if (resource.namespaced && target.namespace === undefined) throw methodNotAllowed()
  const object = createObject(server.api, resource, namespace, body, writeOptions(query, request, warnings))
  sendJson(response, 201, shaped(form, resource, object), warnings)
}

export const PATCHES: Record<string, 'json' | 'merge' | 'strategic' | 'apply'> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
}

/** Answers a PUT or PATCH of an object, or of its status. */
export async function write(
  server: Server,
  resource: Resource,
  target: Target,
  method: string,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
  form: Form,
): Promise<void> {
  const warnings: string[] = []
  const options: WriteOptions = { ...writeOptions(query, request, warnings), subresource: target.subresource }
  const text = await readBody(request)
  if (method === 'PUT') {
    const body = await decodeBody(server.api.registry, text, request.headers['content-type'])
    if (!isObject(body)) throw badRequest('the body of the request is empty or not an object')
    const object = updateObject(server.api, resource, target.namespace, target.name!, body, options)
    return sendJson(response, 200, shaped(form, resource, object), warnings)
  }
  const type = (request.headers['content-type'] ?? '').split(';')[0]!.trim()
  const kind = PATCHES[type]
  if (!kind) throw new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {})
  if (kind === 'apply' && !query.get('fieldManager'))
    throw invalid('PatchOptions', 'meta.k8s.io', '', [finding.required('fieldManager', 'is required for apply patch')])
  if (kind !== 'apply' && query.get('force') !== null)
    throw invalid('PatchOptions', 'meta.k8s.io', '', [finding.forbidden('force', 'may not be specified for non-apply patch')])
  const patch = await decodeBody(server.api.registry, text, type)
  const { object, created } = patchObject(server.api, resource, target.namespace, target.name!, kind, patch, {
    ...options,
    force: query.get('force') === 'true' || query.get('force') === '1',
  })
  sendJson(response, created ? 201 : 200, shaped(form, resource, object), warnings)
}

/** The options of a delete, from its body or its query. */
export async function deleteOptions(server: Server, query: URLSearchParams, request: IncomingMessage): Promise<any> {
  const text = await readBody(request)
  let body: any
  if (text.length > 0) body = await decodeBody(server.api.registry, text, request.headers['content-type'])
  const grace = query.get('gracePeriodSeconds')
  return {
    gracePeriodSeconds: body?.gracePeriodSeconds ?? (grace === null ? undefined : Number(grace)),
    propagationPolicy: body?.propagationPolicy ?? query.get('propagationPolicy') ?? undefined,
    orphanDependents:
      body?.orphanDependents ?? (query.get('orphanDependents') === null ? undefined : query.get('orphanDependents') === 'true'),
    preconditions: body?.preconditions,
    dryRun: (body?.dryRun ?? query.getAll('dryRun')).includes('All'),
  }
}

export function sendDeleted(response: ServerResponse, resource: Resource, deleted: Deleted): void {
  const { object, gone } = deleted
  if (!gone || RETURNS_DELETED.has(resource.key)) {
    sendJson(response, 200, object)
    return
  }
  sendJson(response, 200, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: object.metadata.name,
      ...(resource.group ? { group: resource.group } : {}),
      kind: resource.resource,
      uid: object.metadata.uid,
    },
  })
}

/** Answers a DELETE of a collection. */
export async function deleteCollection(
  server: Server,
  resource: Resource,
  target: Target,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!resource.verbs.includes('deletecollection') || (resource.namespaced && target.namespace === undefined)) throw methodNotAllowed()
  const options = await deleteOptions(server, query, request)
  const labels = parseLabelSelector(query.get('labelSelector') ?? '')
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '', resource.resource)
  const objects = server.api.store
    .list(resource.key, resource.namespaced ? target.namespace : undefined)
    .filter((o) => matchesLabels(labels, o.metadata.labels) && matchesFields(fields, o))
  const items = objects.map((o) => deleteObject(server.api, resource, o.metadata.namespace, o.metadata.name, options).object)
  sendJson(response, 200, {
    kind: `${resource.kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata: { resourceVersion: String(server.api.store.version()) },
    items,
  })
}
