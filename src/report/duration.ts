/** A duration for people: `0.3s`, `4.2s`, `24s`, `3m05s`, `1h02m`; at the least `0.1s`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 9.95) return `${Math.max(0.1, seconds).toFixed(1)}s`
  if (seconds < 59.5) return `${Math.round(seconds)}s`
  const whole = Math.round(seconds)
  const pad = (n: number) => String(n).padStart(2, '0')
  if (whole < 3600) return `${Math.floor(whole / 60)}m${pad(whole % 60)}s`
  return `${Math.floor(whole / 3600)}h${pad(Math.floor(whole / 60) % 60)}m`
}

/** A whole-second age for tables: `3s`, `2m10s`. */
export function formatAge(ms: number): string {
  return ms < 59_500 ? `${Math.round(Math.max(0, ms) / 1000)}s` : formatDuration(ms)
}
