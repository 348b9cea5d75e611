/** Lets at most `slots` tasks run at once, and where `perSecond` is set starts no more than that many a second (with a burst of as many). */
export function limiter(slots: number, perSecond = 0): <T>(task: () => Promise<T>, signal?: AbortSignal) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  let nextStart = 0

  async function enter(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    if (running < slots) {
      running++
      return
    }
    await new Promise<void>((resolve, reject) => {
      const turn = () => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      const leave = () => {
        waiting.splice(waiting.indexOf(turn), 1)
        reject(signal!.reason)
      }
      signal?.addEventListener('abort', leave, { once: true })
      waiting.push(turn)
    })
  }

  function exit(): void {
    const next = waiting.shift()
    // The slot is handed over as it is, so that nobody who comes in between takes it.
    if (next) next()
    else running--
  }

  async function pace(signal?: AbortSignal): Promise<void> {
    if (perSecond <= 0) return
    const now = Date.now()
    nextStart = Math.max(nextStart, now - 1000) + 1000 / perSecond
    if (nextStart <= now) return
    const { pause } = await import('./retry.ts')
    await pause(nextStart - now, signal)
  }

  return async (task, signal) => {
    await enter(signal)
    try {
      await pace(signal)
      return await task()
    } finally {
      exit()
    }
  }
}
