import type { KubeObject } from '../../resource.ts'
import { timeOf } from '../kubernetes-event.ts'
import { isLeaving } from '../owners.ts'
import { conditionOf, more, progressing, type StatusContext } from '../rules.ts'
import type { Status } from '../status.ts'

/** How long a process without a readiness probe must run before it is believed: it is `ready` to Kubernetes as soon as it starts. */
const settleMs = 5_000
const longestSettleMs = 60_000

/**
 * Until when a Pod's readiness must not be believed yet, in milliseconds since the epoch; undefined where it can be.
 *
 * Kubernetes calls a container without a readiness probe ready from its first moment, so that one which crashes after a second was ready once. Such a
 * container is believed when it has run for 5 s, and one that has crashed before when it runs longer than its last run did. Containers
 * that no runtime runs (of a simulated node: they have no containerID) cannot crash by themselves and are believed at once.
 */
export function settlesAt(pod: KubeObject, context: StatusContext): number | undefined {
  let latest: number | undefined
  for (const status of pod.status?.containerStatuses ?? []) {
    if (!status.state?.running) continue
    const crashed = status.lastState?.terminated
    const container = pod.spec?.containers?.find((candidate: { name: string }) => candidate.name === status.name)
    if (!crashed && (container?.readinessProbe || !status.containerID)) continue
    const wanted = crashed ? Math.min(longestSettleMs, Math.max(settleMs, runMs(crashed) * 1.2 + 2_000)) : settleMs
    const until = context.runningSince(pod, status.name, status.restartCount ?? 0) + wanted
    if (until > context.now && (latest === undefined || until > latest)) latest = until
  }
  return latest
}

/** How long a terminated container ran, in milliseconds; 0 where it was never started. */
export function runMs(terminated: { startedAt?: string; finishedAt?: string }): number {
  const started = timeOf(terminated.startedAt)
  const finished = timeOf(terminated.finishedAt)
  // A process that could not be started has a zero time.
  return !started || finished === undefined ? 0 : Math.max(0, finished - started)
}

/**
 * Why the Pods of a workload whose counts are right are not believed yet: one is not ready after all (counts lag behind Pods), or
 * has not run for long enough. Undefined where all are.
 */
export function unsettled(
  pods: readonly KubeObject[],
  context: StatusContext,
): Pick<Status, 'state' | 'reason' | 'waitingFor' | 'recheckAt'> | undefined {
  let recheckAt: number | undefined
  let unready = 0
  for (const pod of pods) {
    if (isLeaving(pod) || pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') continue
    if (conditionOf(pod, 'Ready')?.status !== 'True') unready += 1
    const until = settlesAt(pod, context)
    if (until !== undefined && (recheckAt === undefined || until > recheckAt)) recheckAt = until
  }
  if (unready > 0) return progressing('rolling', `${more(unready, 'Pod')} ready`)
  return recheckAt === undefined ? undefined : progressing('settling', 'its containers to keep running', { recheckAt })
}
