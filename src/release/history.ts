import type { ReleaseDriver, StoredRevision } from './driver.ts'

/** The revisions of one release, ascending. */
export interface History {
  revisions: StoredRevision[]
  /** The newest. */
  last?: StoredRevision
  /** The newest that is `deployed`. */
  lastDeployed?: StoredRevision
  /** The number of the next revision. */
  next: number
}

/** Reads which revisions there are. */
export async function loadHistory(driver: ReleaseDriver, name: string, options: { signal?: AbortSignal } = {}): Promise<History> {
  return historyOf(await driver.list(name, options))
}

/** The history of these revisions, which are in ascending order. */
export function historyOf(revisions: StoredRevision[]): History {
  const last = revisions.at(-1)
  const lastDeployed = revisions.findLast(({ status }) => status === 'deployed')
  return { revisions, last, lastDeployed, next: (last?.revision ?? 0) + 1 }
}

/**
 * Whether what comes next is an upgrade: some revision has been deployed, and the release was not uninstalled since. After installs that only failed the next one is an
 * install again, unlike in Helm: nothing of them is left here, and a chart that makes its passwords or runs its `pre-install` hooks at an install could never recover.
 */
export function isInstalled({ revisions, last }: History): boolean {
  if (last?.status === 'uninstalled') return false
  return revisions.some(({ status }) => status === 'deployed' || status === 'superseded')
}

/**
 * The revisions to delete before one more is stored, so that no more than `max` (0: no limit) are left: the oldest, but never the last deployed one.
 * As Helm's storage does on each create.
 */
export function revisionsToPrune(history: History, max: number): StoredRevision[] {
  if (max <= 0) return []
  const excess = history.revisions.length - (max - 1)
  if (excess <= 0) return []
  return history.revisions.filter((revision) => revision !== history.lastDeployed).slice(0, excess)
}

/** Deletes what `revisionsToPrune` names. */
export async function pruneHistory(
  driver: ReleaseDriver,
  history: History,
  max: number,
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  await Promise.all(revisionsToPrune(history, max).map(({ name, revision }) => driver.delete(name, revision, options)))
}
