import { type ConvergeError, isConvergeError } from '../errors.ts'
import type { Change } from '../plan/change.ts'
import type { ReleaseDriver, StoredRevision } from '../release/driver.ts'
import { configMapDriver } from '../release/driver-configmap.ts'
import { secretDriver } from '../release/driver-secret.ts'
import { type History, isInstalled, pruneHistory } from '../release/history.ts'
import type { Journal, JournalEntry } from '../release/journal.ts'
import { buildRecord, type HookRun as HookRunRecord, type ReleaseRecord, withStatus } from '../release/record.ts'
import { fitRecord } from '../release/size.ts'
import { descriptions, isPending } from '../release/status.ts'
import type { ResourceRef } from '../resource.ts'
import type { Content } from './content.ts'
import type { HookRun } from './hooks.ts'
import type { ConvergeOptions, RunSettings } from './options.ts'
import type { Run } from './run.ts'

export function driverOf(run: Pick<Run, 'cluster' | 'release'>, storage: RunSettings['storage']): ReleaseDriver {
  return (storage === 'configmap' ? configMapDriver : secretDriver)(run.cluster, run.release.namespace)
}

/** The revision that this run writes: pending first, then deployed or failed. */
export interface PendingRevision {
  readonly record: ReleaseRecord
  /** Stores it, with the journal. From here on it may be there, whatever came back. */
  store(signal?: AbortSignal): Promise<void>
  /** Whether it is stored; asks where the answer to storing it was lost. */
  isStored(signal?: AbortSignal): Promise<boolean>
  /** Deletes the oldest revisions, so that no more than `historyMax` are left. */
  prune(signal?: AbortSignal): Promise<void>
  /** What a finished hook leaves in the record. */
  hookFinished(run: HookRun): void
  /** Saves the revision as it stands, still pending; sends nothing where it stands as it was created. */
  save(signal?: AbortSignal): Promise<void>
  /** Marks it deployed. */
  succeed(description: string | undefined, signal?: AbortSignal): Promise<void>
  /** Marks it failed. What could not be cleaned up stays in its journal, for the next run. */
  fail(reason: string, signal?: AbortSignal, left?: readonly JournalEntry[]): Promise<void>
}

export interface RevisionInput {
  action: ConvergeOptions['action']
  content: Content
  history: History
  firstDeployed?: string
  /** What the run is going to create, in the record from the first moment on: one write instead of many, and a killed run can be cleaned up. */
  creations: readonly (ResourceRef & { hook?: boolean })[]
  historyMax: number
}

/** The pending revision of a run, which is to be stored yet. Errors: ERR_RELEASE_TOO_LARGE, before anything is touched. */
export async function prepareRevision(run: Run, driver: ReleaseDriver, input: RevisionInput): Promise<PendingRevision> {
  const { history, action } = input
  const { name, namespace } = run.release
  const upgrade = isInstalled(history)
  const kind = action === 'rollback' ? 'pending-rollback' : upgrade ? 'pending-upgrade' : 'pending-install'
  const description =
    action === 'rollback'
      ? descriptions.rollingBack(input.content.revision ?? 0)
      : upgrade
        ? descriptions.upgrading
        : descriptions.installing
  const journal: Journal = { startedAt: new Date(run.cluster.now()).toISOString(), entries: [...input.creations] }
  const fitted = await fitRecord(
    buildRecord({
      ...input.content.stored,
      name,
      namespace,
      revision: history.next,
      status: kind,
      description,
      firstDeployed: input.firstDeployed,
      labels: history.last?.labels,
    }),
    journal,
  )
  if (fitted.leftOut.length > 0)
    await run.emit({ type: 'warning', message: `the release is large: ${fitted.leftOut.join(' and ')} are not stored with it` })
  let record = fitted.record
  let presence: boolean | 'unknown' = false
  let stored: ReleaseRecord | undefined

  return {
    get record() {
      return record
    },
    async store(signal) {
      presence = 'unknown'
      await driver.create(record, { journal, signal })
      presence = true
      stored = record
    },
    async isStored(signal) {
      if (presence !== 'unknown') return presence
      const found = await driver.get(name, record.version, { signal })
      // Another run's revision of the same number is not ours to mark.
      presence = found !== undefined && isSameRecord(found.record, record)
      return presence
    },
    async prune(signal) {
      await pruneHistory(driver, history, input.historyMax, { signal })
    },
    hookFinished({ hook, startedAt, completedAt, phase }) {
      const last_run: HookRunRecord = {
        started_at: new Date(startedAt).toISOString(),
        completed_at: new Date(completedAt).toISOString(),
        phase,
      }
      record = {
        ...record,
        hooks: record.hooks?.map((item) => (item.path === hook.source && item.name === hook.name ? { ...item, last_run } : item)),
      }
    },
    async save(signal) {
      if (record === stored) return
      await driver.update(record, { journal, signal })
      stored = record
    },
    async succeed(text, signal) {
      const done = text ?? (action === 'rollback' ? description : upgrade ? descriptions.upgraded : descriptions.installed)
      record = withStatus(record, 'deployed', done)
      await driver.update(record, { signal })
    },
    async fail(reason, signal, left = []) {
      const text =
        action === 'rollback'
          ? descriptions.rollbackFailed(name, reason)
          : upgrade
            ? descriptions.upgradeFailed(name, reason)
            : descriptions.installFailed(name, reason)
      record = withStatus(record, 'failed', text)
      await driver.update(record, { signal, ...(left.length > 0 ? { journal: { ...journal, entries: [...left] } } : {}) })
    },
  }
}

