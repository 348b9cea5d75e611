import type { KubeObject } from '../resource.ts'
import type { LogTail } from './logs.ts'
import type { Root, TrackerState } from './state.ts'
import type { Incident, ResourceStatus } from './status.ts'

/** A resource with all that speaks against it: what `diagnose` begins with. */
export interface Evidence {
  status: ResourceStatus
  /** In the order in which they were seen; harmless ones too. */
  incidents: Incident[]
  /** The object as it was last seen. */
  object: KubeObject
  /** The last lines of its containers that were streamed. */
  tails: LogTail[]
}

/** What tracking came to. */
export interface TrackResult {
  /** `pending` only where the signal ended it. */
  outcome: 'ready' | 'failed' | 'pending'
  ready: ResourceStatus[]
  /** Those that failed, with all that counted against them; the first is the one that failed first. */
  failed: Evidence[]
  /** Those that failed and are not held against the run, by their fail-mode or because nothing waits for them. */
  ignored: Evidence[]
  /** Those neither ready nor failed, with what has gone wrong with them so far. */
  pending: Evidence[]
  statuses: ResourceStatus[]
}

/**
 * What the whole run, or some roots of it, has come to. It has failed when a resource has that fails it at once, or when nothing is left to
 * wait for and one has that was hoped for until the end. Resources that do not block are never waited for.
 */
export function outcomeOf(state: TrackerState, keys?: ReadonlySet<string>): TrackResult['outcome'] {
  let over = state.begun
  let hasFailed = false
  for (const root of state.roots.values()) {
    if (keys !== undefined && !keys.has(root.key)) continue
    if (root.status.state === 'failed') {
      if (!counts(root)) continue
      if (root.settings.failMode !== 'HopeUntilEndOfDeployProcess') return 'failed'
      hasFailed = true
    } else if (root.status.state !== 'ready' && root.settings.termination !== 'NonBlocking') over = false
  }
  if (!over) return 'pending'
  return hasFailed ? 'failed' : 'ready'
}

/** Whether its failure is one of the run. */
function counts({ status, settings }: Root): boolean {
  return !status.optional && settings.termination !== 'NonBlocking' && settings.failMode !== 'IgnoreAndContinueDeployProcess'
}

/** The same with everything that is known of each resource. */
export function judgeRun(state: TrackerState, keys?: ReadonlySet<string>, tails: (key: string) => LogTail[] = () => []): TrackResult {
  const roots = [...state.roots.values()].filter((root) => keys === undefined || keys.has(root.key))
  const isFailed = (root: Root) => root.status.state === 'failed'
  const failed = roots.filter((root) => isFailed(root) && counts(root)).sort((a, b) => (a.until ?? 0) - (b.until ?? 0))
  const open = roots.filter((root) => root.status.state !== 'ready' && !isFailed(root))
  const evidence = (root: Root): Evidence => ({
    status: root.status,
    incidents: [...root.incidents.values()],
    object: root.live ?? root.object,
    tails: tails(root.key),
  })
  return {
    outcome: outcomeOf(state, keys),
    ready: roots.filter((root) => root.status.state === 'ready').map((root) => root.status),
    failed: failed.map(evidence),
    ignored: roots.filter((root) => isFailed(root) && !counts(root)).map(evidence),
    pending: open.map(evidence),
    statuses: roots.map((root) => root.status),
  }
}
