import { isConvergeError } from '../errors.ts'
import { createProgram } from './program.ts'

/** Runs the command line; the exit code is set, never forced, so that output is always flushed. */
async function main(argv: string[]): Promise<void> {
  const program = createProgram(argv[2])
  try {
    await program.parseAsync(argv)
  } catch (error) {
    if (isCommanderError(error)) {
      process.exitCode = error.exitCode
      return
    }
    const { printFailure } = await import('./failure.ts')
    await printFailure(error, argv.includes('--debug'))
    process.exitCode = 1
    if (!isConvergeError(error)) process.exitCode = 1
  }
}

function isCommanderError(error: unknown): error is { exitCode: number } {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('commander.') &&
    'exitCode' in error
  )
}

void main(process.argv)
