import { type IncomingHttpHeaders, type IncomingMessage, request as plainRequest, type RequestOptions } from 'node:http'
import { request as secureRequest } from 'node:https'
import type { ConnectionOptions } from 'node:tls'
import { proxyFor, tunnel } from './proxy.ts'

export interface GetOptions {
  headers?: Record<string, string>
  tls?: ConnectionOptions
  signal?: AbortSignal
  /** Milliseconds for the whole; two minutes unless given. */
  timeoutMs?: number
  /** A longer answer is an error. */
  maxBytes: number
  /** HTTPS_PROXY and its like; default the process's environment. */
  env?: NodeJS.ProcessEnv
}

export interface GetAnswer {
  status: number
  statusText: string
  headers: IncomingHttpHeaders
  body: Buffer
}

const maxRedirects = 10

/**
 * Gets something from a server that is no Kubernetes API: chart repositories, registries, schemas. Goes through the proxies of the environment and
 * follows redirects; `authorization` does not go along to another host.
 * @throws Error with the socket's reason, for too many redirects, and for what is longer than `maxBytes`
 */
export async function httpGet(start: URL, options: GetOptions): Promise<GetAnswer> {
  const limit = AbortSignal.timeout(options.timeoutMs ?? 120_000)
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit
  let headers = options.headers ?? {}
  let url = start
  for (let count = 0; count <= maxRedirects; count++) {
    const answer = await send(url, headers, options, signal)
    const { statusCode: status = 0, statusMessage: statusText = '' } = answer
    const { location } = answer.headers
    if (location === undefined || ![301, 302, 303, 307, 308].includes(status)) {
      return { status, statusText, headers: answer.headers, body: await bodyOf(answer, url, options.maxBytes) }
    }
    answer.resume()
    const next = new URL(location, url)
    if (next.protocol !== 'https:' && (next.protocol !== 'http:' || url.protocol === 'https:')) {
      throw new Error(`${url.host} redirects to ${next.protocol}//${next.host}, which is not secure`)
    }
    if (next.host !== url.host) headers = Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'authorization'))
    url = next
  }
  throw new Error(`stopped after ${maxRedirects} redirects`)
}

function send(url: URL, headers: Record<string, string>, options: GetOptions, signal: AbortSignal): Promise<IncomingMessage> {
  const secure = url.protocol === 'https:'
  const proxy = proxyFor(url, undefined, options.env ?? process.env)
  const settings: RequestOptions = {
    ...options.tls,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port || (secure ? 443 : 80),
    path: url.pathname + url.search,
    headers: { 'user-agent': 'converge', ...headers, host: url.host },
    agent: false,
    signal,
  }
  if (proxy && !secure && proxy.url.protocol === 'http:') {
    // Such a proxy is asked for the whole URL; many allow CONNECT for port 443 only.
    Object.assign(settings, { host: proxy.url.hostname, port: proxy.url.port || 80, path: url.href })
    const { username, password } = proxy.url
    const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
    if (username !== '') settings.headers = { ...headers, host: url.host, 'proxy-authorization': `Basic ${login}` }
  } else if (proxy) Object.assign(settings, { agent: undefined, createConnection: tunnel(proxy, url, options.tls ?? {}) })
  return new Promise((resolve, reject) => {
    const request = secure ? secureRequest(settings) : plainRequest(settings)
    request.once('response', resolve)
    request.once('error', (error) => reject(signal.aborted && signal.reason instanceof Error ? signal.reason : error))
    request.end()
  })
}

async function bodyOf(answer: IncomingMessage, url: URL, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) {
      answer.destroy()
      throw new Error(`the answer of ${url.host} is larger than ${maxBytes} bytes`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
