import type { KubeObject } from '../../resource.ts'
import type { KubernetesEvent } from '../kubernetes-event.ts'
import { claimsOf } from '../owners.ts'
import { conditionOf, failed, type KindRules, type Problem, progressing, ready, type StatusContext } from '../rules.ts'
import type { Progress, Status } from '../status.ts'
import { containerProblems } from './container-problems.ts'
import { containersOf, containerWord, shorten } from './containers.ts'
import { explainKill, probeProblems, wasKilled } from './probes.ts'
import { settlesAt } from './settle.ts'

/** A Pod is ready by its Ready condition or when it has succeeded. */
export const pod: KindRules = {
  status: podStatus,
  pods: (object) => [object],
}

export function podStatus(object: KubeObject, context: StatusContext): Status {
  const status = object.status ?? {}
  const containers = containersOf(object)
  const servers = containers.filter((container) => !container.init)
  const progress: Progress = { desired: servers.length, ready: servers.filter((container) => container.status?.ready).length }
  if (status.phase === 'Succeeded') return ready('succeeded', { progress })
  if (status.phase === 'Failed') return failed(status.reason || firstWord(containers) || 'failed', { progress })
  if (object.metadata.deletionTimestamp) return progressing('stopping', 'its end', { progress })
  if (conditionOf(object, 'Ready')?.status === 'True') {
    // A Job's Pod is to end, not to keep running.
    const ends = object.metadata.ownerReferences?.some(({ kind, controller }) => kind === 'Job' && controller)
    const recheckAt = ends ? undefined : settlesAt(object, context)
    if (recheckAt === undefined) return ready('ready', { progress })
    return progressing('settling', 'its containers to keep running', { progress, recheckAt })
  }
  const scheduled = conditionOf(object, 'PodScheduled')
  if (scheduled?.status === 'False') {
    const reason = scheduled.reason ?? 'Unschedulable'
    return progressing(reason, scheduled.message ? schedulerWords(scheduled.message) : 'a node', { progress })
  }
  if (!object.spec?.nodeName) return progressing('pending', 'a node', { progress })
  const gate = missingGate(object)
  if (gate) return progressing('starting', `readiness gate ${gate}`, { progress })
  // The node controller takes the Ready condition of a lost node's Pods away, and nothing else.
  const lost = conditionOf(object, 'ContainersReady')?.status === 'True' && progress.ready === progress.desired
  if (lost) return progressing('NodeNotReady', `node ${object.spec.nodeName}`, { progress })
  const [reason, waitingFor] = startPhase(object, containers, context.events)
  return progressing(reason, waitingFor, { progress })
}

type Containers = ReturnType<typeof containersOf>

function firstWord(containers: Containers): string | undefined {
  for (const container of containers) {
    const word = containerWord(container)
    if (word && word !== 'starting' && word !== 'Completed') return word
  }
  return undefined
}

/** The state's word and what the Pod waits for while it starts. */
function startPhase(object: KubeObject, containers: Containers, events: readonly KubernetesEvent[]): [string, string | undefined] {
  const inits = containers.filter((container) => container.init)
  const done = inits.filter((container) =>
    container.sidecar ? container.status?.started : container.status?.state?.terminated?.exitCode === 0,
  )
  if (done.length < inits.length) {
    const current = inits.find((container) => !done.includes(container))!
    const word = containerWord(current)
    const reason = word && word !== 'starting' && word !== 'PodInitializing' ? word : `init ${done.length}/${inits.length}`
    return [reason, `init container ${current.name}${current.status?.state?.running && !current.sidecar ? ' to end' : ''}`]
  }
  for (const container of containers) {
    const word = containerWord(container)
    if (!word) continue
    if (word !== 'starting') return [word, waitingText(word, container.name)]
    const { spec, status } = container
    if (spec.startupProbe && !status.started)
      return ['starting', `startup probe of ${container.name}${failureCount(object, container.name, events, 'Startup')}`]
    if (spec.readinessProbe)
      return ['starting', `readiness probe of ${container.name}${failureCount(object, container.name, events, 'Readiness')}`]
  }
  return ['starting', containers.some((container) => !container.status) ? 'the kubelet' : undefined]
}

