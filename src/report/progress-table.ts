import { displayName, keyOf, type ResourceRef } from '../resource.ts'
import type { ResourceStatus } from '../tracker/status.ts'
import { oneLine } from './plain-text.ts'
import { formatStatusTable } from './status-table.ts'
import type { Theme } from './theme.ts'

/** What a plain log shows of the tracked resources: of each what has changed since it was shown last. */
export interface ProgressTable {
  see(status: ResourceStatus): void
  /** Leaves a hook out: its logs and its end are told anyway. */
  hide(ref: ResourceRef): void
  /** Says that a resource was left as it was; as long as it is ready, it is not worth a row. */
  leave(ref: ResourceRef): void
  statusOf(ref: ResourceRef): ResourceStatus | undefined
  /** The rows that changed since the last call, as lines in a frame; none where nothing did. */
  changes(now: number): string[]
  /** `Deployment/shop-web (1 more Pod ready) and 2 more`; undefined where nothing is waited for. */
  waiting(): string | undefined
  /** How many resources there are, hooks left out, and how many of them are not ready. */
  counts(): { total: number; unready: number }
}

export function createProgressTable(theme: Theme, namespace: () => string): ProgressTable {
  const statuses = new Map<string, ResourceStatus>()
  const shown = new Map<string, ResourceStatus>()
  const hidden = new Set<string>()
  const untouched = new Set<string>()

  const visible = () => [...statuses.entries()].filter(([key, status]) => !hidden.has(key) && status.state !== 'absent')
  const unready = () =>
    visible()
      .map(([, status]) => status)
      .filter((status) => status.state !== 'ready')

  function isNews([key, status]: [string, ResourceStatus]): boolean {
    const before = shown.get(key)
    if (before) return !sameRow(before, status)
    if (status.state !== 'ready') return true
    // What has nothing to count, and is ready as soon as it is there, says nothing in a table.
    return !untouched.has(key) && (status.progress !== undefined || status.children.length > 0)
  }

  return {
    see: (status) => void statuses.set(keyOf(status.ref), status),
    hide: (ref) => void hidden.add(keyOf(ref)),
    leave: (ref) => void untouched.add(keyOf(ref)),
    statusOf: (ref) => statuses.get(keyOf(ref)),
    changes(now) {
      const news = visible().filter(isNews)
      if (news.length === 0) return []
      const rows = news.map(([, status]) => status)
      const before = (status: ResourceStatus) => shown.get(keyOf(status.ref))
      const lines = formatStatusTable(rows, { theme, now, namespace: namespace(), before })
      for (const [key, status] of news) shown.set(key, status)
      return [...lines.map((line, index) => `  ${theme.dim(index === 0 ? '┌' : '│')} ${line}`), `  ${theme.dim('└')}`]
    },
    waiting() {
      const [first, ...more] = unready().sort((a, b) => a.since - b.since)
      if (!first) return undefined
      const reason = oneLine(first.waitingFor ?? first.reason)
      return `${displayName(first.ref)}${reason ? ` (${reason})` : ''}${more.length > 0 ? ` and ${more.length} more` : ''}`
    },
    counts: () => ({ total: visible().length, unready: unready().length }),
  }
}

/** Whether two statuses of a resource make the same row; times, which always move, left aside. */
function sameRow(a: ResourceStatus, b: ResourceStatus): boolean {
  return (
    a.state === b.state &&
    a.reason === b.reason &&
    a.waitingFor === b.waitingFor &&
    a.restarts === b.restarts &&
    a.hiddenChildren === b.hiddenChildren &&
    JSON.stringify(a.progress) === JSON.stringify(b.progress) &&
    a.children.length === b.children.length &&
    a.children.every((child, index) => child.ref.name === b.children[index]!.ref.name && sameRow(child, b.children[index]!))
  )
}
