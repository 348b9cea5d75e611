import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import os from 'node:os'
import path from 'node:path'
import { load } from 'js-yaml'
import { program } from './process.ts'

/** The cluster that the suite runs on. */
export interface Target {
  kind: 'sandbox' | 'cluster'
  kubeconfig: string
  context: string
  /** What a Pod needs to land on a node that really runs it. */
  placement: { nodeSelector?: Record<string, string>; tolerations?: object[] }
  /** Whether containers run: logs, exit codes, probes. */
  containers: boolean
  stop(): Promise<void>
}

/**
 * The target of this run: the cluster whose kubeconfig `CONVERGE_TEST_CLUSTER` names (context `test`, as `test/cluster` makes it), or a sandbox.
 */
export async function openTarget(): Promise<Target> {
  const kubeconfig = process.env.CONVERGE_TEST_CLUSTER
  if (!kubeconfig) return openSandbox()
  const real = await containersRun()
  const placement = real
    ? { nodeSelector: { 'converge.test/node': 'real' }, tolerations: [{ key: 'converge.test/node', operator: 'Exists' }] }
    : {}
  return { kind: 'cluster', kubeconfig, context: 'test', placement, containers: real, stop: async () => {} }
}

/** Whether containers run on the target: in the sandbox as far as it understands them, on a cluster only where there is a real node. */
export async function containersRun(): Promise<boolean> {
  const kubeconfig = process.env.CONVERGE_TEST_CLUSTER
  if (!kubeconfig) return true
  const nodes = await apiOf(kubeconfig, 'test')('GET', '/api/v1/nodes?labelSelector=converge.test/node%3Dreal')
  return nodes.items.length > 0
}

/** The embedded cluster, in a process of its own as a user starts it. Its Pods run their scripts as far as the sandbox understands them. */
async function openSandbox(): Promise<Target> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'converge-e2e-sandbox-'))
  const kubeconfig = path.join(directory, 'kubeconfig')
  const child = spawn(process.execPath, [program, 'sandbox', '--write-kubeconfig', kubeconfig], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const ended = new Promise<never>((_, reject) => {
    child.once('exit', (code) => reject(new Error(`the sandbox ended with ${code}: ${said}`)))
    child.once('error', reject)
  })
  ended.catch(() => {})
  // It tells where it serves once it does.
  const serving = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        said += text
        if (said.includes('127.0.0.1:')) resolve()
      })
  })
  await Promise.race([serving, ended])
  const { 'current-context': context } = load(await readFile(kubeconfig, 'utf8')) as { 'current-context': string }
  const stop = async () => {
    child.removeAllListeners('exit')
    const gone = once(child, 'exit')
    child.kill('SIGTERM')
    await gone
    await rm(directory, { recursive: true, force: true })
  }
  return { kind: 'sandbox', kubeconfig, context, placement: {}, containers: true, stop }
}

/** One request to the API server as a context's user. @throws on a status of 300 or above, with the server's words and its status. */
export type Api = (method: string, path: string, body?: object, contentType?: string) => Promise<any>

/** Requests past converge's own client: what a test sees of a cluster must not depend on the code that it judges. */
export function apiOf(kubeconfig: string, context: string): Api {
  const connection = readFile(kubeconfig, 'utf8').then((text) => {
    const config = load(text) as any
    const chosen = config.contexts.find((item: any) => item.name === context).context
    const { cluster } = config.clusters.find((item: any) => item.name === chosen.cluster)
    const { user } = config.users.find((item: any) => item.name === chosen.user) ?? { user: {} }
    const authority = cluster['certificate-authority-data']
    return { server: cluster.server as string, ca: authority && Buffer.from(authority, 'base64'), token: user.token as string | undefined }
  })
  return async (method, path, body, contentType = 'application/json') => {
    const { server, ca, token } = await connection
    const text = body && JSON.stringify(body)
    const headers = {
      accept: 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
      ...(text && { 'content-type': contentType }),
    }
    return new Promise((resolve, reject) => {
      const send = server.startsWith('https:') ? httpsRequest : httpRequest
      const call = send(server + path, { method, ca, headers, agent: false }, (response) => {
        let answer = ''
        response.setEncoding('utf8').on('data', (chunk) => (answer += chunk))
        response.on('error', reject)
        response.on('end', () => {
          const status = response.statusCode ?? 500
          if (status >= 300) return reject(Object.assign(new Error(`${method} ${path}: ${status} ${answer.slice(0, 400)}`), { status }))
          resolve(answer.startsWith('{') ? JSON.parse(answer) : answer)
        })
      })
      call.on('error', reject)
      call.end(text)
    })
  }
}
