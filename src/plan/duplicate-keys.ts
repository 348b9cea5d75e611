import { composeDocument, MAPPING_NODE, type Node } from '../yaml/nodes.ts'
import { readableText } from '../yaml/text.ts'
import type { Problem } from './lifecycle.ts'

/**
 * Keys that one mapping of a manifest has twice, with different values: the first is lost without a word when it is read. The same value twice does no harm, and Helm's
 * charts have it. `line` is the line of the later one in the text, from 1.
 */
export function findDuplicateKeys(text: string): (Problem & { line: number })[] {
  if (!mayRepeat(text)) return []
  const problems: (Problem & { line: number })[] = []
  const root = composeDocument(readableText(text).text)
  if (root) walk(root, [], problems)
  return problems
}

function walk(node: Node, path: (string | number)[], problems: (Problem & { line: number })[]): void {
  const { children } = node
  if (node.kind !== MAPPING_NODE) {
    for (const [index, child] of children.entries()) walk(child, [...path, index], problems)
    return
  }
  const seen = new Map<string, Node>()
  for (let i = 0; i < children.length; i += 2) {
    const key = children[i]!
    const value = children[i + 1]!
    const name = key.value
    const first = seen.get(name)
    if (first && name !== '<<' && shape(first) !== shape(value))
      problems.push({
        path: [...path, name],
        line: key.line,
        message: `has ${[...path, name].join('.')} twice, with different values`,
        hint: 'only the last one counts',
      })
    seen.set(name, value)
    walk(value, [...path, name], problems)
  }
}

function shape(node: Node): string {
  return node.children.length === 0 ? `${node.kind}:${node.value}` : `${node.kind}[${node.children.map(shape).join(',')}]`
}

/** A quick look: false where no key can be there twice. Flow mappings and odd keys are let through to the exact one. */
function mayRepeat(text: string): boolean {
  const levels: { indent: number; keys: Set<string> }[] = []
  for (const line of text.split('\n')) {
    const match = /^(\s*(?:- +)*)("[^"]*"|'[^']*'|[^\s#:{[\]}&*!|>'"%@`-][^\s:]*):(?:\s|$)/.exec(line)
    if (line.includes('{') && line.includes(',')) return true
    if (!match) continue
    const indent = match[1]!.length
    const item = match[1]!.lastIndexOf('-')
    while (levels.length > 0 && (levels.at(-1)!.indent > indent || (item >= 0 && levels.at(-1)!.indent > item))) levels.pop()
    if (levels.at(-1)?.indent !== indent) levels.push({ indent, keys: new Set() })
    const { keys } = levels.at(-1)!
    const key = match[2]!.replace(/^(["'])(.*)\1$/, '$2')
    if (keys.has(key)) return true
    keys.add(key)
  }
  return false
}
