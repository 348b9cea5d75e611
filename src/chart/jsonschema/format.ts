import { messageOf } from '../../errors.ts'
import { byteLength, fromBytes, toBytes } from '../../template/bytes.ts'
import { parseIpAddress } from '../../template/funcs/address.ts'
import { readLayout } from '../../template/funcs/layout-reader.ts'
import { compilePattern } from '../../template/funcs/pattern.ts'
import { hostnameOf, parseUrl } from '../../template/funcs/url.ts'
import { quote, quoteRune } from '../../template/quote.ts'

/** What is wrong with a text that should have the format; undefined where nothing is. The words are santhosh-tekuri/jsonschema's. */
export type FormatCheck = (text: string) => string | undefined

/** The formats that are checked (drafts 4 to 7 assert them); every other one holds for every text. */
export const formats: Readonly<Record<string, FormatCheck>> = {
  regex: regex,
  'json-pointer': jsonPointer,
  'relative-json-pointer': relativeJsonPointer,
  uuid,
  duration,
  period,
  ipv4,
  ipv6,
  hostname,
  email,
  date,
  time,
  'date-time': dateTime,
  uri,
  iri: uri,
  'uri-reference': uriReference,
  'iri-reference': uriReference,
  'uri-template': uriTemplate,
  semver,
}

