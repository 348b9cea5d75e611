import type { KubeObject } from '../../resource.ts'
import { formatDuration } from '../duration.ts'
import type { Problem } from '../rules.ts'
import { type ContainerView, type EndedRun, endedRuns, signalName } from './containers.ts'
import { configCause, pullCause, runtimeCause } from './runtime-words.ts'
import { runMs } from './settle.ts'

/** Whether the end of a process is a failure of its container. */
export function isFailedRun(container: ContainerView, terminated: any, restartPolicy: string): boolean {
  if (terminated.exitCode !== 0 || terminated.signal) return true
  // A server that ends by itself is restarted: only the back-off shows that this is wrong.
  return !container.init && restartPolicy === 'Always' && container.status?.state?.waiting?.reason === 'CrashLoopBackOff'
}

const startErrors = new Set(['StartError', 'ContainerCannotRun', 'RunContainerError'])

/** `exits with code 1 right after its start`, `is killed for using more than its memory limit of 64Mi` */
function describeEnd(container: ContainerView, terminated: any): string {
  const ran = runMs(terminated)
  const when = ran < 2_000 ? 'right after its start' : `after ${formatDuration(ran)}`
  if (terminated.reason === 'OOMKilled') {
    const limit = container.spec?.resources?.limits?.memory
    return `is killed for using more memory than ${limit ? `its limit of ${limit}` : 'there is'}, ${when}`
  }
  if (startErrors.has(terminated.reason)) return `cannot be started: ${runtimeCause(terminated.message ?? terminated.reason)}`
  if (terminated.signal || terminated.exitCode > 128) {
    const signal = terminated.signal || terminated.exitCode - 128
    return `is ended by signal ${signalName(signal)} ${when}`
  }
  return `exits with code ${terminated.exitCode} ${when}`
}

interface WaitingRule {
  graceMs: number
  fatal: boolean
  suppliable?: boolean
  text: string
}

/** Reasons of a waiting container that are failures in themselves. Crashes and image pulls are counted apart. */
const waitingRules: Record<string, WaitingRule> = {
  InvalidImageName: { graceMs: 0, fatal: true, text: 'has an image whose name is not valid' },
  ErrImageNeverPull: { graceMs: 0, fatal: true, text: 'may not pull its image, which is not on the node' },
  CreateContainerConfigError: { graceMs: 12_000, fatal: true, suppliable: true, text: 'cannot be configured' },
  CreateContainerError: { graceMs: 15_000, fatal: true, text: 'cannot be created' },
  PreCreateHookError: { graceMs: 15_000, fatal: true, text: 'cannot be created' },
  PreStartHookError: { graceMs: 15_000, fatal: true, text: 'cannot be started' },
  PostStartHookError: { graceMs: 15_000, fatal: true, text: 'fails in its postStart hook' },
}

const pullReasons = new Set(['ErrImagePull', 'ImagePullBackOff', 'RegistryUnavailable', 'ImageInspectError', 'SignatureValidationFailed'])

/** A registry that answered: trying again gives the same answer. */
const finalPullAnswers =
  /not found|manifest unknown|name unknown|repository does not exist|pull access denied|unauthorized|forbidden|no match for platform|invalid reference/i

/**
 * What is wrong with one container at this moment: each failed run of its process once, a pull of its image that failed, a configuration
 * that cannot be made. `pod` is its Pod's name and uid, `restartPolicy` the Pod's.
 */
export function containerProblems(pod: KubeObject, container: ContainerView, restartPolicy: string, killed = false): Problem[] {
  const problems: Problem[] = []
  const place = { pod: pod.metadata.name, container: container.name }
  const key = `${pod.metadata.uid}/${container.name}`
  const policy = container.sidecar ? 'Always' : restartPolicy
  const ends = endedRuns(container)
  const failures = ends.filter(({ terminated }, index) => (index === 0 && killed) || isFailedRun(container, terminated, policy))
  const failure = ({ run, terminated }: EndedRun): Problem => ({
    ...place,
    key: `${key}/run ${run}`,
    reason: endReason(terminated),
    message: `container ${container.name} ${describeEnd(container, terminated)}`,
    graceMs: 0,
    fatal: policy === 'Never',
    run: true,
  })
  // In a crash loop the runs before were failures too, also those that went by unseen.
  const [newest] = failures
  const looping = container.status?.state?.waiting?.reason === 'CrashLoopBackOff'
  if (newest && looping) for (let run = Math.max(0, newest.run - 9); run < newest.run; run++) problems.push(failure({ ...newest, run }))
  problems.push(...failures.reverse().map(failure))
  const waiting = container.status?.state?.waiting
  if (!waiting?.reason) return problems
  const message = String(waiting.message ?? '')
  const rule = Object.hasOwn(waitingRules, waiting.reason) ? waitingRules[waiting.reason] : undefined
  if (rule) {
    const { text, ...rest } = rule
    const said = message && message !== container.spec?.image ? `: ${configCause(message)}` : ''
    problems.push({
      ...place,
      ...rest,
      key: `${key}/${waiting.reason}`,
      reason: waiting.reason,
      message: `container ${container.name} ${text}${said}`,
    })
  } else if (pullReasons.has(waiting.reason)) {
    const final = finalPullAnswers.test(message)
    const text = `container ${container.name} cannot get its image ${container.spec?.image ?? ''}`
    const cause = pullCause(message)
    // A registry that does not answer gets time for a second try, which comes after 10 s.
    problems.push({
      ...place,
      key: `${key}/pull`,
      reason: waiting.reason === 'ErrImagePull' ? 'ErrImagePull' : waiting.reason,
      message: cause ? `${text}: ${cause}` : text,
      graceMs: final ? 3_000 : 15_000,
      fatal: true,
    })
  } else if (waiting.reason === 'RunContainerError' && ends.length === 0) {
    const said = message ? `: ${runtimeCause(message)}` : ''
    problems.push({
      ...place,
      key: `${key}/run ${container.status.restartCount ?? 0}`,
      reason: 'RunContainerError',
      message: `container ${container.name} cannot be started${said}`,
      graceMs: 0,
      fatal: false,
      run: true,
    })
  }
  return problems
}

function endReason(terminated: any): string {
  if (terminated.reason === 'OOMKilled') return 'OOMKilled'
  if (startErrors.has(terminated.reason)) return 'RunContainerError'
  return !terminated.reason || terminated.reason === 'Error' || terminated.reason === 'Completed' ? 'Crashed' : terminated.reason
}
