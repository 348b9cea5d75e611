import type { KubeObject } from '../../src/resource.ts'
import { defaultSettings } from '../../src/tracker/annotations.ts'
import { rulesOf } from '../../src/tracker/kinds/registry.ts'
import { type KubernetesEvent, readEvent } from '../../src/tracker/kubernetes-event.ts'
import type { Problem, StatusContext } from '../../src/tracker/rules.ts'

/** Noon; times of fixtures are seconds relative to it. */
export const noon = Date.parse('2026-01-02T12:00:00Z')

export const at = (seconds: number) => new Date(noon + seconds * 1000).toISOString()

/** `object('apps/v1', 'Deployment', {spec, status})`, named `web`, of generation 1 and uid `uid-web`. */
export function object(apiVersion: string, kind: string, fields: Record<string, any> = {}): KubeObject {
  const { metadata, ...rest } = fields
  const name: string = metadata?.name ?? 'web'
  return { apiVersion, kind, ...rest, metadata: { name, namespace: 'shop', uid: `uid-${name}`, generation: 1, ...metadata } }
}

/** A Deployment whose controller has seen it, with counts in order: wanted, total, updated, available. */
export function deployment(
  [replicas, total, updated, available]: number[],
  rest: { spec?: object; status?: object; metadata?: object } = {},
): KubeObject {
  return object('apps/v1', 'Deployment', {
    metadata: { annotations: { 'deployment.kubernetes.io/revision': '2' }, ...rest.metadata },
    spec: { replicas, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web' }] } }, ...rest.spec },
    status: {
      observedGeneration: 1,
      replicas: total,
      updatedReplicas: updated,
      readyReplicas: available,
      availableReplicas: available,
      ...rest.status,
    },
  })
}

export function replicaSet(name: string, revision: string, owner = 'uid-web'): KubeObject {
  return object('apps/v1', 'ReplicaSet', {
    metadata: {
      name,
      annotations: { 'deployment.kubernetes.io/revision': revision },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: owner, controller: true }],
    },
    spec: { replicas: 1 },
  })
}

export interface PodFields {
  owner?: string
  spec?: object
  status?: Record<string, any>
  metadata?: object
}

/** A Pod on a node with one container `web`. */
export function pod(name: string, { owner, spec, status, metadata }: PodFields = {}): KubeObject {
  const ownerReferences = owner ? [{ apiVersion: 'apps/v1', kind: 'X', name: 'x', uid: owner, controller: true }] : undefined
  return object('v1', 'Pod', {
    metadata: { name, ownerReferences, creationTimestamp: at(0), ...metadata },
    spec: { nodeName: 'node', restartPolicy: 'Always', containers: [{ name: 'web', image: 'shop:1' }], ...spec },
    status: { phase: 'Running', ...status },
  })
}

type State = { running: object } | { waiting: object } | { terminated: object }

/** The status of the container `web`. */
export function container(state: State, rest: Record<string, any> = {}) {
  return { name: 'web', ready: false, restartCount: 0, state, ...rest }
}

export const running = (seconds = 0) => ({ running: { startedAt: at(seconds) } })
export const waiting = (reason: string, message?: string) => ({ waiting: { reason, message } })
export const ended = (exitCode: number, seconds = 1, rest: object = {}) => ({
  terminated: { exitCode, reason: exitCode ? 'Error' : 'Completed', startedAt: at(0), finishedAt: at(seconds), ...rest },
})
export const ready = [{ type: 'Ready', status: 'True' }]

export interface EventFields {
  uid?: string
  warning?: boolean
  count?: number
  seconds?: number
  container?: string
}

/** An Event of the API about an object. */
export function event(about: KubeObject, reason: string, message: string, fields: EventFields = {}): KubeObject {
  const { uid = `${about.metadata.name}-${reason}`, warning = true, count = 1, seconds = 0 } = fields
  const { kind, metadata } = about
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: uid, namespace: 'shop', uid },
    involvedObject: {
      kind,
      name: metadata.name,
      namespace: 'shop',
      uid: metadata.uid,
      ...(fields.container ? { fieldPath: `spec.containers{${fields.container}}` } : {}),
    },
    reason,
    message,
    type: warning ? 'Warning' : 'Normal',
    count,
    firstTimestamp: at(seconds),
    lastTimestamp: at(seconds),
  }
}

export function context(rest: Partial<Omit<StatusContext, 'events'>> & { events?: KubeObject[] } = {}): StatusContext {
  const { events = [], ...more } = rest
  return {
    now: noon,
    children: [],
    podsReadable: true,
    events: events.map(readEvent) as KubernetesEvent[],
    settings: defaultSettings,
    settleMs: 5_000,
    eventsReadable: true,
    isTracked: () => false,
    appliedAt: noon,
    runningSince: (_pod, _container, _restarts) => noon,
    ...more,
  }
}

/** A status in words: `progressing rolling: 1 more Pod ready`. */
export function statusOf(subject: KubeObject, given: Parameters<typeof context>[0] = {}): string {
  const { state, reason, waitingFor } = rulesOf(subject).status(subject, context(given))
  return `${state} ${reason}${waitingFor ? `: ${waitingFor}` : ''}`
}

/** Problems in words: `FailedCreate after 15s, fatal: exceeded quota`. */
export function wordsOf(problems: readonly Problem[]): string[] {
  return problems.map(({ reason, message, graceMs, fatal, harmless, dueAt }) => {
    const when = dueAt !== undefined ? ` after ${(dueAt - noon) / 1000}s` : graceMs ? ` after ${graceMs / 1000}s` : ''
    return `${reason}${when}${fatal ? ', fatal' : ''}${harmless ? ', harmless' : ''}: ${message}`
  })
}
