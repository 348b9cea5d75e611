import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type ConnectOptions, connect } from '../../src/cluster/connection.ts'

export interface Asked {
  /** 1 for the first. */
  number: number
  method: string
  path: string
  query: URLSearchParams
  headers: IncomingMessage['headers']
  body: string
}

/** An HTTP server that answers as a test scripts it, and everything that it was asked. For answers that no API server gives on demand. */
export async function scripted(answer: (asked: Asked, response: ServerResponse) => unknown) {
  const asked: Asked[] = []
  const sockets = new Set<Socket>()
  const server = createServer(async (request, response) => {
    let body = ''
    request.setEncoding('utf8')
    for await (const chunk of request) body += chunk
    const url = new URL(request.url ?? '/', 'http://server')
    const { method = '', headers } = request
    asked.push({ number: asked.length + 1, method, path: url.pathname, query: url.searchParams, headers, body })
    await answer(asked.at(-1)!, response)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    asked,
    cluster: (options: ConnectOptions = {}) => connect({ kubeconfig: '/dev/null', apiServer: url, token: 's3cr3t', env: {}, ...options }),
    cut() {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function json(response: ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

/** A Status as the API server sends it. */
export function status(
  response: ServerResponse,
  code: number,
  message: string,
  more: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): void {
  json(response, { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code, ...more }, code, headers)
}

export const configMap = (name = 'a', data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'ns' },
  data,
})

export const refTo = (name = 'a') => ({ apiVersion: 'v1', kind: 'ConfigMap', name, namespace: 'ns' })
