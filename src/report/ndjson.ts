import { publicEvent } from './public-event.ts'
import type { Report, ReportOptions } from './report.ts'

/** Characters that JSON lets through and a terminal, or a reader that splits lines, may obey. */
const unsafe = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g

/** One event a line, as JSON; `docs/events.md` is the schema. Objects of the plan are left out, see `publicEvent`. */
export function createNdjsonReport({ output }: Pick<ReportOptions, 'output'>): Report {
  return {
    onEvent(event) {
      const json = JSON.stringify(publicEvent(event)).replace(unsafe, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
      output.write(`${json}\n`)
      return output.drained()
    },
    close: () => output.drained(),
  }
}
