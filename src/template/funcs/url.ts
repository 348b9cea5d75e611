import { fromBytes, toBytes } from '../bytes.ts'
import { quote } from '../quote.ts'
import { type Address, parseIpAddress } from './address.ts'
import { failure } from './failure.ts'

/** The parts of a URL, decoded, as Go's `net/url` has them. */
export interface Url {
  scheme: string
  opaque: string
  user?: { name: string; password?: string }
  host: string
  path: string
  query: string
  fragment: string
}

type Part = 'path' | 'host' | 'zone' | 'user' | 'fragment'

/** Per part the ASCII characters besides letters, digits and `-_.~` that stand for themselves. */
const allowed: Record<Part, string> = {
  path: '$&+,/:;=@',
  host: '!$&\'()*+,;=:[]<>"',
  zone: '!$&\'()*+,;=:[]<>"',
  user: '$&+,;=',
  fragment: '$&+,/:;=?@!()*',
}

const mustEscape = (character: string, part: Part): boolean => !/[A-Za-z0-9\-_.~]/.test(character) && !allowed[part].includes(character)

/** Escapes every byte that may not stand in that part of a URL. */
function encodePart(text: string, part: Part): string {
  let escaped = ''
  for (const byte of toBytes(text)) {
    const character = String.fromCharCode(byte)
    escaped += byte >= 0x80 || mustEscape(character, part) ? `%${byte.toString(16).toUpperCase().padStart(2, '0')}` : character
  }
  return escaped
}

function escapeFailure(sequence: string): Error {
  return failure(`invalid URL escape ${quote(sequence)}`)
}

function decodePart(text: string, part: Part): string {
  const strict = part === 'host' || part === 'zone'
  const bytes: number[] = []
  const source = toBytes(text)
  for (let at = 0; at < source.length; at++) {
    const byte = source[at]!
    const character = String.fromCharCode(byte)
    if (byte !== 0x25) {
      if (strict && byte < 0x80 && mustEscape(character, part)) throw failure(`invalid character ${quote(character)} in host name`)
      bytes.push(byte)
      continue
    }
    const sequence = fromBytes(source.subarray(at, at + 3))
    if (!/^%[0-9a-fA-F]{2}$/.test(sequence)) throw escapeFailure(sequence)
    const value = Number.parseInt(sequence.slice(1), 16)
    if (part === 'host' && value < 0x80 && sequence !== '%25') throw escapeFailure(sequence)
    if (part === 'zone' && sequence !== '%25' && value !== 0x20 && (value >= 0x80 || mustEscape(String.fromCharCode(value), 'host'))) {
      throw escapeFailure(sequence)
    }
    bytes.push(value)
    at += 2
  }
  return fromBytes(Uint8Array.from(bytes))
}

function cut(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

/** Go's `url.Parse`. Errors have Go's words, `parse "…": ` included. */
export function parseUrl(text: string): Url {
  const [address, fragment = ''] = cut(text, '#')
  const url = named(address, () => parseAddress(address))
  if (fragment !== '') url.fragment = named(text, () => decodePart(fragment, 'fragment'))
  return url
}

function named<T>(text: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw failure(`parse ${quote(text)}: ${(error as Error).message}`)
  }
}

function parseAddress(text: string): Url {
  const url: Url = { scheme: '', opaque: '', host: '', path: '', query: '', fragment: '' }
  if (/[\x00-\x1f\x7f]/.test(text)) throw failure('net/url: invalid control character in URL')
  if (text === '*') return { ...url, path: '*' }
  if (text.startsWith(':')) throw failure('missing protocol scheme')
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)
  url.scheme = (scheme?.[1] ?? '').toLowerCase()
  let [rest, query = ''] = cut(scheme ? text.slice(scheme[0].length) : text, '?')
  url.query = query
  if (!rest.startsWith('/')) {
    if (url.scheme !== '') return { ...url, opaque: rest }
    if (cut(rest, '/')[0].includes(':')) throw failure('first path segment in URL cannot contain colon')
  }
  if (rest.startsWith('//') && (url.scheme !== '' || !rest.startsWith('///'))) {
    const end = rest.indexOf('/', 2)
    readAuthority(url, rest.slice(2, end < 0 ? undefined : end))
    rest = end < 0 ? '' : rest.slice(end)
  }
  url.path = decodePart(rest, 'path')
  return url
}

function readAuthority(url: Url, authority: string): void {
  const at = authority.lastIndexOf('@')
  url.host = parseHost(url.scheme, authority.slice(at + 1))
  if (at < 0) return
  const userinfo = authority.slice(0, at)
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(userinfo)) throw failure('net/url: invalid userinfo')
  const [name, password] = cut(userinfo, ':')
  url.user = { name: decodePart(name, 'user') }
  if (password !== undefined) url.user.password = decodePart(password, 'user')
}

function parseHost(scheme: string, host: string): string {
  const open = host.lastIndexOf('[')
  if (open > 0) throw failure('invalid IP-literal')
  if (open === 0) return parseLiteral(host)
  const colon = host.indexOf(':')
  if (colon >= 0) checkPort(host.slice(scheme === 'http' || scheme === 'https' ? colon : host.lastIndexOf(':')))
  return decodePart(host, 'host')
}

function checkPort(port: string): void {
  if (!/^(:[0-9]*)?$/.test(port)) throw failure(`invalid port ${quote(port)} after host`)
}

function addressIn(name: string): Address {
  try {
    return parseIpAddress(name)
  } catch (error) {
    throw failure(`invalid host: ${(error as Error).message}`)
  }
}

/** An IPv6 address in brackets, perhaps with a zone, perhaps with a port. */
function parseLiteral(host: string): string {
  const close = host.lastIndexOf(']')
  if (close < 0) throw failure("missing ']' in host")
  const port = host.slice(close + 1)
  checkPort(port)
  const written = host.slice(1, close)
  const zone = written.indexOf('%25')
  const name = zone < 0 ? decodePart(written, 'host') : decodePart(written.slice(0, zone), 'host') + decodePart(written.slice(zone), 'zone')
  if (addressIn(name).bytes.length === 4) throw failure('invalid IP-literal')
  return `[${name}]${port}`
}

/** The host without its port and without the brackets of an IPv6 address. */
export function hostnameOf(host: string): string {
  const name = host.replace(/:[0-9]*$/, '')
  return name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name
}

export function formatUser(user: NonNullable<Url['user']>): string {
  return encodePart(user.name, 'user') + (user.password === undefined ? '' : `:${encodePart(user.password, 'user')}`)
}

/** Go's `URL.String` for a URL that was put together from its parts. */
export function formatUrl(url: Url): string {
  let text = url.scheme === '' ? '' : `${url.scheme}:`
  if (url.opaque !== '') text += url.opaque
  else {
    if (url.scheme !== '' || url.host !== '' || url.user) {
      if (url.host !== '' || url.path !== '' || url.user) text += '//'
      if (url.user) text += `${formatUser(url.user)}@`
      text += encodePart(url.host, 'host')
    }
    const path = url.path === '*' ? '*' : encodePart(url.path, 'path')
    if (path !== '' && !path.startsWith('/') && url.host !== '') text += '/'
    if (text === '' && cut(path, '/')[0].includes(':')) text += './'
    text += path
  }
  if (url.query !== '') text += `?${url.query}`
  return url.fragment === '' ? text : `${text}#${encodePart(url.fragment, 'fragment')}`
}
