import type { Problem } from '../lifecycle.ts'

export type Path = readonly (string | number)[]
export type Mapping = Record<string, any>

/** What rules say things to. */
export interface Judgement {
  problems: Problem[]
  /** Whether the object is written as a whole: fields that it lacks may be another manager's otherwise. */
  whole: boolean
}

export function say({ problems }: Judgement, path: Path, message: string, hint?: string): void {
  problems.push({ path, message, ...(hint ? { hint } : {}) })
}

/** Says that a field is missing, where nobody else could have it. */
export function lack(judgement: Judgement, path: Path, message: string): void {
  if (judgement.whole) say(judgement, path, message)
}

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A mapping, or an empty one for everything else: types are not for rules to judge. */
export function mappingOf(value: unknown): Mapping {
  return isMapping(value) ? value : {}
}

/** The mappings of a list with their indexes. */
export function mappingsOf(value: unknown): [number, Mapping][] {
  return Array.isArray(value) ? [...value.entries()].filter((entry): entry is [number, Mapping] => isMapping(entry[1])) : []
}

/** Says what is in a list twice, by the key that `keyOf` gives. */
export function checkUnique(
  judgement: Judgement,
  items: [number, Mapping][],
  path: Path,
  keyOf: (item: Mapping) => string | undefined,
  what: string,
): void {
  const seen = new Set<string>()
  for (const [index, item] of items) {
    const key = keyOf(item)
    if (key === undefined) continue
    if (seen.has(key)) say(judgement, [...path, index], `has ${what} ${key} twice`)
    seen.add(key)
  }
}

/** Says that a number is out of its range; what is no whole number is for the schema to judge. */
export function checkRange(judgement: Judgement, value: unknown, path: Path, least: number, most = Number.POSITIVE_INFINITY): void {
  if (typeof value !== 'number' || !Number.isInteger(value) || (value >= least && value <= most)) return
  const bounds = most === Number.POSITIVE_INFINITY ? `at least ${least}` : `from ${least} to ${most}`
  say(judgement, path, `has ${value} as ${textOf(path)}, which must be ${bounds}`)
}

/** `spec.containers[0].image` */
export function textOf(path: Path): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('')
}

export const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
export const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/

/** IANA's service name, which a port of a container has. */
export function isPortName(name: string): boolean {
  return name.length <= 15 && /^[a-z0-9-]+$/.test(name) && /[a-z]/.test(name) && !/--|^-|-$/.test(name)
}

/** A port by number or by name. */
export function checkPortRef(judgement: Judgement, port: unknown, path: Path): void {
  checkRange(judgement, port, path, 1, 65535)
  if (typeof port === 'string' && !isPortName(port))
    say(judgement, path, `has ${JSON.stringify(port)} as ${textOf(path)}, which is no name of a port`, portNameHint)
}

export const portNameHint = 'at most 15 of a-z, 0-9 and single hyphens, with a letter in it'

/** Values of labels in selectors and templates. */
export function checkLabels(judgement: Judgement, labels: unknown, path: Path): void {
  for (const [key, value] of Object.entries(mappingOf(labels))) {
    if (typeof value !== 'string' || labelValue.test(value)) continue
    say(
      judgement,
      [...path, key],
      `has ${JSON.stringify(value)} as the label ${key} in ${textOf(path)}`,
      'at most 63 letters, digits, ".", "-" and "_", and a letter or digit at both ends',
    )
  }
}
