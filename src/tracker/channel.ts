import type { DiagnosisEvent, KubeEventEvent, LogEvent, LogsSkippedEvent, StatusEvent, WarningEvent } from '../pipeline/events.ts'
import { keyOf } from '../resource.ts'

/** What the tracker tells: events of the run's union. */
export type TrackEvent = { at: number } & (StatusEvent | LogEvent | LogsSkippedEvent | KubeEventEvent | DiagnosisEvent | WarningEvent)

const mostLogLines = 20_000
const mostLogCharacters = 8 * 1024 * 1024
const mostOthers = 5_000

/** Hands events from the tracker to one consumer, with a bound on what waits for it. */
export interface Channel extends AsyncIterable<TrackEvent> {
  /** A status that still waits is replaced by a newer one of the same resource; log lines beyond the bound are counted, not kept. */
  push(event: TrackEvent): void
  end(): void
}

/**
 * A bounded channel. At most 20,000 log lines or 8 Mi characters of them wait; what is beyond is said as `logs-skipped` as soon as there
 * is room again, before the next line of the same container.
 */
export function createChannel(now: () => number): Channel {
  let queue: TrackEvent[] = []
  let head = 0
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
  const pushLog = (event: TrackEvent & LogEvent) => {
    const stream = `${event.pod}/${event.container}`
    const gap = skipped.get(stream)
    if (lines >= mostLogLines || characters >= mostLogCharacters) {
      if (gap) gap.lines += 1
      else skipped.set(stream, { at: now(), type: 'logs-skipped', ref: event.ref, pod: event.pod, container: event.container, lines: 1 })
      return
    }
    if (gap) {
      skipped.delete(stream)
      add(gap)
    }
    lines += 1
    characters += event.line.length
    add(event)
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
    const event = queue[head]
    if (!event) return undefined
    head += 1
    if (head > 1024 && head * 2 > queue.length) {
      queue = queue.slice(head)
      head = 0
    }
    if (event.type === 'log') {
      lines -= 1
      characters -= event.line.length
    } else if (event.type === 'status') waiting.delete(keyOf(event.status.ref))
    else others -= 1
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
      if (ended) return
      for (const gap of skipped.values()) add(gap)
      skipped.clear()
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
