import { type KubeObject, keyOf, refOf } from '../resource.ts'
import { formatDuration } from './duration.ts'
import { allowedFailures, countIncidents, decisiveIncident } from './failures.ts'
import { restartsOf } from './kinds/containers.ts'
import { podProblems, podStatus } from './kinds/pod.ts'
import { isCustom, rulesOf } from './kinds/registry.ts'
import type { KubernetesEvent } from './kubernetes-event.ts'
import { claimsOf } from './owners.ts'
import type { KindRules, Problem, StatusContext } from './rules.ts'
import { descendantsOf, isStale, type Root, runKey, type TrackerState } from './state.ts'
import type { Incident, ResourceStatus, Status } from './status.ts'

const mostChildren = 50
const defaultNoActivityMs = 240_000
/** How long something that a custom resource of the same run may still bring is waited for. */
const supplyMs = 300_000
/** A kubelet tries again every 10 to 15 s what it could not configure or mount. */
const retryMs = 20_000

/** What a root is at one moment. */
export interface Assessment {
  status: ResourceStatus
  /** When time alone may change it, in milliseconds since the epoch. */
  recheckAt?: number
  /** Pods of the newest revision. */
  pods: KubeObject[]
}

/**
 * Judges one root: its status, its problems, whether it has failed. Keeps in the root what problems were seen since when, which
 * incidents have been counted and its status. No I/O.
 */
export function assess(state: TrackerState, root: Root, now: number): Assessment {
  const rules = rulesOf(root.object)
  const object = currentObject(root, rules)
  const base = { ref: root.ref, restarts: 0, since: root.since, incidents: 0, children: [], ...optional(root) }
  if (!root.applied) return keep(root, { status: { ...base, state: 'waiting', reason: 'waiting' }, pods: [] }, now)
  if (root.completed) return keep(root, { status: { ...root.status, state: 'ready' }, pods: [] }, now)
  if (root.lost !== undefined) {
    return fail(
      root,
      { ...base, state: 'failed', reason: 'Unknown' },
      { key: 'lost', reason: 'Unknown', message: root.lost, fatal: true },
      now,
    )
  }
  if (root.deleted) {
    if (rules.runsToCompletion && root.object.spec?.ttlSecondsAfterFinished !== undefined) {
      return keep(root, { status: { ...base, state: 'ready', reason: 'complete' }, pods: [] }, now)
    }
    const message = 'it was deleted by someone else while it was tracked'
    return fail(root, { ...base, state: 'failed', reason: 'Deleted' }, { key: 'deleted', reason: 'Deleted', message, fatal: true }, now)
  }
  if (!object) return keep(root, { status: { ...base, state: 'progressing', reason: 'applied', waitingFor: 'its watch' }, pods: [] }, now)

  const context = contextOf(state, root, object, now)
  const pods = rules.pods?.(object, context) ?? []
  const status = statusOf(state, rules, object, context)
  const below = judgePods(state, pods, context)
  const problems = below.flatMap(({ judgement }) => judgement.problems)
  const all = [
    ...(rules.problems?.(object, context) ?? []),
    ...problems.map((problem) => (rules.countsOwnFailures ? withoutRuns(problem) : problem)),
  ]
  const quiet = noActivity(root, rules, status, now)
  if (quiet.problem) all.push(quiet.problem)
  let recheckAt = earliest(status.recheckAt, quiet.recheckAt, countProblems(state, root, all, now))
  for (const { judgement } of below) recheckAt = earliest(recheckAt, judgement.status.recheckAt)

  const result: ResourceStatus = {
    ...status,
    ...base,
    restarts: pods.reduce((sum, pod) => sum + restartsOf(pod), 0),
    incidents: countIncidents(root.incidents.values()),
    ...rowsOf(object.kind === 'Pod' ? [] : below, context, status.state === 'ready'),
  }
  delete result.recheckAt
  if (status.state !== 'ready') {
    const decisive = decisiveIncident(root.incidents.values(), allowedFailures(object, root.settings, pods.length))
    if (decisive || status.state === 'failed') {
      result.state = 'failed'
      result.reason = decisive?.reason ?? status.reason
      delete result.waitingFor
    }
  } else if (rules.runsToCompletion) root.completed = true
  return keep(root, { status: result, recheckAt, pods }, now)
}

