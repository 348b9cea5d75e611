import type { FinishedEvent } from '../pipeline/events.ts'
import { formatDuration } from './duration.ts'
import { formatError } from './failure-text.ts'
import type { Theme } from './theme.ts'

/** Errors that say no more than the diagnoses before them. */
const diagnosedCodes = new Set(['ERR_NOT_READY', 'ERR_HOOK_FAILED'])

/** Whether the error of a failed run says what the diagnoses before it did not. */
export function saysMore(event: FinishedEvent, diagnosed: boolean): boolean {
  return event.error !== undefined && !(diagnosed && diagnosedCodes.has(event.error.code))
}

/** The closing lines of a run. With `diagnosed`, a failure that stands above is not told again. */
export function formatFinish(event: FinishedEvent, theme: Theme, diagnosed = false): string[] {
  const time = formatDuration(event.ms)
  const { changed, ready, restarts } = event.counts
  const ok = theme.ok('✓')
  const name = theme.strong(`${event.release} revision ${event.revision}`)
  switch (event.outcome) {
    case 'deployed':
      return ['', `${ok} ${name} deployed  ${time}  (${changed} changed, ${ready} ready, ${restarts} restart${restarts === 1 ? '' : 's'})`]
    case 'unchanged':
      return [`${ok} ${name} is as it should be; nothing changed  ${time}`]
    case 'dismissed':
      return ['', `${ok} ${theme.strong(event.release)} dismissed  ${time}  (${changed} deleted)`]
    case 'tested':
      return ['', `${ok} ${name} tested  ${time}`]
    case 'planned':
      return []
    case 'failed':
      return formatFailure(event, theme, saysMore(event, diagnosed) ? event.error : undefined)
  }
}

function formatFailure(event: FinishedEvent, theme: Theme, error: FinishedEvent['error']): string[] {
  const time = formatDuration(event.ms)
  const bad = theme.bad('✗')
  const reason = error ? ['', ...formatError(error, theme)] : []
  if (event.recorded === false) return [...reason, `${bad} ${theme.strong(event.release)} was not deployed; nothing was changed  ${time}`]
  const what = `${bad} ${theme.strong(`${event.release} revision ${event.revision}`)}`
  const last = event.lastGoodRevision
  if (event.abandoned)
    return [
      ...reason,
      `${what} was given up, and not cleaned up after  ${time}.  The next run of this release does that: converge, or converge dismiss`,
    ]
  if (event.restoredRevision !== undefined)
    return [...reason, `${what} failed  ${time}.  Revision ${last} was brought back, as revision ${event.restoredRevision}`]
  const back = last === undefined ? '' : `  Last good revision: ${last}.  To go back to it: converge rollback ${last}`
  return [...reason, `${what} failed  ${time}.${back}`]
}