function failureCount(object: KubeObject, container: string, events: readonly KubernetesEvent[], probe: string): string {
  let count = 0
  for (const event of events) {
    if (event.about.uid !== object.metadata.uid || event.reason !== 'Unhealthy') continue
    if (event.message.startsWith(`${probe} probe`) && event.about.fieldPath?.includes(`{${container}}`)) count += event.count
  }
  return count === 0 ? '' : `, failed ${count === 1 ? 'once' : `${count} times`}`
}

function waitingText(word: string, container: string): string | undefined {
  if (word === 'ContainerCreating' || word === 'PodInitializing') return 'its containers to be created'
  if (word === 'CrashLoopBackOff') return `the next start of ${container}`
  if (word === 'ErrImagePull' || word === 'ImagePullBackOff') return `the image of ${container}`
  return word.startsWith('exit code') || word === 'OOMKilled' || word === 'Completed'
    ? `the next start of ${container}`
    : `container ${container}`
}

/** The first readiness gate that is not met while all containers are ready, or undefined. */
function missingGate(object: KubeObject): string | undefined {
  if (conditionOf(object, 'ContainersReady')?.status !== 'True') return undefined
  const gates: { conditionType: string }[] = object.spec?.readinessGates ?? []
  return gates.find((gate) => conditionOf(object, gate.conditionType)?.status !== 'True')?.conditionType
}

/** Disruptions that say nothing about the application. */
const drains = new Set(['EvictionByEvictionAPI', 'PreemptionByScheduler', 'DeletionByTaintManager', 'DeletionByPodGC'])

/** Everything that is wrong with a Pod and its containers at this moment. `events` are those about this Pod. */
export function podProblems(object: KubeObject, events: readonly KubernetesEvent[], context: StatusContext): Problem[] {
  const { uid, name } = object.metadata
  const restartPolicy: string = object.spec?.restartPolicy ?? 'Always'
  const containers = containersOf(object)
  // What ends because the Pod is being deleted has not failed.
  if (object.metadata.deletionTimestamp && object.status?.reason !== 'Evicted') return disruption(object)
  const problems = containers.flatMap((container) => {
    const killed = wasKilled(container, events)
    return containerProblems(object, container, restartPolicy, killed).map((problem) =>
      problem.run && killed ? explainKill(problem, container, events) : problem,
    )
  })
  problems.push(...probeProblems(object, containers, events, context), ...disruption(object))
  const { phase, reason, message } = object.status ?? {}
  if (phase === 'Failed' && reason) {
    problems.push({
      key: `${uid}/${reason}`,
      reason,
      message: shorten(message ?? `Pod ${name} failed: ${reason}`),
      graceMs: 0,
      fatal: false,
      run: true,
      pod: name,
    })
  } else if (phase === 'Failed' && problems.length === 0) {
    problems.push({ key: `${uid}/Failed`, reason: 'Failed', message: `Pod ${name} failed`, graceMs: 0, fatal: false, run: true, pod: name })
  }
  const placement = schedulingProblem(object, events)
  if (placement) problems.push(placement)
  problems.push(...mountProblems(object, events), ...unpreparedProblem(object, context))
  return problems
}

/** The scheduler's words without what it says of preemption, which comes with every refusal. */
function schedulerWords(message: string): string {
  return shorten(
    message
      .replace(/\.? ?(?:no new claims to deallocate, )?preemption: .*$/s, '')
      .replace(/(not found|PersistentVolumeClaims)\. not found$/, '$1'),
  )
}

