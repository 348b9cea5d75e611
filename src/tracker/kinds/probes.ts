import type { KubeObject } from '../../resource.ts'
import type { TrackingSettings } from '../annotations.ts'
import { containerOf, type KubernetesEvent, timeOf } from '../kubernetes-event.ts'
import type { Problem } from '../rules.ts'
import { type ContainerView, shorten } from './containers.ts'

/** Failures of readiness probes within this time from a container's start are never held against it, however eager its probe is. */
export const slowStartMs = 45_000

const second = 1_000

/**
 * For how long after a container's start failures of its readiness probe are expected, in milliseconds: until the probe must have succeeded
 * if the container starts as its probes allow (kubedog's formula), or 45 s where that is longer. The annotation wins. With
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
 * Probe failures of a Pod that count. A liveness or startup probe that fails ends in a killed process, which counts as a failed run; here
 * they only count by that. A readiness probe that still fails after the window counts once for each failure seen.
 */
export function probeProblems(
  pod: KubeObject,
  containers: readonly ContainerView[],
  events: readonly KubernetesEvent[],
  settings: TrackingSettings,
): Problem[] {
  const problems: Problem[] = []
  for (const event of events) {
    if (event.old || event.reason !== 'Unhealthy' || !event.message.startsWith('Readiness probe')) continue
    const name = containerOf(event)
    const container = containers.find((candidate) => candidate.name === name)
    const running = container?.status?.state?.running
    if (!container || !running || container.status.ready) continue
    const started = timeOf(running.startedAt)
    if (started === undefined || event.lastAt - started < readinessWindowMs(container.spec, settings)) continue
    problems.push({
      key: `${event.uid}/${event.count}`,
      reason: 'Unhealthy',
      message: `container ${container.name} fails its readiness probe: ${shorten(event.message.replace(/^Readiness probe (?:failed|errored)[^:]*: ?/, '')) || 'no output'}`,
      graceMs: 0,
      fatal: false,
      pod: pod.metadata.name,
      container: container.name,
    })
  }
  return problems
}
