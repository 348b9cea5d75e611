import { isDigits } from '../number.ts'
import { quote } from '../quote.ts'
import { failure } from './failure.ts'
import { compareVersions, parseVersion, type Version, versionParts } from './version.ts'

/** Version constraints of Masterminds/semver 3.5.0: `>=1.2 <2 || ^3.1`, `~1.2`, `1.x`, `1.2 - 1.4`, `!=1.3`. */
export interface Constraints {
  /** One of the groups has to hold; all conditions of a group have to. */
  groups: Group[]
}

interface Group {
  conditions: Condition[]
  /** Prereleases pass only where one of the group's conditions names a prerelease. */
  prereleases: boolean
}

interface Condition {
  operator: string
  version: Version
  /** Which numbers were left out or are x, X or `*`: any of them, the minor one, the patch. */
  dirty: boolean
  minorDirty: boolean
  patchDirty: boolean
}

const maximumLength = 512
const maximumGroups = 32
const operators = '=|!=|>=|=>|<=|=<|>|<|~>|~|\\^|'
const number = '[0-9|xX*]+'
const suffixes = '(?:-[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?'
const version = `v?${number}(?:\\.${number})?(?:\\.${number})?${suffixes}`
const space = '[\\t\\n\\f\\r ]'
const rangePattern = new RegExp(`${space}*(${version})${space}+-${space}+(${version})${space}*`, 'g')
const groupPattern = new RegExp(`^(?: ?(?:${operators}) ?(?:${version}) ?)(?:(?: |, ?)(?:${operators}) ?(?:${version}) ?)*$`)
const conditionPattern = new RegExp(`(?:${operators})${space}*(?:${version})`, 'g')
const partsPattern = new RegExp(
  `^(${operators})${space}*(v?(${number})(?:\\.(${number}))?(?:\\.(${number}))?(?:-([0-9A-Za-z.-]+))?(?:\\+.*)?)$`,
)

/** Reads constraints; errors have Masterminds' words. */
export function parseConstraints(text: string): Constraints {
  if (text.length > maximumLength) throw failure(`constraint string is too long (max ${maximumLength} bytes)`)
  const plain = plainCondition(text)
  if (plain) return { groups: [groupOf([plain])] }
  const groups = text.replace(rangePattern, '>= $1, <= $2 ').split('||')
  if (groups.length > maximumGroups) throw failure(`too many constraint groups (max ${maximumGroups})`)
  return { groups: groups.map(parseGroup) }
}

function parseGroup(text: string): Group {
  // Runs of white space are one space to the check, so that it cannot go back and forth over them.
  if (!groupPattern.test(text.replace(/[\t\n\f\r ]+/g, ' '))) throw failure(`improper constraint: ${quote(text)}`)
  return groupOf((text.match(conditionPattern) ?? [text]).map(parseCondition))
}

function groupOf(conditions: Condition[]): Group {
  return { conditions, prereleases: conditions.some((condition) => condition.version.prerelease !== '') }
}

function parseCondition(text: string): Condition {
  const [, operator, written, major, minor, patch, prerelease] = partsPattern.exec(text) ?? []
  if (major === undefined) throw failure(`improper constraint: ${quote(text)}`)
  return conditionOf(operator!, written!, major, minor, patch, prerelease)
}

/**
 * One condition as nearly all are, `>=1.23-0` or `2.x.x`, without the patterns above, which take 1 ms to be compiled. Undefined where it is of another
 * kind.
 */
function plainCondition(text: string): Condition | undefined {
  let end = 0
  while ('=!<>~^'.includes(text[end] ?? ' ')) end++
  const operator = text.slice(0, end)
  if (!Object.hasOwn(checks, operator)) return undefined
  const written = text.slice(text[end] === ' ' ? end + 1 : end)
  const parts = versionParts(written)
  if (!parts?.numbers.every((part) => isOpen(part) || isDigits(part)) || parts.metadata !== undefined) return undefined
  const [major, minor, patch] = parts.numbers
  return conditionOf(operator, written, major!, minor, patch, parts.prerelease)
}

