import { RE2JS } from 're2js'
import { messageOf } from '../../errors.ts'
import { failure } from './failure.ts'

/** Start and end of a match and of its groups, as UTF-16 offsets; -1 for groups that took no part. */
export type Match = number[]

/** A compiled pattern: RE2, as Go's, so that every pattern takes time linear in the text. */
export interface Pattern {
  /** Whether the pattern has no characters at all. */
  empty: boolean
  /** The number of the first group of that name. */
  groupNames: Readonly<Record<string, number>>
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
  try {
    const regex = RE2JS.compile(source)
    return { empty: source === '', groupNames: regex.namedGroups(), matcher: (text) => search(regex, text) }
  } catch (error) {
    return failure(goMessage(messageOf(error)))
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
