import { canBackquote, quote } from '../quote.ts'
import { isAlphaNumeric } from '../unicode.ts'
import type { FunctionTable, Value } from '../value.ts'
import { boundText } from './bounds.ts'
import { failure } from './failure.ts'
import { compilePattern, type Match, type Pattern } from './pattern.ts'
import { aliasOf } from './registry.ts'
import { nilTextList, textList } from './text.ts'

/** `regexp.MustCompile`, which sprig's plain functions use: the error names the whole pattern. */
function mustCompile(source: string): Pattern {
  try {
    return compilePattern(source)
  } catch (error) {
    const quoted = canBackquote(source) ? `\`${source}\`` : quote(source)
    throw failure(`regexp: Compile(${quoted}): ${(error as Error).message}`)
  }
}

const widthAt = (text: string, at: number): number => (at < text.length ? (text.codePointAt(at)! > 0xffff ? 2 : 1) : 0)

/** The matches one after the other, at most `count` of them; an empty match right behind another match does not count. */
function findAll(pattern: Pattern, text: string, count: number): Match[] {
  const matches: Match[] = []
  const matchFrom = pattern.matcher(text)
  const limit = count < 0 ? Number.POSITIVE_INFINITY : count
  let previousEnd = -1
  for (let at = 0; matches.length < limit && at <= text.length; ) {
    const match = matchFrom(at)
    if (!match) break
    const [start, end] = match as [number, number]
    const accepted = end !== at || start !== previousEnd
    at = end === at ? at + (widthAt(text, at) || 1) : end
    previousEnd = end
    if (accepted) matches.push(match)
  }
  return matches
}

function find(pattern: Pattern, text: string): string {
  const match = pattern.matcher(text)(0)
  return match ? text.slice(match[0], match[1]) : ''
}

function findTexts(pattern: Pattern, text: string, count: number): Value {
  const matches = findAll(pattern, text, count)
  return matches.length === 0 ? nilTextList() : textList(matches.map((match) => text.slice(match[0], match[1])))
}

function replaceAll(pattern: Pattern, text: string, replacement: (match: Match) => string): string {
  const matchFrom = pattern.matcher(text)
  let result = ''
  let copied = 0
  for (let at = 0; at <= text.length; ) {
    const match = matchFrom(at)
    if (!match) break
    const [start, end] = match as [number, number]
    result += text.slice(copied, start)
    if (end > copied || start === 0) result += replacement(match)
    boundText(result.length)
    copied = end
    const width = widthAt(text, at)
    at = Math.max(width === 0 ? at + 1 : at + width, end)
  }
  return result + text.slice(copied)
}

/** Go's `Expand`: `$1`, `$name`, `${name}` and `$$`; a name is as long as it can be, and one that no group has stands for nothing. */
function expand(template: string, pattern: Pattern, text: string, match: Match): string {
  let result = ''
  let at = 0
  for (;;) {
    const dollar = template.indexOf('$', at)
    if (dollar < 0) return result + template.slice(at)
    result += template.slice(at, dollar)
    if (template[dollar + 1] === '$') {
      result += '$'
      at = dollar + 2
      continue
    }
    const reference = readReference(template, dollar + 1)
    if (!reference) {
      result += '$'
      at = dollar + 1
      continue
    }
    const group = groupOf(reference.name, pattern, match)
    if (group !== undefined && (match[2 * group] ?? -1) >= 0) result += text.slice(match[2 * group], match[2 * group + 1])
    at = reference.end
  }
}

function readReference(template: string, start: number): { name: string; end: number } | undefined {
  const braced = template[start] === '{'
  let end = braced ? start + 1 : start
  const first = end
  while (end < template.length && isAlphaNumeric(template.codePointAt(end)!)) end += widthAt(template, end)
  if (end === first || (braced && template[end] !== '}')) return undefined
  return { name: template.slice(first, end), end: braced ? end + 1 : end }
}

/** The group of a number, or the first of that name that took part in the match. */
function groupOf(name: string, pattern: Pattern, match: Match): number | undefined {
  if (/^(0|[1-9][0-9]{0,8})$/.test(name)) return Number(name)
  return pattern.groupsNamed(name).find((group) => match[2 * group]! >= 0)
}

