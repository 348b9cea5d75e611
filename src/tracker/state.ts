import { type KubeObject, keyOf, type ResourceRef, refOf } from '../resource.ts'
import { readTrackingAnnotations, type TrackingSettings } from './annotations.ts'
import { containerProblems } from './kinds/container-problems.ts'
import { containersOf } from './kinds/containers.ts'
import { defaultSettleMs } from './kinds/settle.ts'
import { bindingFailures } from './kinds/storage.ts'
import { type KubernetesEvent, readEvent, timeOf } from './kubernetes-event.ts'
import { controllerOf } from './owners.ts'
import type { Incident, ResourceStatus } from './status.ts'

/** One tracked resource and all that is known of it. */
export interface Root {
  key: string
  ref: ResourceRef
  /** The manifest, then the object as the API server answered its application. */
  object: KubeObject
  settings: TrackingSettings
  /** Set once the object has been applied; older generations and other uids are stale. */
  applied?: { uid?: string; generation: number; at: number }
  live?: KubeObject
  /** The applied object is gone. */
  deleted: boolean
  since: number
  until?: number
  /** Since when each problem that is to be seen now has been there. */
  seen: Map<string, number>
  incidents: Map<string, Incident>
  lastActivity: number
  /** A kind that runs to completion has been ready: it stays so. */
  completed: boolean
  /** Nothing can be known of it: why. */
  lost?: string
  status: ResourceStatus
}

/** All that the tracker knows. Changed only by `reduce` and `assess`. */
export interface TrackerState {
  roots: Map<string, Root>
  /** Keys of roots by the uid of their applied object. */
  rootsByUid: Map<string, string>
  /** ReplicaSets and Pods by uid. */
  objects: Map<string, KubeObject>
  /** Uids of what each object controls. */
  owned: Map<string, Set<string>>
  /** Events by the uid of what they are about, then by their own. */
  events: Map<string, Map<string, KubernetesEvent>>
  /** Why volume claims get no volume, by `namespace/name`: a Pod knows its claims by name only. */
  claims: Map<string, KubernetesEvent>
  /** When each process of a container was first seen running: `pod uid/container/run`. */
  running: Map<string, number>
  /** Failed runs from before this run began, which are held against nobody. */
  before: Set<string>
  /** Namespaces whose Pods cannot be read. */
  blind: Set<string>
  /** Namespaces whose events cannot be read. */
  deaf: Set<string>
  /** Something has been expected, be it nothing: before that the run is not over. */
  begun: boolean
  /** A Pod counts as ready only when it has succeeded, as hooks do. */
  untilComplete: boolean
  /** How long a process without a probe must run before it is believed, where its resource's annotation does not say. */
  settleMs: number
}

export type Input =
  /** A manifest that will be applied. */
  | { type: 'expected'; object: KubeObject }
  /** The API server's answer to its application. */
  | { type: 'applied'; object: KubeObject }
  /** A tracked kind, a ReplicaSet, a Pod or an Event, as watched. `initial` until the watch has delivered all that existed. */
  | { type: 'changed'; object: KubeObject; initial: boolean }
  | { type: 'deleted'; object: KubeObject }
  | { type: 'blind'; namespace: string }
  | { type: 'deaf'; namespace: string }
  | { type: 'lost'; key: string; reason: string }

export function createState(options: { untilComplete?: boolean; settleMs?: number } = {}): TrackerState {
  return {
    roots: new Map(),
    rootsByUid: new Map(),
    objects: new Map(),
    owned: new Map(),
    events: new Map(),
    claims: new Map(),
    running: new Map(),
    before: new Set(),
    blind: new Set(),
    deaf: new Set(),
    begun: false,
    untilComplete: options.untilComplete ?? false,
    settleMs: options.settleMs ?? defaultSettleMs,
  }
}

const mostEventsEach = 20
const mostEventTargets = 20_000

/**
 * Takes one input into the state, in place, and gives the keys of the roots that it touches. Does no I/O; `now` is milliseconds since the
 * epoch. The order of inputs of different kinds does not matter: a Pod may arrive before its ReplicaSet, and both before `applied`.
 */
