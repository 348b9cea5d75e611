const unitMs: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/**
 * Reads a duration as Go's `time.ParseDuration` does (`1h30m`, `300ms`, `0`): gives milliseconds, or undefined where the text is none.
 */
export function parseDuration(text: string): number | undefined {
  const match = /^([+-]?)(.*)$/s.exec(text)!
  const body = match[2]!
  if (body === '0') return 0
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(body)) return undefined
  let total = 0
  for (const [, amount, unit] of body.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) total += Number(amount) * unitMs[unit!]!
  return match[1] === '-' ? -total : total
}

/** A length of time for people: `0.8s`, `12s`, `4m`, `4m10s`, `2h5m`. Takes milliseconds. */
export function formatDuration(ms: number): string {
  if (ms < 9_950) return `${Number((Math.max(0, ms) / 1000).toFixed(1))}s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return seconds % 60 ? `${minutes}m${seconds % 60}s` : `${minutes}m`
  return minutes % 60 ? `${Math.floor(minutes / 60)}h${minutes % 60}m` : `${Math.floor(minutes / 60)}h`
}
