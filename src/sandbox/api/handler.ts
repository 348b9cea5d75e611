import type { IncomingMessage, ServerResponse } from 'node:http'
import { isObject, type KubeObject } from '../object.ts'
import type { PodLogs } from '../pods/logs.ts'
import { apiVersionOf, type Resource } from '../resources.ts'
import { matchesFields, matchesLabels, parseFieldSelector, parseLabelSelector } from '../selectors.ts'
import { badRequest, expired, finding, invalid, methodNotAllowed, notFound, StatusError } from '../status.ts'
import { fromStored } from './conversion.ts'
import { acceptedForm, decodeBody, type Form, parsePath, readBody, type Target } from './request.ts'
import {
  type Api,
  createObject,
  type Deleted,
  deleteObject,
  getObject,
  patchObject,
  RETURNS_DELETED,
  updateObject,
  type WriteOptions,
} from './rest.ts'
import { serveReview } from './reviews.ts'
import { serveRoot } from './roots.ts'
import { patchScale, readScale, writeScale } from './scale.ts'
import { serveLogs } from './serve-logs.ts'
import { metadataList, metadataOf, table } from './table.ts'
import { serveWatch } from './watch.ts'

export interface Server {
  api: Api
  logs: PodLogs
  kubernetesVersion: string
  address: () => string
}

/** Answers one request; failures become Status objects. */
export async function handle(server: Server, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '')
    // Pages of a browser must not reach the sandbox, neither directly nor by a rebound name.
    if (request.headers.origin !== undefined || !/^(localhost|127\.0\.0\.1|\[::1\])$/.test(host))
      throw new StatusError(403, 'Forbidden', 'the sandbox answers on loopback only')
    await route(server, request, response)
  } catch (error) {
    if (response.headersSent) {
      response.destroy()
      return
    }
    if (error instanceof StatusError) sendJson(response, error.status.code, error.status)
    else {
      const message = `Internal error occurred: ${error instanceof Error ? error.message : String(error)}`
      if (process.env.CONVERGE_SANDBOX_DEBUG) process.emitWarning(error instanceof Error ? error : message)
      sendJson(response, 500, new StatusError(500, 'InternalError', message, { causes: [{ message }] }).status)
    }
  }
}

export function sendJson(response: ServerResponse, code: number, body: any, warnings: string[] = []): void {
  if (response.destroyed) return
  const text = Buffer.from(`${JSON.stringify(body)}\n`)
  const headers: Record<string, any> = {
    'Content-Type': 'application/json',
    'Content-Length': text.length,
    'Cache-Control': 'no-cache, private',
  }
  if (warnings.length > 0) headers.Warning = warnings.map((w) => `299 - ${JSON.stringify(w).replaceAll(/[\r\n]/g, ' ')}`)
  response.writeHead(code, headers)
  response.end(text)
}

function pageNotFound(response: ServerResponse): void {
  response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' })
  response.end('404 page not found\n')
}

async function route(server: Server, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const query = url.searchParams
  if (serveRoot(server, request, response, url)) return
  const target = parsePath(url.pathname)
  if (!target) return pageNotFound(response)
  const resource = server.api.registry.find(target.group, target.version, target.resource)
  if (!resource) return pageNotFound(response)
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET')
  if (await serveReview(server, resource, target, request, response)) return
  if (target.namespace !== undefined && !resource.namespaced && resource.resource !== 'namespaces') return pageNotFound(response)
  if (target.subresource !== undefined) return subresource(server, resource, target, method, query, request, response)
  const form = acceptedForm(request.headers.accept)
  if (target.name === undefined) {
    switch (method) {
      case 'GET':
        return query.get('watch') === 'true' || query.get('watch') === '1'
          ? watch(server, resource, target, query, form, response)
          : list(server, resource, target, query, form, response)
      case 'POST':
        return create(server, resource, target, query, request, response, form)
      case 'DELETE':
        return deleteCollection(server, resource, target, query, request, response)
    }
    throw methodNotAllowed()
  }
  if (resource.namespaced && target.namespace === undefined) return pageNotFound(response)
  switch (method) {
    case 'GET':
      if (query.get('watch') === 'true') {
        query.append('fieldSelector', `metadata.name=${target.name}`)
        return watch(server, resource, target, query, form, response)
      }
      return sendJson(response, 200, shaped(form, resource, getObject(server.api, resource, target.namespace, target.name)))
    case 'PUT':
    case 'PATCH':
      return write(server, resource, target, method, query, request, response, form)
    case 'DELETE': {
      const options = await deleteOptions(server, query, request)
      return sendDeleted(response, resource, deleteObject(server.api, resource, target.namespace, target.name, options))
    }
  }
  throw methodNotAllowed()
}

