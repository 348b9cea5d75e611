import { isConvergeError, messageOf } from '../errors.ts'
import { formatError } from '../report/failure-text.ts'
import { createTheme } from '../report/theme.ts'
import { wantsColor } from './color.ts'

/** Prints an error that ended a command before or outside a run to standard error; the stack only with `debug`. */
export async function printFailure(error: unknown, debug: boolean): Promise<void> {
  const theme = createTheme(wantsColor(process.stderr, undefined))
  const known = isConvergeError(error)
  const lines = known
    ? formatError({ code: error.code, message: error.message, hint: error.hint, details: error.details, location: error.location }, theme)
    : [
        `${theme.bad('✗')} converge has a defect: ${messageOf(error)}`,
        `  ${theme.dim('hint')}  Run it again with --debug and report what it prints.`,
      ]
  if (debug) lines.push(...stacks(error))
  process.stderr.write(`${lines.join('\n')}\n`)
}

function stacks(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  const own = (error.stack ?? '').split('\n')
  return error.cause === undefined ? ['', ...own] : ['', ...own, 'caused by', ...stacks(error.cause)]
}
