import { ConvergeError } from '../../errors.ts'

/** An error of a template function. The engine puts `error calling NAME: ` in front, as Go does for errors and panics alike. */
export function failure(message: string, hint?: string): ConvergeError {
  return new ConvergeError('ERR_TEMPLATE_FUNCTION', message, { hint })
}

/** What Go says where a template function looks into a nil interface. */
export function nilDereference(): ConvergeError {
  return failure('runtime error: invalid memory address or nil pointer dereference')
}
