import { ConvergeError } from '../errors.ts'
import { compilePathPattern, type PathMatcher } from './pathmatch.ts'
import { trimSpace } from './text.ts'

/** Decides whether a file or directory of a chart (a slash path relative to it) is left out; a directory with all it holds. */
export type IgnoreRules = (path: string, isDirectory: boolean) => boolean

interface Rule {
  negated: boolean
  directoryOnly: boolean
  match: PathMatcher
  /** Patterns without a slash are held against the last element of the path. */
  baseOnly: boolean
}

/**
 * The rules of a `.helmignore` file (undefined where a chart has none), with Helm's own rule for dot files in templates/. As in Helm, a
 * negated rule drops what does not match it, and brings nothing back.
 * @throws ConvergeError for `**` and malformed patterns
 */
export function parseHelmignore(text: string | undefined): IgnoreRules {
  const rules: Rule[] = []
  // Most rules are the name of a file or directory, and asked at once.
  const names = new Set<string>()
  const directoryNames = new Set<string>()
  const extensions = new Set<string>()
  const lines = text === undefined ? [] : text.replace(/^\uFEFF/, '').split('\n')
  for (const [index, line] of lines.entries()) {
    const pattern = trimSpace(line)
    if (pattern === '' || pattern.startsWith('#')) continue
    const [, star, name, slash] = /^(\*(?=\.\w+$))?([\w.-]+)(\/?)$/.exec(pattern) ?? []
    if (name === undefined) rules.push(rule(pattern, { line: index + 1, text: line }))
    else (star ? extensions : slash ? directoryNames : names).add(name)
  }
  return (path, isDirectory) => {
    const base = path.slice(path.lastIndexOf('/') + 1)
    if (
      names.has(base) ||
      extensions.has(base.slice(base.lastIndexOf('.'))) ||
      (isDirectory && directoryNames.has(base)) ||
      isHiddenTemplate(path)
    )
      return true
    for (const { negated, directoryOnly, baseOnly, match } of rules) {
      const matches = (!directoryOnly || isDirectory) && match(baseOnly ? base : path)
      if (matches !== negated) return true
    }
    return false
  }
}

/** `templates/.?*` */
function isHiddenTemplate(path: string): boolean {
  return path.startsWith('templates/.') && path.length > 'templates/.'.length && !path.includes('/', 'templates/.'.length)
}

function rule(line: string, at: { line: number; text: string }): Rule {
  const location = { file: '.helmignore', ...at }
  if (line.includes('**')) {
    throw new ConvergeError('ERR_HELMIGNORE', 'double-star (**) syntax is not supported', { location })
  }
  if (!compilePathPattern(line)) throw new ConvergeError('ERR_HELMIGNORE', 'syntax error in pattern', { location })
  const negated = line.startsWith('!')
  let pattern = negated ? line.slice(1) : line
  const directoryOnly = pattern.endsWith('/')
  if (directoryOnly) pattern = pattern.slice(0, -1)
  const baseOnly = !pattern.includes('/')
  if (pattern.startsWith('/')) pattern = pattern.slice(1)
  return { negated, directoryOnly, baseOnly, match: compilePathPattern(pattern) ?? (() => false) }
}
