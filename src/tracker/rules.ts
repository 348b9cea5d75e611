import type { KubeObject, ResourceRef } from '../resource.ts'
import type { TrackingSettings } from './annotations.ts'
import type { KubernetesEvent } from './kubernetes-event.ts'
import type { Status } from './status.ts'

/** What a status function may look at beside the object itself. */
export interface StatusContext {
  /** Milliseconds since the epoch. */
  now: number
  /** Everything that the object owns, also indirectly: ReplicaSets and Pods. Trimmed. */
  children: readonly KubeObject[]
  /** Whether Pods can be read; without them a workload is judged by its own counts only. */
  podsReadable: boolean
  /** Whether events can be read; without them what a Pod waits for is judged by its conditions and by time. */
  eventsReadable: boolean
  /** Whether an object is one of those that this run applies. */
  isTracked: (ref: ResourceRef) => boolean
  /** Events about the object and its children since tracking began. */
  events: readonly KubernetesEvent[]
  settings: TrackingSettings
  /** How long a process without a probe must run before it is believed, milliseconds; 0 believes the cluster at once. */
  settleMs: number
  /** When this run first saw the object in its applied form, in milliseconds since the epoch. */
  appliedAt: number
  /** When this run saw a container's current process run for the first time; the cluster's clock may differ from ours. */
  runningSince: (pod: KubeObject, container: string, restarts: number) => number
}

/**
 * Something wrong that is to be seen at this moment. It becomes an incident when it has been there for `graceMs` without a break; each key
 * counts once.
 */
export interface Problem {
  key: string
  reason: string
  message: string
  graceMs: number
  /** Counts from this time on, in milliseconds since the epoch, rather than after `graceMs`. */
  dueAt?: number
  /** Waiting longer cannot heal it: the resource fails at once whatever failures are allowed. */
  fatal: boolean
  /** It is said but never counted against the resource. */
  harmless?: boolean
  /** Something that another resource may still bring: it is waited for while custom resources of the run are not ready. */
  suppliable?: boolean
  /** A process or a Pod that ended in failure; Jobs count those themselves. */
  run?: boolean
  pod?: string
  container?: string
}

/** How one kind is tracked: pure functions of the object, what it owns, its events and the time. */
export interface KindRules {
  status: (object: KubeObject, context: StatusContext) => Status
  /** The Pods of the newest revision, whose failures count. */
  pods?: (object: KubeObject, context: StatusContext) => KubeObject[]
  /** What is wrong with the object itself; what is wrong with its Pods is found by its Pods. */
  problems?: (object: KubeObject, context: StatusContext) => Problem[]
  /** Ready as soon as it exists: never watched. */
  static?: (object: KubeObject) => boolean
  /** Container crashes do not count, since the kind counts them itself. */
  countsOwnFailures?: boolean
  /** Finished once ready: what happens afterwards, even its deletion, changes nothing. */
  runsToCompletion?: boolean
}

export function ready(reason = 'ready', rest: Partial<Status> = {}): Status {
  return { state: 'ready', reason, ...rest }
}

export function progressing(reason: string, waitingFor?: string, rest: Partial<Status> = {}): Status {
  return { state: 'progressing', reason, ...(waitingFor ? { waitingFor } : {}), ...rest }
}

export function failed(reason: string, rest: Partial<Status> = {}): Status {
  return { state: 'failed', reason, ...rest }
}

/** Whether the controller has not yet looked at the newest generation of the object. */
export function isUnobserved(object: KubeObject): boolean {
  const { generation } = object.metadata
  const observed = object.status?.observedGeneration
  return generation !== undefined && (typeof observed !== 'number' || observed < generation)
}

export interface Condition {
  type: string
  status: string
  reason?: string
  message?: string
  observedGeneration?: number
  lastTransitionTime?: string
}

/** A condition of `status.conditions` by type, or undefined. */
export function conditionOf(object: KubeObject, type: string): Condition | undefined {
  const conditions = object.status?.conditions
  return Array.isArray(conditions) ? conditions.find((condition: Condition) => condition?.type === type) : undefined
}

/** `1 more Pod`, `3 more Pods` */
export function more(count: number, noun: string): string {
  return `${count} more ${noun}${count === 1 ? '' : 's'}`
}
