import { formatFloat } from '../../template/float.ts'
import { quote as goQuote } from '../../template/quote.ts'
import type { Value } from '../../template/value.ts'
import { pointerOf } from './address.ts'

/** One thing that does not hold, with what it follows from. The words are made when they are asked for: most findings of `anyOf` never are. */
export interface Finding {
  kind: 'schema' | 'reference' | 'group' | 'other'
  path: readonly string[]
  text: () => string
  causes: Finding[]
}

/** The lines of a finding in the layout of santhosh-tekuri/jsonschema v6, which Helm prints. */
export function findingText(finding: Finding): string {
  return lines(finding, 0).join('\n')
}

function lines(finding: Finding, indent: number): string[] {
  // A reference with one cause says nothing that the cause does not.
  const silent = finding.kind === 'reference' && finding.causes.length === 1
  const own = finding.kind === 'schema' ? finding.text() : `at ${quoted(pointerOf(finding.path))}: ${finding.text()}`
  const line = indent === 0 ? own : `${'  '.repeat(indent - 1)}- ${own}`
  const below = finding.causes.flatMap((cause) => lines(cause, silent ? indent : indent + 1))
  return silent ? below : [line, ...below]
}

/** A string in single quotes, with Go's escapes for what cannot be printed. The closing quote and a backslash before it pass for an escaped quote, as in Helm. */
export function quoted(text: string): string {
  return `'${goQuote(text).replaceAll('\\"', '"').replaceAll("'", "\\'").slice(1, -1)}'`
}

/** Several strings, each in quotes. */
export function quotedList(items: readonly string[]): string {
  return items.map(quoted).join(', ')
}

/** A number as x/text prints it in English: 1,234.5, and 1.5×10⁰⁷ where Go would use an exponent. */
export function englishNumber(value: number | bigint): string {
  const text = typeof value === 'bigint' ? formatFloat(Number(value)) : formatFloat(value)
  const [mantissa = '', exponent] = text.split('e')
  const [whole = '', fraction] = mantissa.split('.')
  const grouped = whole.replace(/\B(?=([0-9]{3})+$)/g, ',')
  const decimal = fraction === undefined ? grouped : `${grouped}.${fraction}`
  return exponent === undefined ? decimal : `${decimal}×10${[...exponent.replace('+', '')].map((c) => superscripts[c] ?? c).join('')}`
}

const superscripts: Record<string, string> = {
  '-': '⁻',
  '0': '⁰',
  '1': '¹',
  '2': '²',
  '3': '³',
  '4': '⁴',
  '5': '⁵',
  '6': '⁶',
  '7': '⁷',
  '8': '⁸',
  '9': '⁹',
}

/** A count as x/text prints it: 1,234. */
export function englishCount(value: number): string {
  return String(value).replace(/\B(?=([0-9]{3})+$)/g, ',')
}

/** A scalar of the schema; numbers as JSON usually has them, which is how the schema most probably wrote them. */
export function displayed(value: Value): string {
  if (typeof value === 'string') return quoted(value)
  if (value === null) return '<nil>'
  if (typeof value === 'object') return 'value'
  return String(value)
}
