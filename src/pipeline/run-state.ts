import type { Lock } from '../cluster/lease.ts'
import type { Change } from '../plan/change.ts'
import type { History } from '../release/history.ts'
import { keyOf } from '../resource.ts'
import type { ResourceStatus } from '../tracker/status.ts'
import type { FinishedEvent } from './events.ts'
import type { Guard } from './guard.ts'
import type { PendingRevision } from './revision.ts'
import type { Tracked } from './track.ts'

/** What recovery needs to know of a run, filled in as it goes. */
export interface RunState {
  revision: number
  history?: History
  lock?: Lock
  guard?: Guard
  pending?: PendingRevision
  changes?: Change[]
  tracked?: Tracked
  statuses?: readonly ResourceStatus[]
  /** Keys of the objects that the server has taken from this run. */
  applied: Set<string>
  /** What a run before has left was cleaned up as far as it could be. */
  cleaned?: boolean
}

/** How many of the changes are some. */
export function changedIn(changes: readonly Change[]): number {
  return changes.filter((change) => change.operation !== 'unchanged' && change.operation !== 'keep').length
}

/** The keys of the resources that have come to this state. */
export function keysIn(statuses: readonly ResourceStatus[], state: ResourceStatus['state']): Set<string> {
  return new Set(statuses.filter((status) => status.state === state).map((status) => keyOf(status.ref)))
}

/** What the last event counts. */
export function countsOf(state: RunState): FinishedEvent['counts'] {
  const statuses = state.statuses ?? state.tracked?.statuses() ?? []
  return {
    changed: changedIn(state.changes ?? []),
    ready: statuses.filter((status) => status.state === 'ready').length,
    restarts: statuses.reduce((sum, status) => sum + status.restarts, 0),
  }
}
