/** One line that a container wrote. */
export interface LogLine {
  /** RFC 3339 with nanoseconds. */
  time: string
  at: number
  text: string
}

/** What one run of a container wrote; bounded as a kubelet bounds it by rotation. */
export interface LogBuffer {
  lines: LogLine[]
  /** Lines that rotation dropped from the front. */
  dropped: number
  closed: boolean
  write(text: string): void
  close(): void
  /** Calls `listener` on every further line, and at the end with undefined. */
  follow(listener: (line: LogLine | undefined) => void): () => void
}

const BYTES = 10 * 1024 * 1024

function createLogBuffer(): LogBuffer {
  const listeners = new Set<(line: LogLine | undefined) => void>()
  let size = 0
  let last = 0
  const buffer: LogBuffer = {
    lines: [],
    dropped: 0,
    closed: false,
    write(text) {
      if (buffer.closed) return
      const at = Date.now()
      // Lines of one millisecond keep their order in the nanoseconds.
      const nano = Math.max(at * 1e6, last + 1)
      last = nano
      const line = { time: nanoTime(at, nano - at * 1e6), at, text }
      buffer.lines.push(line)
      size += text.length + 40
      if (size > BYTES) {
        const gone = Math.ceil(buffer.lines.length / 2)
        for (const old of buffer.lines.splice(0, gone)) size -= old.text.length + 40
        buffer.dropped += gone
      }
      for (const listener of listeners) listener(line)
    },
    close() {
      if (buffer.closed) return
      buffer.closed = true
      for (const listener of [...listeners]) listener(undefined)
      listeners.clear()
    },
    follow(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return buffer
}

function nanoTime(at: number, nanos: number): string {
  const iso = new Date(at).toISOString()
  const milli = iso.slice(20, 23)
  return `${iso.slice(0, 19)}.${milli}${String(Math.min(999_999, Math.max(0, Math.floor(nanos)))).padStart(6, '0')}Z`
}

/** The logs of all containers: of each the current run and the one before. */
export interface PodLogs {
  /** Starts the log of a new run. */
  open(podUid: string, container: string): LogBuffer
  current(podUid: string, container: string): LogBuffer | undefined
  previous(podUid: string, container: string): LogBuffer | undefined
  forget(podUid: string): void
  closeAll(): void
}

export function createPodLogs(): PodLogs {
  const pods = new Map<string, Map<string, LogBuffer[]>>()
  return {
    open(podUid, container) {
      let containers = pods.get(podUid)
      if (!containers) pods.set(podUid, (containers = new Map()))
      const runs = containers.get(container) ?? []
      runs.at(-1)?.close()
      const buffer = createLogBuffer()
      containers.set(container, [...runs.slice(-1), buffer])
      return buffer
    },
    current: (podUid, container) => pods.get(podUid)?.get(container)?.at(-1),
    previous(podUid, container) {
      const runs = pods.get(podUid)?.get(container)
      return runs && runs.length > 1 ? runs[0] : undefined
    },
    forget(podUid) {
      for (const runs of pods.get(podUid)?.values() ?? []) for (const run of runs) run.close()
      pods.delete(podUid)
    },
    closeAll() {
      for (const containers of pods.values()) for (const runs of containers.values()) for (const run of runs) run.close()
    },
  }
}
