import { byteLength, byteSlice, compareStrings } from '../bytes.ts'
import { formatValue } from '../fmt.ts'
import { quote } from '../quote.ts'
import { type FunctionTable, TypedMap, type Value } from '../value.ts'
import { boundText } from './bounds.ts'
import { isSpace } from './characters.ts'
import { failure } from './failure.ts'
import { textList, textOf, textsOf } from './text.ts'

/** `strings.TrimSpace`. */
function trimSpace(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isSpace(text[start]!)) start++
  while (end > start && isSpace(text[end - 1]!)) end--
  return text.slice(start, end)
}

/** `strings.Trim`: takes the characters of `cutset` away at both ends. */
function trimCutset(text: string, cutset: string): string {
  const cut = new Set(cutset)
  const characters = Array.from(text)
  let start = 0
  let end = characters.length
  while (start < end && cut.has(characters[start]!)) start++
  while (end > start && cut.has(characters[end - 1]!)) end--
  return characters.slice(start, end).join('')
}

/** `strings.Repeat` within the bound of results. */
function repeatText(text: string, count: number): string {
  if (count < 0) throw failure('strings: negative Repeat count')
  boundText(text.length * count)
  return text.repeat(count)
}

function indent(width: number, text: string): string {
  const pad = repeatText(' ', width)
  const breaks = text.split('\n').length - 1
  boundText(text.length + width * (breaks + 1))
  return pad + (breaks === 0 ? text : text.replaceAll('\n', `\n${pad}`))
}

function replaceAll(text: string, old: string, replacement: string): string {
  // Between all characters; a character has two units at most.
  if (old === '') boundText(text.length + (text.length / 2) * replacement.length)
  const parts = old === '' ? ['', ...text, ''] : text.split(old)
  boundText(text.length + (parts.length - 1) * (replacement.length - old.length))
  return parts.join(replacement)
}

/** `strings.SplitN`: at most `count` parts, the last of which is the rest; all parts where `count` is negative, none where it is 0. */
function splitText(text: string, separator: string, count = -1): string[] {
  if (count === 0) return []
  const parts = separator === '' ? Array.from(text) : text.split(separator)
  if (count < 0 || parts.length <= count) return parts
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)]
}

/** sprig's `split` gives a map so that templates can write `._0`. */
function numbered(parts: readonly string[]): TypedMap {
  return new TypedMap(
    'map[string]string',
    parts.map((part, index) => [`_${index}`, part]),
  )
}

function trunc(count: number, text: string): string {
  const length = byteLength(text)
  if (count < 0 && length + count > 0) return byteSlice(text, length + count)
  if (count >= 0 && length > count) return byteSlice(text, 0, count)
  return text
}

function substring(start: number, end: number, text: string): string {
  const length = byteLength(text)
  if (start < 0) {
    if (end < 0) throw failure(`runtime error: slice bounds out of range [:${end}]`)
    if (end > length) throw failure(`runtime error: slice bounds out of range [:${end}] with length ${length}`)
    return byteSlice(text, 0, end)
  }
  const stop = end < 0 || end > length ? length : end
  if (start > stop) throw failure(`runtime error: slice bounds out of range [${start}:${stop}]`)
  return byteSlice(text, start, stop)
}

function join(separator: string, texts: readonly string[]): string {
  boundText(texts.reduce((length, text) => length + text.length, (texts.length - 1) * separator.length))
  return texts.join(separator)
}

function sortAlpha(list: Value): Value {
  if (Array.isArray(list) || list instanceof Uint8Array) return textList(textsOf(list).sort(compareStrings))
  return textList([textOf(list)])
}

const present = (values: Value[]): Value[] => values.filter((value) => value !== null)

const trimAll: FunctionTable[string] = {
  params: ['string', 'string'],
  call: ([cutset, text]) => trimCutset(text, cutset),
  doc: 'Removes every leading and trailing character of the text that is one of the given characters.',
  example: { template: '{{ trimAll "$/" "/$5.00$/" }}', output: '5.00' },
}

