import type { Readable } from 'node:stream'
import { isConvergeError } from '../errors.ts'
import { ApiError, describe, errorOfAnswer, type RequestSubject } from './api-error.ts'
import type { Credentials } from './credentials.ts'
import { limiter } from './limit.ts'
import { clientCertificateExpiry, type Destination, errorOfNetwork } from './network-error.ts'
import { backOffMs, judge, pause } from './retry.ts'
import { isMapping } from './shape.ts'
import { type HttpAnswer, readText, type Transport } from './transport.ts'

/** One request to the API server, before it is HTTP. */
export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  query?: Record<string, string | number | boolean | undefined>
  body?: unknown
  contentType?: string
  accept?: string
  signal?: AbortSignal
  subject: RequestSubject
  /** Whether an answer has the shape that the caller reads; default: it is a JSON object. */
  shape?: (json: unknown) => boolean
  /** A conflict is an answer: the body carries a resourceVersion. */
  optimistic?: boolean
  /** Of a stream: its answer may begin at any time. */
  patient?: boolean
  /** Never sent twice after an attempt that may have been carried out. */
  once?: boolean
  /**
   * Called with the last error where an attempt before it may have been carried out (a cut connection, a 502): gives the result where it finds that
   * the work is done, else undefined.
   */
  settle?: (error: ApiError) => Promise<unknown>
}

export interface Requests {
  /** The answer as JSON. Errors are ApiErrors, or the signal's reason. */
  json<T>(call: Call): Promise<T>
  /** The body of a watch or a log while it comes. Retried only until the answer begins. */
  stream(call: Call): Promise<Readable>
  readonly counts: ReadonlyMap<string, number>
  /** Milliseconds since the epoch by the server's clock, as its Date headers tell it. */
  now(): number
  /** Calls `listener` once for each text of a Warning header, those that came before too; gives the end of it. */
  onWarning(listener: (message: string) => void): () => void
  close(): void
}

export interface RequestsOptions {
  transport: Transport
  credentials: Credentials
  destination: Destination
  parallelism: number
  qps?: number
  userAgent: string
  /** The longest time to go on after failures that may heal, in milliseconds; by default it depends on the failure. */
  retryMs?: number
  /** Called after a 401 that new credentials may heal. */
  onRenew?: () => Promise<void>
}

