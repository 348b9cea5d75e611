import type { Event } from '../pipeline/events.ts'
import { displayName } from '../resource.ts'
import { formatDuration } from './duration.ts'
import { formatDiagnosis } from './failure-text.ts'
import { createLinesReport } from './lines.ts'
import { summarizeChanges } from './plan-text.ts'
import type { Report, ReportOptions } from './report.ts'
import { createTheme } from './theme.ts'

/** Plain lines in groups, with annotations for what failed and what warns; `writeSummary` gets the step summary as Markdown once, at the end. */
export function createGithubReport(options: ReportOptions, writeSummary?: (markdown: string) => void): Report {
  const summary = createSummary()
  const lines = createLinesReport(options, {
    open: (section) => [`::group::${escapeData(section.title)}`],
    close: () => ['::endgroup::'],
    beside: (event) => annotations(event),
  })
  return {
    onEvent(event) {
      summary.add(event)
      return lines.onEvent(event)
    },
    async close() {
      await lines.close()
      writeSummary?.(summary.markdown())
    },
  }
}

function annotations(event: Event): string[] {
  if (event.type === 'diagnosis') {
    const { ref, summary, hint } = event.diagnosis
    return [command('error', { title: `${displayName(ref)} failed` }, hint ? `${summary}\n${hint}` : summary)]
  }
  if (event.type === 'warning') return [command('warning', {}, event.message)]
  if (event.type === 'finished' && event.outcome === 'failed' && event.error) {
    const { location, message, hint } = event.error
    return [
      command(
        'error',
        { file: location?.file, line: location?.line, title: `${event.release} revision ${event.revision} failed` },
        hint ? `${message}\n${hint}` : message,
      ),
    ]
  }
  return []
}

/** A workflow command. Data and properties are escaped by GitHub's rules. */
function command(name: string, properties: Record<string, string | number | undefined>, message: string): string {
  const list = Object.entries(properties)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${escapeProperty(String(value))}`)
  return `::${name}${list.length > 0 ? ` ${list.join(',')}` : ''}::${escapeData(message)}`
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

/** Collects what a step summary says: the outcome, the changes, each failure with its evidence. */
function createSummary() {
  const theme = createTheme(false)
  let head = ''
  let plan = ''
  const failures: string[] = []
  return {
    add(event: Event) {
      if (event.type === 'plan') plan = summarizeChanges(event.changes)
      if (event.type === 'diagnosis')
        failures.push(['```', ...formatDiagnosis(event.diagnosis, theme).map((line) => line.replaceAll('```', "'''")), '```'].join('\n'))
      if (event.type !== 'finished') return
      const sign = event.outcome === 'failed' ? '❌' : '✅'
      head = `### ${sign} ${event.release} revision ${event.revision} ${event.outcome} in ${formatDuration(event.ms)}`
      if (event.error && failures.length === 0) failures.push(['```', event.error.message.replaceAll('```', "'''"), '```'].join('\n'))
    },
    markdown: () => `${[head, plan && `Namespace changes: ${plan}.`, ...failures].filter((part) => part !== '').join('\n\n')}\n`,
  }
}
