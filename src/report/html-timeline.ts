import type { Event } from '../pipeline/events.ts'
import { displayName, keyOf } from '../resource.ts'
import { formatDuration } from './duration.ts'
import { oneLine } from './plain-text.ts'

/** What a resource or a hook was for a while. */
export interface Span {
  from: number
  to?: number
  state: string
  title: string
}

/** Something that happened at one moment. */
export interface Mark {
  at: number
  kind: 'log' | 'event' | 'warning' | 'restart' | 'failure'
  title: string
}

export interface TimelineRow {
  name: string
  spans: Span[]
  marks: Mark[]
}

/** Rows for every resource and hook, from the events of a run as they come. */
export interface Timeline {
  rows: Map<string, TimelineRow>
  see(event: Event): void
}

/** Beyond so many marks a row is a smear. */
const mostMarks = 200

export function createTimeline(): Timeline {
  const rows = new Map<string, TimelineRow>()
  const restarts = new Map<string, number>()
  const logged = new Set<string>()

  function rowOf(key: string, name: string): TimelineRow {
    let row = rows.get(key)
    if (!row) {
      row = { name, spans: [], marks: [] }
      rows.set(key, row)
    }
    return row
  }

  function mark(row: TimelineRow | undefined, at: number, kind: Mark['kind'], title: string): void {
    if (row && row.marks.length < mostMarks) row.marks.push({ at, kind, title: oneLine(title) })
  }

  function begin(row: TimelineRow, at: number, state: string, title: string): void {
    const last = row.spans.at(-1)
    if (last?.state === state && last.to === undefined) {
      if (state === 'progressing') last.title = title
      return
    }
    if (last) last.to ??= at
    row.spans.push({ from: at, state, title })
  }

  return {
    rows,
    see(event) {
      switch (event.type) {
        case 'hook': {
          // Deleted before a new one is made, or after its run: the row is that of the run.
          if (event.state === 'deleted') return
          const row = rowOf(`hook ${event.event} ${keyOf(event.ref)}`, `${displayName(event.ref)} (${event.event})`)
          const last = row.spans.at(-1)
          if (event.state === 'started') begin(row, event.at, 'hook', event.event)
          else if (last) {
            last.to = event.at
            last.title = event.state
            if (event.state === 'failed') last.state = 'failed'
          }
          return
        }
        case 'status': {
          const { status } = event
          const key = keyOf(status.ref)
          const row = rowOf(key, displayName(status.ref))
          begin(row, event.at, status.state, status.waitingFor ? `${status.reason}, waits for ${status.waitingFor}` : status.reason)
          const more = status.restarts - (restarts.get(key) ?? 0)
          if (more > 0) mark(row, event.at, 'restart', more === 1 ? 'a container was restarted' : `${more} restarts`)
          restarts.set(key, status.restarts)
          return
        }
        case 'log': {
          const source = `${event.pod} ${event.container}`
          if (logged.has(source)) return
          logged.add(source)
          mark(rows.get(keyOf(event.ref)), event.at, 'log', `first line of ${source}`)
          return
        }
        case 'kube-event':
          mark(
            rows.get(keyOf(event.ref)),
            event.at,
            event.warning ? 'warning' : 'event',
            `${event.object} ${event.reason}: ${event.message}`,
          )
          return
        case 'diagnosis':
          mark(rows.get(keyOf(event.diagnosis.ref)), event.at, 'failure', event.diagnosis.summary)
          return
      }
    },
  }
}

/** `ready` and what led there, as one sentence for a reader that shows no pictures. */
export function describeRow(row: TimelineRow, from: number, to: number): string {
  return row.spans
    .map((span) => `${span.state} from ${formatDuration(span.from - from)} for ${formatDuration((span.to ?? to) - span.from)}`)
    .join(', ')
}
