type Term =
  | { kind: 'star' }
  | { kind: 'any' }
  | { kind: 'char'; char: string }
  | { kind: 'class'; negated: boolean; ranges: [string, string][] }

/** A compiled pattern: whether a whole path matches it. */
export type PathMatcher = (path: string) => boolean

/**
 * Go's filepath.Match: `*` and `?` stop at `/`, `[a-z]` and `[^a-z]` are classes, `\` escapes. Undefined for a malformed pattern
 * (Go's ErrBadPattern).
 */
export function compilePathPattern(pattern: string): PathMatcher | undefined {
  if (!pattern.includes('?') && !pattern.includes('\\') && !pattern.includes('[')) {
    const star = pattern.indexOf('*')
    if (star < 0) return (path) => path === pattern
    if (star === pattern.lastIndexOf('*')) return matchAround(pattern.slice(0, star), pattern.slice(star + 1))
  }
  const terms = parse([...pattern])
  return terms && ((path) => matchFrom(terms, [...path]))
}

/** A pattern with one star, between `before` and `after`. */
function matchAround(before: string, after: string): PathMatcher {
  return (path) => {
    const end = path.length - after.length
    if (end < before.length || !path.endsWith(after) || !path.startsWith(before)) return false
    const slash = path.indexOf('/', before.length)
    return slash < 0 || slash >= end
  }
}

function parse(chars: string[]): Term[] | undefined {
  const terms: Term[] = []
  let i = 0
  while (i < chars.length) {
    const char = chars[i++]!
    if (char === '*') terms.push({ kind: 'star' })
    else if (char === '?') terms.push({ kind: 'any' })
    else if (char === '\\') {
      if (i >= chars.length) return undefined
      terms.push({ kind: 'char', char: chars[i++]! })
    } else if (char === '[') {
      const end = parseClass(chars, i, terms)
      if (end === undefined) return undefined
      i = end
    } else terms.push({ kind: 'char', char })
  }
  return terms
}

function parseClass(chars: string[], start: number, terms: Term[]): number | undefined {
  let i = start
  const negated = chars[i] === '^'
  if (negated) i++
  const ranges: [string, string][] = []
  const bound = (): string | undefined => {
    const char = chars[i]
    if (char === undefined || char === '-' || char === ']') return undefined
    i++
    if (char !== '\\') return i < chars.length ? char : undefined
    const escaped = chars[i++]
    return i < chars.length ? escaped : undefined
  }
  for (;;) {
    if (chars[i] === ']' && ranges.length > 0) break
    const low = bound()
    if (low === undefined) return undefined
    let high: string | undefined = low
    if (chars[i] === '-') {
      i++
      high = bound()
      if (high === undefined) return undefined
    }
    ranges.push([low, high])
  }
  terms.push({ kind: 'class', negated, ranges })
  return i + 1
}

/** Greedy matching that remembers only the last star: stars do not cross a slash, and nothing before the last one needs another try. */
function matchFrom(terms: Term[], path: string[]): boolean {
  let t = 0
  let p = 0
  let star = -1
  let resume = 0
  for (;;) {
    const term = terms[t]
    if (term === undefined) {
      if (p === path.length) return true
    } else if (term.kind === 'star') {
      star = t++
      resume = p
      continue
    } else if (p < path.length && matchOne(term, path[p]!)) {
      t++
      p++
      continue
    }
    if (star < 0 || resume >= path.length || path[resume] === '/') return false
    t = star + 1
    p = ++resume
  }
}

function matchOne(term: Term, char: string): boolean {
  if (term.kind === 'char') return term.char === char
  if (term.kind === 'any') return char !== '/'
  if (term.kind === 'star') return false
  const code = char.codePointAt(0)!
  const inside = term.ranges.some(([low, high]) => low.codePointAt(0)! <= code && code <= high.codePointAt(0)!)
  return inside !== term.negated
}
