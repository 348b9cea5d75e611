import { isApiError } from '../cluster/api-error.ts'
import { isLockLost } from '../cluster/lease.ts'
import { pause } from '../cluster/retry.ts'

const attemptsAtMost = 3

/**
 * Tries work three times, with a moment between. For what follows an outcome that stands already: requests have retries of their own for what heals; this is for answers
 * that are not the API server's, of a proxy that asks to log in. Throws the last error; at once where the lock is lost, the signal aborted, or the server itself refuses.
 */
export async function persistently<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === attemptsAtMost || signal.aborted || isLockLost(error) || isRefusal(error)) throw error
      await pause(pauseMs(attempt), signal)
    }
  }
}

/** Milliseconds to wait after an attempt, 1 for the first. */
export function pauseMs(attempt: number): number {
  return 500 * 4 ** (attempt - 1)
}

/** Whether the API server itself has said that this user may not do that. */
export function isRefusal(error: unknown): boolean {
  return isApiError(error, 403, 405) && error.isStatus && /is forbidden/.test(error.message)
}
