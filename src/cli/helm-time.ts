const zeroTime = /^0001-01-01T00:00:00Z?/

/** Whether a stored time says nothing: missing, empty as Helm 3 writes it, or Go's zero time. */
export function isNoTime(rfc3339: string | undefined): boolean {
  return !rfc3339 || zeroTime.test(rfc3339)
}

/** A stored time as `helm list` prints it: `2024-01-02 03:04:05.678 +0000 UTC`; Go leaves out trailing zeros of the fraction. */
export function helmTime(rfc3339: string): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(rfc3339)
  if (!match) return rfc3339
  const fraction = (match[3] ?? '').replace(/\.?0+$/, '')
  const offset = match[4]!.replace(':', '')
  const zone = offset === 'Z' ? '+0000 UTC' : `${offset} ${offset}`
  return `${match[1]} ${match[2]}${fraction} ${zone}`
}

/** A stored time in C's layout and the zone it was stored in, as `helm history` and `helm status` print it: `Tue Jan  2 03:04:05 2024`. */
export function ansiTime(rfc3339: string): string {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)/.exec(rfc3339)
  if (!match) return rfc3339
  const [, year, month, day, clock] = match
  const [weekday, , monthName] = new Date(`${year}-${month}-${day}T00:00:00Z`)
    .toUTCString()
    .replace(',', '')
    .split(' ')
    .toSpliced(1, 1, '') as string[]
  return `${weekday} ${monthName} ${String(Number(day)).padStart(2)} ${clock} ${year}`
}

/** A stored time without its fraction, as `helm get metadata` prints it. */
export function wholeSeconds(rfc3339: string): string {
  return rfc3339.replace(/\.\d+/, '')
}
