import { createProgram } from './program.ts'

/** Runs the command line; the exit code is set, never forced, so that output is always flushed. */
async function main(argv: string[]): Promise<void> {
  const program = createProgram(argv[2])
  try {
    await program.parseAsync(argv.flatMap(splitShort))
  } catch (error) {
    if (isCommanderError(error)) {
      process.exitCode = error.exitCode
      return
    }
    const { printFailure } = await import('./failure.ts')
    await printFailure(error, argv.includes('--debug') || /^(1|true|yes)$/i.test(process.env.CONVERGE_DEBUG ?? ''))
    process.exitCode = 1
  }
}

/** `-n=shop` is `-n shop`, as in Helm. */
function splitShort(word: string): string[] {
  return /^-[A-Za-z]=/.test(word) ? [word.slice(0, 2), word.slice(3)] : [word]
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
