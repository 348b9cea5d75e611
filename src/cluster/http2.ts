import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2'
import { isIP } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import type { HttpAnswer, HttpRequest } from './transport.ts'

/** One connection that carries many short requests at once. Errors are those of Node's sockets. */
export interface Http2 {
  /** Undefined where the server speaks only HTTP/1.1, which the first connection tells; nothing was sent then. */
  send(request: HttpRequest, headers: Record<string, string | string[] | number>): Promise<HttpAnswer | undefined>
  /** TLS options changed: requests under way keep the old connection. */
  renew(tls: ConnectionOptions): void
  close(): void
}

export interface Http2Options {
  server: URL
  tls: ConnectionOptions
  /** How long the server may be silent, in milliseconds: before it is connected, before an answer begins, and within it. */
  timeoutMs: number
  /** Connects where a proxy stands between. */
  tunnel?: (tls: ConnectionOptions) => Promise<TLSSocket>
}

/** Answers are read at once: neither one nor all together have to wait for room. */
const streamWindow = 4 * 1024 * 1024
const connectionWindow = 16 * 1024 * 1024
const cancelled = 8

/**
 * HTTP/2 over TLS. Beside HTTP/1.1 over sixteen connections it takes fifteen handshakes less of both sides, and a third less of this process's time for each request,
 * which 32 requests at once take a tenth less of than 16, as more of them share a turn.
 * A connection that is silent for too long, that the server wants to end (GOAWAY) or that breaks is left, and the next request opens another.
 */
export function openHttp2({ server, timeoutMs, tunnel, ...options }: Http2Options): Http2 {
  let { tls } = options
  let session: ClientHttp2Session | undefined
  let dialing: Promise<ClientHttp2Session | undefined> | undefined
  let refused = false
  const open = new Set<{ destroy(): void }>()

  function connected(): Promise<ClientHttp2Session | undefined> {
    if (refused) return Promise.resolve(undefined)
    if (session && !session.closed && !session.destroyed) return Promise.resolve(session)
    if (!dialing) {
      const attempt = dial().then((socket) => {
        if (socket.alpnProtocol === 'h2') return start(socket)
        refused = true
        socket.destroy()
        return undefined
      })
      const done = () => {
        if (dialing === attempt) dialing = undefined
      }
      dialing = attempt
      attempt.then(done, done)
    }
    return dialing
  }

  function dial(): Promise<TLSSocket> {
    const offer: ConnectionOptions = { ...tls, ALPNProtocols: ['h2', 'http/1.1'] }
    return new Promise((resolve, reject) => {
      let late = false
      const bound = setTimeout(() => {
        late = true
        reject(timedOut())
        socket?.destroy()
      }, timeoutMs)
      const fail = (error: unknown) => {
        clearTimeout(bound)
        reject(error)
      }
      const take = (dialed: TLSSocket) => {
        clearTimeout(bound)
        if (late) dialed.destroy()
        else resolve(dialed)
      }
      const socket = tunnel ? undefined : connectDirectly(offer, take, fail)
      tunnel?.(offer).then(take, fail)
    })
  }

  function connectDirectly(offer: ConnectionOptions, take: (socket: TLSSocket) => void, fail: (error: unknown) => void): TLSSocket {
    const host = server.hostname.replace(/^\[|\]$/g, '')
    const socket = connectTls({ host, port: Number(server.port || 443), servername: isIP(host) ? '' : host, ...offer })
    open.add(socket)
    socket.once('error', fail)
    socket.once('close', () => {
      open.delete(socket)
      fail(cut())
    })
    socket.once('secureConnect', () => take(socket))
    return socket
  }

  function start(socket: TLSSocket): ClientHttp2Session {
    socket.setKeepAlive(true, 15_000)
    const started = process.getBuiltinModule('node:http2').connect(server.origin, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: streamWindow },
    })
    const end = () => leave(started)
    open.add(started)
    started.once('connect', () => started.setLocalWindowSize(connectionWindow))
    // Its streams tell why.
    started.on('error', end)
    started.on('goaway', () => {
      end()
      started.close()
    })
    started.on('close', () => {
      open.delete(started)
      end()
    })
    // While it is idle it does not keep the process; a request does by its timer.
    started.unref()
    session = started
    return started
  }

  /** No new requests over this connection; those under way may end. */
  function leave(left: ClientHttp2Session): void {
    if (session === left) session = undefined
  }

  function send(request: HttpRequest, headers: Record<string, string | string[] | number>): Promise<HttpAnswer | undefined> {
    return new Promise((resolve, reject) => {
      const { signal, method, path, body } = request
      if (signal?.aborted) return reject(signal.reason)
      let carrier: ClientHttp2Session | undefined
      let stream: ClientHttp2Stream | undefined
      const silence = setTimeout(() => {
        if (carrier) leave(carrier)
        stop(timedOut())
      }, timeoutMs)
      const abort = () => stop(signal!.reason instanceof Error ? signal!.reason : new Error('aborted'))
      const settle = () => {
        clearTimeout(silence)
        signal?.removeEventListener('abort', abort)
      }
      const stop = (error: Error) => {
        settle()
        reject(signal?.aborted ? signal.reason : error)
        stream?.close(cancelled)
        stream?.destroy(error)
      }
      const begin = (found: ClientHttp2Session | undefined) => {
        // Given up while it connected.
        if (signal?.aborted) return
        if (!found) {
          settle()
          return resolve(undefined)
        }
        carrier = found
        const sent = found.request({ ':method': method, ':path': path, ...headers }, { endStream: body === undefined })
        stream = sent
        let answered = false
        sent.on('response', ({ ':status': status = 0, ...rest }) => {
          answered = true
          silence.refresh()
          resolve({
            status,
            headers: rest as HttpAnswer['headers'],
            body: sent,
            alive: () => void silence.refresh(),
            isWhole: () => !sent.aborted && sent.rstCode === 0,
          })
        })
        sent.on('error', (error) => reject(socketError(error)))
        sent.on('close', () => {
          settle()
          if (!answered) reject(cut())
        })
        if (body !== undefined) sent.end(body)
      }
      signal?.addEventListener('abort', abort, { once: true })
      connected()
        .then(begin)
        .catch((error: Error) => stop(socketError(error)))
    })
  }

  return {
    send,
    renew(changed) {
      tls = changed
      session?.close()
      session = undefined
      dialing = undefined
    },
    close() {
      for (const item of open) item.destroy()
    },
  }
}

/** What happened to the connection, where HTTP/2 has a name of its own for that. */
export function socketError(error: Error & { code?: unknown; cause?: unknown }): Error {
  // The code of an AbortError is a number.
  if (!String(error.code).startsWith('ERR_HTTP2_')) return error
  const { cause } = error
  if (cause instanceof Error && 'code' in cause) return socketError(cause as Error)
  return cut(error)
}

function cut(cause?: Error): Error {
  return Object.assign(new Error('the connection was cut', { cause }), { code: 'ECONNRESET' })
}

export function timedOut(): Error {
  return Object.assign(new Error('no answer in time'), { code: 'ERR_KUBE_NO_ANSWER' })
}
