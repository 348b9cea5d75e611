/** How far a container's log has been read, over several requests, so that no line comes twice and none is lost. */
export interface LogPosition {
  /** The time of the last line, as the kubelet wrote it. */
  time?: string
  /** How many lines have exactly this time. */
  lines: number
  note(time: string | undefined): void
  /** For a request that begins again at `time`: tells of each of its lines in order whether it has been read before. */
  resume(): (time: string | undefined) => boolean
}

export function startPosition(): LogPosition {
  return {
    lines: 0,
    note(time) {
      if (time === undefined) return
      if (time === this.time) this.lines += 1
      else {
        this.time = time
        this.lines = 1
      }
    },
    resume() {
      const { time: last, lines } = this
      if (last === undefined) return () => false
      let same = 0
      let passed = false
      return (time) => {
        if (passed || time === undefined) return false
        const order = compareTimes(time, last)
        if (order < 0) return true
        if (order === 0) return (same += 1) <= lines
        passed = true
        return false
      }
    },
  }
}

/** Orders two RFC 3339 times with fractions of any length. Negative where `a` is earlier. */
export function compareTimes(a: string, b: string): number {
  if (a === b) return 0
  const wholes = wholeSeconds(a) - wholeSeconds(b)
  if (wholes !== 0) return wholes
  const x = fraction(a)
  const y = fraction(b)
  const length = Math.max(x.length, y.length)
  const left = x.padEnd(length, '0')
  const right = y.padEnd(length, '0')
  return left < right ? -1 : left > right ? 1 : 0
}

function wholeSeconds(time: string): number {
  return Date.parse(time.replace(/\.\d+/, ''))
}

function fraction(time: string): string {
  return /\.(\d+)/.exec(time)?.[1] ?? ''
}
