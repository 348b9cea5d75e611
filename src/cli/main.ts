import { ConvergeError, isConvergeError, isStackOverflow } from '../errors.ts'
import type { Flags } from './commands/render.ts'
import { readPlainWords } from './plain-words.ts'

/** The options of `render` as JSON, which the build puts here; without a build commander reads every command line. */
declare const RENDER_OPTIONS: string | undefined

/** Runs the command line. The exit code is set, never forced, so that output is always flushed. */
async function main(argv: string[]): Promise<void> {
  try {
    if (await runPlainRender(argv)) return
    const [{ createProgram }, { spellBooleans }] = await Promise.all([import('./program.ts'), import('./boolean-words.ts')])
    const program = createProgram(argv[2])
    await program.parseAsync(spellBooleans(program, argv.slice(2).map(chartVersion)).flatMap(splitShort), { from: 'user' })
  } catch (error) {
    if (isCommanderError(error)) {
      process.exitCode = error.exitCode
      return
    }
    const { printFailure } = await import('./failure.ts')
    await printFailure(known(error), argv.includes('--debug') || /^(1|true|yes)$/i.test(process.env.CONVERGE_DEBUG ?? ''))
    process.exitCode = 1
  }
}

/** Runs `render` where its words are plain; false where commander has to read them. */
async function runPlainRender(argv: string[]): Promise<boolean> {
  if (typeof RENDER_OPTIONS === 'undefined' || (argv[2] !== 'render' && argv[2] !== 'template')) return false
  const plain = readPlainWords(argv.slice(3), JSON.parse(RENDER_OPTIONS), process.env)
  if (!plain) return false
  const { runRender } = await import('./commands/render.ts')
  await runRender(plain.argument, plain.flags as unknown as Flags)
  // All is written. Left to end by itself, the process would first collect garbage: 8 ms after a large chart.
  if (process.platform !== 'win32') process.exit()
  return true
}

/** Nesting without end is the input's fault, not a defect. */
function known(error: unknown): unknown {
  if (isConvergeError(error) || !isStackOverflow(error)) return error
  return new ConvergeError('ERR_TOO_DEEP', 'the input is nested too deeply', { cause: error })
}

/** Behind a chart or a command, `--version 1.2.3` is the chart's version, as in Helm. */
function chartVersion(word: string, index: number, words: string[]): string {
  if (word.startsWith('--version=')) return word.replace('--', '--chart-')
  const next = words[index + 1]
  return word === '--version' && index > 0 && next !== undefined && !next.startsWith('-') ? '--chart-version' : word
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