function split(pattern: Pattern, text: string, count: number): Value {
  if (count === 0) return nilTextList()
  if (!pattern.empty && text === '') return textList([''])
  const parts: string[] = []
  let begin = 0
  let end = 0
  for (const match of findAll(pattern, text, count)) {
    if (count > 0 && parts.length === count - 1) break
    end = match[0]!
    if (match[1] !== 0) parts.push(text.slice(begin, end))
    begin = match[1]!
  }
  if (end !== text.length) parts.push(text.slice(begin))
  return textList(parts)
}

function matches(compile: (source: string) => Pattern, source: string, text: string): boolean {
  return compile(source).matcher(text)(0) !== undefined
}

/** The functions that come twice: the plain ones name the pattern in their errors, the `must` ones do not. */
function tableWith(compile: (source: string) => Pattern): FunctionTable {
  return {
    regexFind: {
      params: ['string', 'string'],
      call: ([source, text]) => find(compile(source), text),
      doc: 'The first match of the pattern in the text; empty where there is none.',
      example: { template: '{{ regexFind "[a-z][0-9]" "A1 b2 c3" }}', output: 'b2' },
    },
    regexFindAll: {
      params: ['string', 'string', 'int'],
      call: ([source, text, count]) => findTexts(compile(source), text, count),
      doc: 'The matches of the pattern in the text, at most that many; all where the number is negative.',
      example: { template: '{{ regexFindAll "[0-9]" "1 2 3" -1 }}', output: '[1 2 3]' },
    },
    regexReplaceAll: {
      params: ['string', 'string', 'string'],
      call: ([source, text, replacement]) => {
        const pattern = compile(source)
        const constant = !replacement.includes('$')
        return replaceAll(pattern, text, (match) => (constant ? replacement : expand(replacement, pattern, text, match)))
      },
      doc: 'The text with every match replaced; `${1}` and `${name}` in the replacement stand for groups.',
      example: { template: '{{ regexReplaceAll "a(x*)b" "-ab-axxb-" "${1}W" }}', output: '-W-xxW-' },
    },
    regexReplaceAllLiteral: {
      params: ['string', 'string', 'string'],
      call: ([source, text, replacement]) => replaceAll(compile(source), text, () => replacement),
      doc: 'The text with every match replaced by the replacement as it stands.',
      example: { template: '{{ regexReplaceAllLiteral "a(x*)b" "-ab-" "$1" }}', output: '-$1-' },
    },
    regexSplit: {
      params: ['string', 'string', 'int'],
      call: ([source, text, count]) => split(compile(source), text, count),
      doc: 'The parts of the text between matches, at most that many; all where the number is negative.',
      example: { template: '{{ regexSplit "z+" "pizza" -1 }}', output: '[pi a]' },
    },
  }
}

function mustTable(): FunctionTable {
  return Object.fromEntries(
    Object.entries(tableWith(compilePattern)).map(([name, entry]) => {
      const must = `mustR${name.slice(1)}`
      return [must, aliasOf(name, entry, must, `The same as \`${name}\`; its errors do not name the whole pattern.`)]
    }),
  )
}

/** Functions on regular expressions in Go's syntax, RE2. */
export const regex: FunctionTable = {
  regexMatch: {
    params: ['string', 'string'],
    call: ([source, text]) => {
      try {
        return matches(compilePattern, source, text)
      } catch {
        return false
      }
    },
    doc: 'Whether the pattern matches anywhere in the text; false where the pattern is wrong.',
    example: { template: '{{ regexMatch "^[a-z]+$" "hello" }}', output: 'true' },
  },
  mustRegexMatch: {
    params: ['string', 'string'],
    call: ([source, text]) => matches(compilePattern, source, text),
    doc: 'The same as `regexMatch`, with an error where the pattern is wrong.',
    example: { template: '{{ mustRegexMatch "^[a-z]+$" "hello" }}', output: 'true' },
  },
  ...tableWith(mustCompile),
  ...mustTable(),
  regexQuoteMeta: {
    params: ['string'],
    call: ([text]) => text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&'),
    doc: 'A pattern that matches just the text.',
    example: { template: '{{ regexQuoteMeta "1.2.3" }}', output: '1\\.2\\.3' },
  },
}
