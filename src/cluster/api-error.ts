import { ConvergeError } from '../errors.ts'
import { isMapping, mappingsOf, textOf } from './shape.ts'

/** What a request was about, for messages: `create`, `secrets` in namespace `shop`, named `x`. */
export interface RequestSubject {
  /** The verb of RBAC: get, list, watch, create, update, patch, delete. */
  verb: string
  /** The plural of the resource, or the path where the request is not about one. */
  resource: string
  group?: string
  namespace?: string
  name?: string
}

export interface StatusCause {
  reason?: string
  message?: string
  field?: string
}

interface ApiErrorOptions {
  status?: number
  reason?: string
  causes?: StatusCause[]
  retryAfterMs?: number
  subject?: RequestSubject
  isStatus?: boolean
  hint?: string
  cause?: unknown
  details?: string[]
}

/**
 * An answer of the API server that says no, or no answer. `code` is `ERR_KUBE_` and a word (NOT_FOUND, CONFLICT, FORBIDDEN, UNREACHABLE, …),
 * `status` the HTTP status (0 where there was none), `reason` and `causes` those of the Status object.
 */
export class ApiError extends ConvergeError {
  readonly status: number
  readonly reason: string
  readonly causes: StatusCause[]
  readonly retryAfterMs?: number
  readonly subject?: RequestSubject
  /** Whether the answer was a Status object, so from the API server itself. */
  readonly isStatus: boolean

  constructor(code: string, message: string, options: ApiErrorOptions = {}) {
    super(code, message, { hint: options.hint, cause: options.cause, details: options.details })
    this.status = options.status ?? 0
    this.reason = options.reason ?? ''
    this.causes = options.causes ?? []
    this.retryAfterMs = options.retryAfterMs
    this.subject = options.subject
    this.isStatus = options.isStatus ?? false
  }
}

/** Whether `error` is an ApiError, optionally with one of these HTTP statuses. */
export function isApiError(error: unknown, ...statuses: number[]): error is ApiError {
  if (!(error instanceof Error) || error.name !== 'ConvergeError') return false
  const { code, status } = error as ApiError
  if (typeof status !== 'number' || !code.startsWith('ERR_KUBE_')) return false
  return statuses.length === 0 || statuses.includes(status)
}

/** Whether a create failed because the object is there already; another 409 is a conflict of versions or of field owners. */
export function isAlreadyExists(error: unknown): boolean {
  return isApiError(error, 409) && error.reason === 'AlreadyExists'
}

const codes: Record<number, string> = {
  400: 'ERR_KUBE_BAD_REQUEST',
  401: 'ERR_KUBE_UNAUTHORIZED',
  403: 'ERR_KUBE_FORBIDDEN',
  404: 'ERR_KUBE_NOT_FOUND',
  405: 'ERR_KUBE_METHOD_NOT_ALLOWED',
  406: 'ERR_KUBE_NOT_ACCEPTABLE',
  408: 'ERR_KUBE_TIMEOUT',
  409: 'ERR_KUBE_CONFLICT',
  410: 'ERR_KUBE_GONE',
  413: 'ERR_KUBE_TOO_LARGE',
  415: 'ERR_KUBE_UNSUPPORTED_MEDIA_TYPE',
  422: 'ERR_KUBE_INVALID',
  429: 'ERR_KUBE_TOO_MANY_REQUESTS',
  500: 'ERR_KUBE_INTERNAL',
  502: 'ERR_KUBE_UNAVAILABLE',
  503: 'ERR_KUBE_UNAVAILABLE',
  504: 'ERR_KUBE_TIMEOUT',
}

/**
 * The error of an answer outside 2xx. `body` is what the server sent: a Status object as a rule, anything where a proxy stands between.
 * `retryAfter` is the header's value: seconds, or a date.
 */
export function errorOfAnswer(status: number, body: string, subject: RequestSubject, retryAfter?: string): ApiError {
  const answer = parseStatus(body)
  const causes = answer?.causes ?? []
  const said = answer?.message || plainText(body) || `HTTP status ${status}`
  return new ApiError(codeOf(status, answer), `cannot ${describe(subject)}: ${said}`, {
    status,
    reason: answer?.reason ?? '',
    causes,
    subject,
    isStatus: answer !== undefined,
    retryAfterMs: retryAfterMs(retryAfter) ?? secondsOf(answer?.retryAfterSeconds),
    hint: hintOf(status, said, subject),
  })
}

function codeOf(status: number, answer: StatusObject | undefined): string {
  if (status === 409 && answer?.reason === 'AlreadyExists') return 'ERR_KUBE_ALREADY_EXISTS'
  // An apply whose object does not fit the schema is answered with 500.
  if (status === 500 && /typed patch object|not declared in schema/.test(answer?.message ?? '')) return 'ERR_KUBE_INVALID'
  return codes[status] ?? 'ERR_KUBE_FAILED'
}

/** `create secrets "x" in namespace "shop"` */
export function describe(subject: RequestSubject): string {
  const resource = subject.group ? `${subject.resource}.${subject.group}` : subject.resource
  const name = subject.name ? ` "${subject.name}"` : ''
  const where = subject.namespace ? ` in namespace "${subject.namespace}"` : ''
  return `${subject.verb} ${resource}${name}${where}`
}

interface StatusObject {
  message: string
  reason: string
  causes: StatusCause[]
  retryAfterSeconds?: number
}

/** The Status object in `body`, or undefined where it holds something else. What has not the type that it should is left out. */
function parseStatus(body: string): StatusObject | undefined {
  if (!body.startsWith('{')) return undefined
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return undefined
  }
  if (!isMapping(parsed) || parsed.kind !== 'Status') return undefined
  const details = isMapping(parsed.details) ? parsed.details : {}
  const causes = mappingsOf(details.causes).map(({ reason, message, field }) => ({
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(typeof message === 'string' ? { message } : {}),
    ...(typeof field === 'string' ? { field } : {}),
  }))
  const { retryAfterSeconds } = details
  const seconds = typeof retryAfterSeconds === 'number' ? retryAfterSeconds : undefined
  return { message: textOf(parsed.message), reason: textOf(parsed.reason), causes, retryAfterSeconds: seconds }
}

/** One short line of an answer that is not a Status: a load balancer's page, `404 page not found`. */
function plainText(body: string): string {
  const text = body
    .slice(0, 4096)
    .replace(/<(script|style)[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/[\s\x00-\x1f\x7f]+/g, ' ')
    .trim()
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

function retryAfterMs(header: string | undefined): number | undefined {
  if (!header) return undefined
  if (/^\d+(\.\d+)?$/.test(header.trim())) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}

function secondsOf(seconds: number | undefined): number | undefined {
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined
}

function hintOf(status: number, said: string, subject: RequestSubject): string | undefined {
  if (status === 401) return 'the credentials of this context are not accepted: log in again, or choose another --kube-context'
  if (status === 413) return 'the object is larger than the API server takes'
  if (status !== 403) return undefined
  if (/is being terminated/.test(said)) return `namespace "${subject.namespace}" is being deleted: wait until it is gone`
  if (/exceeded quota/.test(said)) return 'raise the ResourceQuota, or ask for less'
  if (!/cannot |is forbidden: User/.test(said)) return undefined
  const user = /User "([^"]*)"/.exec(said)?.[1]
  const who = user ? `user "${user}"` : 'this user'
  const resource = subject.group ? `${subject.resource}.${subject.group}` : subject.resource
  const where = subject.namespace ? `in namespace "${subject.namespace}"` : 'at the cluster scope'
  return `${who} needs the verb "${subject.verb}" on "${resource}" ${where}: ask for a Role with that rule`
}