/** Unschedulable for 15 s, the scheduler's words; more where something is on its way that will heal it. */
function schedulingProblem(object: KubeObject, events: readonly KubernetesEvent[]): Problem | undefined {
  const scheduled = conditionOf(object, 'PodScheduled')
  if (scheduled?.status !== 'False' || scheduled.reason === 'SchedulingGated') return undefined
  // A new node has been ordered, or lower Pods make room.
  const coming =
    object.status?.nominatedNodeName || events.some((event) => ['TriggeredScaleUp', 'Nominated', 'NominatedPod'].includes(event.reason))
  const unbound = /unbound immediate PersistentVolumeClaims/.test(scheduled.message ?? '')
  const claim = unbound ? events.find((event) => event.about.kind === 'PersistentVolumeClaim') : undefined
  const words = schedulerWords(scheduled.message ?? 'no node fits')
  return {
    key: `${object.metadata.uid}/Unschedulable`,
    reason: scheduled.reason ?? 'Unschedulable',
    message: claim ? `${words}; PersistentVolumeClaim/${claim.about.name}: ${shorten(claim.message)} (${claim.reason})` : words,
    // A volume may be made at this moment, unless it is said that it cannot.
    graceMs: coming ? 600_000 : unbound && !claim ? 45_000 : 15_000,
    fatal: true,
    suppliable: /not found/.test(scheduled.message ?? ''),
    pod: object.metadata.name,
  }
}

const mountGraceMs = 20_000
/** A volume is detached from the node of an older Pod first, which takes its time. */
const attachGraceMs = 120_000

/** Volumes that cannot be mounted, as long as no container has started. */
function mountProblems(object: KubeObject, events: readonly KubernetesEvent[]): Problem[] {
  const statuses = [...(object.status?.initContainerStatuses ?? []), ...(object.status?.containerStatuses ?? [])]
  const started = statuses.some((status: any) => status.state?.running || status.state?.terminated || status.lastState?.terminated)
  if (started) return []
  const newest = new Map<string, KubernetesEvent>()
  for (const event of events) {
    if (event.reason !== 'FailedMount' && event.reason !== 'FailedAttachVolume' && event.reason !== 'FailedCreatePodSandBox') continue
    // "Unable to attach or mount volumes: … timed out" only sums up the others.
    const known = newest.get(event.reason)
    if (!known || event.lastAt >= known.lastAt) newest.set(event.reason, event)
  }
  return [...newest.values()].map((event) => ({
    key: `${object.metadata.uid}/${event.reason}`,
    reason: event.reason,
    message: shorten(event.message),
    graceMs: event.reason === 'FailedMount' ? mountGraceMs : event.reason === 'FailedAttachVolume' ? attachGraceMs : 60_000,
    fatal: true,
    suppliable: /not found/.test(event.message),
    pod: object.metadata.name,
  }))
}

const unpreparedMs = 30_000

/**
 * Where events cannot be read, a Pod whose sandbox and volumes are not made long after it got its node: the kubelet says no more than that
 * by the condition PodReadyToStartContainers.
 */
function unpreparedProblem(object: KubeObject, context: StatusContext): Problem[] {
  if (context.eventsReadable || conditionOf(object, 'PodReadyToStartContainers')?.status !== 'False') return []
  if (conditionOf(object, 'PodScheduled')?.status !== 'True' || conditionOf(object, 'Ready')?.status === 'True') return []
  const statuses = [...(object.status?.initContainerStatuses ?? []), ...(object.status?.containerStatuses ?? [])]
  if (statuses.length === 0 || statuses.some((status: any) => !status.state?.waiting || status.lastState?.terminated)) return []
  const { uid, name } = object.metadata
  const graceMs = claimsOf(object).length > 0 ? attachGraceMs : unpreparedMs
  const message = `the volumes or the network of Pod ${name} cannot be made ready; its events, which say why, cannot be read`
  return [{ key: `${uid}/NotPrepared`, reason: 'ContainerCreating', message, graceMs, fatal: true, suppliable: true, pod: name }]
}

function disruption(object: KubeObject): Problem[] {
  const target = conditionOf(object, 'DisruptionTarget')
  if (target?.status !== 'True') return []
  const reason = target.reason ?? 'DisruptionTarget'
  return [
    {
      key: `${object.metadata.uid}/${reason}`,
      reason,
      message: shorten(target.message ?? `Pod ${object.metadata.name} was disrupted`),
      graceMs: 0,
      fatal: false,
      harmless: drains.has(reason),
      run: true,
      pod: object.metadata.name,
    },
  ]
}