export function reduce(state: TrackerState, input: Input, now: number): string[] {
  switch (input.type) {
    case 'expected':
      return [expect(state, input.object, now).key]
    case 'applied':
      return [apply(state, input.object, now).key]
    case 'blind':
    case 'deaf':
      state[input.type].add(input.namespace)
      return [...state.roots.values()].filter((root) => root.ref.namespace === input.namespace).map((root) => root.key)
    case 'lost': {
      const root = state.roots.get(input.key)
      if (root) root.lost = input.reason
      return root ? [root.key] : []
    }
    case 'deleted':
      return remove(state, input.object, now)
    case 'changed':
      return input.object.kind === 'Event'
        ? addEvent(state, input.object, input.initial, now)
        : change(state, input.object, input.initial, now)
  }
}

function expect(state: TrackerState, object: KubeObject, now: number): Root {
  state.begun = true
  const ref = refOf(object)
  const key = keyOf(ref)
  const known = state.roots.get(key)
  if (known) {
    known.object = object
    known.settings = readTrackingAnnotations(object).settings
    return known
  }
  const root: Root = {
    key,
    ref,
    object,
    settings: readTrackingAnnotations(object).settings,
    deleted: false,
    since: now,
    seen: new Map(),
    incidents: new Map(),
    lastActivity: now,
    completed: false,
    status: { ref, state: 'waiting', reason: 'waiting', restarts: 0, since: now, incidents: 0, children: [] },
  }
  state.roots.set(key, root)
  return root
}

function apply(state: TrackerState, object: KubeObject, now: number): Root {
  adoptNamespace(state, object)
  const root = expect(state, object, now)
  const { uid, generation = 0 } = object.metadata
  if (root.applied?.uid !== undefined && root.applied.uid !== uid) state.rootsByUid.delete(root.applied.uid)
  if (root.applied?.uid !== uid) root.deleted = false
  root.applied = { uid, generation, at: now }
  root.since = now
  root.until = undefined
  root.lastActivity = now
  root.completed = false
  if (uid) state.rootsByUid.set(uid, root.key)
  if (root.live && isStale(root, root.live)) root.live = undefined
  return root
}

/** A manifest that named no namespace is in the one where it was applied. */
function adoptNamespace(state: TrackerState, object: KubeObject): void {
  const ref = refOf(object)
  const key = keyOf(ref)
  if (!ref.namespace || state.roots.has(key)) return
  const bare = keyOf({ ...ref, namespace: undefined })
  const root = state.roots.get(bare)
  if (!root || root.applied) return
  state.roots.delete(bare)
  state.roots.set(key, Object.assign(root, { key, ref, status: { ...root.status, ref } }))
}

/** Whether a watched object is older than what was applied, or another one of the same name. */
export function isStale(root: Root, object: KubeObject): boolean {
  const { applied } = root
  if (!applied) return false
  if (applied.uid !== undefined && object.metadata.uid !== applied.uid) return true
  return (object.metadata.generation ?? applied.generation) < applied.generation
}

function change(state: TrackerState, object: KubeObject, initial: boolean, now: number): string[] {
  const touched: string[] = []
  const root = state.roots.get(keyOf(refOf(object)))
  if (root && !isStale(root, object)) {
    root.live = object
    root.lastActivity = now
    touched.push(root.key)
  }
  const { uid } = object.metadata
  if ((object.kind === 'Pod' || object.kind === 'ReplicaSet') && uid) {
    const isNew = !state.objects.has(uid)
    state.objects.set(uid, object)
    const owner = controllerOf(object)
    if (owner && isNew) {
      const siblings = state.owned.get(owner)
      if (siblings) siblings.add(uid)
      else state.owned.set(owner, new Set([uid]))
    }
    if (object.kind === 'Pod') notePod(state, object, initial && isNew, now)
    touchAbove(state, object, now, touched)
  }
  return touched
}

/** Remembers when each process was first seen, and which ended before this run began. */
function notePod(state: TrackerState, pod: KubeObject, initial: boolean, now: number): void {
  const restartPolicy: string = pod.spec?.restartPolicy ?? 'Always'
  for (const container of containersOf(pod)) {
    const running = container.status?.state?.running
    if (!running) continue
    const key = runKey(pod, container.name, container.status.restartCount ?? 0)
    // Of what ran before we looked the cluster's own time is the best there is.
    if (!state.running.has(key)) state.running.set(key, initial ? Math.min(now, timeOf(running.startedAt) ?? now) : now)
    if (initial) for (const problem of containerProblems(pod, container, restartPolicy)) if (problem.run) state.before.add(problem.key)
  }
}

