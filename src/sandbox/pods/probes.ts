import type { Api } from '../api/api.ts'
import type { Behaviour } from './behaviour.ts'
import { type Run, sleep } from './container.ts'

export interface ProbeHooks {
  /** A probe failed, in the kubelet's words; `final` when its failure threshold was reached. */
  failed(kind: ProbeKind, message: string): void
  started(): void
  ready(ready: boolean): void
  /** A liveness or startup probe failed for good. */
  restart(kind: ProbeKind): void
}
export type ProbeKind = 'Startup' | 'Readiness' | 'Liveness'

/** Runs the probes of one run of a container until `signal` aborts. */
export async function probe(
  api: Api,
  container: any,
  run: Run,
  behaviour: Behaviour,
  signal: AbortSignal,
  hooks: ProbeHooks,
): Promise<void> {
  const from = Date.now()
  try {
    if (container.startupProbe && !(await loop(api, 'Startup', container.startupProbe, run, behaviour, from, signal, hooks))) return
    hooks.started()
    const jobs: Promise<unknown>[] = []
    if (container.readinessProbe) jobs.push(loop(api, 'Readiness', container.readinessProbe, run, behaviour, from, signal, hooks))
    else if (behaviour.readyAfter > 0)
      jobs.push(sleep(api, behaviour.readyAfter - (Date.now() - from) / 1000, signal).then(() => hooks.ready(true)))
    else hooks.ready(true)
    if (container.livenessProbe) jobs.push(loop(api, 'Liveness', container.livenessProbe, run, behaviour, from, signal, hooks))
    await Promise.all(jobs)
  } catch {
    // The container ended, or the Pod is going.
  }
}

/** Whether a startup probe succeeded; other probes go on until the signal. */
async function loop(
  api: Api,
  kind: ProbeKind,
  spec: any,
  run: Run,
  behaviour: Behaviour,
  from: number,
  signal: AbortSignal,
  hooks: ProbeHooks,
): Promise<boolean> {
  let failures = 0
  let successes = 0
  await sleep(api, spec.initialDelaySeconds ?? 0, signal)
  for (;;) {
    const problem = await attempt(kind, spec, run, behaviour, from)
    if (signal.aborted) return false
    if (problem === undefined) {
      failures = 0
      successes++
      if (successes >= (kind === 'Readiness' ? (spec.successThreshold ?? 1) : 1)) {
        if (kind === 'Startup') return true
        if (kind === 'Readiness') hooks.ready(true)
      }
    } else {
      successes = 0
      failures++
      hooks.failed(kind, problem)
      if (failures >= (spec.failureThreshold ?? 3)) {
        if (kind === 'Readiness') hooks.ready(false)
        else {
          hooks.restart(kind)
          return false
        }
      }
    }
    await sleep(api, spec.periodSeconds ?? 10, signal)
  }
}

/** The message of a failure; undefined where the probe succeeds. */
async function attempt(kind: ProbeKind, spec: any, run: Run, behaviour: Behaviour, from: number): Promise<string | undefined> {
  if (kind === 'Readiness' && (Date.now() - from) / 1000 < behaviour.readyAfter) return words(spec)
  if (spec.exec) {
    const { code, output } = await run.exec(spec.exec.command ?? [], spec.timeoutSeconds ?? 1)
    if (code === 0) return undefined
    return code === -1 ? `command timed out: "${(spec.exec.command ?? []).join(' ')}" timed out after ${spec.timeoutSeconds ?? 1}s` : output
  }
  if (!run.serves() || behaviour.probe === 'fail' || (behaviour.probe === 'liveness-fail' && kind === 'Liveness')) return words(spec)
  return undefined
}

function words(spec: any): string {
  if (spec.httpGet)
    return `Get "${(spec.httpGet.scheme ?? 'HTTP').toLowerCase()}://10.244.0.2:${spec.httpGet.port}${spec.httpGet.path ?? '/'}": dial tcp 10.244.0.2:${spec.httpGet.port}: connect: connection refused`
  if (spec.tcpSocket) return `dial tcp 10.244.0.2:${spec.tcpSocket.port}: connect: connection refused`
  if (spec.grpc) return `timeout: failed to connect service "10.244.0.2:${spec.grpc.port}" within 1s: context deadline exceeded`
  return ''
}
