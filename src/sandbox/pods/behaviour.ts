import type { KubeObject } from '../object.ts'

/**
 * What a Pod's annotations force, below `sandbox.converge.dev/` (put them on the Pod template). Durations are like `500ms`, `2s`, `1m`.
 *
 * | annotation     | meaning                                                                                                   |
 * |----------------|-----------------------------------------------------------------------------------------------------------|
 * | `pull-time`    | how long pulling an image takes (300ms); an image that was pulled before takes none                         |
 * | `start-delay`  | how long starting a container takes (100ms)                                                               |
 * | `ready-after`  | readiness probes fail until a container ran this long                                                     |
 * | `probe`        | `fail`: HTTP, TCP and gRPC probes fail; `liveness-fail`: only liveness probes do                           |
 * | `fail`         | `crash`: the first container exits with 1; `oom`: it is killed for memory; `evict`: the Pod is evicted       |
 * | `fail-after`   | when that happens, after the start of the container (200ms)                                               |
 * | `fail-times`   | how many runs of the container fail before one goes well; without it all do                               |
 * | `exit-code`    | the exit code of a crash (1)                                                                              |
 * | `log-rate`     | a server image writes this many lines a second (0)                                                        |
 * | `run-time`     | how long a server image runs in a Job before it completes (200ms)                                         |
 */
export interface Behaviour {
  pullTime: number
  startDelay: number
  readyAfter: number
  probe?: string
  fail?: 'crash' | 'oom' | 'evict'
  failAfter: number
  failTimes: number
  exitCode: number
  logRate: number
  runTime: number
}

const PREFIX = 'sandbox.converge.dev/'

export function behaviourOf(pod: KubeObject): Behaviour {
  const text = (name: string): string | undefined => pod.metadata.annotations?.[PREFIX + name]
  const fail = text('fail')
  return {
    pullTime: seconds(text('pull-time'), 0.3),
    startDelay: seconds(text('start-delay'), 0.1),
    readyAfter: seconds(text('ready-after'), 0),
    probe: text('probe'),
    fail: fail === 'crash' || fail === 'oom' || fail === 'evict' ? fail : undefined,
    failAfter: seconds(text('fail-after'), 0.2),
    failTimes: Number(text('fail-times') ?? Number.POSITIVE_INFINITY),
    exitCode: Number(text('exit-code') ?? 1),
    logRate: Number(text('log-rate') ?? 0),
    runTime: seconds(text('run-time'), 0.2),
  }
}

function seconds(text: string | undefined, otherwise: number): number {
  const match = /^([\d.]+)(ms|s|m|h)?$/.exec(text ?? '')
  if (!match) return otherwise
  return Number(match[1]) * { ms: 0.001, s: 1, m: 60, h: 3600 }[(match[2] ?? 's') as 'ms' | 's' | 'm' | 'h']
}
