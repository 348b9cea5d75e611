import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import type { Cluster } from '../../src/cluster/cluster.ts'
import { connect } from '../../src/cluster/connection.ts'

/** The kubeconfig of the real cluster that `test/cluster` starts; undefined where there is none. */
export const realKubeconfig = process.env.CONVERGE_TEST_CLUSTER

export interface TestNamespace {
  cluster: Cluster
  name: string
}

/** A namespace of the real cluster for the tests of one file. */
export function useNamespace(): TestNamespace {
  const test = { name: `access-${randomBytes(4).toString('hex')}` } as TestNamespace
  beforeAll(async () => {
    test.cluster = await connect({ kubeconfig: realKubeconfig, context: 'test' })
    await test.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: test.name } })
  })
  afterAll(async () => {
    await test.cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: test.name })
    await test.cluster.close()
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
export const realNode = {
  nodeSelector: { 'converge.test/node': 'real' },
  tolerations: [{ key: 'converge.test/node', operator: 'Exists' }],
  terminationGracePeriodSeconds: 0,
}
