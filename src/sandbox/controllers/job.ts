import type { Api } from '../api/api.ts'
import { deleteObject } from '../api/deleting.ts'
import { modify } from '../api/rest.ts'
import { recordEvent } from '../events.ts'
import { copy, equal, type KubeObject, timestamp } from '../object.ts'
import { createPod, isActive, isReady, MANAGER, owned } from './owned.ts'
import { addOwner, createQueue, fromKey, keyOf } from './queue.ts'

const RESOURCE = 'jobs.batch'
const REPORTER = 'job-controller'
const INDEX = 'batch.kubernetes.io/job-completion-index'

/** What a Job's Pods came to, also of those that are deleted by now. */
interface Tally {
  succeeded: Set<string>
  failed: Set<string>
  indexes: Set<number>
  /** Failures of each index. */
  tries: Map<number, number>
  /** Indexes that have failed for good. */
  lost: Set<number>
  /** Why the Job's own policy ends it. */
  ended?: string
  /** Not before this time is another Pod created after a failure. */
  notBefore: number
  /** Failures that the Job's policy does not count. */
  forgiven: number
}

/** Runs Jobs to completion. */
export function runJobs(api: Api): () => void {
  const tallies = new Map<string, Tally>()
  const queue = createQueue(api, (key) => sync(api, key, tallies, (k, s) => queue.addAfter(k, s)))
  const ends = [
    api.store.subscribe(RESOURCE, ({ type, object }) => {
      if (type === 'DELETED') tallies.delete(object.metadata.uid)
      queue.add(keyOf(object))
    }),
    api.store.subscribe('pods', (change) => addOwner(queue, 'Job', change)),
  ]
  return () => {
    for (const end of ends) end()
  }
}

const finished = (job: KubeObject): boolean =>
  job.status?.conditions?.some((c: any) => (c.type === 'Complete' || c.type === 'Failed') && c.status === 'True') ?? false

function condition(conditions: any[], type: string, reason?: string, message?: string, status = 'True'): void {
  if (conditions.some((c) => c.type === type && c.status === status)) return
  const now = timestamp()
  const next = { type, status, lastProbeTime: now, lastTransitionTime: now, ...(reason ? { reason } : {}), ...(message ? { message } : {}) }
  const at = conditions.findIndex((c) => c.type === type)
  if (at < 0) conditions.push(next)
  else conditions[at] = next
}

