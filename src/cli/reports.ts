import { appendFileSync, createWriteStream } from 'node:fs'
import { ConvergeError } from '../errors.ts'
import { streamOutput } from '../report/output.ts'
import type { Report, ReportOptions } from '../report/report.ts'
import { wantsColor } from './color.ts'
import type { ReportFlags } from './options/report-options.ts'

const formats = ['terminal', 'lines', 'ndjson', 'junit', 'github', 'gitlab', 'html'] as const
type Format = (typeof formats)[number]

/** The reports that the flags ask for; without any, the live window on a terminal, the folding lines of a known CI system, else plain lines. */
export async function createReports(flags: ReportFlags): Promise<Report[]> {
  const wanted = flags.report.map(parseReport)
  const onStdout = wanted.filter(({ file }) => file === undefined)
  if (onStdout.length > 1)
    throw new ConvergeError('ERR_USAGE', `two reports on standard output: ${onStdout.map(({ format }) => format).join(' and ')}`, {
      hint: 'Give one of them a file: --report junit=report.xml.',
    })
  if (onStdout.length === 0) wanted.unshift({ format: defaultFormat(), file: undefined })
  return Promise.all(wanted.map(({ format, file }) => createReport(format, file, flags)))
}

function parseReport(text: string): { format: Format; file?: string } {
  const [name = '', ...rest] = text.split('=')
  const format = formats.find((candidate) => candidate === name)
  if (!format) throw new ConvergeError('ERR_USAGE', `unknown report format "${name}"`, { hint: `There are ${formats.join(', ')}.` })
  return { format, ...(rest.length > 0 ? { file: rest.join('=') } : {}) }
}

function defaultFormat(): Format {
  const { env, stdout } = process
  if (env.GITHUB_ACTIONS === 'true') return 'github'
  if (env.GITLAB_CI === 'true') return 'gitlab'
  return stdout.isTTY && env.TERM !== 'dumb' && !env.CI ? 'terminal' : 'lines'
}

async function createReport(format: Format, file: string | undefined, flags: ReportFlags): Promise<Report> {
  const stream = file === undefined ? process.stdout : createWriteStream(file)
  const options: ReportOptions = {
    output: streamOutput(stream),
    color: file === undefined && wantsColor(process.stdout, flags.color),
    progressMs: flags.progress,
    logs: flags.logs,
    timestamps: flags.timestamps ?? false,
    now: Date.now,
  }
  const report = await load(format, options)
  if (file === undefined) return report
  return {
    onEvent: (event) => report.onEvent(event),
    async close() {
      await report.close()
      await new Promise<void>((resolve, reject) => {
        stream.on('error', reject)
        stream.end(resolve)
      }).catch((cause: unknown) => {
        throw new ConvergeError('ERR_REPORT', `cannot write the ${format} report to ${file}`, {
          cause,
          hint: 'Check the path and its permissions.',
        })
      })
    },
  }
}

async function load(format: Format, options: ReportOptions): Promise<Report> {
  switch (format) {
    case 'terminal':
      return (await import('../report/terminal.ts')).createTerminalReport(options)
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
