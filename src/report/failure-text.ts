import type { FinishedEvent } from '../pipeline/events.ts'
import { displayName } from '../resource.ts'
import type { Diagnosis } from '../tracker/diagnosis.ts'
import { formatAge, formatDuration } from './duration.ts'
import { oneLine, plainValue } from './plain-text.ts'
import type { Theme } from './theme.ts'

/** A diagnosis as lines: the reason first, then the evidence. `failedAfterMs` is how long the resource was followed until it failed. */
export function formatDiagnosis(diagnosis: Diagnosis, theme: Theme, failedAfterMs?: number): string[] {
  const after = failedAfterMs === undefined ? '' : ` after ${formatDuration(failedAfterMs)}`
  const lines = [
    `${theme.bad('✗')} ${theme.strong(displayName(diagnosis.ref))} failed${after}: ${theme.bad(oneLine(diagnosis.summary))}`,
    '',
  ]
  const facts: { label: string; text: string }[] = []
  if (diagnosis.chain.length > 0)
    facts.push({ label: 'where', text: diagnosis.chain.join(' > ') + (diagnosis.extent ? `, ${diagnosis.extent}` : '') })
  facts.push(...diagnosis.facts)
  const width = Math.max(6, ...facts.map((fact) => fact.label.length))
  const label = (text: string) => theme.dim(text.padEnd(width))
  for (const fact of facts) {
    const [first = '', ...more] = fact.text.split('\n')
    lines.push(`  ${label(fact.label)}  ${first}`, ...more.map((text) => `  ${' '.repeat(width)}  ${text}`))
  }
  if (diagnosis.logs) {
    lines.push(`  ${theme.dim(`last lines of ${diagnosis.logs.container}`)}`)
    lines.push(
      ...(diagnosis.logs.lines.length > 0 ? diagnosis.logs.lines.map((line) => `    | ${line}`) : [theme.dim('    (it printed nothing)')]),
    )
  }
  if (diagnosis.events.length > 0) {
    lines.push(`  ${theme.dim('events')}`)
    for (const event of diagnosis.events) {
      const times = event.count > 1 ? ` (${event.count} times)` : ''
      lines.push(`    ${event.reason}: ${oneLine(event.message)}${theme.dim(`${times}  ${formatAge(event.ageSeconds * 1000)} ago`)}`)
    }
  }
  if (diagnosis.hint) lines.push(`  ${theme.dim('hint'.padEnd(width))}  ${diagnosis.hint}`)
  return lines
}

/** An error of the family as lines: what, where with a caret, why, what to do. Without stack traces, and without what a terminal would obey. */
export function formatError(raw: NonNullable<FinishedEvent['error']>, theme: Theme): string[] {
  const error = plainValue(raw)
  const [first = '', ...more] = shorten(error.message.split('\n'))
  const lines = [`${theme.bad('✗')} ${first}`, ...more]
  const { location } = error
  if (location) {
    // Go's messages carry the place already; a second time would only be noise.
    const place = `${location.file}${location.line === undefined ? '' : `:${location.line}`}`
    const notes = [
      ...(location.rendered === undefined ? [] : [`rendered line ${location.rendered}`]),
      ...(location.included?.length ? [`from ${location.included.at(-1)}`] : []),
    ]
    if (!error.message.includes(place)) lines.push(`  ${theme.dim('at')} ${place}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`)
    if (location.text !== undefined && location.line !== undefined) {
      const number = String(location.line)
      const text = location.text.replaceAll('\t', ' ').slice(0, 200)
      lines.push('', `  ${theme.dim(`${number} |`)} ${text}`)
      if (location.column !== undefined && location.column <= text.length) {
        lines.push(`  ${' '.repeat(number.length)} ${theme.dim('|')} ${' '.repeat(location.column)}${theme.bad('^')}`)
      }
    }
  }
  lines.push(...shorten(error.details).map((detail) => `  ${detail}`))
  if (error.hint) lines.push(`  ${theme.dim('hint')}  ${error.hint}`)
  return lines
}

/** What recursion makes of a message or of a template stack: the beginning and the end say all. */
function shorten(lines: readonly string[]): string[] {
  const cut = lines.map((line) => (line.length > 2000 ? `${line.slice(0, 600)} … ${line.slice(-600)}` : line))
  return cut.length > 24 ? [...cut.slice(0, 12), `… ${cut.length - 20} more …`, ...cut.slice(-8)] : cut
}
