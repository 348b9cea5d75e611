import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import type { Readable } from 'node:stream'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { openHttp2, socketError, timedOut } from './http2.ts'
import type { ProxySettings } from './proxy.ts'

export interface HttpRequest {
  method: string
  /** With query, below the server's own path. */
  path: string
  headers: Record<string, string | string[]>
  body?: string
  signal?: AbortSignal
  /** A watch or a followed log: it does not take one of the few pooled connections, and may be silent for long. */
  stream?: boolean
  /** The answer may begin at any time: kubelets answer a request for logs with the first line. */
  patient?: boolean
}

export interface HttpAnswer {
  status: number
  headers: IncomingMessage['headers']
  /** Decompressed. Errors with ECONNRESET where it is cut off. */
  body: Readable
  /** To be called when some of the body came: only a silent server times out. */
  alive(): void
  /** Whether a body that ended was sent to its end; absent where one that is not ends with an error. */
  isWhole?(): boolean
}

/** What sends HTTP requests to one API server. Errors are those of Node's sockets. */
export interface Transport {
  send(request: HttpRequest): Promise<HttpAnswer>
  /** TLS options changed (a new client certificate): new connections only from here on. */
  renew(tls: ConnectionOptions): void
  close(): void
}

export interface TransportOptions {
  server: URL
  tls: ConnectionOptions
  proxy?: ProxySettings
  /** Connections for short requests. */
  parallelism: number
  /** How long the server may be silent before an answer begins, and within one that is no stream. */
  timeoutMs: number
  compress: boolean
  /** Whether HTTP/2 is offered to a server with TLS. */
  http2: boolean
}

/**
 * Short requests over HTTP/2 where the server has it; else, and for streams, HTTP/1.1 over pooled connections that are kept alive. A thin layer over Node's own modules
 * on purpose: they load in a fifth of the time of undici (20 against 90 ms).
 */
