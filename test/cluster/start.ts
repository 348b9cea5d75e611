import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { grantAccess } from './access.ts'
import { build } from './build.ts'
import type { Component } from './component.ts'
import { startControlPlane } from './controlplane.ts'
import { kubeconfig } from './kubeconfig.ts'
import { startKubelet } from './kubelet.ts'
import { startKwok } from './kwok.ts'
import { nodePrograms } from './packages.ts'

export interface ClusterOptions {
  /** Where its state is kept; a new temporary directory when left out. It is removed by `stop`. */
  data?: string
  /** Whether to start a real node beside the simulated one; yes when left out. */
  realNode?: boolean
  log?: (line: string) => void
}

export interface Cluster {
  server: string
  /** Contexts `test` (administrator, current), `weak` and `nobody`. */
  kubeconfig: string
  /** The same with `weak` as the current context: rights in the namespace `weak` only. */
  weakKubeconfig: string
  data: string
  /** Why there is no real node; undefined when there is one. */
  noRealNode?: string
  /** The process ids of its components. */
  pids: number[]
  /** Rejects when a component ends by itself. */
  failed: Promise<never>
  /** Ends everything and removes `data`; with `keepLogs` its logs stay. */
  stop(options?: { keepLogs?: boolean }): Promise<void>
}

/**
 * Builds (once) and starts a real Kubernetes on 127.0.0.1: etcd, API server, controller manager, scheduler, a simulated node (kwok) and,
 * where the machine can, a real one (kubelet, containerd). About eight seconds when it is built.
 * @throws when the control plane or kwok does not start; its logs are kept then and named. A real node that does not start is reported in `noRealNode`.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const log = options.log ?? (() => {})
  const programs = await build(log)
  const data = options.data ?? (await mkdtemp(path.join(os.tmpdir(), 'converge-cluster-')))
  const logs = path.join(data, 'logs')
  await mkdir(logs, { recursive: true })
  const components: Component[] = []
  const stop = async ({ keepLogs = false } = {}) => {
    for (const component of components.reverse()) await component.stop()
    components.length = 0
    if (!keepLogs) await rm(data, { recursive: true, force: true })
  }
  try {
    log('starting the control plane')
    const plane = await startControlPlane(programs, data, logs, (component) => components.push(component))
    await grantAccess(plane.api)
    log('starting the simulated node')
    await startKwok(programs, data, logs, plane, (component) => components.push(component))
    const noRealNode = options.realNode === false ? 'not asked for' : await realNode(programs, data, logs, plane, components, log)

    const entries = [
      { context: 'test', user: 'admin', token: plane.tokens.admin },
      { context: 'weak', user: 'weak', token: plane.tokens.weak, namespace: 'weak' },
      { context: 'nobody', user: 'nobody', token: plane.tokens.nobody },
    ]
    const weak = entries.filter((entry) => entry.context === 'weak')
    const files = { kubeconfig: path.join(data, 'kubeconfig'), weakKubeconfig: path.join(data, 'weak.kubeconfig') }
    await writeFile(files.kubeconfig, kubeconfig(plane.server, plane.ca, entries), { mode: 0o600 })
    await writeFile(files.weakKubeconfig, kubeconfig(plane.server, plane.ca, weak), { mode: 0o600 })
    const failed = Promise.race(components.map((component) => component.failed))
    failed.catch(() => {})
    return { server: plane.server, ...files, data, noRealNode, pids: components.map((component) => component.pid), failed, stop }
  } catch (error) {
    await stop({ keepLogs: true })
    throw new Error(`the test cluster did not start: ${(error as Error).message}\nits logs are in ${logs}`, { cause: error })
  }
}

/** Starts the real node, or gives the reason why there is none. What it had started by then is stopped again. */
async function realNode(
  programs: string,
  data: string,
  logs: string,
  plane: Awaited<ReturnType<typeof startControlPlane>>,
  components: Component[],
  log: (line: string) => void,
): Promise<string | undefined> {
  const found = await nodePrograms(log)
  if (typeof found === 'string') return found
  log('starting the real node')
  const before = components.length
  try {
    await startKubelet(programs, data, logs, plane, found, (component) => components.push(component))
    return undefined
  } catch (error) {
    for (const component of components.splice(before).reverse()) await component.stop()
    return `the kubelet did not start: ${(error as Error).message}`
  }
}
