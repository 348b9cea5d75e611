import { readFileSync } from 'node:fs'
import type { Event } from '../../src/pipeline/events.ts'
import type { Report, ReportOptions } from '../../src/report/report.ts'
import { memoryOutput } from './memory-output.ts'

/** The events of a real run of charts-fixtures/shop, recorded with `--report ndjson`: its first deploy, an upgrade, an upgrade whose worker crashes. */
export function recordedRun(name: 'install' | 'upgrade' | 'failure'): Event[] {
  return readFileSync(new URL(`fixtures/${name}.ndjson`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
}

/** Feeds events to a report, whose clock is that of the events, and gives what it wrote. */
export async function reported(
  events: readonly Event[],
  create: (options: ReportOptions) => Report,
  options: Partial<ReportOptions> = {},
): Promise<string> {
  const output = memoryOutput()
  let at = events[0]?.at ?? 0
  const report = create({ output, color: false, progressMs: 3_600_000, logs: true, timestamps: false, now: () => at, ...options })
  for (const event of events) {
    at = event.at
    await report.onEvent(event)
  }
  await report.close()
  return output.text
}

/** Text that tries what an application under deployment might try. */
const hostile = '::error::owned ##[group]x \u001b[2J\u001b]0;title\u0007\u009b31m <script>alert(1)</script> ]]> &amp; \u202eback'

/** The failing run with every text of the cluster and the chart that reaches people made hostile. */
export function hostileRun(): Event[] {
  const lines = `first\n${hostile}\n::stop-commands::x\nsection_start:1:x\r\u001b[0Kforged`
  return recordedRun('failure').flatMap((event): Event[] => {
    switch (event.type) {
      case 'log':
        return [{ ...event, line: hostile }]
      case 'diagnosis': {
        const { diagnosis } = event
        return [
          { type: 'kube-event', ref: diagnosis.ref, object: 'Pod/x', reason: hostile, message: lines, warning: true, at: event.at },
          { type: 'warning', message: lines, hint: lines, at: event.at },
          { type: 'notes', text: lines, at: event.at },
          {
            ...event,
            diagnosis: {
              ...diagnosis,
              summary: lines,
              chain: [hostile],
              facts: [{ label: 'image', text: lines }],
              logs: { container: 'c', pod: 'p', lines: [hostile, '::endgroup::'] },
              events: [{ reason: 'Failed', message: lines, count: 2, ageSeconds: 3 }],
              hint: lines,
            },
          },
        ]
      }
      case 'finished':
        return [{ ...event, error: { code: 'ERR_X', message: lines, details: [lines, hostile], hint: lines } }]
      default:
        return [event]
    }
  })
}