/** The newest form of the object that is not older than what was applied; kinds that are never watched are as they were applied. */
function currentObject(root: Root, rules: KindRules): KubeObject | undefined {
  if (root.live && !isStale(root, root.live)) return root.live
  return rules.static?.(root.object) ? root.object : undefined
}

function contextOf(state: TrackerState, root: Root, object: KubeObject, now: number): StatusContext {
  const children = descendantsOf(state, object.metadata.uid)
  const events: KubernetesEvent[] = []
  for (const uid of [object.metadata.uid, ...children.map((child) => child.metadata.uid)]) {
    const about = uid === undefined ? undefined : state.events.get(uid)
    if (about) events.push(...about.values())
  }
  return {
    now,
    children,
    podsReadable: !state.blind.has(root.ref.namespace ?? ''),
    eventsReadable: !state.deaf.has(root.ref.namespace ?? ''),
    isTracked: (ref) => state.roots.has(keyOf(ref)),
    events,
    settings: root.settings,
    settleMs: root.settings.settleMs ?? state.settleMs,
    appliedAt: root.applied?.at ?? now,
    runningSince: (pod, container, restarts) => state.running.get(runKey(pod, container, restarts)) ?? now,
  }
}

function statusOf(state: TrackerState, rules: KindRules, object: KubeObject, context: StatusContext): Status {
  const status = rules.status(object, context)
  if (state.untilComplete && object.kind === 'Pod' && status.state === 'ready' && object.status?.phase !== 'Succeeded') {
    return { ...status, state: 'progressing', reason: 'running', waitingFor: 'its completion' }
  }
  return status
}

/** A kind that counts failed runs itself: they are kept as evidence only. */
function withoutRuns(problem: Problem): Problem {
  return problem.run ? { ...problem, harmless: true, fatal: false } : problem
}

interface PodJudgement {
  problems: Problem[]
  status: Status
}

/** Pods that nothing but a change of themselves can change; thousands of them are not judged anew for each of their neighbours. */
const judged = new WeakMap<KubeObject, PodJudgement>()

function judgePods(
  state: TrackerState,
  pods: readonly KubeObject[],
  context: StatusContext,
): { pod: KubeObject; judgement: PodJudgement }[] {
  return pods.map((pod) => {
    const events = [...(state.events.get(pod.metadata.uid ?? '')?.values() ?? []), ...claimEvents(state, pod)]
    let judgement = events.length === 0 ? judged.get(pod) : undefined
    if (!judgement) {
      judgement = { problems: podProblems(pod, events, context), status: podStatus(pod, { ...context, events }) }
      if (events.length === 0 && judgement.status.recheckAt === undefined) judged.set(pod, judgement)
    }
    return { pod, judgement }
  })
}

function claimEvents(state: TrackerState, pod: KubeObject): KubernetesEvent[] {
  if (state.claims.size === 0) return []
  return claimsOf(pod).flatMap((name) => state.claims.get(`${pod.metadata.namespace}/${name}`) ?? [])
}

const order: Record<string, number> = { failed: 0, progressing: 1, waiting: 2, absent: 3, ready: 4 }

/** Rows for the Pods, worst first. Of more than 50 only those that are not ready are shown, 50 at most. */
function rowsOf(
  all: ReturnType<typeof judgePods>,
  context: StatusContext,
  believed: boolean,
): Pick<ResourceStatus, 'children' | 'hiddenChildren'> {
  const few = all.length <= mostChildren
  const shown = all
    .filter(({ judgement }) => few || judgement.status.state !== 'ready')
    .sort((a, b) => {
      const state = order[a.judgement.status.state]! - order[b.judgement.status.state]!
      return state || restartsOf(b.pod) - restartsOf(a.pod) || (a.pod.metadata.name < b.pod.metadata.name ? -1 : 1)
    })
    .slice(0, mostChildren)
  const children = shown.map(({ pod, judgement }): ResourceStatus => {
    const { recheckAt: _, ...own } = judgement.status
    // Its workload has more to go by.
    const status = believed && own.reason === 'settling' ? { state: 'ready' as const, reason: 'ready', progress: own.progress } : own
    const since = Date.parse(pod.metadata.creationTimestamp ?? '')
    const incidents = judgement.problems.filter(
      (problem) => !problem.harmless && problem.graceMs === 0 && (problem.dueAt ?? 0) <= context.now,
    )
    return {
      ...status,
      ref: refOf(pod),
      restarts: restartsOf(pod),
      since: Number.isNaN(since) ? context.appliedAt : since,
      incidents: incidents.length,
      children: [],
    }
  })
  return all.length > children.length ? { children, hiddenChildren: all.length - children.length } : { children }
}

