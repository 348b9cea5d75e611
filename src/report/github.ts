import { stripVTControlCharacters } from 'node:util'
import type { Event } from '../pipeline/events.ts'
import { displayName } from '../resource.ts'
import { saysMore } from './finish-text.ts'
import { withoutCommands, workflowCommand } from './github-command.ts'
import { createGithubSummary } from './github-summary.ts'
import { createLinesReport } from './lines.ts'
import { presentableEvent } from './public-event.ts'
import type { Report, ReportOptions } from './report.ts'

/**
 * Plain lines in groups, with annotations for what failed and what warns; `writeSummary` gets the step summary as Markdown once, at the end. The plan, hooks and the
 * tracking are groups, which GitHub folds; a failure is not, so that it is read.
 */
export function createGithubReport(options: ReportOptions, writeSummary?: (markdown: string) => void): Report {
  const summary = createGithubSummary()
  let diagnosed = false
  let closed = false
  const lines = createLinesReport(options, {
    open: (section) => [workflowCommand('group', {}, stripVTControlCharacters(section.heading))],
    close: () => [workflowCommand('endgroup', {}, '')],
    beside: (event) => annotations(event, diagnosed),
    guard: withoutCommands,
  })
  return {
    onEvent(raw) {
      const event = presentableEvent(raw)
      summary.add(event)
      const done = lines.onEvent(event)
      diagnosed ||= event.type === 'diagnosis'
      return done
    },
    close() {
      if (closed) return
      closed = true
      writeSummary?.(summary.markdown())
      return lines.close()
    },
  }
}

function annotations(event: Event, diagnosed: boolean): string[] {
  if (event.type === 'diagnosis') {
    const { ref, summary, hint } = event.diagnosis
    return [workflowCommand('error', { title: `${displayName(ref)} failed` }, hint ? `${summary}\n${hint}` : summary)]
  }
  if (event.type === 'warning') return [workflowCommand('warning', {}, event.hint ? `${event.message}\n${event.hint}` : event.message)]
  if (event.type === 'finished' && event.error && saysMore(event, diagnosed)) {
    const { location, message, hint } = event.error
    const title = event.recorded === false ? `${event.release} failed` : `${event.release} revision ${event.revision} failed`
    return [workflowCommand('error', { file: location?.file, line: location?.line, title }, hint ? `${message}\n${hint}` : message)]
  }
  return []
}
