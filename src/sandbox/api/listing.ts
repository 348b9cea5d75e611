import type { ServerResponse } from 'node:http'
import type { KubeObject } from '../object.ts'
import { apiVersionOf, type Resource } from '../resources.ts'
import { matchesFields, matchesLabels, parseFieldSelector, parseLabelSelector } from '../selectors.ts'
import { badRequest, expired, StatusError } from '../status.ts'
import { fromStored } from './conversion.ts'
import type { Form, Target } from './request.ts'
import { type Server, sendJson } from './respond.ts'
import { metadataList, metadataOf, table } from './table.ts'
import { serveWatch } from './watch.ts'

/** An object in the form that the client asked for; `whole` puts it into the table row. */
export function shaped(form: Form, resource: Resource, object: KubeObject, whole = false): any {
  if (form === 'table') return table(resource, [object], object.metadata.resourceVersion, undefined, whole)
  if (form === 'metadata') return metadataOf(object)
  return object
}

/** Answers a list: selected, in pages where `limit` asks for them. */
export function list(
  server: Server,
  resource: Resource,
  target: Target,
  query: URLSearchParams,
  form: Form,
  response: ServerResponse,
): void {
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
      throw badRequest(`continue key is not valid: ${token}`)
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
  const whole = query.get('includeObject') === 'Object'
  if (form === 'table') sendJson(response, 200, table(resource, shown, version, metadata, whole))
  else if (form === 'metadata' || form === 'metadata-list') sendJson(response, 200, metadataList(shown, metadata))
  else {
    // Items of built-in lists carry no kind, those of custom resources do.
    const items = resource.custom ? shown : shown.map(({ kind, apiVersion, ...rest }) => rest)
    sendJson(response, 200, { kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource), metadata, items })
  }
}

function keyOf(object: KubeObject): string {
  return object.metadata.namespace ? `${object.metadata.namespace}/${object.metadata.name}` : object.metadata.name
}

/** Answers a watch of a collection. */
export function watch(
  server: Server,
  resource: Resource,
  target: Target,
  query: URLSearchParams,
  form: Form,
  response: ServerResponse,
): void {
  const whole = query.get('includeObject') === 'Object'
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
      const shown = shaped(form, resource, fromStored(resource, object), whole)
      if (form === 'table' && !first) shown.columnDefinitions = []
      first = false
      return shown
    },
  })
}
