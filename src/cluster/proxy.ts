import { connect as connectPlain, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { ConvergeError } from '../errors.ts'

export interface ProxySettings {
  url: URL
}

/**
 * The proxy for a server: `proxy-url` of the kubeconfig, else HTTPS_PROXY or HTTP_PROXY by the server's scheme unless NO_PROXY names its host, as
 * Go's net/http decides. Loopback is never proxied by the environment.
 */
export function proxyFor(server: URL, proxyUrl: string | undefined, env: NodeJS.ProcessEnv): ProxySettings | undefined {
  if (proxyUrl) return { url: parse(proxyUrl) }
  const host = server.hostname.replace(/^\[|\]$/g, '')
  if (isLoopback(host)) return undefined
  const value = server.protocol === 'https:' ? env.HTTPS_PROXY || env.https_proxy : env.HTTP_PROXY || env.http_proxy
  if (!value || isExempt(host, server.port || (server.protocol === 'https:' ? '443' : '80'), env.NO_PROXY || env.no_proxy || ''))
    return undefined
  return { url: parse(value) }
}

/** `localhost`, `127.0.0.0/8`, `::1` */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/** Host and port of a proxy without its password, for messages. */
export function proxyName(settings: ProxySettings): string {
  return `${settings.url.protocol}//${settings.url.host}`
}

const proxySchemes = new Set(['http:', 'https:', 'socks5:', 'socks5h:'])

/** Its text is in no message: it may hold a password. */
function parse(value: string): URL {
  const text = /^[a-z0-9]+:\/\//i.test(value) ? value : `http://${value}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && proxySchemes.has(url.protocol)) return url
  const why = url ? `has the scheme ${url.protocol.slice(0, -1)}` : 'is not an address'
  throw new ConvergeError('ERR_KUBE_CONFIG_INVALID', `the proxy of the cluster ${why}`, {
    hint: 'proxy-url, HTTPS_PROXY and HTTP_PROXY look like http://host:3128, https:// or socks5://',
  })
}

function isExempt(host: string, port: string, list: string): boolean {
  return list.split(',').some((entry) => {
    const item = entry.trim().toLowerCase()
    if (item === '') return false
    if (item === '*') return true
    if (item.includes('/')) return inRange(host, item)
    const [name = '', itemPort] = /^[^:]*:\d+$/.test(item) ? item.split(':') : [item]
    if (itemPort && itemPort !== port) return false
    const suffix = name.replace(/^\*?\./, '')
    return host === suffix ? !/^\*?\./.test(name) || name.startsWith('.') === false : host.endsWith(`.${suffix}`)
  })
}

function inRange(host: string, range: string): boolean {
  const [base = '', bits = ''] = range.split('/')
  const a = ipv4(host)
  const b = ipv4(base)
  if (a === undefined || b === undefined) return false
  const mask = Number(bits) === 0 ? 0 : (~0 << (32 - Number(bits))) >>> 0
  return (a & mask) >>> 0 === (b & mask) >>> 0
}

function ipv4(text: string): number | undefined {
  const parts = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text)
  return parts ? parts.slice(1).reduce((sum, part) => sum * 256 + Number(part), 0) : undefined
}

type Connected = (error: Error | null, socket?: Socket) => void

/** A `createConnection` for an agent that reaches `server` through the proxy: CONNECT for HTTP proxies, SOCKS 5 for socks5 ones. */
export function tunnel(proxy: ProxySettings, server: URL, tls: ConnectionOptions) {
  return (options: { host?: string; port?: number | string }, connected: Connected): undefined => {
    const host = options.host ?? server.hostname
    const port = Number(options.port ?? (server.protocol === 'https:' ? 443 : 80))
    const open = proxy.url.protocol.startsWith('socks') ? throughSocks : throughConnect
    open(proxy.url, host, port, (error, socket) => {
      if (error || !socket) return connected(error ?? new Error('no socket'))
      if (server.protocol !== 'https:') return connected(null, socket)
      const secured = connectTls({ servername: host, ...tls, socket })
      secured.once('secureConnect', () => {
        secured.off('error', fail)
        connected(null, secured)
      })
      const fail = (failure: Error) => connected(failure)
      secured.once('error', fail)
    })
    return undefined
  }
}

function throughConnect(proxy: URL, host: string, port: number, connected: Connected): void {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const auth = proxy.username ? { 'proxy-authorization': `Basic ${Buffer.from(userInfo(proxy)).toString('base64')}` } : {}
  const http = process.getBuiltinModule(proxy.protocol === 'https:' ? 'node:https' : 'node:http')
  const headers = { host: authority, ...auth }
  const request = http.request({
    method: 'CONNECT',
    host: proxy.hostname,
    port: proxy.port || undefined,
    path: authority,
    headers,
    agent: false,
  })
  request.once('connect', (answer, socket) => {
    if (answer.statusCode === 200) return connected(null, socket as Socket)
    socket.destroy()
    connected(new Error(`the proxy answers ${answer.statusCode} ${answer.statusMessage ?? ''}`.trim()))
  })
  request.once('response', (answer) => {
    answer.resume()
    connected(new Error(`the proxy answers ${answer.statusCode} to CONNECT`))
  })
  request.once('error', connected)
  request.end()
}

function userInfo(proxy: URL): string {
  return `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
}

const socksErrors = ['', 'general failure', 'not allowed', 'network unreachable', 'host unreachable', 'connection refused', 'TTL expired']

/** RFC 1928 with RFC 1929 for a user and password; the proxy looks the name up. */
function throughSocks(proxy: URL, host: string, port: number, connected: Connected): void {
  const socket = connectPlain({ host: proxy.hostname, port: Number(proxy.port || 1080) })
  const fail = (message: string) => {
    socket.destroy()
    connected(new Error(`the SOCKS proxy: ${message}`))
  }
  let received: Buffer = Buffer.alloc(0)
  let step: 'method' | 'login' | 'reply' = 'method'
  const withLogin = proxy.username !== ''
  socket.once('error', connected)
  socket.once('connect', () => socket.write(Buffer.from(withLogin ? [5, 2, 0, 2] : [5, 1, 0])))
  const askForTarget = () => {
    step = 'reply'
    const name = Buffer.from(host)
    socket.write(Buffer.concat([Buffer.from([5, 1, 0, 3, name.length]), name, Buffer.from([port >> 8, port & 255])]))
  }
  const read = (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    if (step === 'method' && received.length >= 2) {
      const method = received[1]
      received = received.subarray(2)
      if (method === 0) askForTarget()
      else if (method === 2 && withLogin) {
        step = 'login'
        const user = Buffer.from(decodeURIComponent(proxy.username))
        const password = Buffer.from(decodeURIComponent(proxy.password))
        socket.write(Buffer.concat([Buffer.from([1, user.length]), user, Buffer.from([password.length]), password]))
      } else return fail('it wants a login')
    }
    if (step === 'login' && received.length >= 2) {
      if (received[1] !== 0) return fail('the login is refused')
      received = received.subarray(2)
      askForTarget()
    }
    if (step !== 'reply' || received.length < 5) return
    const addressLength = received[3] === 1 ? 4 : received[3] === 4 ? 16 : received[4]! + 1
    if (received.length < 6 + addressLength) return
    if (received[1] !== 0) return fail(socksErrors[received[1]!] ?? `error ${received[1]}`)
    socket.off('data', read)
    socket.off('error', connected)
    // The server speaks only when it is spoken to, in HTTP as in TLS: nothing can come before the next listener does.
    connected(null, socket)
  }
  socket.on('data', read)
}
