import type { ResourceRef } from '../resource.ts'

export type TrackState = 'waiting' | 'progressing' | 'ready' | 'failed' | 'absent'

/** Counts of a workload; undefined where a kind has no such count. */
export interface Progress {
  /** Replicas (or completions, or nodes) wanted. */
  desired?: number
  ready?: number
  upToDate?: number
  available?: number
  /** Jobs: Pods running, succeeded, failed. */
  active?: number
  succeeded?: number
  failed?: number
}

/** What one object says of itself at one moment. */
export interface Status {
  state: TrackState
  /** One phrase for people: the state's word in the table, e.g. `rolling`, `starting`, `ready`, `CrashLoopBackOff`. */
  reason: string
  /** What it waits for, for people: `1 more Pod ready`, `readiness probe, 1 of 3`. */
  waitingFor?: string
  progress?: Progress
  /** Milliseconds since the epoch at which time alone can change this status; undefined where only the cluster can. */
  recheckAt?: number
}

/** An incident that counts as a failure of a resource; each is counted once, by its key. */
export interface Incident {
  /** Stable for one incident: the Pod's uid, container, restart count and reason, or the event's uid. */
  key: string
  reason: string
  message: string
  pod?: string
  container?: string
  /** Said, but not held against the resource: a node was drained, a more important Pod needed the room. */
  harmless?: boolean
  /** The incident can never heal by waiting (InvalidImageName, a Job's BackoffLimitExceeded, …): fails at once whatever is allowed. */
  fatal?: boolean
}

/** One row of the table: a tracked resource, or a Pod below it. */
export interface ResourceStatus extends Status {
  ref: ResourceRef
  restarts: number
  /** Milliseconds since the epoch when tracking began, or the object was created by this run. */
  since: number
  /** Milliseconds since the epoch at which it became ready or failed. */
  until?: number
  incidents: number
  /** The Pods of the newest revision, those that are not ready first; at most 50. */
  children: ResourceStatus[]
  /** How many children were left out of `children`. */
  hiddenChildren?: number
  /** Whether the run does not wait for it, or goes on when it fails: its annotations say so. */
  optional?: boolean
}
