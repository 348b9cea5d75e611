import { setTimeout as wait } from 'node:timers/promises'
import { type ApiError, isApiError } from './api-error.ts'

/**
 * What a failed attempt means for the next one. `refused`: the server did not act, another attempt is safe. `unknown`: it may have acted.
 * `webhook`: an admission webhook did not answer, so nothing was stored; these heal when its Pods start. `final`: it cannot heal.
 */
export type Verdict = { kind: 'refused' | 'unknown' | 'webhook'; windowMs: number } | { kind: 'final' }

const transientMs = 30_000
const internalMs = 10_000
const webhookMs = 60_000

/**
 * Judges a failed attempt. `reached` says whether the server ever answered: a server that never did is most likely a wrong address, which no
 * waiting heals. `optimistic` requests carry a resourceVersion, so their conflict is an answer, not an accident.
 */
export function judge(error: unknown, context: { reached: boolean; optimistic: boolean }): Verdict {
  if (!isApiError(error)) return { kind: 'final' }
  const { status, code } = error
  if (code === 'ERR_KUBE_CERTIFICATE') return { kind: 'final' }
  if (code === 'ERR_KUBE_UNREACHABLE') return judgeUnreachable(error, context.reached)
  if (code === 'ERR_KUBE_BAD_ANSWER') return context.reached ? { kind: 'unknown', windowMs: internalMs } : { kind: 'final' }
  if (status === 429) return { kind: 'refused', windowMs: transientMs }
  if (status === 500) {
    if (/failed calling webhook|conversion webhook for/.test(error.message)) return { kind: 'webhook', windowMs: webhookMs }
    return isTransient(error) ? { kind: 'unknown', windowMs: internalMs } : { kind: 'final' }
  }
  if (status === 502 || status === 503 || status === 504 || status === 408) return { kind: 'unknown', windowMs: transientMs }
  if (status === 409 && error.reason === 'Conflict' && !context.optimistic) {
    const owned = error.causes.some(({ reason }) => reason === 'FieldManagerConflict')
    return owned ? { kind: 'final' } : { kind: 'refused', windowMs: internalMs }
  }
  return { kind: 'final' }
}

/**
 * A 500 of the API server is an InternalError, or any Go error without a status of its own: of etcd and of connections, which heal, and of objects
 * that do not fit their schema, which do not. A 500 that is no Status comes from something in between.
 */
function isTransient(error: ApiError): boolean {
  if (/too large|larger than max|typed patch object|not declared in schema/.test(error.message)) return false
  if (error.reason === 'InternalError' || !error.isStatus) return true
  return /etcdserver|timed? ?out|deadline|connection|EOF|transport|unavailable|leader/i.test(error.message)
}

const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

function judgeUnreachable(error: ApiError, reached: boolean): Verdict {
  if (neverSent.has(error.reason)) return reached ? { kind: 'refused', windowMs: transientMs } : { kind: 'final' }
  if (['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ERR_KUBE_NO_ANSWER'].includes(error.reason)) {
    return { kind: 'unknown', windowMs: reached ? transientMs : 2_000 }
  }
  return { kind: 'final' }
}

/** Exponential back-off with jitter: between half and all of `baseMs` * 2^attempt, at most `maxMs`. */
export function backOffMs(attempt: number, baseMs = 100, maxMs = 5_000): number {
  return Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 20)) * (0.5 + Math.random() / 2)
}

/** Waits; rejects with the signal's reason when it is aborted. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted()
  try {
    await wait(ms, undefined, { signal })
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
}
