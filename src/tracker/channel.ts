import type { DiagnosisEvent, KubeEventEvent, LogEvent, LogsSkippedEvent, StatusEvent, WarningEvent } from '../pipeline/events.ts'
import { keyOf, type ResourceRef } from '../resource.ts'

/** What the tracker tells: events of the run's union. */
export type TrackEvent = { at: number } & (StatusEvent | LogEvent | LogsSkippedEvent | KubeEventEvent | DiagnosisEvent | WarningEvent)

const mostLogLines = 20_000
const mostLogCharacters = 8 * 1024 * 1024
/** So many last lines of each container are dropped only when nothing else is left to drop: they say why it ended. */
const sparedLines = 20
const mostOthers = 5_000

/** Hands events from the tracker to one consumer, with a bound on what waits for it. */
export interface Channel extends AsyncIterable<TrackEvent> {
  /** A status that still waits is replaced by a newer one of the same resource; the oldest log lines beyond the bound are counted, not kept. */
  push(event: TrackEvent): void
  end(): void
}

/**
 * A bounded channel. At most 20,000 log lines or 8 Mi characters of them wait; beyond that the oldest are dropped, so that the last lines of
 * each container always come, and are said as `logs-skipped` in their place. Nothing is dropped unsaid.
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
  const sources = new Map<string, Source>()
  let lastSource: Source | undefined
  /** Sources of which lines were dropped. */
  const gaps = new Set<Source>()

  const add = (event: TrackEvent) => {
    queue.push(event)
    wake?.()
  }
  const sourceOf = ({ ref, pod, container }: LogEvent): Source => {
    if (lastSource?.pod === pod && lastSource.container === container) return lastSource
    const key = `${pod}/${container}`
    let source = sources.get(key)
    if (!source) {
      source = { ref, pod, container, waiting: 0, dropped: 0 }
      sources.set(key, source)
    }
    lastSource = source
    return source
  }
  const forget = (line: TrackEvent & LogEvent, source: Source) => {
    lines -= 1
    characters -= line.line.length
    source.waiting -= 1
  }
  const dropOldest = () => {
    oldest = Math.max(oldest, head)
    let spared = sparedLines
    let line: TrackEvent & LogEvent
    let source: Source
    for (;;) {
      while (oldest < queue.length && queue[oldest]?.type !== 'log') oldest += 1
      if (oldest >= queue.length) {
        oldest = head
        spared = 0
        continue
      }
      line = queue[oldest] as TrackEvent & LogEvent
      source = sourceOf(line)
      if (source.waiting > spared) break
      oldest += 1
    }
    queue[oldest] = undefined
    forget(line, source)
    source.dropped += 1
    gaps.add(source)
    // A consumer that stands still must not let holes pile up.
    if (oldest - head > mostLogLines) {
      queue = queue.slice(head).filter((event) => event !== undefined)
      head = 0
      oldest = 0
    }
  }
  const takeGap = (source: Source): TrackEvent => {
    const { ref, pod, container, dropped } = source
    source.dropped = 0
    gaps.delete(source)
    return { at: now(), type: 'logs-skipped', ref, pod, container, lines: dropped }
  }
  const pushLog = (event: TrackEvent & LogEvent) => {
    lines += 1
    characters += event.line.length
    sourceOf(event).waiting += 1
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
    if (!event) {
      // All that was left of these has been dropped.
      for (const source of gaps) return takeGap(source)
      return undefined
    }
    if (event.type === 'log') {
      const source = sourceOf(event)
      if (source.dropped > 0) return takeGap(source)
      forget(event, source)
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

/** A container whose lines pass through. */
interface Source {
  ref: ResourceRef
  pod: string
  container: string
  /** Lines of it that wait. */
  waiting: number
  /** Lines of it that were dropped since this was last said. */
  dropped: number
}
