import type { DiagnosisEvent, KubeEventEvent, LogEvent, LogsSkippedEvent, StatusEvent, WarningEvent } from '../pipeline/events.ts'
import { keyOf } from '../resource.ts'

/** What the tracker tells: events of the run's union. */
export type TrackEvent = { at: number } & (StatusEvent | LogEvent | LogsSkippedEvent | KubeEventEvent | DiagnosisEvent | WarningEvent)

const mostLogLines = 20_000
const mostLogCharacters = 8 * 1024 * 1024
const mostOthers = 5_000

/** Hands events from the tracker to one consumer, with a bound on what waits for it. */
export interface Channel extends AsyncIterable<TrackEvent> {
  /** A status that still waits is replaced by a newer one of the same resource; the oldest log lines beyond the bound are counted, not kept. */
  push(event: TrackEvent): void
  end(): void
}

/**
 * A bounded channel. At most 20,000 log lines or 8 Mi characters of them wait; beyond that the oldest are dropped, so that the last lines
 * always come, and are said as `logs-skipped` in their place.
 */
export function createChannel(now: () => number): Channel {
  let queue: (TrackEvent | undefined)[] = []
  let head = 0
  /** Where the oldest log line that waits is looked for. */
  let oldest = 0
  let lines = 0
  let characters = 0
  let others = 0
  let ended = false
  let wake: (() => void) | undefined
  const waiting = new Map<string, TrackEvent & StatusEvent>()
  const skipped = new Map<string, TrackEvent & LogsSkippedEvent>()

  const add = (event: TrackEvent) => {
    queue.push(event)
    wake?.()
  }
  const forget = (line: TrackEvent & LogEvent) => {
    lines -= 1
    characters -= line.line.length
  }
  const dropOldest = () => {
    oldest = Math.max(oldest, head)
    while (queue[oldest]?.type !== 'log') oldest += 1
    const line = queue[oldest] as TrackEvent & LogEvent
    queue[oldest] = undefined
    forget(line)
    // A consumer that stands still must not let holes pile up.
    if (oldest - head > mostLogLines) {
      queue = queue.slice(head).filter((event) => event !== undefined)
      head = 0
      oldest = 0
    }
    const gap = skipped.get(streamOf(line))
    if (gap) gap.lines += 1
    else skipped.set(streamOf(line), { at: now(), type: 'logs-skipped', ref: line.ref, pod: line.pod, container: line.container, lines: 1 })
  }
  const pushLog = (event: TrackEvent & LogEvent) => {
    lines += 1
    characters += event.line.length
    add(event)
    while (lines > mostLogLines || (characters > mostLogCharacters && lines > 1)) dropOldest()
  }
  const pushStatus = (event: TrackEvent & StatusEvent) => {
    const key = keyOf(event.status.ref)
    const older = waiting.get(key)
    if (older) {
      older.at = event.at
      older.status = event.status
      return
    }
    waiting.set(key, event)
    add(event)
  }
  const take = (): TrackEvent | undefined => {
    while (head < queue.length && queue[head] === undefined) head += 1
    const event = queue[head]
    if (!event) return undefined
    if (event.type === 'log') {
      const stream = streamOf(event)
      const gap = skipped.get(stream)
      if (gap && skipped.delete(stream)) return gap
      forget(event)
    } else if (event.type === 'status') waiting.delete(keyOf(event.status.ref))
    else others -= 1
    queue[head] = undefined
    head += 1
    if (head > 4096 && head * 2 > queue.length) {
      queue = queue.slice(head)
      oldest = Math.max(0, oldest - head)
      head = 0
    }
    return event
  }

  return {
    push(event) {
      if (ended) return
      if (event.type === 'log') pushLog(event)
      else if (event.type === 'status') pushStatus(event)
      else if (others < mostOthers) {
        others += 1
        add(event)
      }
    },
    end() {
      ended = true
      wake?.()
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const event = take()
        if (event) yield event
        else if (ended) return
        else {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
          wake = undefined
        }
      }
    },
  }
}

function streamOf({ pod, container }: { pod: string; container: string }): string {
  return `${pod}/${container}`
}
