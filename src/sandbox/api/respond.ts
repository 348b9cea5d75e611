import type { ServerResponse } from 'node:http'
import type { PodLogs } from '../pods/logs.ts'
import type { Api } from './api.ts'

/** What every request is answered from. */
export interface Server {
  api: Api
  logs: PodLogs
  kubernetesVersion: string
  address: () => string
}

/** Answers with JSON, and what is to be warned of in headers. */
export function sendJson(response: ServerResponse, code: number, body: any, warnings: string[] = []): void {
  if (response.destroyed) return
  const text = Buffer.from(`${JSON.stringify(body)}\n`)
  const headers: Record<string, any> = {
    'Content-Type': 'application/json',
    'Content-Length': text.length,
    'Cache-Control': 'no-cache, private',
  }
  if (warnings.length > 0) headers.Warning = warnings.map((w) => `299 - ${JSON.stringify(w).replaceAll(/[\r\n]/g, ' ')}`)
  response.writeHead(code, headers)
  response.end(text)
}
