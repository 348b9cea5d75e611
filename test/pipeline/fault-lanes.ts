import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import type { TestNamespace } from '../cluster-access/namespace.ts'
import { type FaultProxy, startFaultProxy } from '../fault-proxy.ts'
import type { Target } from './faults.ts'

export interface Lane {
  proxy: FaultProxy
  /** Leads to the proxy; its context is `test`. */
  kubeconfig: string
}

export interface FaultLanes {
  /** One for each run that goes on at the same time. */
  lanes: Lane[]
  /** A directory for the tests' own files, gone after them. */
  directory: string
  /** A namespace for one run. */
  open(): Promise<Target>
  close(target: Target): Promise<void>
}

/** Proxies before the cluster of `test`, and namespaces for runs through them, for the tests of one suite. */
export function useFaultLanes(test: TestNamespace, count: number): FaultLanes {
  const spaces = new Set<string>()
  let serial = 0
  const remove = (name: string) => test.cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name })
  const all: FaultLanes = {
    lanes: [],
    directory: '',
    async open() {
      const namespace = `${test.name}-${++serial}`
      spaces.add(namespace)
      await test.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
      return { cluster: test.cluster, namespace }
    },
    async close({ namespace }) {
      await remove(namespace)
      spaces.delete(namespace)
    },
  }
  beforeAll(async () => {
    all.directory = await mkdtemp(join(tmpdir(), 'converge-faults-'))
    for (let lane = 0; lane < count; lane++) {
      const proxy = await startFaultProxy({ kubeconfig: test.kubeconfig, context: 'test' })
      const kubeconfig = join(all.directory, `lane-${lane}`)
      await writeFile(kubeconfig, proxy.kubeconfig, { mode: 0o600 })
      all.lanes.push({ proxy, kubeconfig })
    }
  })
  afterAll(async () => {
    for (const { proxy } of all.lanes) await proxy.close()
    for (const name of spaces) await remove(name)
    await rm(all.directory, { recursive: true, force: true })
  })
  return all
}
