/** Whether a path matches a glob of `.Files.Glob`. */
export type GlobMatcher = (path: string) => boolean

/**
 * Compiles a glob as gobwas/glob does with `/` as separator: `*` and `?` stop at it, `**` does not, `[abc]`, `[a-z]` and `[!a]` are
 * classes, `{a,b}` are alternatives, `\` escapes. A malformed pattern matches every path, as in Helm.
 */
export function compileGlob(pattern: string): GlobMatcher {
  const source = translate([...pattern])
  if (source === undefined) return () => true
  const regexp = new RegExp(`^(?:${source})$`, 'su')
  return (path) => regexp.test(path)
}

function translate(chars: string[]): string | undefined {
  let out = ''
  let depth = 0
  let i = 0
  while (i < chars.length) {
    const char = chars[i++]!
    // The lexer takes NUL for the end of the pattern.
    if (char === '\0') break
    if (char === '{') {
      depth++
      out += '(?:'
    } else if (char === ',' && depth > 0) out += '|'
    else if (char === '}' && depth > 0) {
      depth--
      out += ')'
    } else if (char === '?') out += '[^/]'
    else if (char === '*') {
      if (chars[i] === '*') {
        i++
        out += '.*'
      } else out += '[^/]*'
    } else if (char === '[') {
      const range = translateClass(chars, i)
      if (range === undefined) return undefined
      out += range.source
      i = range.end
    } else if (char === '\\') {
      if (i < chars.length) out += literal(chars[i++]!)
    } else out += literal(char)
  }
  // Alternatives that are not closed end with the pattern.
  return out + ')'.repeat(depth)
}

function translateClass(chars: string[], start: number): { source: string; end: number } | undefined {
  let i = start
  let negation = ''
  if (chars[i] === '!') {
    negation = '^'
    i++
  }
  const first = chars[i]
  if (first === undefined) return undefined
  if (chars[i + 1] === '-') {
    const high = chars[i + 2]
    if (high === undefined || chars[i + 3] !== ']' || high.codePointAt(0)! < first.codePointAt(0)!) return undefined
    return { source: `[${negation}${inClass(first)}-${inClass(high)}]`, end: i + 4 }
  }
  let list = ''
  for (;;) {
    const char = chars[i++]
    if (char === undefined) return undefined
    if (char === ']') break
    if (char === '\\') {
      const escaped = chars[i++]
      if (escaped === undefined) return undefined
      list += inClass(escaped)
    } else list += inClass(char)
  }
  return list === '' ? undefined : { source: `[${negation}${list}]`, end: i }
}

function literal(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char
}

function inClass(char: string): string {
  return /[\\\]^[-]/.test(char) ? `\\${char}` : char
}