export function runKey(pod: KubeObject, container: string, restarts: number): string {
  return `${pod.metadata.uid}/${container}/${restarts}`
}

/** Touches the root above an object; `now` is when this was activity, undefined where it tells of the past. */
function touchAbove(state: TrackerState, object: KubeObject, now: number | undefined, touched: string[]): void {
  let owner = controllerOf(object)
  for (let depth = 0; owner !== undefined && depth < 4; depth++) {
    const key = state.rootsByUid.get(owner)
    if (key !== undefined) {
      const root = state.roots.get(key)
      if (root && now !== undefined) root.lastActivity = now
      touched.push(key)
      return
    }
    const above = state.objects.get(owner)
    owner = above && controllerOf(above)
  }
}

function remove(state: TrackerState, object: KubeObject, now: number): string[] {
  const touched: string[] = []
  const { uid } = object.metadata
  const root = state.roots.get(keyOf(refOf(object)))
  if (root) {
    if (root.applied && (root.applied.uid === undefined || root.applied.uid === uid)) root.deleted = true
    if (root.live?.metadata.uid === uid) root.live = undefined
    touched.push(root.key)
  }
  if (uid !== undefined) {
    touchAbove(state, object, now, touched)
    state.objects.delete(uid)
    state.events.delete(uid)
    const owner = controllerOf(object)
    const siblings = owner === undefined ? undefined : state.owned.get(owner)
    siblings?.delete(uid)
    if (siblings?.size === 0) state.owned.delete(owner!)
  }
  return touched
}

/** What happens to every Pod on its way, and what no rule asks for: half of all events. */
const routine = new Set([
  'Scheduled',
  'Pulling',
  'Pulled',
  'Created',
  'Started',
  'SuccessfulCreate',
  'SuccessfulDelete',
  'ScalingReplicaSet',
])

function addEvent(state: TrackerState, object: KubeObject, initial: boolean, now: number): string[] {
  const { uid: about } = object.involvedObject ?? object.regarding ?? {}
  if (object.type === 'Normal' && routine.has(object.reason) && about) {
    // It says that the resource is alive, which the status of the object says anew, too.
    if (!initial) rootsAbout(state, about, now)
    return []
  }
  const event = readEvent(object)
  const target = event.about.uid
  if (!target) return []
  let known = state.events.get(target)
  if (!known) {
    known = new Map()
    state.events.set(target, known)
    if (state.events.size > mostEventTargets) state.events.delete(state.events.keys().next().value!)
  }
  if (initial && !known.has(event.uid)) event.old = true
  known.delete(event.uid)
  known.set(event.uid, event)
  if (known.size > mostEventsEach) known.delete(known.keys().next().value!)
  const touched = rootsAbout(state, target, initial ? undefined : now)
  return initial || event.about.kind !== 'PersistentVolumeClaim' ? touched : [...touched, ...noteClaim(state, event)]
}

function noteClaim(state: TrackerState, event: KubernetesEvent): string[] {
  const { namespace, name } = event.about
  if (bindingFailures.has(event.reason)) state.claims.set(`${namespace}/${name}`, event)
  else state.claims.delete(`${namespace}/${name}`)
  return [...state.roots.values()].filter((root) => root.ref.namespace === namespace).map((root) => root.key)
}

/** The keys of the roots that the object with this uid belongs to or is. */
export function rootsAbout(state: TrackerState, uid: string, activityAt?: number): string[] {
  const direct = state.rootsByUid.get(uid)
  const touched: string[] = []
  if (direct !== undefined) {
    const root = state.roots.get(direct)
    if (root && activityAt !== undefined) root.lastActivity = activityAt
    touched.push(direct)
  } else {
    const object = state.objects.get(uid)
    if (object) touchAbove(state, object, activityAt, touched)
  }
  return touched
}

/** Everything that an object controls, also indirectly. */
export function descendantsOf(state: TrackerState, uid: string | undefined): KubeObject[] {
  const found: KubeObject[] = []
  const visit = (owner: string, depth: number) => {
    for (const child of state.owned.get(owner) ?? []) {
      const object = state.objects.get(child)
      if (!object) continue
      found.push(object)
      if (depth < 3) visit(child, depth + 1)
    }
  }
  if (uid !== undefined) visit(uid, 0)
  return found
}
