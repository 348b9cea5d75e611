import { createServer } from 'node:http'
import { type AddressInfo, connect as connectPlain, createServer as createPlainServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { proxyFor, proxyName } from '../../src/cluster/proxy.ts'
import { configMap, json, refTo, scripted } from './server.ts'

const chosen = (server: string, env: Record<string, string>, url?: string) => proxyFor(new URL(server), url, env)?.url.href

it.each(['ftp://127.0.0.1:9', 'http://user:s3cr3t@:x', '://'])('the proxy %s is refused, without its password', (url) => {
  const refused = () => proxyFor(new URL('https://a.example'), url, {})
  expect(refused).toThrow(expect.objectContaining({ code: 'ERR_KUBE_CONFIG_INVALID' }))
  expect(refused).not.toThrow(/s3cr3t/)
})

describe('the proxy for a server', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['https://api.example', { HTTPS_PROXY: 'http://p:1' }, 'http://p:1/'],
    ['https://api.example', { https_proxy: 'p:1' }, 'http://p:1/'],
    ['http://api.example', { HTTPS_PROXY: 'http://p:1' }, undefined],
    ['http://api.example', { HTTP_PROXY: 'socks5://p:1' }, 'socks5://p:1'],
    ['https://api.example', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'other.example, api.example' }, undefined],
    ['https://api.example', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '.example' }, undefined],
    ['https://api.example', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'example' }, undefined],
    ['https://api.example', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'ple' }, 'http://p:1/'],
    ['https://api.example:6443', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'api.example:443' }, 'http://p:1/'],
    ['https://api.example:6443', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'api.example:6443' }, undefined],
    ['https://10.1.2.3', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '10.0.0.0/8' }, undefined],
    ['https://11.1.2.3', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '10.0.0.0/8' }, 'http://p:1/'],
    ['https://api.example', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '*' }, undefined],
    ['https://127.0.0.1:6443', { HTTPS_PROXY: 'http://p:1' }, undefined],
    ['https://localhost', { HTTPS_PROXY: 'http://p:1' }, undefined],
  ])('%s with %j is %s', (server, env, expected) => {
    expect(chosen(server, env)).toBe(expected)
  })

  it('of the kubeconfig goes before the environment, and is named without its password', () => {
    expect(chosen('https://127.0.0.1', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '*' }, 'http://own:2')).toBe('http://own:2/')
    expect(proxyName({ url: new URL('http://me:s3cr3t@p:1') })).toBe('http://p:1')
  })
})

/** A proxy that answers CONNECT, and the lines that it was asked. */
async function connectProxy(status = 200) {
  const asked: string[] = []
  const server = createServer()
  server.on('connect', (request, socket) => {
    asked.push(`${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim())
    if (status !== 200) return socket.end(`HTTP/1.1 ${status} No\r\n\r\n`)
    const [host, port] = request.url!.split(':')
    const upstream = connectPlain(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** A SOCKS 5 proxy, with or without a login. */
async function socksProxy(login?: string) {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const server = createPlainServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    let step = 0
    socket.on('data', function read(data: Buffer) {
      if (step === 0) {
        step = login ? 1 : 2
        return void socket.write(Buffer.from([5, login ? 2 : 0]))
      }
      if (step === 1) {
        const user = data.subarray(2, 2 + data[1]!).toString()
        const password = data.subarray(3 + data[1]!).toString()
        step = 2
        return void socket.write(Buffer.from([1, `${user}:${password}` === login ? 0 : 1]))
      }
      const host = data.subarray(5, 5 + data[4]!).toString()
      const port = data.readUInt16BE(5 + data[4]!)
      asked.push(`${host}:${port}`)
      socket.off('data', read)
      const upstream = connectPlain(port, host, () => {
        socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
        upstream.pipe(socket).pipe(upstream)
      })
      upstream.on('error', () => socket.end(Buffer.from([5, 5, 0, 1, 0, 0, 0, 0, 0, 0])))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

describe('a connection through a proxy', () => {
  const api = () => scripted((_, response) => json(response, configMap('a', { x: 'live' })))
  // A name for this machine that the environment's rules do not take for loopback.
  const elsewhere = (url: string) => url.replace('127.0.0.1', '0.0.0.0')

  it('goes by CONNECT, with the login of its address', async () => {
    await using server = await api()
    await using proxy = await connectProxy()
    const cluster = await server.cluster({ apiServer: elsewhere(server.url), env: { HTTP_PROXY: `http://me:s3cr3t@${proxy.host}` } })
    expect(await cluster.get(refTo())).toMatchObject({ data: { x: 'live' } })
    await cluster.get(refTo())
    expect(proxy.asked).toEqual([`${elsewhere(server.url).slice(7)} Basic ${Buffer.from('me:s3cr3t').toString('base64')}`])
    await cluster.close()
  })

  it('says what the proxy refuses', async () => {
    await using server = await api()
    await using proxy = await connectProxy(403)
    const cluster = await server.cluster({ apiServer: elsewhere(server.url), env: { HTTP_PROXY: `http://me:s3cr3t@${proxy.host}` } })
    const error = await cluster.get(refTo()).catch((error) => error)
    expect(error).toMatchObject({
      code: 'ERR_KUBE_UNREACHABLE',
      message: expect.stringMatching(/through the proxy http:\/\/127.0.0.1:\d+: the proxy answers 403/),
    })
    expect(error.message).not.toContain('s3cr3t')
  })

  it.each([undefined, 'me:secret'])('goes by SOCKS, with the login %s', async (login) => {
    await using server = await api()
    await using proxy = await socksProxy(login)
    const cluster = await server.cluster({
      apiServer: elsewhere(server.url),
      env: { HTTP_PROXY: `socks5://${login ? `${login}@` : ''}${proxy.host}` },
    })
    expect(await cluster.get(refTo())).toMatchObject({ data: { x: 'live' } })
    expect(proxy.asked).toEqual([elsewhere(server.url).slice(7)])
    await cluster.close()
  })

  it('says what the SOCKS proxy refuses', async () => {
    await using server = await api()
    await using proxy = await socksProxy('me:secret')
    const cluster = await server.cluster({ apiServer: elsewhere(server.url), env: { HTTP_PROXY: `socks5://me:wr0ng@${proxy.host}` } })
    await expect(cluster.get(refTo())).rejects.toMatchObject({
      code: 'ERR_KUBE_UNREACHABLE',
      message: expect.stringMatching(/the login is refused$/),
    })
  })
})
