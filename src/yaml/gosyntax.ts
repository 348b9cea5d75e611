import { formatFloat } from './float.ts'

/** A decoded YAML value as go-yaml holds it: integers are bigint, mappings are Maps with any scalar as key. */
export type GoYaml = null | boolean | bigint | number | string | GoYaml[] | Map<GoYaml, GoYaml>

/**
 * What Go's `%#v` prints of a value, as go-yaml's messages about impossible keys do: the well-known
 * `invalid map key: map[interface {}]interface {}{"x":interface {}(nil)}` of an unquoted `{{ x }}`.
 */
export function goSyntax(value: GoYaml, top = true): string {
  if (value === null) return top ? '<nil>' : 'interface {}(nil)'
  if (typeof value === 'string') return goQuote(value)
  if (typeof value === 'bigint') return value < 1n << 63n ? String(value) : `0x${value.toString(16)}`
  if (typeof value === 'number') return formatFloat(value)
  if (typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return `[]interface {}{${value.map((item) => goSyntax(item, false)).join(', ')}}`
  const pairs = [...value].sort(([a], [b]) => compareKeys(a, b))
  return `map[interface {}]interface {}{${pairs.map(([key, item]) => `${goSyntax(key, false)}:${goSyntax(item, false)}`).join(', ')}}`
}

/** fmt sorts keys of an interface type by their dynamic type first, in the order in which the types happen to lie in Helm 4.2.3. */
function compareKeys(a: GoYaml, b: GoYaml): number {
  const order = rank(a) - rank(b)
  if (order !== 0) return order
  return (a as never) < (b as never) ? -1 : (a as never) > (b as never) ? 1 : 0
}

function rank(value: GoYaml): number {
  if (value === null) return 0
  if (typeof value === 'bigint') return value < 1n << 63n ? 3 : 2
  return typeof value === 'string' ? 1 : typeof value === 'number' ? 4 : 5
}

/** strconv.Quote for the text of messages. */
function goQuote(text: string): string {
  let out = '"'
  for (const char of text) {
    const named = names[char]
    const code = char.codePointAt(0)!
    if (named !== undefined) out += named
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`
    else if (/[\p{C}\p{Z}]/u.test(char) && char !== ' ') {
      out += code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`
    } else out += char
  }
  return `${out}"`
}

const names: Record<string, string | undefined> = {
  '"': '\\"',
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
}
