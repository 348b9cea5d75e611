/** How far a log was read: where to ask from again, and the times of all lines from there on, since the server only knows whole seconds. */
export interface LogPosition {
  /** The newest second that was read, `2026-01-02T03:04:05` in UTC; `` before the first line. */
  second: string
  /** The second before it: the two streams of a container are written side by side, so a line may come after one that is stamped later. */
  from: string
  /** Nanoseconds of the lines of each second from `from` on. Numbers, since a piece of a string keeps the whole of it in memory. */
  stamps: Map<string, number[]>
  /** Lines before it were asked to be left out. */
  since: string
  begun: boolean
}

/** The position before the first line. `sinceTime` is RFC 3339 with fractions. */
export function logPosition(sinceTime: string | undefined): LogPosition {
  const since = sinceTime ? normalise(sinceTime) : ''
  return { second: since.slice(0, 19), from: since.slice(0, 19), stamps: new Map(), since, begun: false }
}

/** Takes note of a line that is handed on. */
export function advance(position: LogPosition, time: string | undefined): void {
  position.begun = true
  if (time === undefined) return
  const { stamps } = position
  // Most lines are of the second of the line before.
  const second = position.second !== '' && time.endsWith('Z') && time.startsWith(position.second) ? position.second : secondOf(time)
  if (second > position.second) {
    position.second = second
    const from = new Date(Date.parse(`${second}Z`) - 1000).toISOString().slice(0, 19)
    if (from > position.from) position.from = from
    for (const old of stamps.keys()) if (old < position.from) stamps.delete(old)
  }
  if (second < position.from) return
  const known = stamps.get(second)
  if (known) known.push(nanosecondsOf(time))
  else stamps.set(second, [nanosecondsOf(time)])
}

/**
 * Tells which lines of the next stream were handed on already. The stream repeats what is of the second `from` or later; a line is a repetition when
 * its time was seen and not yet repeated as often as it was seen.
 */
export function replayFilter(position: LogPosition): (time: string | undefined) => boolean {
  const seen = new Map([...position.stamps].map(([second, stamps]) => [second, counted(stamps)]))
  const { since } = position
  return (time) => {
    if (time === undefined) return false
    if (seen.size > 0 && takeOne(seen, secondOf(time), time)) return true
    return since !== '' && normalise(time) < since
  }
}

function counted(stamps: number[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const stamp of stamps) counts.set(stamp, (counts.get(stamp) ?? 0) + 1)
  return counts
}

function takeOne(seen: Map<string, Map<number, number>>, second: string, time: string): boolean {
  const counts = seen.get(second)
  if (!counts) return false
  const stamp = nanosecondsOf(time)
  const count = counts.get(stamp)
  if (!count) return false
  if (count > 1) counts.set(stamp, count - 1)
  else counts.delete(stamp)
  if (counts.size === 0) seen.delete(second)
  return true
}

/** The whole second of an RFC 3339 time, in UTC. */
export function secondOf(time: string): string {
  return time.endsWith('Z') ? time.slice(0, 19) : normalise(time).slice(0, 19)
}

function nanosecondsOf(time: string): number {
  // The usual form of kubelets: nine digits and Z.
  if (time.length === 30 && time.charCodeAt(29) === 90) {
    let value = 0
    for (let at = 20; at < 29; at++) value = value * 10 + time.charCodeAt(at) - 48
    return value
  }
  return Number(normalise(time).slice(20)) || 0
}

/** UTC with nine digits of fraction and no zone, so that times compare as strings. */
export function normalise(time: string): string {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?$/.exec(time)
  if (!match) return time
  const [, base = '', fraction = '', zone = 'Z'] = match
  const utc = zone === 'Z' ? base : new Date(`${base}${zone}`).toISOString().slice(0, 19)
  return `${utc}.${fraction.slice(0, 9).padEnd(9, '0')}`
}
