import type { Cluster } from '../cluster/cluster.ts'
import { driverOver, type ReleaseDriver } from './driver.ts'

/** Helm's default driver: one Secret of type `helm.sh/release.v1` for each revision, in the release's namespace. */
export function secretDriver(cluster: Cluster, namespace: string | undefined): ReleaseDriver {
  return driverOver(cluster, namespace, {
    kind: 'Secret',
    type: 'helm.sh/release.v1',
    encode: (value) => Buffer.from(value, 'latin1').toString('base64'),
    decode: (value) => Buffer.from(value, 'base64').toString('latin1'),
  })
}
