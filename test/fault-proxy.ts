import { readFileSync } from 'node:fs'
import * as http from 'node:http'
import * as https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { chooseContext, loadKubeconfig } from '../src/cluster/kubeconfig.ts'

/** A request on its way through the proxy. */
export interface ProxiedRequest {
  /** 1 for the first request since the start or the last `reset()`. */
  number: number
  /** 1 for the first request that writes (neither GET nor a review nor a dry run), else 0. */
  write: number
  method: string
  /** With query. */
  path: string
  /** Whether it is a watch or a followed log. */
  stream: boolean
}

/** What goes wrong with a request. */
export type Fault =
  /** The connection is cut before the server sees the request, after it has carried it out, or amid its answer after `bytes` (default half of it). */
  | { cut: 'before' | 'after' }
  | { cut: 'within'; bytes?: number }
  /** This answer instead of the server's, which never sees the request; with `after` it does. */
  | { status: number; body?: string; headers?: Record<string, string>; after?: boolean }
  /** The server's answer, later; or its body in a few pieces, each so much later. */
  | { delayMs: number }
  | { dripMs: number }
  /** No answer ever; the connection stays open. With `after` the server carries the request out; `done` is called once it has. */
  | { hang: true; after?: boolean; done?: () => void }

export interface FaultProxyOptions {
  /** The kubeconfig of the real server; its current context, or `context`. */
  kubeconfig: string
  context?: string
  /** Decides about each request; may wait or kill somebody first. Default: nothing goes wrong. */
  fault?: (request: ProxiedRequest) => Fault | undefined | Promise<Fault | undefined>
}

export interface FaultProxy {
  url: string
  /** A kubeconfig (JSON, which YAML readers take) whose server is the proxy and whose credentials are those of the real one. */
  kubeconfig: string
  /** All requests so far, in the order in which they came. */
  requests: (ProxiedRequest & { status?: number })[]
  setFault(fault: FaultProxyOptions['fault']): void
  /** Counts from 1 again and forgets `requests`. */
  reset(): void
  /** Cuts every open watch and followed log, or all connections. */
  cut(what?: 'streams' | 'all'): void
  close(): Promise<void>
}