function shaped(form: Form, resource: Resource, object: KubeObject): any {
  if (form === 'table') return table(resource, [object], object.metadata.resourceVersion)
  if (form === 'metadata') return metadataOf(object)
  return object
}

function list(server: Server, resource: Resource, target: Target, query: URLSearchParams, form: Form, response: ServerResponse): void {
  const { store } = server.api
  const labels = parseLabelSelector(query.get('labelSelector') ?? '')
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '', resource.resource)
  const limit = Number(query.get('limit') ?? 0)
  const at = query.get('resourceVersion') ?? ''
  if (at !== '' && at !== '0' && Number(at) > store.version())
    throw new StatusError(504, 'Timeout', `Too large resource version: ${at}, current: ${store.version()}`, {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    })
  let start = ''
  let version = String(store.version())
  const token = query.get('continue')
  if (token) {
    try {
      const parsed = JSON.parse(Buffer.from(token, 'base64url').toString())
      start = parsed.start
      version = String(parsed.rv)
    } catch {
      throw badRequest('continue key is not valid: ' + token)
    }
    if (typeof start !== 'string') throw expired('The provided continue parameter is too old to display a consistent list result.')
  }
  let objects = store.list(resource.key, resource.namespaced ? target.namespace : undefined)
  if (start) objects = objects.filter((o) => keyOf(o) > start)
  objects = objects.filter((o) => matchesLabels(labels, o.metadata.labels) && matchesFields(fields, o))
  const metadata: any = { resourceVersion: version }
  if (limit > 0 && objects.length > limit) {
    metadata.continue = Buffer.from(
      JSON.stringify({ v: 'meta.k8s.io/v1', rv: Number(version), start: keyOf(objects[limit - 1]!) }),
    ).toString('base64url')
    metadata.remainingItemCount = objects.length - limit
    objects = objects.slice(0, limit)
  }
  const shown = objects.map((o) => fromStored(resource, o))
  if (form === 'table') return sendJson(response, 200, table(resource, shown, version, metadata))
  if (form === 'metadata' || form === 'metadata-list') return sendJson(response, 200, metadataList(shown, metadata))
  const items = resource.custom ? shown : shown.map(({ kind, apiVersion, ...rest }) => rest)
  const kind = resource.custom ? `${resource.kind}List` : `${resource.kind}List`
  sendJson(response, 200, { kind, apiVersion: apiVersionOf(resource), metadata, items })
}

function keyOf(object: KubeObject): string {
  return object.metadata.namespace ? `${object.metadata.namespace}/${object.metadata.name}` : object.metadata.name
}

function watch(server: Server, resource: Resource, target: Target, query: URLSearchParams, form: Form, response: ServerResponse): void {
  let first = true
  serveWatch(server.api, resource, response, {
    namespace: resource.namespaced ? target.namespace : undefined,
    resourceVersion: query.get('resourceVersion') ?? undefined,
    resourceVersionMatch: query.get('resourceVersionMatch') ?? undefined,
    labels: parseLabelSelector(query.get('labelSelector') ?? ''),
    fields: parseFieldSelector(query.getAll('fieldSelector').filter(Boolean).join(','), resource.resource),
    bookmarks: query.get('allowWatchBookmarks') === 'true' || query.get('allowWatchBookmarks') === '1',
    sendInitialEvents: query.get('sendInitialEvents') ?? undefined,
    timeoutSeconds: Number(query.get('timeoutSeconds') ?? 0) || undefined,
    shape: (object) => {
      const shown = shaped(form, resource, fromStored(resource, object))
      if (form === 'table' && !first) shown.columnDefinitions = []
      first = false
      return shown
    },
  })
}

