import { messageOf } from '../errors.ts'
import type { KubeObject } from '../resource.ts'
import { ApiError, errorOfAnswer, isApiError, type RequestSubject } from './api-error.ts'
import type { ApiResource, WatchEvent, WatchOptions, WatchTimes } from './cluster.ts'
import { apiVersionOf } from './discovery.ts'
import { listWith } from './list.ts'
import { resourcePath, subjectOf } from './path.ts'
import type { Requests } from './requests.ts'
import { backOffMs, pause } from './retry.ts'
import { isMapping, isObjectShape } from './shape.ts'
import { streamLines } from './stream-lines.ts'
import { watchQueue } from './watch-queue.ts'

const defaults: WatchTimes = { sessionMs: 5 * 60_000, idleMs: 150_000, backOffMs: 200, backOffMaxMs: 15_000 }

/** What a watch remembers of each object: enough to tell of its deletion after a gap. */
type Known = Map<string, KubeObject>

/**
 * A list and a watch: `added` for what there is, `synced`, then every change, for as long as the signal lets it. Cut connections are taken up
 * where they were; where the server has forgotten that version (410) it lists again and tells what was added, changed and deleted meanwhile.
 * A consumer that is slower than the cluster gets the newest state of each object instead of every step, so that memory is bounded by the number of
 * objects. Ends with a fatal `interrupted` where the user may not list or watch.
 */
export async function* watchObjects(
  requests: Requests,
  resolve: () => Promise<ApiResource>,
  options: WatchOptions,
): AsyncGenerator<WatchEvent> {
  const stop = new AbortController()
  const signal = AbortSignal.any([options.signal, stop.signal])
  const queue = watchQueue()
  const running = produce(requests, resolve, options, { ...defaults, ...options.times }, signal, queue.push).then(queue.end, queue.fail)
  const wake = () => queue.end()
  signal.addEventListener('abort', wake, { once: true })
  try {
    yield* queue.events()
  } finally {
    signal.removeEventListener('abort', wake)
    stop.abort()
    await running
  }
}

async function produce(
  requests: Requests,
  resolve: () => Promise<ApiResource>,
  options: WatchOptions,
  times: WatchTimes,
  signal: AbortSignal,
  push: (event: WatchEvent) => void,
): Promise<void> {
  const known: Known = new Map()
  let version: string | undefined
  let failures = 0
  while (!signal.aborted) {
    const started = Date.now()
    try {
      const resource = await resolve()
      version ??= await relist(requests, resource, options, signal, known, push)
      const session = await follow(requests, resource, options, times, signal, version, known, push)
      version = session.version
      // A server that ends watches at once must not be asked in a circle.
      if (session.events > 0 || Date.now() - started > times.backOffMs * 5) failures = 0
      else await pause(backOffMs(failures++, times.backOffMs, times.backOffMaxMs), signal)
    } catch (error) {
      if (signal.aborted) return
      if (isApiError(error, 410)) {
        // Told as a gap only by what follows: a list, and the differences.
        if (version === undefined) await pause(backOffMs(failures++, times.backOffMs, times.backOffMaxMs), signal).catch(() => {})
        version = undefined
        continue
      }
      const { status, progressed, resume } = error as { status?: number; progressed?: boolean; resume?: string }
      if (resume !== undefined) version = resume
      if (progressed) failures = 0
      const fatal = status === 403 || status === 401 || status === 405 || !(error instanceof ApiError || isBroken(error))
      // One cut alone is everyday life: told only when taking it up again fails too.
      if (fatal || failures > 0 || !isBroken(error))
        push({ type: 'interrupted', reason: messageOf(error), status: status || undefined, fatal })
      if (fatal) return
      const retryAfter = error instanceof ApiError ? error.retryAfterMs : undefined
      await pause(retryAfter ?? (failures === 0 ? 0 : backOffMs(failures, times.backOffMs, times.backOffMaxMs)), signal).catch(() => {})
      failures++
    }
  }
}

async function relist(
  requests: Requests,
  resource: ApiResource,
  options: WatchOptions,
  signal: AbortSignal,
  known: Known,
  push: (event: WatchEvent) => void,
) {
  const { trim = (object) => object, labelSelector, fieldSelector } = options
  // Whole pages of whole objects are not kept until the last one has come.
  const take = (object: KubeObject) => {
    const trimmed = trim(withoutManagedFields(object))
    return { stub: stubOf(object, trimmed), object: trimmed }
  }
  const list = await listWith(requests, resource, options.namespace, { labelSelector, fieldSelector, signal }, take)
  const present = new Set(list.items.map(({ stub }) => identity(stub)))
  // First what went: another object of the same name may have come.
  for (const [id, stub] of known) {
    if (present.has(id)) continue
    known.delete(id)
    push({ type: 'deleted', object: stub })
  }
  for (const { stub, object } of list.items) {
    const id = identity(stub)
    const before = known.get(id)
    if (before && before.metadata.resourceVersion === stub.metadata.resourceVersion) continue
    known.set(id, stub)
    push({ type: before ? 'modified' : 'added', object })
  }
  push({ type: 'synced' })
  return list.resourceVersion
}