function sync(api: Api, key: string, tallies: Map<string, Tally>, later: (key: string, seconds: number) => void): void {
  const job = fromKey(api, RESOURCE, key)
  if (!job) return
  const pods = owned(api, 'pods', job)
  if (finished(job)) {
    const ttl = job.spec.ttlSecondsAfterFinished
    if (ttl !== undefined && !job.metadata.deletionTimestamp) {
      const end = job.status.completionTime ?? job.status.conditions.find((c: any) => c.type === 'Failed')?.lastTransitionTime
      const left = (Date.parse(end) + ttl * 1000 - Date.now()) / 1000
      if (left > 0) later(key, left + 0.01)
      else deleteObject(api, api.registry.stored(RESOURCE)!, job.metadata.namespace, job.metadata.name, { propagationPolicy: 'Foreground' })
    }
    return
  }
  let tally = tallies.get(job.metadata.uid)
  if (!tally)
    tallies.set(
      job.metadata.uid,
      (tally = {
        succeeded: new Set(),
        failed: new Set(),
        indexes: new Set(),
        tries: new Map(),
        lost: new Set(),
        notBefore: 0,
        forgiven: 0,
      }),
    )
  let newFailure = false
  for (const pod of pods) {
    const { uid } = pod.metadata
    const index = Number(pod.metadata.annotations?.[INDEX] ?? -1)
    if (pod.status?.phase === 'Succeeded') {
      tally.succeeded.add(uid)
      if (index >= 0) tally.indexes.add(index)
    } else if (pod.status?.phase === 'Failed' && !tally.failed.has(uid)) {
      const rule = policyOf(job, pod)
      tally.failed.add(uid)
      newFailure = true
      if (rule?.action === 'FailJob')
        tally.ended ??= `Container ${rule.container} for pod ${pod.metadata.namespace}/${pod.metadata.name} failed with exit code ${rule.code} matching FailJob rule at index ${rule.index}`
      if (rule?.action === 'Ignore') tally.forgiven++
      const perIndex = job.spec.backoffLimitPerIndex
      if (index >= 0 && perIndex !== undefined && rule?.action !== 'Ignore') {
        const tries = (tally.tries.get(index) ?? 0) + 1
        tally.tries.set(index, tries)
        if (tries > perIndex || rule?.action === 'FailIndex') tally.lost.add(index)
      }
    }
  }
  const indexed = job.spec.completionMode === 'Indexed'
  const active = pods.filter(isActive)
  const restarts = job.spec.template?.spec?.restartPolicy === 'OnFailure' ? active.reduce((total, p) => total + restartsOf(p), 0) : 0
  const conditions: any[] = copy(job.status?.conditions ?? [])
  const status: any = { ...copy(job.status ?? {}), conditions }
  if (!job.metadata.deletionTimestamp) {
    if (!job.spec.suspend && !status.startTime) status.startTime = timestamp()
    if (job.spec.suspend) {
      if (!conditions.some((c) => c.type === 'Suspended' && c.status === 'True')) {
        condition(conditions, 'Suspended', 'JobSuspended', 'Job suspended')
        recordEvent(api, job, { component: REPORTER }, 'Normal', 'Suspended', 'Job suspended')
      }
      delete status.startTime
    } else if (conditions.some((c) => c.type === 'Suspended' && c.status === 'True')) {
      condition(conditions, 'Suspended', 'JobResumed', 'Job resumed', 'False')
      recordEvent(api, job, { component: REPORTER }, 'Normal', 'Resumed', 'Job resumed')
    }
    const deadline = job.spec.activeDeadlineSeconds
    const left =
      deadline !== undefined && status.startTime ? (Date.parse(status.startTime) + deadline * 1000 - Date.now()) / 1000 : undefined
    const done = indexed ? tally.indexes.size : tally.succeeded.size
    const completions = job.spec.completions
    const limit = job.spec.backoffLimitPerIndex === undefined ? (job.spec.backoffLimit ?? 6) : Number.POSITIVE_INFINITY
    if (tally.ended) {
      fail(api, job, active, conditions, 'PodFailurePolicy', tally.ended)
    } else if (tally.lost.size > (job.spec.maxFailedIndexes ?? Number.POSITIVE_INFINITY)) {
      fail(api, job, active, conditions, 'MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes')
    } else if (indexed && tally.lost.size > 0 && tally.lost.size + tally.indexes.size >= completions) {
      fail(api, job, active, conditions, 'FailedIndexes', 'Job has failed indexes')
    } else if (tally.failed.size - tally.forgiven + restarts > limit) {
      fail(api, job, active, conditions, 'BackoffLimitExceeded', 'Job has reached the specified backoff limit')
    } else if (left !== undefined && left <= 0) {
      fail(api, job, active, conditions, 'DeadlineExceeded', 'Job was active longer than specified deadline')
    } else if (completions !== undefined ? done >= completions : done > 0 && active.length === 0) {
      condition(conditions, 'SuccessCriteriaMet', 'CompletionsReached', 'Reached expected number of succeeded pods')
      condition(conditions, 'Complete', 'CompletionsReached', 'Reached expected number of succeeded pods')
      status.completionTime = timestamp()
      recordEvent(api, job, { component: REPORTER }, 'Normal', 'Completed', 'Job completed')
    } else {
      if (left !== undefined) later(key, left + 0.01)
      if (newFailure) tally.notBefore = Date.now() + Math.min(0.5 * 2 ** (tally.failed.size - 1), 10) * 1000
      scale(api, job, active, tally, done, later, key)
    }
  }
  const ended = conditions.some((c) => (c.type === 'Complete' || c.type === 'Failed') && c.status === 'True')
  const now = owned(api, 'pods', job).filter(isActive)
  const ready = now.filter(isReady).length
  const terminating = owned(api, 'pods', job).filter(
    (p) => p.metadata.deletionTimestamp && p.status?.phase !== 'Succeeded' && p.status?.phase !== 'Failed',
  ).length
  const next: any = {
    ...(conditions.length ? { conditions } : {}),
    ...(status.startTime ? { startTime: status.startTime } : {}),
    ...(status.completionTime ? { completionTime: status.completionTime } : {}),
    ...(!ended && now.length ? { active: now.length } : {}),
    ...(tally.succeeded.size ? { succeeded: tally.succeeded.size } : {}),
    ...(tally.failed.size ? { failed: tally.failed.size } : {}),
    terminating: ended ? 0 : terminating,
    ...(tally.indexes.size ? { completedIndexes: ranges([...tally.indexes]) } : {}),
    ...(tally.lost.size ? { failedIndexes: ranges([...tally.lost]) } : {}),
    uncountedTerminatedPods: {},
    ready: ended ? 0 : ready,
  }
  if (!equal(job.status, next)) modify(api, RESOURCE, job, (copied) => (copied.status = next), { manager: MANAGER, subresource: 'status' })
}

