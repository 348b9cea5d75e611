import { isConvergeError, messageOf } from '../errors.ts'
import type { FinishedEvent } from './events.ts'

/** An error as the last event tells it. What is no ConvergeError is a defect, and said to be one; with `debug` its stack is told too. */
export function describeError(error: unknown, debug = false): NonNullable<FinishedEvent['error']> {
  if (isConvergeError(error))
    return { code: error.code, message: error.message, hint: error.hint, details: error.details, location: error.location }
  return {
    code: 'ERR_DEFECT',
    message: `converge has a defect: ${messageOf(error)}`,
    hint: 'Run it again with --debug and report what it prints.',
    details: debug && error instanceof Error ? (error.stack ?? '').split('\n') : [],
  }
}
