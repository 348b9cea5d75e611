import { randomBytes } from 'node:crypto'
import { createSecureServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type ConnectOptions, connect } from '../../src/cluster/connection.ts'
import { certificates } from '../../src/template/funcs/certificates.ts'
import { configMap, refTo } from './server.ts'

const context = { now: () => new Date(Date.now() - 60_000), randomBytes: (size: number) => randomBytes(size) }
const pair = certificates.genSelfSignedCert!.call(['api', ['127.0.0.1'], null, 30] as never, context as never) as unknown as {
  cert: string
  key: string
}

type Answer = (stream: ServerHttp2Stream, number: number, path: string) => void

/** A server that speaks both versions of HTTP, over TLS, and what it saw: its connections, and the requests of each version. */
async function serve(answer: Answer, options: ConnectOptions = {}) {
  const seen = { connections: 0, http2: [] as string[], http1: [] as string[] }
  const sessions: ServerHttp2Session[] = []
  const sockets = new Set<Socket>()
  const server = createSecureServer({ ...pair, allowHTTP1: true }, (request, response) => {
    if (request.httpVersionMajor === 2) return
    seen.http1.push(request.url)
    response.end(JSON.stringify(configMap()))
  })
  server.on('secureConnection', (socket: Socket) => {
    seen.connections++
    sockets.add(socket)
    socket.on('error', () => {})
  })
  server.on('session', (session) => {
    sessions.push(session)
    session.on('error', () => {})
  })
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {})
    seen.http2.push(String(headers[':path']))
    answer(stream, seen.http2.length, String(headers[':path']))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const cluster = await connect({
    kubeconfig: '/dev/null',
    apiServer: address,
    token: 's3cr3t',
    insecureSkipTlsVerify: true,
    env: {},
    ...options,
  })
  return {
    cluster,
    seen,
    sessions,
    cut() {
      for (const socket of sockets) socket.destroy()
    },
    async [Symbol.asyncDispose]() {
      await cluster.close()
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const text = JSON.stringify(configMap())
const good = (stream: ServerHttp2Stream) => {
  stream.respond({ ':status': 200, 'content-type': 'application/json' })
  stream.end(text)
}

describe('HTTP/2', () => {
  it('carries all short requests over one connection, streams beside it', async () => {
    await using server = await serve(good)
    const { cluster, seen } = server
    const found = await Promise.all(Array.from({ length: 40 }, () => cluster.get(refTo())))
    expect(found.every((object) => object?.metadata.name === 'a')).toBe(true)
    expect(seen).toMatchObject({ connections: 1, http1: [] })
    const logs = cluster.logs({ namespace: 'ns', pod: 'p', container: 'c', signal: AbortSignal.timeout(5_000) })
    await logs[Symbol.asyncIterator]().next()
    expect(seen).toMatchObject({ connections: 2, http1: [expect.stringContaining('/pods/p/log')] })
  })

  it('sends bodies and reads errors', async () => {
    await using server = await serve((stream) => {
      let body = ''
      stream.setEncoding('utf8').on('data', (chunk) => (body += chunk))
      stream.on('end', () => {
        stream.respond({ ':status': 422 })
        stream.end(JSON.stringify({ kind: 'Status', status: 'Failure', message: `no: ${JSON.parse(body).data.x}`, code: 422 }))
      })
    })
    await expect(server.cluster.apply(configMap('a', { x: 'y'.repeat(300_000) }))).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining('no: yyy'),
    })
  })

  it('takes answers larger than its windows', async () => {
    const value = 'z'.repeat(20 * 1024 * 1024)
    await using server = await serve((stream) => {
      stream.respond({ ':status': 200 })
      stream.end(JSON.stringify(configMap('a', { value })))
    })
    expect((await server.cluster.get(refTo()))?.data.value).toHaveLength(value.length)
  })

  it('opens another connection once the server says goodbye', async () => {
    await using server = await serve(good)
    await server.cluster.get(refTo())
    server.sessions[0]!.goaway()
    await expect
      .poll(async () => {
        await server.cluster.get(refTo())
        return server.seen.connections
      })
      .toBe(2)
    expect(server.seen.http1).toEqual([])
  })

  it('asks again after the connection was cut before, and amid an answer', async () => {
    await using server = await serve((stream, number) => {
      if (number === 2) return server.cut()
      if (number === 3) {
        stream.respond({ ':status': 200 })
        return void stream.write(text.slice(0, 20), () => server.cut())
      }
      good(stream)
    })
    await server.cluster.get(refTo())
    expect(await server.cluster.get(refTo())).toMatchObject(configMap())
    expect(server.seen).toMatchObject({ connections: 3, http2: { length: 4 } })
  })

  it('does not take half an answer for a whole one', async () => {
    await using server = await serve(
      (stream) => {
        stream.respond({ ':status': 200 })
        // As far as it goes, this is JSON.
        stream.write(text, () => server.cut())
      },
      { retryMs: 0 },
    )
    await expect(server.cluster.get(refTo())).rejects.toMatchObject({ code: 'ERR_KUBE_UNREACHABLE' })
  })

  it('leaves a connection that is silent', async () => {
    await using server = await serve(
      (stream, number) => {
        if (number !== 2) good(stream)
      },
      { timeoutMs: 200 },
    )
    await server.cluster.get(refTo())
    expect(await server.cluster.get(refTo())).toBeDefined()
    expect(server.seen).toMatchObject({ connections: 2, http2: { length: 3 } })
  })

  it('ends a request with its signal', async () => {
    let closed = false
    await using server = await serve((stream) => stream.on('close', () => (closed = true)))
    const stop = new AbortController()
    const asked = server.cluster.get(refTo(), { signal: stop.signal })
    await expect.poll(() => server.seen.http2.length).toBe(1)
    stop.abort()
    await expect(asked).rejects.toBe(stop.signal.reason)
    await expect.poll(() => closed).toBe(true)
  })

  it('is left where the environment says so', async () => {
    await using server = await serve(good, { env: { DISABLE_HTTP2: '1' } })
    await server.cluster.get(refTo())
    expect(server.seen).toMatchObject({ http2: [], http1: { length: 1 } })
  })
})
