import type { Cluster } from '../cluster/cluster.ts'
import type { Change } from '../plan/change.ts'
import type { History } from '../release/history.ts'
import type { Content } from './content.ts'
import type { Action } from './events.ts'
import type { SavedPlan } from './saved-plan.ts'

export type FailurePolicy = 'clean' | 'rollback' | 'keep'

/** How a run behaves; each has the meaning and the default of the flag of its name. */
export interface RunSettings {
  createNamespace: boolean
  /** Milliseconds; 0 for no bound. */
  timeoutMs: number
  lockTimeoutMs: number
  historyMax: number
  onFailure: FailurePolicy
  takeOwnership: boolean
  hooks: boolean
  skipCrds: boolean
  forceRevision: boolean
  /** Whether logs of Pods are followed at all. */
  logs: boolean
  /** How long a container without readiness or startup probe must run before it counts as ready, milliseconds. */
  settleMs: number
  description?: string
  storage: 'secret' | 'configmap'
}

export const defaultSettings: RunSettings = {
  createNamespace: true,
  timeoutMs: 300_000,
  lockTimeoutMs: 300_000,
  historyMax: 10,
  onFailure: 'clean',
  takeOwnership: false,
  hooks: true,
  skipCrds: false,
  forceRevision: false,
  logs: true,
  settleMs: 5_000,
  storage: 'secret',
}

/** What `content` may need to know to make a revision. */
export interface ContentRequest {
  revision: number
  isUpgrade: boolean
  history: History
  signal: AbortSignal
}

/** What every kind of run is given: deploy, dismiss, test. */
export interface RunOptions {
  cluster: Cluster
  release: string
  namespace: string
  environment?: string
  settings?: Partial<RunSettings>
  /** Aborting it stops the run; the reason should be a ConvergeError. */
  signal?: AbortSignal
  now?: () => number
  /** Texts that no event shows, wherever they come from; more may be added while the chart is rendered. */
  secrets?: readonly string[]
  /** Whether the stack of an error that is a defect is told. */
  debug?: boolean
}

export interface ConvergeOptions extends RunOptions {
  action: Extract<Action, 'deploy' | 'rollback' | 'plan'>
  /** Makes what is to be deployed: renders a chart, or reads a stored revision. */
  content: (request: ContentRequest) => Promise<Content>
  /** A saved plan that this run applies: it refuses where the release or the cluster has moved since. */
  savedPlan?: SavedPlan
  /** Called with the plan once it is made, to save it. */
  onPlan?: (plan: { content: Content; changes: readonly Change[]; history: History }) => Promise<void>
  chart?: string
}
