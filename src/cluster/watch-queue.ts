import type { WatchEvent } from './cluster.ts'

export interface WatchQueue {
  push(event: WatchEvent): void
  end(): void
  fail(error: unknown): void
  events(): AsyncGenerator<WatchEvent>
}

/**
 * Events between a watch and its consumer. Where an object changes again before its last event was taken, that event is replaced, in its place in the
 * order: the queue never holds more than one event of an object. `synced` keeps its place, too.
 */
export function watchQueue(): WatchQueue {
  const pending = new Map<string, WatchEvent>()
  let serial = 0
  let ended = false
  let failure: { error: unknown } | undefined
  let wake: (() => void) | undefined

  const notify = () => {
    wake?.()
    wake = undefined
  }

  return {
    push(event) {
      if ('object' in event) {
        const { uid, namespace, name } = event.object.metadata
        const key = uid ?? `${namespace ?? ''}/${name}`
        const before = pending.get(key)
        const first = before?.type === 'added' && event.type === 'modified'
        pending.set(key, first ? { type: 'added', object: event.object } : event)
      } else {
        pending.set(`#${serial++}`, event)
      }
      notify()
    },
    end() {
      ended = true
      notify()
    },
    fail(error) {
      failure = { error }
      notify()
    },
    async *events() {
      for (;;) {
        for (const [key, event] of pending) {
          pending.delete(key)
          yield event
        }
        if (failure) throw failure.error
        if (ended && pending.size === 0) return
        if (pending.size === 0) await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}
