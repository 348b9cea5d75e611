const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const fields: [name: string, least: number, most: number, names?: string[]][] = [
  ['minute', 0, 59],
  ['hour', 0, 23],
  ['day of the month', 1, 31],
  ['month', 1, 12, months],
  ['day of the week', 0, 6, days],
]

/** What is wrong with the schedule of a CronJob, or undefined (github.com/robfig/cron v3, which Kubernetes reads it with). */
export function scheduleProblem(text: string): string | undefined {
  const schedule = text.trim().replace(/^(CRON_)?TZ=\S+\s+/, '')
  if (schedule.startsWith('@'))
    return /^@(yearly|annually|monthly|weekly|daily|midnight|hourly|every \S+)$/.test(schedule) ? undefined : 'it is not known'
  const parts = schedule.split(/\s+/).filter((part) => part !== '')
  if (parts.length !== 5) return `it has ${parts.length} fields instead of 5`
  for (const [index, part] of parts.entries()) {
    const [name, least, most, names = []] = fields[index]!
    const bad = part.split(',').find((range) => !isRange(range, least, most, names))
    if (bad !== undefined) return `${JSON.stringify(bad)} is no ${name} from ${least} to ${most}`
  }
  return undefined
}

function isRange(text: string, least: number, most: number, names: readonly string[]): boolean {
  const [range = '', step, ...rest] = text.split('/')
  if (rest.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) return false
  if (range === '*' || range === '?') return true
  const ends = range.split('-').map((end) => {
    const named = names.indexOf(end.toLowerCase())
    return named >= 0 ? named + (names.length === 12 ? 1 : 0) : /^\d+$/.test(end) ? Number(end) : Number.NaN
  })
  if (ends.length > 2 || ends.some((end) => !(end >= least && end <= most))) return false
  return ends.length === 1 || ends[0]! <= ends[1]!
}