/** Whether any number will do. */
function isOpen(part: string | undefined): boolean {
  return part === undefined || part === 'x' || part === 'X' || part === '*'
}

function conditionOf(operator: string, written: string, major: string, minor?: string, patch?: string, prerelease?: string): Condition {
  const majorDirty = isOpen(major)
  const minorDirty = !majorDirty && isOpen(minor)
  const patchDirty = !majorDirty && !minorDirty && isOpen(patch)
  const dirty = majorDirty || minorDirty || patchDirty
  const numbers = majorDirty ? '0.0.0' : minorDirty ? `${major}.0.0` : `${major}.${minor}.0`
  const bound = dirty ? numbers + (prerelease === undefined ? '' : `-${prerelease}`) : written
  return { operator, version: parseBound(bound), dirty, minorDirty, patchDirty }
}

function parseBound(text: string): Version {
  try {
    return parseVersion(text)
  } catch {
    throw failure('constraint parser error')
  }
}

/** Whether the version satisfies the constraints. */
export function satisfies(candidate: Version, constraints: Constraints): boolean {
  return constraints.groups.some(
    (group) =>
      (candidate.prerelease === '' || group.prereleases) &&
      group.conditions.every((condition) => checks[condition.operator]!(candidate, condition)),
  )
}

type Check = (candidate: Version, condition: Condition) => boolean

const differs: Check = (candidate, condition) => {
  const bound = condition.version
  if (condition.dirty) {
    if (bound.major !== candidate.major) return true
    if (condition.minorDirty) return false
    if (bound.minor !== candidate.minor) return true
    if (condition.patchDirty) {
      return (candidate.prerelease !== '' || bound.prerelease !== '') && candidate.prerelease !== bound.prerelease
    }
    if (bound.patch !== candidate.patch) return true
  }
  return compareVersions(candidate, bound) !== 0
}

const above: Check = (candidate, condition) => {
  const bound = condition.version
  if (!condition.dirty) return compareVersions(candidate, bound) > 0
  if (candidate.major !== bound.major) return candidate.major > bound.major
  if (condition.minorDirty) return false
  if (condition.patchDirty) return candidate.minor > bound.minor
  return compareVersions(candidate, bound) > 0
}

const notAbove: Check = (candidate, condition) => {
  const bound = condition.version
  if (!condition.dirty) return compareVersions(candidate, bound) <= 0
  return candidate.major <= bound.major && !(candidate.major === bound.major && candidate.minor > bound.minor && !condition.minorDirty)
}

const tilde: Check = (candidate, condition) => {
  const bound = condition.version
  if (compareVersions(candidate, bound) < 0) return false
  if (bound.major === 0n && bound.minor === 0n && bound.patch === 0n && !condition.minorDirty && !condition.patchDirty) return true
  return candidate.major === bound.major && (candidate.minor === bound.minor || condition.minorDirty)
}

const caret: Check = (candidate, condition) => {
  const bound = condition.version
  if (compareVersions(candidate, bound) < 0) return false
  if (bound.major > 0n || condition.minorDirty) return candidate.major === bound.major
  if (candidate.major > 0n) return false
  if (bound.minor > 0n || condition.patchDirty) return candidate.minor === bound.minor
  return candidate.minor === 0n && candidate.patch === bound.patch
}

const equals: Check = (candidate, condition) =>
  condition.dirty ? tilde(candidate, condition) : compareVersions(candidate, condition.version) === 0

const notBelow: Check = (candidate, condition) => compareVersions(candidate, condition.version) >= 0

const checks: Record<string, Check> = {
  '': equals,
  '=': equals,
  '!=': differs,
  '>': above,
  '<': (candidate, condition) => compareVersions(candidate, condition.version) < 0,
  '>=': notBelow,
  '=>': notBelow,
  '<=': notAbove,
  '=<': notAbove,
  '~': tilde,
  '~>': tilde,
  '^': caret,
}
