import { ConvergeError } from '../errors.ts'

export interface Interruption {
  /** Aborted by the first SIGINT or SIGTERM. */
  signal: AbortSignal
  /** 130 or 143 once a signal has come. */
  exitCode(): number | undefined
  dispose(): void
}

/**
 * Turns the first SIGINT or SIGTERM into an abort, so that the run can clean up; the second leaves at once. `onSecond` runs before that (to give the cursor back).
 */
export function listenForInterruption(onSecond: () => void): Interruption {
  const controller = new AbortController()
  let code: number | undefined
  const handlers = (['SIGINT', 'SIGTERM'] as const).map((name) => {
    const handler = () => {
      if (code !== undefined) {
        onSecond()
        process.exit(code)
      }
      code = name === 'SIGINT' ? 130 : 143
      controller.abort(
        new ConvergeError('ERR_INTERRUPTED', name === 'SIGINT' ? 'stopped by Ctrl-C' : 'stopped by SIGTERM', { details: [] }),
      )
    }
    process.on(name, handler)
    return { name, handler }
  })
  return {
    signal: controller.signal,
    exitCode: () => code,
    dispose() {
      for (const { name, handler } of handlers) process.off(name, handler)
    },
  }
}