/** Text functions that look at neither letter case nor words. */
export const strings: FunctionTable = {
  trim: {
    params: ['string'],
    call: ([text]) => trimSpace(text),
    doc: 'Removes white space from both ends of the text.',
    example: { template: '{{ trim "  hello \\n" }}', output: 'hello' },
  },
  trimAll,
  trimall: { ...trimAll, doc: 'An older name of `trimAll`.', example: { template: '{{ trimall "$" "$5.00" }}', output: '5.00' } },
  trimPrefix: {
    params: ['string', 'string'],
    call: ([prefix, text]) => (text.startsWith(prefix) ? text.slice(prefix.length) : text),
    doc: 'Removes the prefix, once, where the text has it.',
    example: { template: '{{ trimPrefix "v" "v1.2.3" }}', output: '1.2.3' },
  },
  trimSuffix: {
    params: ['string', 'string'],
    call: ([suffix, text]) => (text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text),
    doc: 'Removes the suffix, once, where the text has it.',
    example: { template: '{{ "a-name-" | trunc 63 | trimSuffix "-" }}', output: 'a-name' },
  },
  trunc: {
    params: ['int', 'string'],
    call: ([count, text]) => trunc(count, text),
    doc: 'The first bytes of the text, or the last ones where the number is negative. A character of several bytes may be cut in two.',
    example: { template: '{{ trunc 5 "hello world" }} {{ trunc -5 "hello world" }}', output: 'hello world' },
  },
  substr: {
    params: ['int', 'int', 'string'],
    call: ([start, end, text]) => substring(start, end, text),
    doc: 'The bytes of the text from start up to but not including end; a negative start means from the beginning, a negative end up to the end.',
    example: { template: '{{ substr 1 4 "hello" }} {{ substr 2 -1 "hello" }}', output: 'ell llo' },
  },
  repeat: {
    params: ['int', 'string'],
    call: ([count, text]) => repeatText(text, count),
    doc: 'The text as many times over as the number says.',
    example: { template: '{{ repeat 3 "ab" }}', output: 'ababab' },
  },
  replace: {
    params: ['string', 'string', 'string'],
    call: ([old, replacement, text]) => replaceAll(text, old, replacement),
    doc: 'Replaces every occurrence of the first text by the second in the third.',
    example: { template: '{{ "1.2.3" | replace "." "-" }}', output: '1-2-3' },
  },
  contains: {
    params: ['string', 'string'],
    call: ([part, text]) => text.includes(part),
    doc: 'Whether the second text contains the first.',
    example: { template: '{{ contains "ell" "hello" }}', output: 'true' },
  },
  hasPrefix: {
    params: ['string', 'string'],
    call: ([prefix, text]) => text.startsWith(prefix),
    doc: 'Whether the second text begins with the first.',
    example: { template: '{{ hasPrefix "he" "hello" }}', output: 'true' },
  },
  hasSuffix: {
    params: ['string', 'string'],
    call: ([suffix, text]) => text.endsWith(suffix),
    doc: 'Whether the second text ends with the first.',
    example: { template: '{{ hasSuffix "lo" "hello" }}', output: 'true' },
  },
  quote: {
    params: ['interface {}'],
    variadic: true,
    call: (values) =>
      present(values)
        .map((value) => quote(textOf(value)))
        .join(' '),
    doc: 'The values in double quotes with Go escapes, separated by spaces; nil values are left out.',
    example: { template: '{{ quote "a\\"b" nil 1.5 }}', output: '"a\\"b" "1.5"' },
  },
  squote: {
    params: ['interface {}'],
    variadic: true,
    call: (values) =>
      present(values)
        .map((value) => `'${formatValue(value)}'`)
        .join(' '),
    doc: 'The values in single quotes without any escaping, separated by spaces; nil values are left out.',
    example: { template: '{{ squote "it" 2 }}', output: "'it' '2'" },
  },
  cat: {
    params: ['interface {}'],
    variadic: true,
    call: (values) =>
      present(values)
        .map((value) => formatValue(value))
        .join(' '),
    doc: 'The values separated by spaces; nil values are left out.',
    example: { template: '{{ cat "hello" 1 true }}', output: 'hello 1 true' },
  },
  indent: {
    params: ['int', 'string'],
    call: ([width, text]) => indent(width, text),
    doc: 'Puts that many spaces before every line, empty lines included.',
    example: { template: '{{ "a: 1\\nb: 2" | indent 2 }}', output: '  a: 1\n  b: 2' },
  },
  nindent: {
    params: ['int', 'string'],
    call: ([width, text]) => `\n${indent(width, text)}`,
    doc: 'The same as `indent`, after a line break.',
    example: { template: 'x:{{ "a: 1" | nindent 2 }}', output: 'x:\n  a: 1' },
  },
  plural: {
    params: ['string', 'string', 'int'],
    call: ([one, many, count]) => (count === 1 ? one : many),
    doc: 'The first text where the number is 1, else the second.',
    example: { template: '{{ len (list 1 2) | plural "one item" "many items" }}', output: 'many items' },
  },
  toString: {
    params: ['interface {}'],
    call: ([value]: any[]) => textOf(value),
    doc: 'The value as text.',
    example: { template: '{{ toString 1.5 | quote }}', output: '"1.5"' },
  },
  toStrings: {
    params: ['interface {}'],
    call: ([value]) => textList(textsOf(value)),
    doc: 'The items of a list as texts, without nil items; a single value becomes a list of one.',
    example: { template: '{{ toStrings (list 1 "a" nil) | join "," }}', output: '1,a' },
  },
  join: {
    params: ['string', 'interface {}'],
    call: ([separator, value]) => join(separator, textsOf(value)),
    doc: 'The items of a list as one text with the separator between them; nil items are left out.',
    example: { template: '{{ list 1 "b" true | join "-" }}', output: '1-b-true' },
  },
  split: {
    params: ['string', 'string'],
    call: ([separator, text]) => numbered(splitText(text, separator)),
    doc: 'The parts of the text between separators, as a map with the keys `_0`, `_1` and so on.',
    example: { template: '{{ (split "/" "a/b/c")._1 }}', output: 'b' },
  },
  splitn: {
    params: ['string', 'int', 'string'],
    call: ([separator, count, text]) => numbered(splitText(text, separator, count)),
    doc: 'The same as `split` with at most that many parts; the last part is the rest of the text.',
    example: { template: '{{ (splitn "/" 2 "a/b/c")._1 }}', output: 'b/c' },
  },
  splitList: {
    params: ['string', 'string'],
    call: ([separator, text]) => textList(splitText(text, separator)),
    doc: 'The parts of the text between separators, as a list.',
    example: { template: '{{ splitList "," "a,b" }}', output: '[a b]' },
  },
  sortAlpha: {
    params: ['interface {}'],
    call: ([list]) => sortAlpha(list),
    doc: 'The items of a list as texts in byte order.',
    example: { template: '{{ list "b" "a" "C" | sortAlpha }}', output: '[C a b]' },
  },
}
