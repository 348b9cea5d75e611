/** How far a log was read: where to ask from again, and the timestamps of all lines from there on, since the server only knows whole seconds. */
export interface LogPosition {
  /** The newest second that was read, `2026-01-02T03:04:05` in UTC; `` before the first line. */
  second: string
  /** The second before it: the two streams of a container are written side by side, so a line may come after one that is stamped later. */
  from: string
  /** Timestamps of the lines of `from` and after, as they came. */
  stamps: string[]
  /** Lines before it were asked to be left out. */
  since: string
  begun: boolean
}

/** The position before the first line. `sinceTime` is RFC 3339 with fractions. */
export function logPosition(sinceTime: string | undefined): LogPosition {
  const since = sinceTime ? normalise(sinceTime) : ''
  return { second: since.slice(0, 19), from: since.slice(0, 19), stamps: [], since, begun: false }
}

/** Takes note of a line that is handed on. */
export function advance(position: LogPosition, time: string | undefined): void {
  position.begun = true
  if (time === undefined) return
  const second = secondOf(time)
  if (second > position.second) {
    position.second = second
    const from = new Date(Date.parse(`${second}Z`) - 1000).toISOString().slice(0, 19)
    if (from > position.from) position.from = from
    position.stamps = position.stamps.filter((stamp) => secondOf(stamp) >= position.from)
  }
  if (second >= position.from) position.stamps.push(time)
}

/**
 * Tells which lines of the next stream were handed on already. The stream repeats what is of the second `from` or later; a line is a
 * repetition when its timestamp was seen and not yet repeated as often as it was seen.
 */
export function replayFilter(position: LogPosition): (time: string | undefined) => boolean {
  const seen = new Map<string, number>()
  for (const stamp of position.stamps) seen.set(stamp, (seen.get(stamp) ?? 0) + 1)
  const { since } = position
  return (time) => {
    if (time === undefined) return false
    const count = seen.size > 0 ? seen.get(time) : undefined
    if (count) {
      if (count === 1) seen.delete(time)
      else seen.set(time, count - 1)
      return true
    }
    return since !== '' && normalise(time) < since
  }
}

/** The whole second of an RFC 3339 time, in UTC. */
export function secondOf(time: string): string {
  return time.endsWith('Z') ? time.slice(0, 19) : normalise(time).slice(0, 19)
}

/** UTC with nine digits of fraction and no zone, so that times compare as strings. */
export function normalise(time: string): string {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?$/.exec(time)
  if (!match) return time
  const [, base = '', fraction = '', zone = 'Z'] = match
  const utc = zone === 'Z' ? base : new Date(`${base}${zone}`).toISOString().slice(0, 19)
  return `${utc}.${fraction.slice(0, 9).padEnd(9, '0')}`
}
