import { RE2JS } from 're2js'
import { messageOf } from '../../errors.ts'
import { failure } from './failure.ts'
import { type PlainPattern, readPlainPattern } from './plain-pattern.ts'
import { withPlainClassNames } from './unicode-classes.ts'

/** Start and end of a match and of its groups, as UTF-16 offsets; -1 for groups that took no part. */
export type Match = number[]

/** A compiled pattern: RE2, as Go's, so that every pattern takes time linear in the text. */
export interface Pattern {
  /** Whether the pattern has no characters at all. */
  empty: boolean
  /** The numbers of the groups of that name, of which Go allows several. */
  groupsNamed(name: string): readonly number[]
  matcher(text: string): (from: number) => Match | undefined
}

const compiled = new Map<string, Pattern | Error>()
const cacheSize = 1000

/** Compiles a pattern, once for each text. Errors have Go's words. */
export function compilePattern(source: string): Pattern {
  let pattern = compiled.get(source)
  if (pattern === undefined) {
    pattern = attempt(source)
    if (compiled.size >= cacheSize) compiled.clear()
    compiled.set(source, pattern)
  }
  if (pattern instanceof Error) throw pattern
  return pattern
}

function attempt(source: string): Pattern | Error {
  if (!source.isWellFormed())
    return failure(`error parsing regexp: invalid UTF-8: \`${source.slice(source.search(/[\ud800-\udfff](?![\udc00-\udfff])/))}\``)
  const plain = readPlainPattern(source)
  if (plain) return plainPatternOf(source, plain)
  try {
    return patternOf(source, RE2JS.compile(source))
  } catch (error) {
    if (isDuplicate(error)) return attemptApart(source)
    const message = messageOf(error)
    // What the library has another name for.
    const renamed = /`\\[pP]/.test(message) ? withPlainClassNames(source, isClassName) : source
    return renamed === source ? failure(goMessage(message)) : attempt(renamed)
  }
}

function isClassName(name: string): boolean {
  try {
    RE2JS.compile(`\\p{${name}}`)
    return true
  } catch {
    return false
  }
}

/** A pattern that JavaScript matches the same; RE2 is there for long texts. */
function plainPatternOf(source: string, { regex, groups, maxLength }: PlainPattern): Pattern {
  let linear: RE2JS | undefined
  return {
    empty: false,
    groupsNamed: () => [],
    matcher: (text) => {
      if (text.length <= maxLength) return (from) => plainMatch(regex, groups, text, from)
      linear ??= RE2JS.compile(source)
      return search(linear, text)
    },
  }
}

function plainMatch(regex: RegExp, groups: number, text: string, from: number): Match | undefined {
  regex.lastIndex = from
  const found = regex.exec(text)
  if (found === null) return undefined
  if (groups === 0) return [found.index, found.index + found[0].length]
  const match: Match = []
  for (let group = 0; group <= groups; group++) match.push(...(found.indices![group] ?? [-1, -1]))
  return match
}

function patternOf(source: string, regex: RE2JS): Pattern {
  const groups = new Map<string, number[]>()
  for (const [name, number] of Object.entries(regex.namedGroups())) {
    const plain = name.replace(twin, '')
    groups.set(
      plain,
      [...(groups.get(plain) ?? []), number].sort((one, other) => one - other),
    )
  }
  return { empty: source === '', groupsNamed: (name) => groups.get(name) ?? [], matcher: (text) => search(regex, text) }
}

const twin = /__twin[0-9]+$/

function isDuplicate(error: unknown): boolean {
  return messageOf(error).startsWith('error parsing regexp: duplicate capture group name')
}

/** re2js wants every group to have a name of its own: those that come again are given one, which is taken away again from messages. */
function attemptApart(source: string): Pattern | Error {
  const seen = new Map<string, number>()
  const apart = source.replace(/\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\[:\w+:\]|\\.|[^\]])*\]|\(\?P?<(\w+)>/gs, (whole, name?: string) => {
    if (name === undefined) return whole
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    return times === 1 ? whole : whole.replace(`<${name}>`, `<${name}__twin${times}>`)
  })
  try {
    return patternOf(source, RE2JS.compile(apart))
  } catch (error) {
    return failure(goMessage(messageOf(error).replace(/__twin[0-9]+>/g, '>')))
  }
}

/** re2js has Go's messages, but for one whose pattern it leaves out. */
function goMessage(message: string): string {
  return message === 'error parsing regexp: trailing backslash at end of expression' ? `${message}: \`\`` : message
}

function search(regex: RE2JS, text: string): (from: number) => Match | undefined {
  const matcher = regex.matcher(text)
  const groups = matcher.groupCount()
  return (from) => {
    if (!matcher.find(from)) return undefined
    const match: Match = []
    for (let group = 0; group <= groups; group++) match.push(matcher.start(group), matcher.end(group))
    return match
  }
}
