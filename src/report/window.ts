import type { Event, PlanEvent, Stage } from '../pipeline/events.ts'
import { displayName, keyOf } from '../resource.ts'
import type { ResourceStatus } from '../tracker/status.ts'
import { oneLine } from './plain-text.ts'

/** All that the live window shows. */
export interface WindowState {
  namespace: string
  startedAt: number
  expectedMs?: number
  stage?: Stage
  plannedHooks: PlanEvent['hooks']
  /** What is being done now where the stage does not say it: a hook, a deletion. */
  activity?: string
  statuses: Map<string, ResourceStatus>
  /** The first status with counts of each resource, to show movement against. */
  first: Map<string, ResourceStatus>
  /** Keys of hooks: shown while they run, and not part of what has to become ready. */
  hooks: Set<string>
  /** The run was asked to stop. */
  stopping: boolean
  /** The guard is at work: what failed stands above, and is not followed any more. */
  guarding: boolean
  finished: boolean
}

export function createWindowState(): WindowState {
  return {
    namespace: '',
    startedAt: 0,
    plannedHooks: [],
    statuses: new Map(),
    first: new Map(),
    hooks: new Set(),
    stopping: false,
    guarding: false,
    finished: false,
  }
}

/** Takes an event in. Gives a status that has just become ready, which leaves the window, where that is worth a line. */
export function updateWindow(state: WindowState, event: Event): ResourceStatus | undefined {
  switch (event.type) {
    case 'started':
      Object.assign(state, { namespace: event.namespace, startedAt: event.at, expectedMs: event.expectedMs })
      return undefined
    case 'plan':
      state.plannedHooks = event.hooks
      return undefined
    case 'stage':
      if (event.state === 'started') state.stage = event.stage
      state.activity = undefined
      return undefined
    case 'hook':
      state.hooks.add(keyOf(event.ref))
      if (event.state !== 'started') state.statuses.delete(keyOf(event.ref))
      state.activity = event.state === 'started' ? `${event.event} ${displayName(event.ref)}` : undefined
      return undefined
    case 'lock':
      state.activity =
        event.state === 'waiting' ? `waiting for another run of this release${event.holder ? `: ${event.holder}` : ''}` : undefined
      return undefined
    case 'interrupted':
      state.stopping = true
      state.activity = oneLine(event.message)
      return undefined
    case 'guard':
      state.guarding = event.state !== 'finished'
      state.activity = guardActivity(event)
      return undefined
    case 'status':
      return updateStatus(state, event.status)
    case 'finished':
      state.finished = true
      return undefined
    default:
      return undefined
  }
}

function guardActivity({ state, ref, message }: Extract<Event, { type: 'guard' }>): string | undefined {
  if (state === 'finished') return undefined
  if (state === 'started' || !ref) return message ? oneLine(message) : undefined
  return state === 'waiting' && message ? oneLine(message) : `${state} ${displayName(ref)}`
}

function updateStatus(state: WindowState, status: ResourceStatus): ResourceStatus | undefined {
  const key = keyOf(status.ref)
  const before = state.statuses.get(key)
  state.statuses.set(key, status)
  if (status.progress && !state.first.has(key)) state.first.set(key, status)
  if (state.hooks.has(key) || state.guarding || status.state !== 'ready' || before?.state === 'ready') return undefined
  // What is ready as soon as it is there, and has nothing to count, is not worth a line.
  return status.progress || status.children.length > 0 ? status : undefined
}
