/** All timers of one sandbox, so that stopping it leaves none behind. `speed` 2 makes everything happen twice as fast. */
export interface Clock {
  /** Calls `action` after `seconds`, unless the returned function is called before. */
  after(seconds: number, action: () => void): () => void
  now(): Date
  stop(): void
  readonly stopped: boolean
}

export function createClock(speed = 1): Clock {
  const timers = new Set<NodeJS.Timeout>()
  let stopped = false
  return {
    after(seconds, action) {
      if (stopped) return () => {}
      // setTimeout fires at once above 2^31 - 1 ms.
      const delay = Math.min(Math.max(0, (seconds * 1000) / speed), 2 ** 31 - 1)
      const timer = setTimeout(() => {
        timers.delete(timer)
        if (!stopped) action()
      }, delay)
      timers.add(timer)
      return () => {
        clearTimeout(timer)
        timers.delete(timer)
      }
    },
    now: () => new Date(),
    stop() {
      stopped = true
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
    },
    get stopped() {
      return stopped
    },
  }
}
