import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import type { Cluster } from '../../src/cluster/cluster.ts'
import { connect } from '../../src/cluster/connection.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'

/** The kubeconfig of the real cluster that `test/cluster` starts; undefined where there is none. */
const realKubeconfig = process.env.CONVERGE_TEST_CLUSTER

/** What a suite runs on: the sandbox always, the real cluster where there is one. */
export const targets = [...(realKubeconfig ? (['real cluster'] as const) : []), 'sandbox' as const]
export type TargetName = (typeof targets)[number]

export interface TestNamespace {
  target: TargetName
  cluster: Cluster
  /** Of both targets the context `test` may do everything. */
  kubeconfig: string
  name: string
}

/** A namespace of the target for the tests of one suite; the sandbox's time passes `speed` times as fast. */
export function useNamespace(target: TargetName, { speed = 5 } = {}): TestNamespace {
  const test = { target, name: `access-${randomBytes(4).toString('hex')}` } as TestNamespace
  let stop = async () => {}
  beforeAll(async () => {
    test.kubeconfig = realKubeconfig ?? ''
    if (target === 'sandbox') {
      const sandbox = await startSandbox({ contexts: ['test'], speed })
      const directory = await mkdtemp(join(tmpdir(), 'converge-sandbox-'))
      test.kubeconfig = join(directory, 'config')
      await writeFile(test.kubeconfig, sandbox.kubeconfig(), { mode: 0o600 })
      stop = async () => {
        await sandbox.stop()
        await rm(directory, { recursive: true })
      }
    }
    test.cluster = await connect({ kubeconfig: test.kubeconfig, context: 'test' })
    await test.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: test.name } })
  })
  afterAll(async () => {
    await test.cluster?.delete({ apiVersion: 'v1', kind: 'Namespace', name: test.name })
    await test.cluster?.close()
    await stop()
  })
  return test
}

/** The object once `condition` holds of it, by a watch. */
export async function until(
  test: TestNamespace,
  apiVersion: string,
  kind: string,
  name: string,
  condition: (object: any) => unknown,
  seconds = 30,
) {
  const signal = AbortSignal.timeout(seconds * 1000)
  const selector = { fieldSelector: `metadata.name=${name}` }
  for await (const event of test.cluster.watch({ apiVersion, kind, namespace: test.name, ...selector, signal })) {
    if ('object' in event && event.type !== 'deleted' && condition(event.object)) return event.object
  }
  throw new Error(`${kind}/${name} did not get there within ${seconds} s`)
}

/** What a Pod needs to run on the real kubelet of the test cluster. */
const realNode = {
  nodeSelector: { 'converge.test/node': 'real' },
  tolerations: [{ key: 'converge.test/node', operator: 'Exists' }],
  terminationGracePeriodSeconds: 0,
}

/** The part of a Pod's spec that makes its containers run. */
export function placement({ target }: TestNamespace): object {
  return target === 'sandbox' ? { terminationGracePeriodSeconds: 0 } : realNode
}
