import type { KubeObject } from '../../resource.ts'
import type { TrackingSettings } from '../annotations.ts'
import { formatDuration } from '../duration.ts'
import { containerOf, type KubernetesEvent, timeOf } from '../kubernetes-event.ts'
import type { Problem, StatusContext } from '../rules.ts'
import { type ContainerView, lastRun, shorten } from './containers.ts'
import { runMs } from './settle.ts'

/** Failures of readiness probes within this time from a container's start are never held against it, however eager its probe is. */
const slowStartMs = 60_000

const second = 1_000

/**
 * For how long after a container's start failures of its readiness probe are expected, in milliseconds: until the probe must have succeeded
 * if the container starts as its probes allow (kubedog's formula), or 60 s where that is longer. The annotation wins. With
 * `failureThreshold: 1` the author wants every failure to count.
 */
export function readinessWindowMs(container: any, settings: TrackingSettings): number {
  const annotated = settings.ignoreReadinessFailuresMs[container.name]
  if (annotated !== undefined) return annotated
  const probe = container.readinessProbe ?? {}
  const period = probe.periodSeconds ?? 10
  const timeout = probe.timeoutSeconds ?? 1
  const failures = probe.failureThreshold ?? 3
  const successes = probe.successThreshold ?? 1
  const readinessDelay = period + (probe.initialDelaySeconds ?? 0)
  let delay = readinessDelay
  const startup = container.startupProbe
  let startupDelay = 0
  if (startup) {
    const startupPeriod = startup.periodSeconds ?? 10
    startupDelay =
      startupPeriod +
      (startup.initialDelaySeconds ?? 0) +
      ((startup.failureThreshold ?? 3) + (startup.successThreshold ?? 1) - 1) * startupPeriod +
      (startup.timeoutSeconds ?? 1) +
      period
    delay = startupDelay > readinessDelay ? period : readinessDelay - startupDelay
  }
  const window = Math.max(0, delay + timeout + (failures + successes - 3) * period + period / 2 + timeout)
  return Math.max(slowStartMs, (startupDelay + window) * second)
}

/**
 * Containers that run but are not ready by their readiness probe. It is held against them when they are still not ready after the window
 * and one more probe for each failure allowed. The kubelet reports only the first 25 failures of a Pod, so that time decides and events
 * only say what the probe answered.
 */
export function probeProblems(
  pod: KubeObject,
  containers: readonly ContainerView[],
  events: readonly KubernetesEvent[],
  context: Pick<StatusContext, 'now' | 'settings' | 'runningSince' | 'eventsReadable'>,
): Problem[] {
  const problems: Problem[] = []
  for (const container of containers) {
    const { spec, status, name } = container
    if (!spec?.readinessProbe || !status?.state?.running || status.ready || (spec.startupProbe && !status.started)) continue
    const said = newestFailure(events, name, 'Readiness')
    if (!said && context.eventsReadable) continue
    const restarts: number = status.restartCount ?? 0
    const period = (spec.readinessProbe.periodSeconds ?? 10) * second
    const allowed = context.settings.failuresAllowedPerReplica ?? 1
    const dueAt = context.runningSince(pod, name, restarts) + readinessWindowMs(spec, context.settings) + allowed * period
    problems.push({
      key: `${pod.metadata.uid}/${name}/unready ${restarts}`,
      reason: 'Unhealthy',
      message: `container ${name} fails its readiness probe: ${said ? probeAnswer(said) : 'its answer is not known, as events cannot be read'}`,
      graceMs: 0,
      dueAt,
      fatal: true,
      pod: pod.metadata.name,
      container: name,
    })
  }
  return problems
}

/** Names the probe or the hook for which a process was killed, where that is how it ended. */
export function explainKill(problem: Problem, container: ContainerView, events: readonly KubernetesEvent[]): Problem {
  const terminated = lastRun(container)?.terminated
  const hook = events.find((event) => event.reason === 'FailedPostStartHook' && containerOf(event) === container.name)
  if (hook && terminated && hook.lastAt >= (timeOf(terminated.startedAt) ?? 0)) {
    return { ...problem, reason: 'PostStartHookError', message: `container ${container.name} is killed: its postStart hook fails` }
  }
  const killed = events.some(
    (event) =>
      event.reason === 'Killing' && containerOf(event) === container.name && /failed (?:liveness|startup) probe/.test(event.message),
  )
  if (!killed || !terminated) return problem
  const said = newestFailure(events, container.name, 'Liveness') ?? newestFailure(events, container.name, 'Startup')
  const kind = said?.message.startsWith('Startup') ? 'startup' : 'liveness'
  // Of another run's probe nothing is known here.
  if (said && said.lastAt < (timeOf(terminated.startedAt) ?? 0)) return problem
  const ran = runMs(terminated)
  const when = ran < 2_000 ? 'right after its start' : `after ${formatDuration(ran)}`
  return {
    ...problem,
    reason: 'Unhealthy',
    message: `container ${container.name} is killed ${when}: its ${kind} probe fails: ${said ? probeAnswer(said) : 'no answer'}`,
  }
}

/** Whether the kubelet has killed a process of the container for a probe or a hook; then it failed whatever code it ended with. */
export function wasKilled(container: ContainerView, events: readonly KubernetesEvent[]): boolean {
  const terminated = lastRun(container)?.terminated
  if (!terminated) return false
  const started = timeOf(terminated.startedAt) ?? 0
  return events.some(
    (event) =>
      event.reason === 'Killing' &&
      containerOf(event) === container.name &&
      /failed (?:liveness|startup) probe|FailedPostStartHook/.test(event.message) &&
      event.lastAt >= started,
  )
}

function newestFailure(events: readonly KubernetesEvent[], container: string, probe: string): KubernetesEvent | undefined {
  return events
    .filter((event) => event.reason === 'Unhealthy' && containerOf(event) === container && event.message.startsWith(`${probe} probe`))
    .sort((a, b) => b.lastAt - a.lastAt)[0]
}

function probeAnswer(event: KubernetesEvent): string {
  return shorten(event.message.replace(/^\w+ probe (?:failed|errored(?: and resulted in unknown state)?):? ?/, '')) || 'no output'
}
