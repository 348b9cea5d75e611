import type { Event } from './events.ts'
import type { EventBody } from './run.ts'

/** The events between a run and its consumer. */
export interface EventStream {
  /** Tells an event, which becomes the consumer's. */
  emit: (event: EventBody) => Promise<void>
  events: AsyncIterable<Event>
  end: () => void
}

/** More events than this wait for a consumer only while the producer waits too. */
const highWater = 256

/** What `emit` gives where nobody needs to wait: the same promise always, so that a flood of events can do without awaiting it. */
export const accepted: Promise<void> = Promise.resolve()

/** A queue with back-pressure: `emit` resolves at once while the consumer keeps up, and when it has caught up otherwise. One consumer. */
export function createEventStream(now: () => number): EventStream {
  const queue: Event[] = []
  let ended = false
  let abandoned = false
  let wakeConsumer: (() => void) | undefined
  let wakeProducers: (() => void)[] = []

  const release = () => {
    const waiting = wakeProducers
    wakeProducers = []
    for (const wake of waiting) wake()
  }

  return {
    emit(event) {
      if (abandoned || ended) return accepted
      queue.push(Object.assign(event, { at: now() }) as Event)
      wakeConsumer?.()
      if (queue.length < highWater) return accepted
      return new Promise((resolve) => wakeProducers.push(resolve))
    },
    end() {
      ended = true
      wakeConsumer?.()
    },
    events: {
      async *[Symbol.asyncIterator]() {
        try {
          for (;;) {
            const event = queue.shift()
            if (event) {
              if (queue.length < highWater / 2) release()
              yield event
            } else if (ended) {
              return
            } else {
              await new Promise<void>((resolve) => {
                wakeConsumer = resolve
              })
              wakeConsumer = undefined
            }
          }
        } finally {
          abandoned = true
          release()
        }
      },
    },
  }
}
