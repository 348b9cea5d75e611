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

type Source = Pick<LogEvent, 'ref' | 'pod' | 'container'>

/** The last source and its text: most lines come from where the line before came from. */
let last: (Source & { theme: Theme; text: string }) | undefined

function formatSource({ ref, pod, container }: Source, theme: Theme): string {
  if (last && last.pod === pod && last.container === container && last.ref === ref && last.theme === theme) return last.text
  const name = ref.kind === 'Pod' ? displayName(ref) : `${displayName(ref)} ${shortName(pod, ref.name)}`
  const text = theme.stream(`${pod}/${container}`, `${name} ${container}`)
  last = { ref, pod, container, theme, text }
  return text
}
