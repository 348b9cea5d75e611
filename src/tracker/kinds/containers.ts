import type { KubeObject } from '../../resource.ts'

/** One container of a Pod: what was asked for and what the kubelet says of it. */
export interface ContainerView {
  name: string
  init: boolean
  /** An init container that keeps running beside the others (`restartPolicy: Always`). */
  sidecar: boolean
  spec: any
  status: any
}

/** All containers of a Pod that the kubelet starts by itself, init containers first. */
export function containersOf(pod: KubeObject): ContainerView[] {
  const view = (specs: any[], statuses: any[], init: boolean): ContainerView[] =>
    (specs ?? []).map((spec) => ({
      name: spec.name,
      init,
      sidecar: init && spec.restartPolicy === 'Always',
      spec,
      status: (statuses ?? []).find((status) => status.name === spec.name),
    }))
  return [
    ...view(pod.spec?.initContainers, pod.status?.initContainerStatuses, true),
    ...view(pod.spec?.containers, pod.status?.containerStatuses, false),
  ]
}

/** Restarts of all containers of a Pod. */
export function restartsOf(pod: KubeObject): number {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  return statuses.reduce((sum: number, status: { restartCount?: number }) => sum + (status.restartCount ?? 0), 0)
}

export interface EndedRun {
  /** 0 is the first. */
  run: number
  terminated: any
}

/** The processes of a container that are known to have ended, the last first: two at most. */
export function endedRuns(container: ContainerView): EndedRun[] {
  const { state, lastState, restartCount: restarts = 0 } = container.status ?? {}
  const last = lastState?.terminated
  if (state?.terminated) {
    const runs = [{ run: restarts, terminated: state.terminated }]
    return last && restarts > 0 ? [...runs, { run: restarts - 1, terminated: last }] : runs
  }
  if (!last) return []
  // While it waits for its restart the count is still that of the run that ended.
  return [{ run: state?.running ? Math.max(0, restarts - 1) : restarts, terminated: last }]
}

/** The process of a container that ended last, or undefined. */
export function lastRun(container: ContainerView): EndedRun | undefined {
  return endedRuns(container)[0]
}

const signals: Record<number, string> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  15: 'SIGTERM',
}

/** `SIGSEGV` of 11. */
export function signalName(signal: number): string {
  return signals[signal] ?? String(signal)
}

/** At most 300 characters of one line. */
export function shorten(message: string): string {
  const line = message.replace(/\s+/g, ' ').trim()
  return line.length > 300 ? `${line.slice(0, 299)}…` : line
}

/** A phrase for a container that is not ready: `ContainerCreating`, `CrashLoopBackOff`, `Init 1/2`; undefined where it is fine. */
export function containerWord(container: ContainerView): string | undefined {
  const { state, ready } = container.status ?? {}
  if (state?.waiting) return state.waiting.reason || 'waiting'
  if (state?.terminated) {
    if (state.terminated.exitCode === 0 && container.init) return undefined
    const { reason, signal, exitCode } = state.terminated
    if (reason && reason !== 'Error') return reason
    return signal ? signalName(signal) : `exit code ${exitCode}`
  }
  return state?.running && !ready && !(container.init && !container.sidecar) ? 'starting' : undefined
}
