import type { IncomingMessage } from 'node:http'
import type { Registry } from '../resources.ts'
import { structType, type Type } from '../schema/types.ts'
import { badRequest, StatusError } from '../status.ts'
import { decodeProtobuf } from './protobuf.ts'

/** What a request path names. */
export interface Target {
  group: string
  version: string
  namespace?: string
  resource: string
  name?: string
  subresource?: string
  /** What follows the subresource, of proxy requests. */
  rest?: string
}

/** Reads `/api/v1/...` and `/apis/GROUP/VERSION/...`; undefined for other paths. */
export function parsePath(pathname: string): Target | undefined {
  let parts: string[]
  try {
    parts = pathname.split('/').filter(Boolean).map(decodeURIComponent)
  } catch {
    return undefined
  }
  let group = ''
  const root = parts.shift()
  if (root === 'apis') {
    group = parts.shift() ?? ''
    if (group === '') return undefined
  } else if (root !== 'api') return undefined
  const version = parts.shift()
  if (version === undefined || parts.length === 0) return undefined
  let namespace: string | undefined
  if (
    parts[0] === 'namespaces' &&
    parts.length > 2 &&
    !(group === '' && parts.length === 3 && (parts[2] === 'status' || parts[2] === 'finalize'))
  ) {
    namespace = parts[1]
    parts.splice(0, 2)
  }
  const [resource, name, subresource, ...rest] = parts
  return { group, version, namespace, resource: resource!, name, subresource, ...(rest.length ? { rest: rest.join('/') } : {}) }
}

/** Requests above this are refused, as the API server does. */
const LIMIT = 3 * 1024 * 1024

/** Reads a whole body. Throws the API's 413 above its limit. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > LIMIT) throw new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${LIMIT}`, {})
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Decodes a JSON, YAML or protobuf body by its content type; others are refused. */
export async function decodeBody(registry: Registry, body: Buffer, contentType: string | undefined): Promise<any> {
  const type = (contentType ?? 'application/json').split(';')[0]!.trim().toLowerCase()
  if (type === 'application/vnd.kubernetes.protobuf')
    return decodeProtobuf(body, (apiVersion, kind) => registry.reference(apiVersion, kind)?.type ?? extraType(apiVersion, kind))
  const text = body.toString('utf8')
  if (type === 'application/json' || type.endsWith('+json') || type === '*/*' || type === '') return parseJson(text)
  if (type === 'application/yaml' || type.endsWith('+yaml')) {
    const trimmed = text.trimStart()
    if (trimmed.startsWith('{')) return parseJson(text)
    const { load } = await import('js-yaml')
    try {
      return load(text)
    } catch (error) {
      throw badRequest(`error decoding YAML: ${(error as Error).message.split('\n')[0]}`)
    }
  }
  throw new StatusError(
    415,
    'UnsupportedMediaType',
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  )
}

/** Kinds that are sent to subresources only. */
function extraType(apiVersion: string, kind: string): Type | undefined {
  const [group = '', version = ''] = apiVersion.split('/')
  return structType(`io.k8s.api.${group.split('.')[0]}.${version}.${kind}`)
}

function parseJson(text: string): any {
  if (text.trim() === '') return undefined
  try {
    // A key __proto__ is text of others, never a prototype.
    return text.includes('__proto__')
      ? JSON.parse(text, function (this: any, key, value) {
          return key === '__proto__' ? undefined : value
        })
      : JSON.parse(text)
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${(error as Error).message}`)
  }
}

/** In which form the client wants objects. */
export type Form = 'json' | 'table' | 'metadata' | 'metadata-list' | 'discovery'

/** Negotiates by the Accept header; throws 406 where nothing fits. */
export function acceptedForm(accept: string | undefined): Form {
  if (!accept) return 'json'
  for (const entry of accept.split(',')) {
    const [type, ...parameters] = entry.split(';').map((part) => part.trim())
    const as = parameters.find((p) => p.startsWith('as='))?.slice(3)
    if (type !== 'application/json' && type !== '*/*' && type !== 'application/*' && type !== 'application/yaml') continue
    if (as === 'Table') return 'table'
    if (as === 'PartialObjectMetadata') return 'metadata'
    if (as === 'PartialObjectMetadataList') return 'metadata-list'
    if (as === 'APIGroupDiscoveryList') {
      if (parameters.includes('v=v2')) return 'discovery'
      continue
    }
    if (as === undefined) return 'json'
  }
  throw new StatusError(
    406,
    'NotAcceptable',
    '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
    {},
  )
}
