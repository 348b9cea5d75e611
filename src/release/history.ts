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
