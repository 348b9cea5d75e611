import type { Event } from '../pipeline/events.ts'
import { htmlPage, type PageContent } from './html-page.ts'
import { createTimeline } from './html-timeline.ts'
import { presentableEvent } from './public-event.ts'
import type { Report, ReportOptions } from './report.ts'

/** Log lines kept for the page: the newest, since those are what a failure is read from. What was left out is counted. */
const logLimit = 20_000

/**
 * One self-contained page, written at the end: the outcome, diagnoses, a timeline of every resource and hook, the changes, the events and the logs. It asks nothing of
 * any network, and is whole without scripts.
 */
export function createHtmlReport({ output }: Pick<ReportOptions, 'output'>): Report {
  const timeline = createTimeline()
  const content: PageContent = {
    rows: timeline.rows,
    diagnoses: [],
    guard: [],
    events: [],
    warnings: [],
    logs: [],
    dropped: 0,
    from: 0,
    to: 0,
  }
  let written = false

  function keepLog(event: Extract<Event, { type: 'log' }>): void {
    content.logs.push(event)
    if (content.logs.length < logLimit * 2) return
    content.logs = content.logs.slice(-logLimit)
    content.dropped += logLimit
  }

  return {
    onEvent(raw) {
      const event = presentableEvent(raw)
      content.from ||= event.at
      content.to = event.at
      timeline.see(event)
      if (event.type === 'started') content.started = event
      else if (event.type === 'plan') content.plan = event
      else if (event.type === 'diagnosis') content.diagnoses.push(event.diagnosis)
      else if (event.type === 'guard') content.guard.push(event)
      else if (event.type === 'kube-event') content.events.push(event)
      else if (event.type === 'warning') content.warnings.push(event)
      else if (event.type === 'notes') content.notes = event.text
      else if (event.type === 'finished') content.finished = event
      else if (event.type === 'logs-skipped') content.dropped += event.lines
      else if (event.type === 'log') keepLog(event)
    },
    async close() {
      if (written) return
      written = true
      const surplus = Math.max(0, content.logs.length - logLimit)
      output.write(htmlPage({ ...content, logs: content.logs.slice(surplus), dropped: content.dropped + surplus }))
      await output.drained()
    },
  }
}