export function requestsOver(options: RequestsOptions): Requests {
  const { transport, credentials, destination } = options
  const limit = limiter(options.parallelism, options.qps)
  const counts = new Map<string, number>()
  let reached = false
  let clockOffset: number | undefined

  async function send(call: Call, stream: boolean): Promise<HttpAnswer> {
    counts.set(call.subject.verb, (counts.get(call.subject.verb) ?? 0) + 1)
    const headers: Record<string, string | string[]> = {
      ...(await credentials.headers(call.signal)),
      accept: call.accept ?? 'application/json',
      'user-agent': options.userAgent,
    }
    const body = call.body === undefined ? undefined : typeof call.body === 'string' ? call.body : JSON.stringify(call.body)
    if (body !== undefined) headers['content-type'] = call.contentType ?? 'application/json'
    try {
      const answer = await transport.send({
        method: call.method,
        path: call.path + queryOf(call.query),
        headers,
        body,
        signal: call.signal,
        stream,
        patient: call.patient,
      })
      reached = true
      readClock(answer.headers.date)
      if (answer.headers.warning) readWarnings(answer.headers.warning)
      return answer
    } catch (error) {
      call.signal?.throwIfAborted()
      throw isConvergeError(error) ? error : errorOfNetwork(error, call.subject, destination)
    }
  }

  const warned = new Set<string>()
  const listeners = new Set<(message: string) => void>()

  /** RFC 7234: `299 - "text"`, several with commas between. */
  function readWarnings(header: string | string[]): void {
    for (const [, text = ''] of String(header).matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)) {
      const message = text.replace(/\\(.)/g, '$1')
      if (warned.has(message)) continue
      warned.add(message)
      for (const listener of listeners) listener(message)
    }
  }

  function readClock(date: string | undefined): void {
    if (!date) return
    // The header is cut to whole seconds: the largest offset seen is the nearest to the truth.
    const offset = Date.parse(date) - Date.now()
    if (!Number.isNaN(offset) && (clockOffset === undefined || offset > clockOffset)) clockOffset = offset
  }

  async function text(answer: HttpAnswer, call: Call): Promise<string> {
    try {
      return await readText(answer)
    } catch (error) {
      call.signal?.throwIfAborted()
      throw errorOfNetwork(error, call.subject, destination)
    }
  }

  async function attempt(call: Call, stream: boolean): Promise<HttpAnswer | { json: unknown }> {
    const answer = await send(call, stream)
    if (answer.status < 200 || answer.status > 299) {
      const body = await text(answer, call)
      const expired = answer.status === 401 && clientCertificateExpiry(destination.clientCertificate)
      if (expired)
        throw new ApiError('ERR_KUBE_CERTIFICATE', expired, { status: 401, subject: call.subject, hint: 'fetch a new kubeconfig' })
      throw errorOfAnswer(answer.status, body, call.subject, answer.headers['retry-after'])
    }
    if (stream) return answer
    const body = await text(answer, call)
    const bad = (what: string, cause?: unknown) => {
      const message = `cannot ${describe(call.subject)}: ${destination.server} answered something that is ${what}`
      return new ApiError('ERR_KUBE_BAD_ANSWER', message, { subject: call.subject, cause })
    }
    let json: unknown
    try {
      json = JSON.parse(body)
    } catch (error) {
      throw bad('not JSON', error)
    }
    if (!(call.shape ?? isMapping)(json)) throw bad('not what was asked for')
    return { json }
  }

  async function withRetries<T>(call: Call, task: (onStart: () => void) => Promise<T>): Promise<T> {
    // Of the first attempt, without its time in the queue.
    let since = 0
    const onStart = () => void (since ||= Date.now())
    let mayHaveActed = false
    let renewed = false
    for (let attempts = 0; ; attempts++) {
      try {
        return await task(onStart)
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        if (error.status === 401 && !renewed && credentials.renew()) {
          renewed = true
          await options.onRenew?.()
          continue
        }
        if (mayHaveActed && call.settle) {
          const settled = await call.settle(error)
          if (settled !== undefined) return settled as T
        }
        const verdict = judge(error, { reached, optimistic: call.optimistic === true })
        if (verdict.kind === 'final' || (verdict.kind === 'unknown' && call.once)) throw error
        if (verdict.kind === 'unknown') mayHaveActed = true
        const delay = error.retryAfterMs ?? (verdict.kind === 'webhook' ? backOffMs(attempts, 500, 2_000) : backOffMs(attempts))
        // One request without an answer may have been on a connection that was dead already.
        if (attempts === 0 && error.reason === 'ERR_KUBE_NO_ANSWER') continue
        if (Date.now() + delay - since > Math.min(verdict.windowMs, options.retryMs ?? verdict.windowMs)) throw error
        await pause(delay, call.signal).catch((reason) => {
          // The end of a run that waits for a server must say what the server answered.
          if (isConvergeError(reason) && reason.details.length === 0) reason.details.push(`The last answer: ${error.message}`)
          throw reason
        })
      }
    }
  }

  return {
    json: (call) =>
      withRetries(call, (onStart) =>
        limit(async () => {
          onStart()
          return ((await attempt(call, false)) as { json: unknown }).json as never
        }, call.signal),
      ),
    stream: (call) =>
      withRetries(call, async (onStart) => {
        onStart()
        return ((await attempt(call, true)) as HttpAnswer).body
      }),
    counts,
    now: () => Date.now() + (clockOffset ?? 0),
    onWarning(listener) {
      listeners.add(listener)
      for (const message of warned) listener(message)
      return () => void listeners.delete(listener)
    },
    close: () => transport.close(),
  }
}

function queryOf(query: Call['query']): string {
  if (!query) return ''
  const parts: string[] = []
  for (const [key, value] of Object.entries(query)) if (value !== undefined) parts.push(`${key}=${encodeURIComponent(String(value))}`)
  return parts.length === 0 ? '' : `?${parts.join('&')}`
}
