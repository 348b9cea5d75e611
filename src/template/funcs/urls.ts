import { messageOf } from '../../errors.ts'
import { goKindOf } from '../reflect.ts'
import type { FunctionTable, GoMap, Value } from '../value.ts'
import { failure, nilDereference } from './failure.ts'
import { entriesOf } from './registry.ts'
import { formatUrl, formatUser, hostnameOf, parseUrl, type Url } from './url.ts'

function parse(text: string, problem: string): Url {
  try {
    return parseUrl(text)
  } catch (error) {
    throw failure(`${problem}: ${messageOf(error)}`)
  }
}

function partsOf(text: string): GoMap {
  const url = parse(text, 'unable to parse url')
  return new Map<string, Value>([
    ['scheme', url.scheme],
    ['host', url.host],
    ['hostname', hostnameOf(url.host)],
    ['path', url.path],
    ['query', url.query],
    ['opaque', url.opaque],
    ['fragment', url.fragment],
    ['userinfo', url.user ? formatUser(url.user) : ''],
  ])
}

function join(parts: GoMap): string {
  const part = (key: string): string => {
    const value = entriesOf(parts).get(key)
    if (value === undefined) return ''
    if (value === null) throw nilDereference()
    if (typeof value !== 'string') throw failure(`unable to parse ${key} key, must be of type string, but ${goKindOf(value)} found`)
    return value
  }
  const url: Url = {
    scheme: part('scheme'),
    host: part('host'),
    path: part('path'),
    query: part('query'),
    opaque: part('opaque'),
    fragment: part('fragment'),
  }
  const userinfo = part('userinfo')
  if (userinfo !== '') url.user = parse(`proto://${userinfo}@host`, 'unable to parse userinfo in dict').user
  return formatUrl(url)
}

/** URLs. */
export const urls: FunctionTable = {
  urlParse: {
    params: ['string'],
    call: ([text]) => partsOf(text),
    doc: 'The parts of the URL: scheme, host, hostname, path, query, opaque, fragment and userinfo.',
    example: { template: '{{ (urlParse "http://admin@example.com:80/a?b=c").hostname }}', output: 'example.com' },
  },
  urlJoin: {
    params: ['map[string]interface {}'],
    call: ([parts]) => join(parts),
    doc: 'The URL that has the parts of the map.',
    example: {
      template: '{{ urlJoin (dict "scheme" "https" "host" "example.com" "path" "/a" "query" "b=c") }}',
      output: 'https://example.com/a?b=c',
    },
  },
}
