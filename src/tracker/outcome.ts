import type { Incident, ResourceStatus } from './status.ts'
import type { Root, TrackerState } from './state.ts'

/** What tracking came to. */
export interface TrackResult {
  /** `pending` only where the signal ended it. */
  outcome: 'ready' | 'failed' | 'pending'
  ready: ResourceStatus[]
  /** Those that failed, with all that counted against them; the first is the one that failed first. */
  failed: { status: ResourceStatus; incidents: Incident[] }[]
  /** Those neither ready nor failed, with what has gone wrong with them so far. */
  pending: { status: ResourceStatus; incidents: Incident[] }[]
  statuses: ResourceStatus[]
}

/**
 * Judges the whole run, or some roots of it. It has failed when a resource has that fails it at once, or when nothing is left to wait
 * for and one has that was hoped for until the end. Resources that do not block are never waited for.
 */
export function judgeRun(state: TrackerState, keys?: ReadonlySet<string>): TrackResult {
  const roots = [...state.roots.values()].filter((root) => keys === undefined || keys.has(root.key))
  const isFailed = (root: Root) => root.status.state === 'failed'
  const counts = (root: Root) => !root.status.optional && root.settings.termination !== 'NonBlocking' && root.settings.failMode !== 'IgnoreAndContinueDeployProcess'
  const failed = roots.filter((root) => isFailed(root) && counts(root)).sort((a, b) => (a.until ?? 0) - (b.until ?? 0))
  const open = roots.filter((root) => root.status.state !== 'ready' && !isFailed(root))
  const blocking = open.filter((root) => root.settings.termination !== 'NonBlocking')
  const atOnce = failed.some((root) => root.settings.failMode !== 'HopeUntilEndOfDeployProcess')
  const over = roots.length > 0 && blocking.length === 0
  const evidence = (root: Root) => ({ status: root.status, incidents: [...root.incidents.values()] })
  return {
    outcome: atOnce || (over && failed.length > 0) ? 'failed' : over ? 'ready' : 'pending',
    ready: roots.filter((root) => root.status.state === 'ready').map((root) => root.status),
    failed: failed.map(evidence),
    pending: open.map(evidence),
    statuses: roots.map((root) => root.status),
  }
}