/** The first rule of the Job's podFailurePolicy that fits how a Pod failed. */
function policyOf(job: KubeObject, pod: KubeObject): { action: string; index: number; container: string; code: number } | undefined {
  const statuses: any[] = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  for (const [index, rule] of (job.spec.podFailurePolicy?.rules ?? []).entries()) {
    const wanted = rule.onExitCodes
    if (!wanted) continue
    for (const { name, state } of statuses) {
      const code: number = state?.terminated?.exitCode ?? 0
      if (code === 0 || (wanted.containerName && wanted.containerName !== name)) continue
      if (wanted.values.includes(code) === (wanted.operator === 'In')) return { action: rule.action, index, container: name, code }
    }
  }
  return undefined
}

function restartsOf(pod: KubeObject): number {
  const all = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]
  return all.reduce((total: number, s: any) => total + (s.restartCount ?? 0), 0)
}

function fail(api: Api, job: KubeObject, active: KubeObject[], conditions: any[], reason: string, message: string): void {
  condition(conditions, 'FailureTarget', reason, message)
  condition(conditions, 'Failed', reason, message)
  recordEvent(api, job, { component: REPORTER }, 'Warning', reason, message)
  for (const pod of active) remove(api, job, pod)
}

function remove(api: Api, job: KubeObject, pod: KubeObject): void {
  deleteObject(api, api.registry.stored('pods')!, pod.metadata.namespace, pod.metadata.name, { propagationPolicy: 'Background' })
  recordEvent(api, job, { component: REPORTER }, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`)
}

function scale(
  api: Api,
  job: KubeObject,
  active: KubeObject[],
  tally: Tally,
  done: number,
  later: (key: string, seconds: number) => void,
  key: string,
): void {
  const parallelism = job.spec.suspend ? 0 : (job.spec.parallelism ?? 1)
  const left = job.spec.completions === undefined ? (done > 0 ? active.length : parallelism) : job.spec.completions - done - tally.lost.size
  const wanted = Math.min(parallelism, left)
  for (const pod of active.slice(wanted)) remove(api, job, pod)
  if (active.length >= wanted) return
  const wait = (tally.notBefore - Date.now()) / 1000
  if (wait > 0) {
    later(key, wait + 0.005)
    return
  }
  const indexed = job.spec.completionMode === 'Indexed'
  const busy = new Set(active.map((p) => Number(p.metadata.annotations?.[INDEX] ?? -1)))
  const free: number[] = []
  if (indexed)
    for (let i = 0; i < job.spec.completions && free.length < wanted - active.length; i++)
      if (!busy.has(i) && !tally.indexes.has(i) && !tally.lost.has(i)) free.push(i)
  for (let i = active.length; i < wanted; i++) {
    const index = indexed ? free.shift() : undefined
    if (indexed && index === undefined) return
    const tag = index === undefined ? {} : { [INDEX]: String(index) }
    const { problem } = createPod(
      api,
      job,
      job.spec.template,
      { generateName: index === undefined ? `${job.metadata.name}-` : `${job.metadata.name}-${index}-`, labels: tag, annotations: tag },
      REPORTER,
      (pod) => {
        if (index === undefined) return
        pod.spec.hostname = `${job.metadata.name}-${index}`
        for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers])
          container.env = [
            ...(container.env ?? []),
            { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { fieldPath: `metadata.labels['${INDEX}']` } } },
          ]
      },
    )
    if (problem) {
      later(key, 1)
      return
    }
  }
}

/** `0-2,4` of 0, 1, 2, 4. */
function ranges(numbers: number[]): string {
  const sorted = numbers.sort((a, b) => a - b)
  const out: string[] = []
  for (let i = 0; i < sorted.length; ) {
    let j = i
    while (sorted[j + 1] === sorted[j]! + 1) j++
    out.push(j === i ? String(sorted[i]) : j === i + 1 ? `${sorted[i]},${sorted[j]}` : `${sorted[i]}-${sorted[j]}`)
    i = j + 1
  }
  return out.join(',')
}
