import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { httpGet } from '../../src/cluster/http-get.ts'
import { writeTree } from '../cli/files.ts'
import { converge, run } from '../e2e/process.ts'
import { helmBinary } from '../oracle/helm.ts'

const helm = await helmBinary()
/** What the server, which is the proxy too, was asked. */
let seen: { line: string; authorization?: string; proxy?: string }[] = []
let server: Server
let base: string

beforeAll(async () => {
  server = createServer((request, response) => {
    const { authorization, 'proxy-authorization': proxy } = request.headers
    seen.push({ line: `${request.method} ${request.url}`, authorization, proxy })
    const { pathname, searchParams } = new URL(request.url!, 'http://x')
    if (pathname === '/to') return void response.writeHead(302, { location: searchParams.get('url')! }).end()
    if (pathname === '/long') return void response.end('x'.repeat(5000))
    response.end('{"type": "number"}')
  })
  server.on('connect', (request, socket) => {
    seen.push({ line: `CONNECT ${request.url}` })
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())

const get = (url: string, options = {}) => {
  seen = []
  return httpGet(new URL(url), { maxBytes: 1000, env: {}, ...options })
}

test('plain http goes to the proxy as a whole URL, https asks it for a tunnel', async () => {
  const env = { HTTP_PROXY: base.replace('//', '//anna:geheim@'), HTTPS_PROXY: base, NO_PROXY: 'direct.example' }
  expect((await get('http://schemas.example/a.json?b=1', { env })).body.toString()).toBe('{"type": "number"}')
  expect(seen).toEqual([{ line: 'GET http://schemas.example/a.json?b=1', proxy: `Basic ${Buffer.from('anna:geheim').toString('base64')}` }])
  await expect(get('https://schemas.example/a.json', { env })).rejects.toThrow('the proxy answers 403')
  expect(seen).toEqual([{ line: 'CONNECT schemas.example:443' }])
  await expect(get('http://direct.example/', { env })).rejects.toThrow('direct.example')
  expect(seen).toEqual([])
})

test('redirects are followed, and who asks is told to no other host', async () => {
  const headers = { authorization: 'Basic x' }
  expect((await get(`${base}/to?url=/there`, { headers })).status).toBe(200)
  expect(seen.map(({ line, authorization }) => [line, authorization])).toEqual([
    ['GET /to?url=/there', 'Basic x'],
    ['GET /there', 'Basic x'],
  ])
  expect((await get(`${base}/to?url=${base.replace('127.0.0.1', 'localhost')}/there`, { headers })).status).toBe(200)
  expect(seen.map(({ authorization }) => authorization)).toEqual(['Basic x', undefined])
  await expect(get(`${base}/to?url=/to?url=%252Fto`)).resolves.toBeDefined()
  await expect(get(`${base}/to?url=file:///etc/passwd`)).rejects.toThrow('not secure')
})

test('what is too long, or ends too late, is an error', async () => {
  await expect(get(`${base}/long`)).rejects.toThrow('larger than 1000 bytes')
  const silent = createServer(() => {})
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  await expect(get(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/`, { timeoutMs: 50 })).rejects.toThrow(/timeout/)
  silent.closeAllConnections()
  silent.close()
})

test('a schema elsewhere comes through the proxy, as in Helm', async () => {
  const cwd = writeTree({
    'c/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
    'c/values.yaml': 'port: text\n',
    'c/values.schema.json': '{"properties": {"port": {"$ref": "http://schemas.example/port.json"}}}',
  })
  const env = { HTTP_PROXY: base, http_proxy: base }
  const ours = await converge(['render', 'c'], { cwd, env })
  expect([ours.status, ours.stderr]).toEqual([1, expect.stringContaining("- at '/port': got string, want number")])
  if (!helm) return
  seen = []
  const theirs = await run(helm, ['template', 'c'], { cwd, env })
  expect([theirs.status, theirs.stderr]).toEqual([1, expect.stringContaining("- at '/port': got string, want number")])
  expect(seen.map(({ line }) => line)).toEqual(['GET http://schemas.example/port.json'])
})
