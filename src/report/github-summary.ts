import type { Event } from '../pipeline/events.ts'
import { formatDuration } from './duration.ts'
import { formatDiagnosis } from './failure-text.ts'
import { saysMore } from './finish-text.ts'
import { summarizeChanges } from './plan-text.ts'
import { createTheme } from './theme.ts'

/** What a step summary says: the outcome, the changes, each failure with its evidence. */
export interface GithubSummary {
  add(event: Event): void
  markdown(): string
}

export function createGithubSummary(): GithubSummary {
  const theme = createTheme(false)
  let head = ''
  let plan = ''
  const failures: string[] = []
  return {
    add(event) {
      if (event.type === 'plan') plan = `Changes: ${summarizeChanges(event.changes)}.`
      if (event.type === 'diagnosis') failures.push(codeBlock(formatDiagnosis(event.diagnosis, theme)))
      if (event.type !== 'finished') return
      const sign = event.outcome === 'failed' ? '❌' : '✅'
      head = `### ${sign} ${event.release} revision ${event.revision} ${event.outcome} in ${formatDuration(event.ms)}`
      if (event.error && saysMore(event, failures.length > 0)) failures.push(codeBlock([event.error.message, ...event.error.details]))
    },
    markdown: () => `${[head, plan, ...failures].filter((part) => part !== '').join('\n\n')}\n\n`,
  }
}

/** A block that none of its lines can end: its fence is longer than any in it. */
function codeBlock(lines: string[]): string {
  const text = lines.join('\n')
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${text}\n${fence}`
}