/** Turns problems whose grace is over into incidents, each once, and gives the time at which the next grace is over. */
function countProblems(state: TrackerState, root: Root, problems: readonly Problem[], now: number): number | undefined {
  const present = new Set<string>()
  let recheckAt: number | undefined
  for (const problem of problems) {
    if (problem.run && state.before.has(problem.key)) continue
    const counted = root.incidents.get(problem.key)
    if (counted) {
      // An event that comes later may say more of it.
      counted.reason = problem.reason
      counted.message = problem.message
      continue
    }
    present.add(problem.key)
    const since = root.seen.get(problem.key) ?? now
    root.seen.set(problem.key, since)
    const supply = problem.suppliable ? supplyOf(state, root) : undefined
    const waits = supply === 'pending' && problem.graceMs < supplyMs
    // What has just been brought is noticed when the kubelet looks again.
    const supplied = typeof supply === 'number' && supply > since ? supply + Math.max(problem.graceMs, retryMs) : 0
    const dueAt = problem.dueAt ?? Math.max(since + (waits ? supplyMs : problem.graceMs), supplied)
    if (now >= dueAt) {
      const { graceMs: _, suppliable: __, run: ___, dueAt: ____, ...incident } = problem
      root.incidents.set(problem.key, incident satisfies Incident)
    } else {
      // What is waited for may become ready at any time, which is no change of this root.
      recheckAt = earliest(recheckAt, waits ? Math.min(dueAt, Math.max(since + problem.graceMs, now + 2_000)) : dueAt)
    }
  }
  for (const key of root.seen.keys()) if (!present.has(key)) root.seen.delete(key)
  return recheckAt
}

/** Custom resources of this run may make Secrets or ConfigMaps: whether one is not ready yet, or when the last of them became so. */
function supplyOf(state: TrackerState, root: Root): 'pending' | number | undefined {
  let last: number | undefined
  for (const other of state.roots.values()) {
    if (other === root || !isCustom(other.object)) continue
    if (other.status.state === 'progressing' || other.status.state === 'waiting') return 'pending'
    if (other.status.state === 'ready') last = Math.max(last ?? 0, other.until ?? 0)
  }
  return last
}

/** Kinds without Pods fail when nothing happens with them for long; others only where the annotation asks for it. */
function noActivity(root: Root, rules: KindRules, status: Status, now: number): { problem?: Problem; recheckAt?: number } {
  if (status.state !== 'progressing') return {}
  const limit = root.settings.noActivityMs ?? (rules.pods ? undefined : defaultNoActivityMs)
  if (limit === undefined) return {}
  const dueAt = root.lastActivity + limit
  if (now < dueAt) return { recheckAt: dueAt }
  const waits = status.waitingFor ? `; it waits for ${status.waitingFor}` : ''
  return {
    problem: {
      key: `${root.key}/NoActivity`,
      reason: 'NoActivity',
      message: `nothing has happened for ${formatDuration(limit)}${waits}`,
      graceMs: 0,
      fatal: true,
    },
  }
}

function optional(root: Root): { optional?: true } {
  const { failMode, termination } = root.settings
  return failMode === 'IgnoreAndContinueDeployProcess' || termination === 'NonBlocking' ? { optional: true } : {}
}

function fail(root: Root, status: ResourceStatus, incident: Incident, now: number): Assessment {
  root.incidents.set(incident.key, incident)
  return keep(root, { status: { ...status, reason: incident.reason, incidents: countIncidents(root.incidents.values()) }, pods: [] }, now)
}

function keep(root: Root, assessment: Assessment, now: number): Assessment {
  const { status } = assessment
  const ended = status.state === 'ready' || status.state === 'failed'
  root.until = ended ? (root.until ?? now) : undefined
  if (root.until !== undefined) status.until = root.until
  else delete status.until
  root.status = status
  return assessment
}

function earliest(...times: (number | undefined)[]): number | undefined {
  let first: number | undefined
  for (const time of times) if (time !== undefined && (first === undefined || time < first)) first = time
  return first
}
