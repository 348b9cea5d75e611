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
 * The rules of a `.helmignore` file (undefined where a chart has none), with Helm's own rule for dot files in templates/. As in Helm,
 * rules are tried in order and the first decides, and a negated rule drops what does not match it.
 * @throws ConvergeError for `**` and malformed patterns
 */
export function parseHelmignore(text: string | undefined): IgnoreRules {
  const rules: Rule[] = []
  const lines = (text ?? '').replace(/^\uFEFF/, '').split('\n')
  for (const [index, line] of lines.entries()) addRule(rules, line, index + 1)
  addRule(rules, 'templates/.?*', 0)
  return (path, isDirectory) => {
    for (const rule of rules) {
      const wrongType = rule.directoryOnly && !isDirectory
      if (rule.negated) {
        if (wrongType || !matches(rule, path)) return true
      } else if (!wrongType && matches(rule, path)) return true
    }
    return false
  }
}

function matches(rule: Rule, path: string): boolean {
  return rule.match(rule.baseOnly ? path.slice(path.lastIndexOf('/') + 1) : path)
}

function addRule(rules: Rule[], line: string, number: number): void {
  let pattern = trimSpace(line)
  if (pattern === '' || pattern.startsWith('#')) return
  const location = { file: '.helmignore', line: number, text: line }
  if (pattern.includes('**')) {
    throw new ConvergeError('ERR_HELMIGNORE', 'double-star (**) syntax is not supported', { location })
  }
  if (!compilePathPattern(pattern)) throw new ConvergeError('ERR_HELMIGNORE', 'syntax error in pattern', { location })
  const negated = pattern.startsWith('!')
  if (negated) pattern = pattern.slice(1)
  const directoryOnly = pattern.endsWith('/')
  if (directoryOnly) pattern = pattern.slice(0, -1)
  const baseOnly = !pattern.includes('/')
  if (pattern.startsWith('/')) pattern = pattern.slice(1)
  rules.push({ negated, directoryOnly, baseOnly, match: compilePathPattern(pattern) ?? (() => false) })
}
