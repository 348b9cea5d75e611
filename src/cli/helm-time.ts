/** A stored time as `helm list` prints it: `2024-01-02 03:04:05.678 +0000 UTC`; Go leaves out trailing zeros of the fraction. */
export function helmTime(rfc3339: string): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(rfc3339)
  if (!match) return rfc3339
  const fraction = (match[3] ?? '').replace(/\.?0+$/, '')
  const zone = match[4] === 'Z' ? '+0000 UTC' : `${match[4]!.replace(':', '')} ${match[4]!.replace(':', '')}`
  return `${match[1]} ${match[2]}${fraction} ${zone}`
}

/** A stored time in C's layout, as `helm history` and `helm status` print it: `Tue Jan  2 03:04:05 2024`. */
export function ansiTime(rfc3339: string): string {
  const date = new Date(rfc3339)
  if (Number.isNaN(date.getTime())) return rfc3339
  const [weekday, month, day, year] = date.toDateString().split(' ') as [string, string, string, string]
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${date.toTimeString().slice(0, 8)} ${year}`
}
