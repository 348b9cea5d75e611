import { toBytes } from '../bytes.ts'
import { isDigits } from '../number.ts'
import { GoObject, Int, type TemplateFunction, type Value } from '../value.ts'
import { failure } from './failure.ts'

const maximumLength = 256
const maximumNumber = 2n ** 64n - 1n

/** Masterminds' semver.Version, and a pointer to it: what `semver` gives to templates. Minor and patch may be left out. */
export class Version extends GoObject {
  readonly goType: string
  readonly kind: 'ptr' | 'struct'
  readonly major: bigint
  readonly minor: bigint
  readonly patch: bigint
  readonly prerelease: string
  readonly metadata: string
  readonly original: string

  constructor(numbers: readonly [bigint, bigint, bigint], prerelease: string, metadata: string, original: string, pointer = true) {
    super()
    this.goType = pointer ? '*semver.Version' : 'semver.Version'
    this.kind = pointer ? 'ptr' : 'struct'
    ;[this.major, this.minor, this.patch] = numbers
    this.prerelease = prerelease
    this.metadata = metadata
    this.original = original
  }

  override get isStringer(): boolean {
    return true
  }
  override copy(): Version {
    return new Version([0n, 0n, 0n], '', '', '', this.kind === 'ptr')
  }

  override goFields(): readonly (readonly [string, Value])[] {
    return [
      ['major', uint64(this.major)],
      ['minor', uint64(this.minor)],
      ['patch', uint64(this.patch)],
      ['pre', this.prerelease],
      ['metadata', this.metadata],
      ['original', this.original],
    ]
  }

  override hides(name: string): boolean {
    return this.goFields().some(([field]) => field === name)
  }

  override method(name: string): TemplateFunction | undefined {
    return versionMethod(this, name)
  }

  toGoString(): string {
    const numbers = `${this.major}.${this.minor}.${this.patch}`
    return numbers + (this.prerelease && `-${this.prerelease}`) + (this.metadata && `+${this.metadata}`)
  }

  toJsonValue(): Value {
    return this.toGoString()
  }
}

/** Reads a version as Masterminds/semver 3.5.0's `NewVersion` does; it bears with a leading v, missing numbers and leading zeros. */
export function parseVersion(text: string): Version {
  if (text.length > maximumLength) throw failure(`version string is too long (max ${maximumLength} bytes)`)
  const parts = versionParts(text)
  if (!parts?.numbers.every(isDigits)) throw failure('invalid semantic version')
  const [major, minor = '0', patch = '0'] = parts.numbers
  const numbers = [parseSegment(major!), parseSegment(minor), parseSegment(patch)] as const
  const { prerelease = '', metadata = '' } = parts
  for (const part of prerelease.split('.')) if (startsWithZero(part)) throw failure('version segment starts with 0')
  return new Version(numbers, prerelease, metadata, text)
}

/**
 * The parts of a version as they are written, `v1.2-rc.1+build` or, in constraints, `1.x`: up to three, of which nothing is known yet, and
 * well-formed identifiers. Undefined for other text. (A pattern would take longer to be compiled than the versions of a chart to be read.)
 */
export function versionParts(text: string): { numbers: string[]; prerelease?: string; metadata?: string } | undefined {
  const [version = '', metadata] = splitAt(text.startsWith('v') ? text.slice(1) : text, '+')
  const [main = '', prerelease] = splitAt(version, '-')
  const numbers = main.split('.')
  return numbers.length <= 3 && areIdentifiers(prerelease) && areIdentifiers(metadata) ? { numbers, prerelease, metadata } : undefined
}

function splitAt(text: string, mark: string): [string, string?] {
  const at = text.indexOf(mark)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

/** Whether letters, digits and dashes stand between the dots. */
function areIdentifiers(text: string | undefined): boolean {
  return text === undefined || text.split('.').every((part) => part !== '' && !/[^0-9A-Za-z-]/.test(part))
}

/** Whether a part of a prerelease is a number with a zero ahead. */
function startsWithZero(part: string): boolean {
  return part.length > 1 && part.startsWith('0') && isDigits(part)
}

function parseSegment(digits: string): bigint {
  const number = BigInt(digits)
  if (number > maximumNumber) {
    throw failure(`error parsing version segment: strconv.ParseUint: parsing "${digits}": value out of range`)
  }
  return number
}

/** Below zero, zero or above zero: the order of versions, in which metadata has no say and a prerelease comes before its release. */
export function compareVersions(one: Version, other: Version): number {
  return (
    compareNumbers(one.major, other.major) ||
    compareNumbers(one.minor, other.minor) ||
    compareNumbers(one.patch, other.patch) ||
    comparePrereleases(one.prerelease, other.prerelease)
  )
}

function compareNumbers(one: bigint, other: bigint): number {
  return one < other ? -1 : one > other ? 1 : 0
}

function comparePrereleases(one: string, other: string): number {
  if (one === other) return 0
  if (one === '') return 1
  if (other === '') return -1
  const left = one.split('.')
  const right = other.split('.')
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const order = comparePart(left[index] ?? '', right[index] ?? '')
    if (order !== 0) return order
  }
  return 0
}

