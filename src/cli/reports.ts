import { appendFileSync } from 'node:fs'
import path from 'node:path'
import { ConvergeError } from '../errors.ts'
import { type FileOutput, openFileOutput, outputError } from '../report/file-output.ts'
import { streamOutput, terminalOutput } from '../report/output.ts'
import type { Report, ReportOptions } from '../report/report.ts'
import { wantsColor } from './color.ts'
import type { ReportFlags } from './options/report-options.ts'

const formats = ['terminal', 'lines', 'ndjson', 'junit', 'github', 'gitlab', 'html'] as const
type Format = (typeof formats)[number]

/**
 * The reports that the flags ask for; without any on standard output, the live window on a terminal, the folding lines of a known CI system, else plain lines. Files are
 * opened here, so that one that cannot be written is known before anything is touched.
 */
export async function createReports(flags: ReportFlags): Promise<Report[]> {
  const wanted = flags.report.map(parseReport)
  requireDistinct(wanted)
  if (wanted.every(({ file }) => file !== undefined)) wanted.unshift({ format: defaultFormat() })
  const opened = wanted.map(({ format, file }) => ({ format, file: file === undefined ? undefined : openFileOutput(file) }))
  const stdout = streamOutput(process.stdout)
  const reports = await Promise.all(opened.map(({ format, file }) => load(format, { ...optionsOf(flags, file), output: file ?? stdout })))
  return reports.map((report, index) => {
    const file = opened[index]?.file
    return file ? closingFile(report, file) : { ...report, close: () => closeStdout(report, stdout) }
  })
}

interface Wanted {
  format: Format
  /** Standard output where there is none. */
  file?: string
}

function parseReport(text: string): Wanted {
  const [name = '', ...rest] = text.split('=')
  const format = formats.find((candidate) => candidate === name)
  if (!format) throw new ConvergeError('ERR_USAGE', `unknown report format "${name}"`, { hint: `There are ${formats.join(', ')}.` })
  if (rest.length === 0) return { format }
  const file = rest.join('=')
  if (file === '')
    throw new ConvergeError('ERR_USAGE', `--report ${text} names no file`, {
      hint: `Leave out the = for standard output, or name a file: --report ${name}=FILE.`,
    })
  if (format === 'terminal')
    throw new ConvergeError('ERR_USAGE', 'the terminal report goes to no file', { hint: `Write plain lines: --report lines=${file}.` })
  return { format, file }
}

function requireDistinct(wanted: readonly Wanted[]): void {
  const onStdout = wanted.filter(({ file }) => file === undefined)
  if (onStdout.length > 1)
    throw new ConvergeError('ERR_USAGE', `two reports on standard output: ${onStdout.map(({ format }) => format).join(' and ')}`, {
      hint: 'Give one of them a file: --report junit=report.xml.',
    })
  const files = wanted.flatMap(({ file }) => (file === undefined ? [] : [path.resolve(file)]))
  const twice = files.find((file, index) => files.indexOf(file) !== index)
  if (twice !== undefined)
    throw new ConvergeError('ERR_USAGE', `two reports in one file: ${twice}`, { hint: 'Give each of them a file of its own.' })
}

function canRedraw(): boolean {
  return process.stdout.isTTY === true && process.env.TERM !== 'dumb'
}

function defaultFormat(): Format {
  const { env } = process
  if (env.GITHUB_ACTIONS === 'true') return 'github'
  if (env.GITLAB_CI === 'true') return 'gitlab'
  return canRedraw() && !env.CI ? 'terminal' : 'lines'
}

function optionsOf(flags: ReportFlags, file: FileOutput | undefined): Omit<ReportOptions, 'output'> {
  return {
    color: file === undefined && wantsColor(process.stdout, flags.color),
    progressMs: flags.progress,
    logs: flags.logs,
    timestamps: flags.timestamps ?? false,
    now: Date.now,
  }
}

/** Closes a report on standard output; throws where it did not take everything, a full disk say, once what was written last has been tried. */
async function closeStdout(report: Report, stdout: ReturnType<typeof streamOutput>): Promise<void> {
  await report.close()
  await new Promise((resolve) => setImmediate(resolve))
  const failure = stdout.failure()
  if (failure) throw outputError(failure)
}

/** The report, which closes its file after itself: within the same turn, so that it is whole also when the process ends right after. */
function closingFile(report: Report, file: FileOutput): Report {
  return {
    onEvent: (event) => report.onEvent(event),
    async close() {
      const done = report.close()
      file.close()
      await done
    },
  }
}

async function load(format: Format, options: ReportOptions): Promise<Report> {
  switch (format) {
    case 'terminal':
      if (!canRedraw()) return (await import('../report/lines.ts')).createLinesReport(options)
      return (await import('../report/terminal.ts')).createTerminalReport({
        ...options,
        output: terminalOutput(process.stdout, process.stderr),
      })
    case 'ndjson':
      return (await import('../report/ndjson.ts')).createNdjsonReport(options)
    case 'junit':
      return (await import('../report/junit.ts')).createJunitReport(options)
    case 'github': {
      const file = process.env.GITHUB_STEP_SUMMARY
      return (await import('../report/github.ts')).createGithubReport(
        options,
        file ? (markdown) => appendFileSync(file, markdown) : undefined,
      )
    }
    case 'gitlab':
      return (await import('../report/gitlab.ts')).createGitlabReport(options)
    case 'html':
      return (await import('../report/html.ts')).createHtmlReport(options)
    case 'lines':
      return (await import('../report/lines.ts')).createLinesReport(options)
  }
}
