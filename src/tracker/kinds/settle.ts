import type { KubeObject } from '../../resource.ts'
import { timeOf } from '../kubernetes-event.ts'
import { isLeaving } from '../owners.ts'
import { conditionOf, more, progressing, type StatusContext } from '../rules.ts'
import type { Status } from '../status.ts'

/** How long a process that nothing asks whether it works must run before it is believed, unless `--settle` or an annotation says otherwise. */
export const defaultSettleMs = 5_000
/** Within this time a kubelet reports the end of a process that crashed at its start. */
const reportMs = 2_000
const longestSettleMs = 60_000

/** What the author says of a Pod's readiness beside its probes. */
interface Believe {
  /** Of the workload: its Pods must be ready for so long before they count. */
  minReadySeconds?: number
  /** Containers that have run for long enough in another Pod of the same template. */
  proven?: ReadonlySet<string>
}

/**
 * Until when a Pod's readiness must not be believed yet, in milliseconds since the epoch; undefined where it can be.
 *
 * Kubernetes calls a container without a readiness probe ready from its first moment, so that one which crashes after a second was ready once. Such a
 * container is believed when it has run for 5 s (`settleMs`); for 2 s where the author has said by minReadySeconds how long is enough, or
 * where it has run for long enough in another Pod of the same template; at once with a readiness or a startup probe. One that has crashed
 * before is believed when it runs longer than its last run did. Containers that no runtime runs (of a simulated node: they have no
 * containerID) cannot crash by themselves and are believed at once.
 */
export function settlesAt(pod: KubeObject, context: StatusContext, believe: Believe = {}): number | undefined {
  let latest: number | undefined
  for (const status of pod.status?.containerStatuses ?? []) {
    if (!status.state?.running) continue
    const crashed = status.lastState?.terminated
    const container = pod.spec?.containers?.find((candidate: { name: string }) => candidate.name === status.name)
    if (!crashed && (container?.readinessProbe || container?.startupProbe || !status.containerID)) continue
    const until = context.runningSince(pod, status.name, status.restartCount ?? 0) + wantedMs(status, context.settleMs, believe)
    if (until > context.now && (latest === undefined || until > latest)) latest = until
  }
  return latest
}

function wantedMs(status: any, settleMs: number, { minReadySeconds = 0, proven }: Believe): number {
  const crashed = status.lastState?.terminated
  if (crashed) return settleMs === 0 ? 0 : Math.min(longestSettleMs, Math.max(settleMs, runMs(crashed) * 1.2 + 2_000))
  return minReadySeconds > 0 || proven?.has(status.name) ? Math.min(settleMs, reportMs) : settleMs
}

/** Containers that have run for long enough in one of the Pods, and never crashed in it. */
function provenContainers(pods: readonly KubeObject[], context: StatusContext): Set<string> {
  const proven = new Set<string>()
  for (const pod of pods) {
    for (const { name, state, restartCount = 0 } of pod.status?.containerStatuses ?? []) {
      if (!state?.running || restartCount > 0) continue
      if (context.runningSince(pod, name, restartCount) + context.settleMs <= context.now) proven.add(name)
    }
  }
  return proven
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
 * has not run for long enough. Undefined where all are. `alike`: the Pods differ in nothing but their names, so that one speaks for
 * the others; not where each has a node or a number of its own.
 */
export function unsettled(
  pods: readonly KubeObject[],
  context: StatusContext,
  { minReadySeconds, alike = false }: { minReadySeconds?: number; alike?: boolean } = {},
): Pick<Status, 'state' | 'reason' | 'waitingFor' | 'recheckAt'> | undefined {
  let recheckAt: number | undefined
  let unready = 0
  const proven = alike && pods.length > 1 ? provenContainers(pods, context) : undefined
  for (const pod of pods) {
    if (isLeaving(pod) || pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') continue
    if (conditionOf(pod, 'Ready')?.status !== 'True') unready += 1
    const until = settlesAt(pod, context, { minReadySeconds, proven })
    if (until !== undefined && (recheckAt === undefined || until > recheckAt)) recheckAt = until
  }
  if (unready > 0) return progressing('rolling', `${more(unready, 'Pod')} ready`)
  return recheckAt === undefined ? undefined : progressing('settling', 'its containers to keep running', { recheckAt })
}
