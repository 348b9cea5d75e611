import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Resource } from '../resources.ts'
import { methodNotAllowed, notFound, StatusError } from '../status.ts'
import { deleteObject } from './deleting.ts'
import { list, shaped, watch } from './listing.ts'
import { acceptedForm, decodeBody, parsePath, readBody, type Target } from './request.ts'
import { type Server, sendJson } from './respond.ts'
import { getObject } from './rest.ts'
import { serveReview } from './reviews.ts'
import { serveRoot } from './roots.ts'
import { patchScale, readScale, writeScale } from './scale.ts'
import { serveLogs } from './serve-logs.ts'
import { create, deleteCollection, deleteOptions, PATCHES, sendDeleted, write, writeOptions } from './writing.ts'

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

/** The answer to an unknown resource of a known group version. */
function noSuchResource(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {})
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
  if (!resource) {
    if (
      server.api.registry
        .groups()
        .get(target.group)
        ?.some((v) => v.version === target.version)
    )
      throw noSuchResource()
    return pageNotFound(response)
  }
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
  if (!known) throw noSuchResource()
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
    const { dryRun, ...options } = body.deleteOptions ?? {}
    deleteObject(api, resource, target.namespace, name, { ...options, dryRun: dryRun?.includes('All') ?? false })
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