function fieldManager(query: URLSearchParams, request: IncomingMessage): string {
  const given = query.get('fieldManager')
  if (given) {
    if (given.length > 128)
      throw invalid('PatchOptions', 'meta.k8s.io', '', [finding.invalid('fieldManager', given, 'may not be more than 128 bytes')])
    return given
  }
  return (request.headers['user-agent'] ?? 'unknown').split('/')[0]!.slice(0, 128) || 'unknown'
}

function writeOptions(query: URLSearchParams, request: IncomingMessage, warnings: string[]): WriteOptions {
  const dry = query.getAll('dryRun').filter(Boolean)
  if (dry.some((value) => value !== 'All')) throw invalid('CreateOptions', 'meta.k8s.io', '', [finding.unsupported('dryRun', dry, ['All'])])
  const validation = query.get('fieldValidation') ?? 'Warn'
  if (!['Strict', 'Warn', 'Ignore'].includes(validation))
    throw invalid('CreateOptions', 'meta.k8s.io', '', [finding.unsupported('fieldValidation', validation, ['Ignore', 'Strict', 'Warn'])])
  return { manager: fieldManager(query, request), dryRun: dry.length > 0, fieldValidation: validation, warnings }
}

async function create(
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

const PATCHES: Record<string, 'json' | 'merge' | 'strategic' | 'apply'> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
}

async function write(
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
  if (!kind)
    throw new StatusError(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${Object.keys(PATCHES).join(', ')}`,
      {},
    )
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

async function deleteOptions(server: Server, query: URLSearchParams, request: IncomingMessage): Promise<any> {
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

function sendDeleted(response: ServerResponse, resource: Resource, deleted: Deleted): void {
  const { object, gone } = deleted
  if (!gone || RETURNS_DELETED.has(resource.key)) return sendJson(response, 200, object)
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

async function deleteCollection(
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

async function subresource(
  server: Server,
  resource: Resource,
  target: Target,
  method: string,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { api } = server
  const known = resource.subresources.some((s) => s.name === target.subresource)
  if (!known) return pageNotFound(response)
  const name = target.name!
  const sub = target.subresource!
  if (sub === 'log' && method === 'GET') return serveLogs(server, target, query, response)
  if (sub === 'scale') {
    const warnings: string[] = []
    const text = method === 'GET' ? Buffer.alloc(0) : await readBody(request)
    if (method === 'GET') return sendJson(response, 200, readScale(api, resource, target))
    const options = writeOptions(query, request, warnings)
    if (method === 'PUT')
      return sendJson(
        response,
        200,
        writeScale(api, resource, target, await decodeBody(server.api.registry, text, request.headers['content-type']), options),
      )
    const kind = PATCHES[(request.headers['content-type'] ?? '').split(';')[0]!.trim()]
    if (!kind) throw methodNotAllowed()
    return sendJson(
      response,
      200,
      patchScale(api, resource, target, kind, await decodeBody(server.api.registry, text, request.headers['content-type']), options),
    )
  }
  if (sub === 'eviction' && method === 'POST') {
    const body = (await decodeBody(server.api.registry, await readBody(request), request.headers['content-type'])) ?? {}
    deleteObject(api, resource, target.namespace, name, body.deleteOptions ?? {})
    return sendJson(response, 201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 })
  }
  if (sub === 'token' && method === 'POST') {
    getObject(api, resource, target.namespace, name)
    const expires = new Date(Date.now() + 3600_000).toISOString()
    return sendJson(response, 201, {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name, namespace: target.namespace },
      spec: { audiences: [], expirationSeconds: 3600 },
      status: { token: 'sandbox', expirationTimestamp: expires },
    })
  }
  if (sub === 'status' || sub === 'finalize' || sub === 'ephemeralcontainers' || sub === 'resize' || sub === 'approval') {
    if (method === 'GET') return sendJson(response, 200, getObject(api, resource, target.namespace, name))
    if (method === 'PUT' || method === 'PATCH')
      return write(server, resource, target, method, query, request, response, acceptedForm(request.headers.accept))
    throw methodNotAllowed()
  }
  if (!api.store.get(resource.key, target.namespace, name)) throw notFound(resource.resource, resource.group, name)
  throw new StatusError(501, 'NotImplemented', `the sandbox does not serve ${resource.resource}/${sub}`)
}
