import type { LogEvent, LogsSkippedEvent } from '../pipeline/events.ts'
import { displayName } from '../resource.ts'
import { shortName } from './short-name.ts'
import type { Theme } from './theme.ts'

/** `Deployment/shop-web abcde web | listening on :8080`, with the line's time in front where asked for. */
export function formatLog(event: LogEvent, theme: Theme, timestamps: boolean): string {
  const time = timestamps && event.time ? `${theme.dim(event.time)} ` : ''
  return `${time}${formatSource(event, theme)} | ${event.line}`
}

export function formatSkipped(event: LogsSkippedEvent, theme: Theme): string {
  return `${formatSource(event, theme)} | ${theme.dim(`${event.lines.toLocaleString('en')} lines skipped`)}`
}

function formatSource({ ref, pod, container }: Pick<LogEvent, 'ref' | 'pod' | 'container'>, theme: Theme): string {
  const name = ref.kind === 'Pod' ? displayName(ref) : `${displayName(ref)} ${shortName(pod, ref.name)}`
  return theme.stream(`${pod}/${container}`, `${name} ${container}`)
}
