import type { SourceLocation } from '../errors.ts'
import type { Change } from '../plan/change.ts'
import type { ResourceRef } from '../resource.ts'
import type { Diagnosis } from '../tracker/diagnosis.ts'
import type { ResourceStatus } from '../tracker/status.ts'

/**
 * Everything that a run tells the world. This union is the contract with every consumer: terminal, plain lines, NDJSON, JUnit, GitHub, GitLab,
 * HTML and the library's user. Each event is plain JSON; `at` is milliseconds since the epoch. The first is `started`; before anything moves
 * one `plan` holds all that will; the last is `finished`.
 */
export type Event = { at: number } & (
  | StartedEvent
  | PlanEvent
  | StageEvent
  | LockEvent
  | HookEvent
  | ChangeEvent
  | StatusEvent
  | LogEvent
  | LogsSkippedEvent
  | KubeEventEvent
  | DiagnosisEvent
  | InterruptedEvent
  | GuardEvent
  | NotesEvent
  | WarningEvent
  | FinishedEvent
)

export type Action = 'deploy' | 'rollback' | 'dismiss' | 'test' | 'plan'

export type Stage = 'render' | 'validate' | 'prepare' | 'pre-hooks' | 'apply' | 'record' | 'track' | 'post-hooks'

export interface StartedEvent {
  type: 'started'
  action: Action
  release: string
  namespace: string
  /** The revision that this run would make. */
  revision: number
  chart?: string
  environment?: string
  context: string
  /** How long the last successful deploy took, where it is known, in milliseconds. */
  expectedMs?: number
}

export interface PlanEvent {
  type: 'plan'
  changes: Change[]
  /** Hooks that this run will execute, in order. */
  hooks: { ref: ResourceRef; event: string; weight: number }[]
}

export interface StageEvent {
  type: 'stage'
  stage: Stage
  state: 'started' | 'finished' | 'failed'
  /** With finished and failed. */
  ms?: number
  /** `6 changes`, `revision 7` */
  summary?: string
}

export interface LockEvent {
  type: 'lock'
  state: 'waiting' | 'acquired'
  /** Who holds it: `ci@runner-7, since 12s`. */
  holder?: string
}

export interface HookEvent {
  type: 'hook'
  ref: ResourceRef
  /** `pre-install` */
  event: string
  state: 'started' | 'succeeded' | 'failed' | 'deleted'
  ms?: number
}

export interface ChangeEvent {
  type: 'change'
  ref: ResourceRef
  operation: Change['operation']
  state: 'done' | 'failed'
  message?: string
}

/** A tracked resource changed, itself or below it. The whole row, so that a consumer needs no memory of deltas. */
export interface StatusEvent {
  type: 'status'
  status: ResourceStatus
}

export interface LogEvent {
  type: 'log'
  /** The tracked resource that the container belongs to. */
  ref: ResourceRef
  pod: string
  container: string
  /** Clean of terminal codes and control characters; at most 16 KiB. */
  line: string
  /** RFC 3339 as the kubelet wrote it. */
  time?: string
}

export interface LogsSkippedEvent {
  type: 'logs-skipped'
  ref: ResourceRef
  pod: string
  container: string
  lines: number
}

/** An event of the Kubernetes API, of a resource that asked for them or that is in trouble. */
export interface KubeEventEvent {
  type: 'kube-event'
  ref: ResourceRef
  object: string
  reason: string
  message: string
  warning: boolean
}

export interface DiagnosisEvent {
  type: 'diagnosis'
  diagnosis: Diagnosis
}

/** The run was asked to stop: a signal, or a timeout. */
export interface InterruptedEvent {
  type: 'interrupted'
  by: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'timeout' | 'lost-lock'
  message: string
}

export interface GuardEvent {
  type: 'guard'
  policy: 'clean' | 'rollback' | 'keep'
  /** `started` comes first; each deletion or restoration then; `waiting` where deletions take their time; `finished` closes. */
  state: 'started' | 'waiting' | 'deleted' | 'restored' | 'kept' | 'failed' | 'finished'
  ref?: ResourceRef
  message?: string
}

export interface NotesEvent {
  type: 'notes'
  text: string
}

export interface WarningEvent {
  type: 'warning'
  message: string
  hint?: string
}

export interface FinishedEvent {
  type: 'finished'
  outcome: 'deployed' | 'unchanged' | 'failed' | 'planned' | 'dismissed' | 'tested'
  release: string
  namespace: string
  revision: number
  ms: number
  counts: { changed: number; ready: number; restarts: number }
  /** Of a failure. */
  error?: {
    code: string
    message: string
    hint?: string
    details: string[]
    location?: SourceLocation
  }
  /** Of a failure: whether a revision was recorded. Where none was, nothing was touched. */
  recorded?: boolean
  /** The newest revision that was deployed before a failure. */
  lastGoodRevision?: number
  /** Of a failure with `--on-failure=rollback`: the new revision that has brought the last good one back. */
  restoredRevision?: number
  /** Of a failure: the revision was left as it is, pending, for the next run to clean up after. */
  abandoned?: boolean
}
