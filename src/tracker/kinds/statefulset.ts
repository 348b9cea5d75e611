import type { KubeObject } from '../../resource.ts'
import { isLeaving, ownedBy } from '../owners.ts'
import { isUnobserved, type KindRules, more, type Problem, progressing, ready, type StatusContext } from '../rules.ts'
import type { Progress } from '../status.ts'
import { containersOf, lastRun } from './containers.ts'
import { failedCreates } from './create-events.ts'
import { settlesAt, unsettled } from './settle.ts'

const hashKey = 'controller-revision-hash'

/**
 * Ready when as many Pods as wanted are ready (available, with minReadySeconds) and, with RollingUpdate, all of them, or those from the
 * partition on, are of the newest revision. With OnDelete Pods of older revisions are what the chart asked for.
 */
export const statefulSet: KindRules = {
  status(object, context) {
    const { spec = {}, status = {} } = object
    const desired: number = spec.replicas ?? 1
    const onDelete = spec.updateStrategy?.type === 'OnDelete'
    const partition: number = spec.updateStrategy?.rollingUpdate?.partition ?? 0
    const upToDate: number =
      status.updatedReplicas ?? (status.updateRevision === status.currentRevision ? (status.currentReplicas ?? 0) : 0)
    const good: number = (spec.minReadySeconds ? status.availableReplicas : status.readyReplicas) ?? 0
    const total: number = status.replicas ?? 0
    const progress: Progress = { desired, ready: status.readyReplicas ?? 0, upToDate, available: status.availableReplicas }
    if (isUnobserved(object)) return progressing('starting', 'the StatefulSet controller', { progress })
    const wanted = onDelete ? 0 : Math.max(0, desired - partition)
    if (upToDate < wanted) return progressing('rolling', `${more(wanted - upToDate, 'Pod')} updated`, { progress })
    if (good < desired) return progressing('rolling', `${more(desired - good, 'Pod')} ready`, { progress })
    if (total > desired) return progressing('shrinking', `${more(total - desired, 'Pod')} gone`, { progress })
    const doubt = unsettled(newestPods(object, context), context, { minReadySeconds: spec.minReadySeconds })
    if (doubt) return { ...doubt, progress }
    if (onDelete && upToDate < desired) return ready('ready, old Pods until deleted', { progress })
    if (partition > 0 && upToDate < desired) return ready('ready, partitioned', { progress })
    return ready('ready', { progress })
  },
  pods: newestPods,
  problems(object, context) {
    const pods = ownedBy(object, context.children, 'Pod').filter((pod) => !isLeaving(pod))
    const stuck = stuckPod(object, pods, context)
    return [...(pods.length < (object.spec?.replicas ?? 1) ? failedCreates(object, pods, context) : []), ...(stuck ? [stuck] : [])]
  },
}

/**
 * A rollout in order waits until every Pod is ready before it replaces one, also a Pod of an older revision that never will be: the
 * chart's correction then waits for ever.
 */
function stuckPod(object: KubeObject, pods: readonly KubeObject[], context: StatusContext): Problem | undefined {
  const revision = object.status?.updateRevision
  if (isUnobserved(object) || !revision || object.spec?.podManagementPolicy === 'Parallel') return undefined
  const broken = pods.find((pod) => pod.metadata.labels?.[hashKey] !== revision && isBroken(pod, context))
  if (!broken) return undefined
  return {
    key: `${broken.metadata.uid}/StuckRollout`,
    reason: 'StuckRollout',
    message: `Pod ${broken.metadata.name} of an older revision is broken, and the StatefulSet waits for it before it makes a new one`,
    graceMs: 30_000,
    fatal: true,
    pod: broken.metadata.name,
  }
}

/** In a crash loop a Pod is ready now and then: then it has crashed, and has not outlasted its last run. */
function isBroken(pod: KubeObject, context: StatusContext): boolean {
  return containersOf(pod).some((container) => {
    if (hopeless.has(container.status?.state?.waiting?.reason)) return true
    const crashed = lastRun(container)?.terminated.exitCode > 0
    return crashed && !container.init && (!container.status?.state?.running || settlesAt(pod, context) !== undefined)
  })
}

const hopeless = new Set([
  'CrashLoopBackOff',
  'ImagePullBackOff',
  'ErrImagePull',
  'InvalidImageName',
  'CreateContainerConfigError',
  'CreateContainerError',
])

function newestPods(object: KubeObject, context: StatusContext): KubeObject[] {
  const revision = object.status?.updateRevision
  if (isUnobserved(object) || !revision) return []
  return ownedBy(object, context.children, 'Pod').filter((pod) => pod.metadata.labels?.[hashKey] === revision)
}
