import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface TestRegistry {
  /** 127.0.0.1 and the port. */
  host: string
  /** Each request as `GET /v2/…`. */
  requests: string[]
  /** Blobs by digest; tests spoil them. */
  blobs: Map<string, Buffer>
  /** Manifests by `repository:tag` and `repository@digest`. */
  manifests: Map<string, { type: string; body: Buffer }>
  close(): void
}

export interface Protection {
  /** A token of /token for this user, or the user itself with each request. */
  scheme: 'bearer' | 'basic'
  user: string
  password: string
}

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** A registry of the OCI distribution specification in memory, as far as Helm pushes and pulls: two tags on a page, blobs in one or two requests. */
export async function startRegistry(protection?: Protection): Promise<TestRegistry> {
  const blobs = new Map<string, Buffer>()
  const manifests: TestRegistry['manifests'] = new Map()
  const requests: string[] = []
  const login = protection && `Basic ${Buffer.from(`${protection.user}:${protection.password}`).toString('base64')}`
  const uploads = new Map<string, Buffer>()

  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, 'http://registry')
    requests.push(`${request.method} ${request.url}`)
    const body = await read(request)
    if (url.pathname === '/token') {
      const granted = request.headers.authorization === login && url.searchParams.get('service') === 'test'
      return answer(response, granted ? 200 : 401, granted ? JSON.stringify({ token: `for ${url.searchParams.get('scope')}` }) : '')
    }
    if (!isAllowed(request, url)) {
      const challenge = protection!.scheme === 'basic' ? 'Basic realm="test"' : `Bearer realm="http://${host}/token",service="test"`
      const errors = [{ code: 'UNAUTHORIZED', message: 'who are you?' }]
      return answer(response, 401, JSON.stringify({ errors }), { 'www-authenticate': challenge })
    }
    const [, repository = '', kind = '', name = ''] = /^\/v2\/(.+)\/(blobs|manifests|tags)\/(.*)$/.exec(url.pathname) ?? []
    if (kind === 'tags') return tags(response, repository, url)
    if (kind === 'manifests') return manifest(request, response, repository, name, body)
    if (kind === 'blobs') return blob(request, response, repository, name, url, body)
    answer(response, url.pathname === '/v2/' ? 200 : 404, '')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`

  function isAllowed(request: IncomingMessage, url: URL): boolean {
    if (!protection) return true
    const { authorization = '' } = request.headers
    if (protection.scheme === 'basic') return authorization === login
    const repository = /^\/v2\/(.+)\/(?:blobs|manifests|tags)\//.exec(url.pathname)?.[1]
    return authorization.startsWith('Bearer for ') && (repository === undefined || authorization.includes(repository))
  }

  function tags(response: ServerResponse, repository: string, url: URL) {
    const all = [...manifests.keys()].flatMap((key) => (key.startsWith(`${repository}:`) ? [key.slice(repository.length + 1)] : [])).sort()
    if (all.length === 0)
      return answer(response, 404, JSON.stringify({ errors: [{ code: 'NAME_UNKNOWN', message: 'no such repository' }] }))
    const start = all.indexOf(url.searchParams.get('last') ?? '') + 1
    const page = all.slice(start, start + 2)
    const more = start + 2 < all.length
    const link: Record<string, string> = more ? { link: `</v2/${repository}/tags/list?n=2&last=${page.at(-1)}>; rel="next"` } : {}
    answer(response, 200, JSON.stringify({ name: repository, tags: page }), link)
  }

  function manifest(request: IncomingMessage, response: ServerResponse, repository: string, name: string, body: Buffer) {
    const key = name.startsWith('sha256:') ? `${repository}@${name}` : `${repository}:${name}`
    if (request.method === 'PUT') {
      const entry = { type: request.headers['content-type'] ?? '', body }
      manifests.set(key, entry).set(`${repository}@${digestOf(body)}`, entry)
      return answer(response, 201, '', { location: `/v2/${repository}/manifests/${name}`, 'docker-content-digest': digestOf(body) })
    }
    const found = manifests.get(key)
    if (!found) return answer(response, 404, JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message: `no ${name} here` }] }))
    answer(response, 200, request.method === 'HEAD' ? '' : found.body, {
      'content-type': found.type,
      'docker-content-digest': digestOf(found.body),
      'content-length': String(found.body.length),
    })
  }

  function blob(request: IncomingMessage, response: ServerResponse, repository: string, name: string, url: URL, body: Buffer) {
    if (name.startsWith('uploads/')) {
      const id = name.slice('uploads/'.length) || String(uploads.size + 1)
      uploads.set(id, Buffer.concat([uploads.get(id) ?? Buffer.alloc(0), body]))
      const digest = url.searchParams.get('digest')
      if (digest && request.method === 'PUT') blobs.set(digest, uploads.get(id)!)
      const status = digest && request.method === 'PUT' ? 201 : 202
      return answer(response, status, '', { location: `/v2/${repository}/blobs/uploads/${id}`, 'docker-content-digest': digest ?? '' })
    }
    const found = blobs.get(name)
    if (!found) return answer(response, 404, '')
    answer(response, 200, request.method === 'HEAD' ? '' : found, { 'content-length': String(found.length), 'docker-content-digest': name })
  }

  return { host, requests, blobs, manifests, close: () => void server.close() }
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function answer(response: ServerResponse, status: number, body: string | Buffer, headers: Record<string, string> = {}) {
  response.writeHead(status, headers).end(body)
}

/** Puts a chart's archive under a tag, as `helm push` does. */
export function putChart(registry: TestRegistry, repository: string, version: string, archive: Buffer): string {
  const put = (bytes: Buffer, mediaType: string) => {
    registry.blobs.set(digestOf(bytes), bytes)
    return { mediaType, digest: digestOf(bytes), size: bytes.length }
  }
  const name = repository.split('/').at(-1)
  const config = put(Buffer.from(JSON.stringify({ name, version, apiVersion: 'v2' })), 'application/vnd.cncf.helm.config.v1+json')
  const layers = [put(archive, 'application/vnd.cncf.helm.chart.content.v1.tar+gzip')]
  const body = Buffer.from(JSON.stringify({ schemaVersion: 2, config, layers }))
  const entry = { type: 'application/vnd.oci.image.manifest.v1+json', body }
  registry.manifests.set(`${repository}:${version.replaceAll('+', '_')}`, entry).set(`${repository}@${digestOf(body)}`, entry)
  return digestOf(body)
}
