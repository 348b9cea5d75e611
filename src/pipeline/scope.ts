import { ConvergeError } from '../errors.ts'

/** The one signal that ends a run early, with the first reason that came. */
export interface Scope {
  signal: AbortSignal
  abort(reason: ConvergeError): void
  /** Also ends the run when `other` is aborted. */
  follow(other: AbortSignal): void
  dispose(): void
}

/** A scope that ends with `outer` or after `timeoutMs` (0: never). */
export function createScope(outer: AbortSignal | undefined, timeoutMs: number): Scope {
  const controller = new AbortController()
  const abort = (reason: unknown) => {
    if (controller.signal.aborted) return
    controller.abort(reason instanceof ConvergeError ? reason : new ConvergeError('ERR_ABORTED', 'the run was stopped', { cause: reason }))
  }
  const undo: (() => void)[] = []
  const follow = (other: AbortSignal) => {
    if (other.aborted) return abort(other.reason)
    const listener = () => abort(other.reason)
    other.addEventListener('abort', listener, { once: true })
    undo.push(() => other.removeEventListener('abort', listener))
  }
  if (outer) follow(outer)
  if (timeoutMs > 0) {
    const timer = setTimeout(
      () => abort(new ConvergeError('ERR_TIMEOUT', `not done within ${timeoutMs / 1000}s`, { hint: '--timeout sets the bound.' })),
      timeoutMs,
    )
    undo.push(() => clearTimeout(timer))
  }
  return {
    signal: controller.signal,
    abort,
    follow,
    dispose: () => {
      for (const step of undo) step()
    },
  }
}
