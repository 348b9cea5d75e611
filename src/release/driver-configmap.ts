import type { Cluster } from '../cluster/cluster.ts'
import { driverOver, type ReleaseDriver } from './driver.ts'

/** Helm's `configmap` driver: as the Secrets, without their own encoding. */
export function configMapDriver(cluster: Cluster, namespace: string | undefined): ReleaseDriver {
  return driverOver(cluster, namespace, { kind: 'ConfigMap', encode: (value) => value, decode: (value) => value })
}
