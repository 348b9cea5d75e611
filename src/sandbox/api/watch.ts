import type { ServerResponse } from 'node:http'
import type { KubeObject } from '../object.ts'
import type { Resource } from '../resources.ts'
import { type FieldRequirement, type LabelRequirement, matchesFields, matchesLabels } from '../selectors.ts'
import { finding, invalid, StatusError } from '../status.ts'
import type { Change } from '../store.ts'
import type { Api } from './api.ts'

export interface WatchOptions {
  namespace?: string
  resourceVersion?: string
  resourceVersionMatch?: string
  labels: LabelRequirement[]
  fields: FieldRequirement[]
  bookmarks: boolean
  sendInitialEvents?: string
  timeoutSeconds?: number
  /** Turns an object into what the client asked for: the object, a table row, its metadata. */
  shape: (object: KubeObject) => any
}

/** Seconds between bookmarks. */
const BOOKMARK = 30
/** A client that lets this much pile up unread is cut off, as the API server does with slow watchers. */
const BACKLOG = 64 * 1024 * 1024

/** Streams the changes of a resource as JSON lines until the client goes, the timeout ends it, or the sandbox stops. */
export function serveWatch(api: Api, resource: Resource, response: ServerResponse, options: WatchOptions): void {
  const initial = options.sendInitialEvents
  if (initial !== undefined && options.resourceVersionMatch !== 'NotOlderThan')
    throw invalid('ListOptions', 'meta.k8s.io', '', [
      finding.forbidden('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'),
    ])
  const from = options.resourceVersion ?? ''
  const known = from !== '' && from !== '0'
  if (known && !/^\d+$/.test(from))
    throw new StatusError(
      400,
      'BadRequest',
      `Invalid value: ${JSON.stringify(from)}: strconv.ParseUint: parsing ${JSON.stringify(from)}: invalid syntax`,
    )
  const matches = (object: KubeObject): boolean =>
    (options.namespace === undefined || object.metadata.namespace === options.namespace) &&
    matchesLabels(options.labels, object.metadata.labels) &&
    matchesFields(options.fields, object)

  // Before the headers, so that 410 can still be answered as a status.
  const streaming = initial === 'true'
  let backlog: Change[] = []
  let late: StatusError | undefined
  if (known && !streaming) {
    try {
      backlog = api.store.since(resource.key, Number(from))
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      late = error
    }
  }
  response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private' })
  response.flushHeaders()
  const send = (type: string, object: any): void => {
    response.write(`${JSON.stringify({ type, object })}\n`)
    if (response.writableLength > BACKLOG) response.destroy()
  }
  if (late) {
    send('ERROR', late.status)
    response.end()
    return
  }
  const deliver = (change: Change): void => {
    const now = change.type !== 'DELETED' && matches(change.object)
    const before = change.previous !== undefined && matches(change.previous)
    if (!now && !before) return
    const type = !now ? 'DELETED' : before ? 'MODIFIED' : 'ADDED'
    // An object that left the selection is shown as it was, at the version of the change.
    const object =
      type === 'DELETED' && change.type !== 'DELETED'
        ? { ...change.previous!, metadata: { ...change.previous!.metadata, resourceVersion: change.object.metadata.resourceVersion } }
        : change.object
    send(type, options.shape(object))
  }
  const bookmark = (annotations?: Record<string, string>): void => {
    const metadata = { resourceVersion: String(api.store.version()), ...(annotations ? { annotations } : {}) }
    send('BOOKMARK', {
      kind: resource.kind,
      apiVersion: resource.group ? `${resource.group}/${resource.version}` : resource.version,
      metadata: { creationTimestamp: null, ...metadata },
    })
  }
  if (streaming || (!known && initial !== 'false')) {
    for (const object of api.store.list(resource.key, options.namespace)) if (matches(object)) send('ADDED', options.shape(object))
    if (streaming) bookmark({ 'k8s.io/initial-events-end': 'true' })
  }
  for (const change of backlog) deliver(change)
  const ends: (() => void)[] = [api.store.subscribe(resource.key, deliver)]
  if (options.bookmarks) {
    const again = (): void => {
      bookmark()
      cancel = api.clock.after(BOOKMARK, again)
    }
    let cancel = api.clock.after(BOOKMARK, again)
    ends.push(() => cancel())
  }
  const seconds = options.timeoutSeconds || 1800 + Math.floor(Math.random() * 1800)
  ends.push(
    api.clock.after(seconds, () => {
      if (options.bookmarks) bookmark()
      response.end()
    }),
  )
  response.on('close', () => {
    for (const end of ends) end()
  })
}