interface WatchLine {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  object: KubeObject
}

/** One watch request until the server ends it. Throws a `BrokenWatch` or an ApiError that carries the version to resume at. */
async function follow(
  requests: Requests,
  resource: ApiResource,
  options: WatchOptions,
  times: WatchTimes,
  signal: AbortSignal,
  from: string,
  known: Known,
  push: (event: WatchEvent) => void,
): Promise<{ version: string; events: number }> {
  const { trim = (object) => object } = options
  const subject = subjectOf('watch', resource, options.namespace)
  const seconds = Math.max(1, Math.round((times.sessionMs * (1 + Math.random())) / 1000))
  const session = new AbortController()
  const stream = await requests.stream({
    method: 'GET',
    path: resourcePath(resource, options.namespace),
    query: {
      watch: 1,
      allowWatchBookmarks: true,
      resourceVersion: from,
      timeoutSeconds: seconds,
      labelSelector: options.labelSelector,
      fieldSelector: options.fieldSelector,
    },
    subject,
    signal: AbortSignal.any([signal, session.signal]),
  })
  let version = from
  let events = 0
  const dead = () => stream.destroy(new Error('the watch was silent for too long'))
  // The server ends the watch itself after `seconds`; one that does not is dead as well.
  const overdue = setTimeout(dead, (seconds + 30) * 1000)
  let idle: NodeJS.Timeout | undefined
  try {
    for await (const lines of streamLines(stream)) {
      idle?.refresh()
      for (const { bytes, partial } of lines) {
        if (bytes.length === 0) continue
        const { type, object } = parseLine(bytes, partial)
        if (type === 'ERROR') throw errorOfStatus(object, subject)
        version = object.metadata.resourceVersion ?? version
        events++
        if (type === 'BOOKMARK') {
          idle ??= setTimeout(dead, times.idleMs)
          continue
        }
        // Events of a watch name apiVersion and kind; a server that leaves them out must not matter.
        object.apiVersion ||= apiVersionOf(resource)
        object.kind ||= resource.kind
        withoutManagedFields(object)
        const id = identity(object)
        const before = known.get(id)
        const trimmed = trim(object)
        if (type === 'DELETED') known.delete(id)
        else known.set(id, stubOf(object, trimmed))
        const change = type === 'DELETED' ? 'deleted' : before ? 'modified' : 'added'
        push({ type: change, object: trimmed })
      }
    }
    return { version, events }
  } catch (error) {
    signal.throwIfAborted()
    const failure = error instanceof ApiError ? error : broken(messageOf(error))
    throw Object.assign(failure, { resume: version, progressed: events > 0 })
  } finally {
    clearTimeout(overdue)
    clearTimeout(idle)
    session.abort()
  }
}

function parseLine(bytes: Buffer, partial: boolean): WatchLine {
  try {
    const line = JSON.parse(bytes.toString('utf8')) as WatchLine
    if (line?.type === 'ERROR' ? isMapping(line.object) : typeof line?.type === 'string' && isObjectShape(line.object)) return line
  } catch {
    // Falls through to the error below.
  }
  throw broken(partial ? 'the watch was cut off within an event' : 'the watch sent something that is not an event')
}

/** The `object` of an ERROR event is a Status. */
function errorOfStatus(status: KubeObject, subject: RequestSubject): ApiError {
  const code = typeof status.code === 'number' ? status.code : 500
  const expired = status.reason === 'Expired' || status.reason === 'Gone'
  return errorOfAnswer(expired ? 410 : code, JSON.stringify(status), subject)
}

function broken(message: string): Error {
  return Object.assign(new Error(message), { broken: true })
}

function isBroken(error: unknown): boolean {
  return (error as { broken?: boolean })?.broken === true
}

function identity(object: KubeObject): string {
  return object.metadata.uid ?? `${object.metadata.namespace ?? ''}/${object.metadata.name}`
}

function withoutManagedFields(object: KubeObject): KubeObject {
  object.metadata.managedFields = undefined
  return object
}

/** What is remembered of an object: what was handed on, which its taker keeps anyway, where that says which version and which object it is. */
function stubOf(object: KubeObject, trimmed: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, ownerReferences } = object.metadata
  if (trimmed !== object && trimmed.metadata.resourceVersion === resourceVersion && trimmed.metadata.uid === uid) return trimmed
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { name, namespace, uid, resourceVersion, ...(ownerReferences ? { ownerReferences } : {}) },
  }
}