function isSameRecord(a: ReleaseRecord, b: ReleaseRecord): boolean {
  return a.info.status === b.info.status && a.info.last_deployed === b.info.last_deployed && a.manifest === b.manifest
}

/** Marks revisions superseded that say `deployed`, where a newer one is. */
export async function supersede(driver: ReleaseDriver, revisions: readonly StoredRevision[], signal?: AbortSignal): Promise<void> {
  for (const revision of revisions) {
    if (revision.status !== 'deployed') continue
    const { record } = await revision.load({ signal })
    await driver.update(withStatus(record, 'superseded'), { signal })
  }
}

export interface PreviousRevisions {
  /** The last revision. */
  record?: ReleaseRecord
  /** The last revision and those back to the last good one, newest first: what a failed one has dropped from the chart may still be there. */
  records: ReleaseRecord[]
  /** What the last revision's run has created and could not remove again. */
  leftovers: boolean
  /** The last revision is a good one, so that its manifests are what was applied last. */
  applied: boolean
}

/** What earlier revisions say is in the cluster. */
export async function loadPrevious(history: History, signal: AbortSignal): Promise<PreviousRevisions> {
  const { last, lastDeployed, revisions } = history
  if (!last || last.status === 'uninstalled') return { records: [], leftovers: false, applied: false }
  const from = lastDeployed ? revisions.indexOf(lastDeployed) : 0
  const relevant = revisions.slice(from).filter((revision) => revision.status !== 'uninstalled')
  const loaded = await Promise.all(relevant.reverse().map((revision) => revision.load({ signal })))
  const records = loaded.map(({ record }) => record)
  const leftovers = last.status === 'failed' && loaded[0]?.journal !== undefined
  return { record: records[0], records, leftovers, applied: last.status === 'deployed' }
}

/** Whether the last revision belongs to a run that was killed. */
export function isAbandoned(history: History): boolean {
  return history.last !== undefined && isPending(history.last.status)
}

/** The first line of an error's message, for the description of a failed revision. */
export function reasonOf(error: unknown): string {
  const message = isConvergeError(error) ? (error as ConvergeError).message : 'a defect of converge'
  return message.split('\n')[0]!
}

/** Whether a deploy would leave all as it is: same manifests, hooks, notes and values, nothing to change, and the last revision is a good one. */
export function isUnchanged(content: Content, previous: ReleaseRecord | undefined, changes: readonly Change[]): boolean {
  if (previous?.info.status !== 'deployed') return false
  if (changes.some((change) => change.operation !== 'unchanged' && change.operation !== 'keep')) return false
  const { stored } = content
  const hooks = (list: readonly { path: string; manifest: string }[] | undefined) =>
    JSON.stringify((list ?? []).map(({ path, manifest }) => [path, manifest]))
  return (
    stored.manifest === previous.manifest &&
    (stored.notes ?? '') === (previous.info.notes ?? '') &&
    hooks(stored.hooks) === hooks(previous.hooks) &&
    sameValues(stored.config, previous.config)
  )
}

function sameValues(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b)
}

/** Text that is equal for equal values, whichever of Map and object holds them, in any order of keys. */
function canonical(value: unknown): string {
  if (value === undefined || value === null) return 'null'
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object') return JSON.stringify(value)
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  if (entries.length === 0) return 'null'
  return `{${entries
    .map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`)
    .sort()
    .join(',')}}`
}