/** An HTTP proxy between a client and an API server that does to each request what `fault` says. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { name, cluster, user } = chooseContext(await loadKubeconfig(options.kubeconfig), options.context)
  const target = new URL(cluster.server!)
  const data = (inline?: string, file?: string) => (inline ? Buffer.from(inline, 'base64') : file ? readFileSync(file) : undefined)
  const client = target.protocol === 'https:' ? https : http
  const agent = new client.Agent({
    keepAlive: true,
    ca: data(cluster['certificate-authority-data'], cluster['certificate-authority']),
    cert: data(user['client-certificate-data'], user['client-certificate']),
    key: data(user['client-key-data'], user['client-key']),
    rejectUnauthorized: cluster['insecure-skip-tls-verify'] !== true,
  } as https.AgentOptions) as http.Agent

  let { fault } = options
  let requests: FaultProxy['requests'] = []
  let writes = 0
  const sockets = new Set<Socket>()
  const streams = new Set<Socket>()

  const server = http.createServer(async (incoming, answer) => {
    const { method = 'GET', url = '/' } = incoming
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const stream = /[?&](watch=(1|true)|follow=true)/.test(url)
    const request: FaultProxy['requests'][number] = {
      number: requests.length + 1,
      write: isWrite(method, url) ? ++writes : 0,
      method,
      path: url,
      stream,
    }
    requests.push(request)
    const socket = incoming.socket
    const wrong = (await fault?.(request)) || undefined
    const cutOff = () => void socket.resetAndDestroy()
    if (wrong && 'cut' in wrong && wrong.cut === 'before') return cutOff()
    if (wrong && 'hang' in wrong && !wrong.after) return
    if (wrong && 'status' in wrong && !wrong.after) return reply(answer, wrong)
    if (wrong && 'delayMs' in wrong) await new Promise((resolve) => setTimeout(resolve, wrong.delayMs))

    const forwarded = client.request(
      {
        agent,
        method,
        host: target.hostname,
        port: target.port,
        path: target.pathname.replace(/\/$/, '') + url,
        // Go's client sends no token where there is no TLS.
        headers: { ...(user.token ? { authorization: `Bearer ${user.token}` } : {}), ...incoming.headers, host: target.host },
      },
      (real) => {
        request.status = real.statusCode
        if (wrong && 'dripMs' in wrong) return void drip(real, answer, wrong.dripMs).catch(() => answer.destroy())
        if (wrong && stream && !('delayMs' in wrong)) return void spoilStream(real, answer, wrong, cutOff)
        if (wrong && !('delayMs' in wrong)) {
          const body: Buffer[] = []
          real.on('data', (chunk) => body.push(chunk))
          real.on('end', () => {
            if ('status' in wrong) return reply(answer, wrong)
            if ('hang' in wrong) return wrong.done?.()
            if (wrong.cut !== 'within') return cutOff()
            const whole = Buffer.concat(body)
            answer.writeHead(real.statusCode ?? 500, { ...real.headers, 'content-length': whole.length })
            answer.write(whole.subarray(0, wrong.bytes ?? Math.floor(whole.length / 2)), cutOff)
          })
          return
        }
        answer.writeHead(real.statusCode ?? 500, real.headers)
        if (stream) {
          streams.add(socket)
          answer.flushHeaders()
        }
        real.pipe(answer)
        real.on('error', () => answer.destroy())
      },
    )
    forwarded.on('error', cutOff)
    answer.on('close', () => {
      streams.delete(socket)
      forwarded.destroy()
    })
    forwarded.end(Buffer.concat(chunks))
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const kubeconfig = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name: 'proxy', cluster: { server: url } }],
    users: [{ name: 'user', user: { token: user.token } }],
    contexts: [{ name, context: { cluster: 'proxy', user: 'user' } }],
  })

  return {
    url,
    kubeconfig,
    get requests() {
      return requests
    },
    setFault(next) {
      fault = next
    },
    reset() {
      requests = []
      writes = 0
    },
    cut(what = 'streams') {
      for (const socket of what === 'all' ? sockets : streams) socket.resetAndDestroy()
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      agent.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function isWrite(method: string, path: string): boolean {
  return method !== 'GET' && method !== 'HEAD' && !/\/self\w+reviews\b/.test(path) && !/[?&]dryRun=/.test(path)
}

/** The answer's body in five pieces. */
async function drip(real: http.IncomingMessage, answer: http.ServerResponse, ms: number): Promise<void> {
  answer.writeHead(real.statusCode ?? 500, real.headers)
  answer.flushHeaders()
  for await (const chunk of real as AsyncIterable<Buffer>) {
    const size = Math.ceil(chunk.length / 5)
    for (let from = 0; from < chunk.length; from += size) {
      await new Promise((resolve) => setTimeout(resolve, ms))
      answer.write(chunk.subarray(from, from + size))
    }
  }
  answer.end()
}

/** A stream has no end to wait for: it is cut when its head has come, or `within` its first piece, so amid a line. */
function spoilStream(real: http.IncomingMessage, answer: http.ServerResponse, wrong: Fault, cutOff: () => void): void {
  if ('status' in wrong) {
    real.destroy()
    reply(answer, wrong)
    return
  }
  if ('hang' in wrong) {
    wrong.done?.()
    return
  }
  if (!('cut' in wrong) || wrong.cut !== 'within') {
    cutOff()
    return
  }
  answer.writeHead(real.statusCode ?? 500, real.headers)
  answer.flushHeaders()
  real.once('data', (chunk: Buffer) => answer.write(chunk.subarray(0, Math.ceil(chunk.length / 2)), cutOff))
  real.once('end', cutOff)
}

function reply(answer: http.ServerResponse, fault: { status: number; body?: string; headers?: Record<string, string> }): void {
  const { status, headers } = fault
  const body =
    fault.body ?? JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message: http.STATUS_CODES[status], code: status })
  answer.writeHead(status, { 'content-type': 'application/json', ...headers })
  answer.end(body)
}