/** What a reader says that throws; undefined where it reads. */
function problemOf(read: () => void): string | undefined {
  try {
    read()
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

function regex(text: string): string | undefined {
  return problemOf(() => compilePattern(text))
}

function badCharacter(char: string): string {
  return `invalid character ${quoteRune(char.codePointAt(0)!)}`
}

/** A text with a character for each of its bytes: Go counts those, and takes them for characters. */
function byteText(text: string): string {
  return Buffer.from(toBytes(text)).toString('latin1')
}

function jsonPointer(text: string): string | undefined {
  if (text === '') return undefined
  if (!text.startsWith('/')) return 'not starting with /'
  return /~(?![01])/.test(text) ? '~ must be followed by 0 or 1' : undefined
}

function relativeJsonPointer(text: string): string | undefined {
  const digits = /^[0-9]*/.exec(text)![0]
  if (digits === '') return 'must start with non-negative integer'
  if (digits.length > 1 && digits.startsWith('0')) return 'starts with zero'
  const rest = text.slice(digits.length)
  return rest === '#' ? undefined : jsonPointer(rest)
}

function uuid(text: string): string | undefined {
  const lengths = [8, 4, 4, 4, 12]
  const groups = text.split('-')
  if (groups.length !== lengths.length) return `must have ${lengths.length} elements`
  for (const [i, group] of groups.entries()) {
    if (byteLength(group) !== lengths[i]) return `element ${i + 1} must be ${lengths[i]} characters long`
    const bad = /[^0-9a-fA-F]/u.exec(group)
    if (bad) return `non-hex character ${quoteRune(bad[0].codePointAt(0)!)}`
  }
  return undefined
}

function duration(text: string): string | undefined {
  if (!text.startsWith('P')) return 'must start with P'
  const rest = byteText(text).slice(1)
  if (rest === '') return 'nothing after P'
  if (rest.endsWith('W')) {
    const weeks = rest.slice(0, -1)
    if (weeks === '') return 'no number in week'
    return /^[0-9]+$/.test(weeks) ? undefined : 'invalid week'
  }
  const units = ['YMD', 'HMS']
  for (const [i, part] of rest.split('T').entries()) {
    if (i !== 0 && part === '') return 'no time elements'
    const all = units[i]
    if (all === undefined) return 'more than one T'
    const found = durationPart(part, all)
    if (found) return found
  }
  return undefined
}

function durationPart(part: string, all: string): string | undefined {
  let left = all
  let rest = part
  while (rest !== '') {
    const digits = /^[0-9]*/.exec(rest)![0]
    if (digits === '') return 'missing number'
    const unit = rest[digits.length]
    if (unit === undefined) return 'missing unit'
    const at = left.indexOf(unit)
    if (at < 0)
      return all.includes(unit) ? `unit ${quoteRune(unit.charCodeAt(0))} out of order` : `invalid unit ${quoteRune(unit.charCodeAt(0))}`
    left = left.slice(at + 1)
    rest = rest.slice(digits.length + 1)
  }
  return undefined
}

function period(text: string): string | undefined {
  const slash = text.indexOf('/')
  if (slash < 0) return 'missing slash'
  const [start, end] = [text.slice(0, slash), text.slice(slash + 1)]
  const named = (what: string, problem: string | undefined) => problem && `invalid ${what}: ${problem}`
  if (start.startsWith('P')) return named('start duration', duration(start)) ?? named('end date-time', dateTime(end))
  const first = named('start date-time', dateTime(start))
  if (first) return first
  return end.startsWith('P') ? named('end duration', duration(end)) : named('end date-time', dateTime(end))
}

function ipv4(text: string): string | undefined {
  const groups = text.split('.')
  if (groups.length !== 4) return 'expected four decimals'
  for (const group of groups) {
    if (group.length > 1 && group.startsWith('0')) return 'leading zeros'
    if (!/^[+-]?[0-9]+$/.test(group)) return `strconv.Atoi: parsing ${quote(group)}: invalid syntax`
    if (Number(group) < 0 || Number(group) > 255) return 'decimal must be between 0 and 255'
  }
  return undefined
}

function ipv6(text: string): string | undefined {
  if (!text.includes(':')) return 'missing colon'
  try {
    return parseIpAddress(text).zone === '' ? undefined : 'zone id is not a part of ipv6 address'
  } catch (error) {
    return messageOf(error)
  }
}

function hostname(text: string): string | undefined {
  const name = text.replace(/\.$/, '')
  if (Buffer.byteLength(name) > 253) return 'more than 253 characters long'
  for (const label of name.split('.')) {
    const length = Buffer.byteLength(label)
    if (length < 1 || length > 63) return 'label must be 1 to 63 characters long'
    if (label.startsWith('-')) return 'label starts with hyphen'
    if (label.endsWith('-')) return 'label ends with hyphen'
    const bad = /[^a-zA-Z0-9-]/u.exec(label)
    if (bad) return badCharacter(bad[0])
  }
  return undefined
}

function email(text: string): string | undefined {
  if (Buffer.byteLength(text) > 254) return 'more than 255 characters long'
  const at = text.lastIndexOf('@')
  if (at < 0) return 'missing @'
  const local = text.slice(0, at)
  const domain = text.slice(at + 1)
  if (Buffer.byteLength(local) > 64) return 'local part more than 64 characters long'
  if (local.length > 1 && local.startsWith('"')) {
    if (/[\\"]/.test(local.slice(1, -1))) return 'backslash and quote are not allowed within quoted local part'
  } else {
    if (local.startsWith('.')) return 'starts with dot'
    if (local.endsWith('.')) return 'ends with dot'
    if (local.includes('..')) return 'consecutive dots'
    const bad = /[^a-zA-Z0-9.!#$%&'*+\-/=?^_`{|}~]/u.exec(local)
    if (bad) return badCharacter(bad[0])
  }
  if (domain.startsWith('[') && domain.endsWith(']')) {
    const address = domain.slice(1, -1)
    const six = address.startsWith('IPv6:')
    const problem = six ? ipv6(address.slice(5)) : ipv4(address)
    return problem && `invalid ${six ? 'ipv6' : 'ipv4'} address: ${problem}`
  }
  const problem = hostname(domain)
  return problem && `invalid domain: ${problem}`
}

function date(text: string): string | undefined {
  return problemOf(() => readLayout('2006-01-02', text))
}

function time(value: string): string | undefined {
  const text = byteText(value)
  if (text.length < 9) return 'less than 9 characters long'
  if (text[2] !== ':' || text[5] !== ':') return 'missing colon in correct place'
  const parts = text.slice(0, 8).split(':')
  const wrong = clockProblem(parts, 'hour/min/sec')
  if (wrong) return wrong
  const [hour = 0, minute = 0, second = 0] = parts.map(Number)
  if (hour > 23 || minute > 59 || second > 60) return 'hour/min/sec out of range'
  let rest = text.slice(8)
  if (rest.startsWith('.')) {
    const digits = /^\.([0-9]*)/.exec(rest)![1]!
    if (digits === '') return 'no digits in second fraction'
    rest = rest.slice(digits.length + 1)
  }
  let minutes = hour * 60 + minute
  if (rest !== 'z' && rest !== 'Z') {
    if (rest.length !== 6) return 'offset must be 6 characters long'
    if (rest[0] !== '+' && rest[0] !== '-') return 'offset must begin with plus/minus'
    if (rest[3] !== ':') return 'missing colon in offset in correct place'
    const offset = rest.slice(1).split(':')
    const wrongOffset = clockProblem(offset, 'hour/min in offset')
    if (wrongOffset) return wrongOffset
    const [hours = 0, rests = 0] = offset.map(Number)
    if (hours > 23 || rests > 59) return 'hour/min in offset out of range'
    minutes += (rest[0] === '+' ? -1 : 1) * (hours * 60 + rests)
    if (minutes < 0) minutes += 24 * 60
  }
  return second >= 60 && minutes !== 23 * 60 + 59 ? 'invalid leap second' : undefined
}

/** The first part that is no number, or a negative one. */
function clockProblem(parts: readonly string[], name: string): string | undefined {
  for (const part of parts) {
    if (!/^[+-]?[0-9]+$/.test(part)) return `invalid ${name}`
    if (Number(part) < 0) return `non-positive ${name}`
  }
  return undefined
}

function dateTime(text: string): string | undefined {
  // Go counts bytes.
  const bytes = toBytes(text)
  if (bytes.length < 20) return 'less than 20 characters long'
  if (bytes[10] !== 0x74 && bytes[10] !== 0x54) return '11th character must be t or T'
  const day = date(fromBytes(bytes.subarray(0, 10)))
  if (day) return `invalid date element: ${day}`
  const hour = time(fromBytes(bytes.subarray(11)))
  return hour && `invalid time element: ${hour}`
}

function urlProblem(text: string): string | undefined {
  try {
    const { host } = parseUrl(text)
    const name = hostnameOf(host)
    if (!name.includes(':')) return undefined
    if (!host.includes('[') || !host.includes(']')) return 'ipv6 address not enclosed in brackets'
    const problem = ipv6(name)
    return problem && `invalid ipv6 address: ${problem}`
  } catch (error) {
    return messageOf(error)
  }
}

function uri(text: string): string | undefined {
  return urlProblem(text) ?? (/^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(text) ? undefined : 'relative url')
}

function uriReference(text: string): string | undefined {
  return text.includes('\\') ? 'contains \\' : urlProblem(text)
}

function uriTemplate(text: string): string | undefined {
  const problem = urlProblem(text)
  if (problem) return problem
  // What follows a scheme without a slash is no path.
  if (parseUrl(text).opaque !== '') return undefined
  const path = text
    .replace(/^[a-zA-Z][a-zA-Z0-9+.-]*:/, '')
    .replace(/^\/\/[^/]*/, '')
    .split(/[?#]/)[0]!
  for (const token of path.split('/')) {
    let open = false
    for (const brace of token.replace(/[^{}]/g, '')) {
      if ((brace === '{') === open) return 'nested curly braces'
      open = !open
    }
    if (open) return 'no matching closing brace'
  }
  return undefined
}

function semver(text: string): string | undefined {
  const plus = text.indexOf('+')
  let rest = text
  if (plus >= 0) {
    const build = text.slice(plus + 1)
    if (build === '') return 'build is empty'
    for (const id of build.split('.')) {
      if (id === '') return 'build identifier is empty'
      const bad = /[^0-9a-zA-Z-]/u.exec(id)
      if (bad) return `${badCharacter(bad[0])} in build identifier`
    }
    rest = text.slice(0, plus)
  }
  const dash = rest.indexOf('-')
  if (dash >= 0) {
    for (const id of rest.slice(dash + 1).split('.')) {
      if (id === '') return 'pre-release identifier is empty'
      const bad = /[^0-9a-zA-Z-]/u.exec(id)
      if (bad) return `${badCharacter(bad[0])} in pre-release identifier`
      if (/^0[0-9]+$/.test(id)) return 'pre-release numeric identifier starts with zero'
    }
    rest = rest.slice(0, dash)
  }
  const numbers = rest.split('.')
  if (numbers.length !== 3) return 'versionCore must have 3 numbers separated by dot'
  for (const [i, number] of numbers.entries()) {
    const name = ['major', 'minor', 'patch'][i]
    if (number === '') return `${name} is empty`
    if (number.length > 1 && number.startsWith('0')) return `${name} starts with zero`
    if (/[^0-9]/.test(number)) return `${name} contains non-digit`
  }
  return undefined
}
