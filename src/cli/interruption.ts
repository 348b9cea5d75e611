import { ConvergeError } from '../errors.ts'

export interface Interruption {
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP. */
  signal: AbortSignal
  /** 130, 143 or 129 once a signal has come. */
  exitCode(): number | undefined
  dispose(): void
}

const signals = {
  SIGINT: { code: 130, message: 'stopped by Ctrl-C' },
  SIGTERM: { code: 143, message: 'stopped by SIGTERM' },
  SIGHUP: { code: 129, message: 'stopped by SIGHUP: the terminal was closed' },
}

/** The signals that are for us: `nohup` has SIGHUP ignored, and takes the terminal away to say so. */
function heeded(): (keyof typeof signals)[] {
  const { stdin, stdout, stderr } = process
  return stdin.isTTY || stdout.isTTY || stderr.isTTY ? ['SIGINT', 'SIGTERM', 'SIGHUP'] : ['SIGINT', 'SIGTERM']
}

/**
 * Turns the first SIGINT, SIGTERM or (on a terminal) SIGHUP into an abort, so that the run can clean up; the second leaves at once. `onSecond` runs before that (to give
 * the cursor back).
 */
export function listenForInterruption(onSecond: () => void): Interruption {
  const controller = new AbortController()
  let code: number | undefined
  const handlers = heeded().map((name) => {
    const handler = () => {
      if (code !== undefined) {
        onSecond()
        process.exit(code)
      }
      code = signals[name].code
      controller.abort(new ConvergeError('ERR_INTERRUPTED', signals[name].message, { details: [] }))
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
