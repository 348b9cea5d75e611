import { quote } from '../quote.ts'
import { failure } from './failure.ts'

/** An IP address: its four or sixteen bytes, and the zone of an IPv6 address, empty where it has none. */
export interface Address {
  bytes: number[]
  zone: string
}

/** Go's `netip.ParseAddr`. Throws with Go's words: `ParseAddr("…"): …`. */
export function parseIpAddress(text: string): Address {
  const kind = /[.:%]/.exec(text)?.[0]
  if (kind === '.') return { bytes: dottedBytes(text, text), zone: '' }
  if (kind === ':') return parseColons(text)
  throw wrong(text, kind === '%' ? 'missing IPv6 address' : 'unable to parse IP')
}

function wrong(text: string, problem: string, at = ''): Error {
  return failure(`ParseAddr(${quote(text)}): ${problem}${at === '' ? '' : ` (at ${quote(at)})`}`)
}

/** The four bytes of an IPv4 address in dotted form; undefined where it is none. No leading zeros, as in Go. */
export function parseAddress4(text: string): number[] | undefined {
  const address = attempt(text)
  return address?.bytes.length === 4 ? address.bytes : undefined
}

/** The sixteen bytes of an IPv6 address without a zone; undefined where it is none. */
export function parseAddress6(text: string): number[] | undefined {
  const address = attempt(text)
  return address?.bytes.length === 16 && address.zone === '' ? address.bytes : undefined
}

function attempt(text: string): Address | undefined {
  try {
    return parseIpAddress(text)
  } catch {
    return undefined
  }
}

/** The bytes of four numbers with dots between them, of which the whole text may have something before. */
function dottedBytes(dotted: string, whole: string): number[] {
  const bytes: number[] = []
  let digits = ''
  for (let at = 0; at < dotted.length; at++) {
    const char = dotted[at]!
    if (char === '.') {
      if (digits === '' || at === dotted.length - 1) throw wrong(whole, 'IPv4 field must have at least one digit', dotted.slice(at))
      if (bytes.length === 3) throw wrong(whole, 'IPv4 address too long')
      bytes.push(Number(digits))
      digits = ''
    } else if (char >= '0' && char <= '9') {
      if (digits === '0') throw wrong(whole, 'IPv4 field has octet with leading zero')
      digits += char
      if (Number(digits) > 255) throw wrong(whole, 'IPv4 field has value >255')
    } else throw wrong(whole, 'unexpected character', dotted.slice(at))
  }
  if (bytes.length < 3) throw wrong(whole, 'IPv4 address too short')
  return [...bytes, Number(digits)]
}

function parseColons(text: string): Address {
  const percent = text.indexOf('%')
  const zone = percent < 0 ? '' : text.slice(percent + 1)
  if (percent >= 0 && zone === '') throw wrong(text, 'zone must be a non-empty string')
  let rest = percent < 0 ? text : text.slice(0, percent)
  const bytes: number[] = []
  /** Where `::` stands, in bytes. */
  let gap = -1
  if (rest.startsWith('::')) {
    gap = 0
    rest = rest.slice(2)
  }
  while (rest !== '' && bytes.length < 16) {
    const digits = /^[0-9a-fA-F]*/.exec(rest)![0]
    if (digits.length > 4) throw wrong(text, 'each group must have 4 or less digits', rest)
    if (digits === '') throw wrong(text, 'each colon-separated field must have at least one digit', rest)
    if (rest[digits.length] === '.') {
      if (gap < 0 && bytes.length !== 12) {
        throw wrong(text, 'embedded IPv4 address must replace the final 2 fields of the address', rest)
      }
      if (bytes.length > 12) throw wrong(text, 'too many hex fields to fit an embedded IPv4 at the end of the address', rest)
      bytes.push(...dottedBytes(rest, text))
      rest = ''
      break
    }
    const number = Number.parseInt(digits, 16)
    bytes.push(number >> 8, number & 255)
    rest = rest.slice(digits.length)
    if (rest === '') break
    if (rest[0] !== ':') throw wrong(text, 'unexpected character, want colon', rest)
    if (rest === ':') throw wrong(text, 'colon must be followed by more characters', rest)
    rest = rest.slice(1)
    if (rest[0] !== ':') continue
    if (gap >= 0) throw wrong(text, 'multiple :: in address', rest)
    gap = bytes.length
    rest = rest.slice(1)
  }
  if (rest !== '') throw wrong(text, 'trailing garbage after address', rest)
  const missing = 16 - bytes.length
  if (missing > 0 && gap < 0) throw wrong(text, 'address string too short')
  if (missing === 0 && gap >= 0) throw wrong(text, 'the :: must expand to at least one field of zeros')
  bytes.splice(gap, 0, ...new Array<number>(missing).fill(0))
  return { bytes, zone }
}
