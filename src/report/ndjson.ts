import type { Event } from '../pipeline/events.ts'
import type { Report, ReportOptions } from './report.ts'

/** One event a line, as JSON. Objects of the plan are left out (`desired`, `live`): they can hold secrets, and the field changes are redacted. */
export function createNdjsonReport({ output }: Pick<ReportOptions, 'output'>): Report {
  return {
    onEvent(event) {
      output.write(`${JSON.stringify(publicEvent(event))}\n`)
      return output.drained()
    },
    close: () => output.drained(),
  }
}

/** An event without the whole objects that it carries for the pipeline's own use. */
export function publicEvent(event: Event): unknown {
  if (event.type !== 'plan') return event
  return { ...event, changes: event.changes.map(({ desired: _desired, live: _live, ...change }) => change) }
}
