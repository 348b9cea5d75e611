import type { Cluster } from '../cluster/cluster.ts'
import { ConvergeError } from '../errors.ts'
import type { ReleaseDriver, StoredRevision } from '../release/driver.ts'
import { configMapDriver } from '../release/driver-configmap.ts'
import { secretDriver } from '../release/driver-secret.ts'
import { loadHistory } from '../release/history.ts'
import type { ReleaseRecord } from '../release/record.ts'
import { openConnection } from './connection.ts'
import type { KubeFlags } from './options/kube-options.ts'
import { isConfigMapStorage, type StorageFlags } from './options/storage-option.ts'
import type { TargetFlags } from './options/target-options.ts'
import { withSpinner } from './spinner.ts'
import { readTarget, requireRelease, type Target } from './target.ts'

export type ViewFlags = TargetFlags & KubeFlags & StorageFlags & { output?: 'table' | 'json' | 'yaml'; revision?: number }

export interface View {
  cluster: Cluster
  target: Target
  namespace: string
  /** Over one namespace, or over all. */
  driver(allNamespaces?: boolean): ReleaseDriver
}

/** Runs a command that only reads releases. */
export async function withView<T>(flags: ViewFlags, work: (view: View) => Promise<T>): Promise<T> {
  const target = await readTarget(flags, process.cwd())
  const { cluster, close } = await openConnection(flags, target.settings, (message) => process.stderr.write(`! ${message}\n`))
  try {
    const namespace = target.namespace ?? cluster.namespace
    const open = isConfigMapStorage(flags) ? configMapDriver : secretDriver
    return await withSpinner(`asking ${cluster.context}`, () =>
      work({ cluster, target, namespace, driver: (all) => open(cluster, all ? undefined : namespace) }),
    )
  } finally {
    await close()
  }
}

/** All revisions of the release that the flags name; an error where there is none. */
export async function readRevisions(view: View): Promise<{ release: string; revisions: StoredRevision[] }> {
  const release = requireRelease(view.target)
  const { revisions } = await loadHistory(view.driver(), release)
  if (revisions.length > 0) return { release, revisions }
  throw new ConvergeError('ERR_RELEASE_NOT_FOUND', `there is no release ${release} in namespace ${view.namespace}`, {
    hint: 'converge list -A lists all releases.',
  })
}

/** One revision: the one of that number, else the last. 0 is the last, as in Helm. */
export async function readRevision(view: View, revision: number | undefined): Promise<StoredRevision> {
  const { release, revisions } = await readRevisions(view)
  const wanted = revision === undefined || revision === 0 ? revisions.at(-1) : revisions.find((item) => item.revision === revision)
  if (wanted) return wanted
  throw new ConvergeError('ERR_RELEASE_NOT_FOUND', `release ${release} has no revision ${revision}`, {
    hint: `It has ${revisions.map((item) => item.revision).join(', ')}.`,
  })
}

/** One revision's record. */
export async function readRecord(view: View, revision: number | undefined): Promise<ReleaseRecord> {
  return (await (await readRevision(view, revision)).load()).record
}

/** `shop-0.3.0`, as Helm names the chart of a revision. */
export function chartName(record: ReleaseRecord): string {
  const { name, version } = record.chart?.metadata ?? {}
  return name === undefined ? 'MISSING' : `${name}-${version}`
}

/** The app version of a revision's chart, as the lists print it. */
export function appVersion(record: ReleaseRecord): string {
  return record.chart ? String(record.chart.metadata.appVersion ?? '') : 'MISSING'
}