/** Numbers by value and before words, words by their bytes, a missing part before any. */
function comparePart(one: string, other: string): number {
  if (one === other) return 0
  if (one === '') return -1
  if (other === '') return 1
  const left = numberOf(one)
  const right = numberOf(other)
  if (left === undefined && right === undefined) return one > other ? 1 : -1
  if (right === undefined) return -1
  if (left === undefined) return 1
  return left > right ? 1 : -1
}

function numberOf(part: string): bigint | undefined {
  if (!isDigits(part)) return undefined
  const number = BigInt(part)
  return number > maximumNumber ? undefined : number
}

const uint64 = (number: bigint): Int => new Int('uint64', number)

function versionMethod(version: Version, name: string): TemplateFunction | undefined {
  const getters: Record<string, () => Value> = {
    Major: () => uint64(version.major),
    Minor: () => uint64(version.minor),
    Patch: () => uint64(version.patch),
    Prerelease: () => version.prerelease,
    Metadata: () => version.metadata,
    String: () => version.toGoString(),
    MarshalText: () => toBytes(version.toGoString()),
    MarshalJSON: () => toBytes(JSON.stringify(version.toGoString())),
    Value: () => version.toGoString(),
    IncMajor: () => next(version, [increment(version.major, 'major'), 0n, 0n]),
    IncMinor: () => next(version, [version.major, increment(version.minor, 'minor'), 0n]),
    IncPatch: () =>
      next(version, [version.major, version.minor, version.prerelease === '' ? increment(version.patch, 'patch') : version.patch]),
  }
  if (Object.hasOwn(getters, name)) return { params: [], call: getters[name]! }
  if (name === 'SetPrerelease' || name === 'SetMetadata') return { params: ['string'], call: ([text]) => changed(version, name, text) }
  // The other methods are those of a pointer, and what a method gives has no address.
  if (version.kind !== 'ptr') return undefined
  if (name === 'Original') return { params: [], call: () => version.original }
  const comparisons: Record<string, (order: number) => Value> = {
    Compare: (order) => new Int('int', BigInt(order)),
    Equal: (order) => order === 0,
    LessThan: (order) => order < 0,
    LessThanEqual: (order) => order <= 0,
    GreaterThan: (order) => order > 0,
    GreaterThanEqual: (order) => order >= 0,
  }
  const comparison = Object.hasOwn(comparisons, name) ? comparisons[name] : undefined
  if (comparison) {
    return {
      params: ['*semver.Version'],
      call: ([other]: [Version | null]) => {
        if (other) return comparison(compareVersions(version, other))
        if (name === 'Equal') return false
        throw failure('runtime error: invalid memory address or nil pointer dereference')
      },
    }
  }
  return undefined
}

function increment(number: bigint, segment: string): bigint {
  if (number === maximumNumber) throw failure(`${segment} version increment would overflow uint64`)
  return number + 1n
}

function next(version: Version, numbers: [bigint, bigint, bigint], prerelease = '', metadata = ''): Version {
  const plain = new Version(numbers, prerelease, metadata, '', false)
  const prefix = version.original.startsWith('v') ? 'v' : ''
  return new Version(numbers, prerelease, metadata, prefix + plain.toGoString(), false)
}

function changed(version: Version, method: 'SetPrerelease' | 'SetMetadata', text: string): Version {
  const numbers: [bigint, bigint, bigint] = [version.major, version.minor, version.patch]
  const isPrerelease = method === 'SetPrerelease'
  for (const part of text === '' ? [] : text.split('.')) {
    if (isPrerelease && startsWithZero(part)) throw failure('version segment starts with 0')
    if (!/^[0-9A-Za-z-]+$/.test(part)) throw failure(isPrerelease ? 'invalid prerelease string' : 'invalid metadata string')
  }
  return isPrerelease ? next(version, numbers, text, version.metadata) : next(version, numbers, version.prerelease, text)
}