export async function openTransport(options: TransportOptions): Promise<Transport> {
  const { server, parallelism, timeoutMs } = options
  const secure = server.protocol === 'https:'
  // Not by import: that reads every export of the module, among them the lazy ones that load Node's own undici.
  const http = secure ? process.getBuiltinModule('node:https') : process.getBuiltinModule('node:http')
  const tunnel = options.proxy ? (await import('./proxy.ts')).tunnel : undefined
  const host = server.hostname.replace(/^\[|\]$/g, '')
  const port = server.port || (secure ? 443 : 80)
  const basePath = server.pathname.replace(/\/+$/, '')
  const settled = (tls: ConnectionOptions) => (secure ? withContext(tls) : tls)
  const tls = settled(options.tls)
  let [pool, streams] = openPools(tls)
  const http2 = secure && options.http2 ? openHttp2({ server, tls, timeoutMs, ...(tunnel ? { tunnel: dialThrough } : {}) }) : undefined

  function dialThrough(offer: ConnectionOptions): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      tunnel!(options.proxy!, server, offer)({ host, port }, (error, socket) => (socket ? resolve(socket as TLSSocket) : reject(error)))
    })
  }

  function openPools(tls: ConnectionOptions): [Agent, Agent] {
    return [openPool(tls, parallelism), openPool(tls, Number.POSITIVE_INFINITY)]
  }

  function openPool(tls: ConnectionOptions, maxSockets: number): Agent {
    const agent = new http.Agent({
      ...tls,
      keepAlive: true,
      keepAliveMsecs: 15_000,
      maxSockets,
      maxFreeSockets: parallelism,
      scheduling: 'lifo',
    })
    // The agent's own way to open a connection is replaced where a proxy stands between.
    if (tunnel) Object.assign(agent, { createConnection: tunnel(options.proxy!, server, tls) })
    return agent
  }

  async function send(request: HttpRequest): Promise<HttpAnswer> {
    const headers: Record<string, string | string[] | number> = { ...request.headers }
    if (options.compress && !request.stream) headers['accept-encoding'] = 'gzip'
    if (request.body !== undefined) headers['content-length'] = Buffer.byteLength(request.body)
    const answer = request.stream ? undefined : await http2?.send({ ...request, path: basePath + request.path }, headers)
    return answer ? { ...answer, body: decompressed(answer.body, answer.headers) } : sendOverPool(request, headers)
  }

  function sendOverPool(request: HttpRequest, headers: Record<string, string | string[] | number>): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const { signal } = request
      if (signal?.aborted) return reject(signal.reason)
      const settings: RequestOptions = {
        method: request.method,
        host,
        port,
        path: basePath + request.path,
        headers: { ...headers, host: server.host },
        agent: request.stream ? streams : pool,
      }
      const sent: ClientRequest = http.request(settings)
      // What is under way: the request, then its answer, which must be told why it ends.
      let current: ClientRequest | IncomingMessage = sent
      const silence = setTimeout(() => current.destroy(timedOut()), request.patient ? 2 ** 31 - 1 : timeoutMs)
      const abort = () => current.destroy(signal!.reason instanceof Error ? signal!.reason : new Error('aborted'))
      signal?.addEventListener('abort', abort, { once: true })
      const settle = () => {
        clearTimeout(silence)
        signal?.removeEventListener('abort', abort)
      }
      sent.on('error', (error) => {
        settle()
        reject(signal?.aborted ? signal.reason : error)
      })
      sent.on('response', (answer) => {
        current = answer
        if (request.stream) clearTimeout(silence)
        else silence.refresh()
        answer.on('close', settle)
        // What comes after the head is an error of the body, not of the request any more.
        answer.on('error', settle)
        const alive = () => void (request.stream || silence.refresh())
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: decompressed(answer, answer.headers), alive })
      })
      sent.end(request.body)
    })
  }

  return {
    send,
    renew(changed) {
      const tls = settled(changed)
      http2?.renew(tls)
      const old = [pool, streams]
      ;[pool, streams] = openPools(tls)
      // Requests under way keep their sockets; idle ones go.
      for (const agent of old) agent.destroy()
    },
    close() {
      http2?.close()
      pool.destroy()
      streams.destroy()
    },
  }
}

/**
 * The certificates read once, instead of for each connection; and without them in its options an agent need not spell them out for each request, to find the connections
 * that may serve it. What cannot be read fails with the first connection.
 */
function withContext(tls: ConnectionOptions): ConnectionOptions {
  const { ca, cert, key, ...rest } = tls
  try {
    return { ...rest, secureContext: process.getBuiltinModule('node:tls').createSecureContext({ ca, cert, key }) }
  } catch {
    return tls
  }
}

function decompressed(answer: Readable, headers: HttpAnswer['headers']): Readable {
  if (headers['content-encoding'] !== 'gzip') return answer
  const { createGunzip } = process.getBuiltinModule('node:zlib')
  const { pipeline } = process.getBuiltinModule('node:stream')
  const plain = createGunzip()
  pipeline(answer, plain, () => {})
  return plain
}

/** The whole body of an answer as text. Errors where it is cut off, or larger than `limit` bytes (default 512 MiB). */
export function readText({ body, alive, isWhole }: HttpAnswer, limit = 512 * 1024 * 1024): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    body.on('data', (chunk: Buffer) => {
      size += chunk.length
      alive()
      if (size > limit)
        body.destroy(Object.assign(new Error(`the answer is larger than ${limit} bytes`), { code: 'ERR_KUBE_ANSWER_TOO_LARGE' }))
      else chunks.push(chunk)
    })
    let whole = false
    body.on('end', () => {
      whole = isWhole?.() ?? true
      if (whole) resolve((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)).toString('utf8'))
    })
    body.on('error', (error) => reject(socketError(error)))
    // An error takes longer to make than all of this, for its stack: only where there is one.
    body.on('close', () => {
      if (!whole) reject(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }))
    })
  })
}
