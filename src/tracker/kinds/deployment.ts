import type { KubeObject } from '../../resource.ts'
import { ownedBy } from '../owners.ts'
import { conditionOf, isUnobserved, type KindRules, more, type Problem, progressing, ready, type StatusContext } from '../rules.ts'
import type { Progress } from '../status.ts'
import { unsettled } from './settle.ts'

const revisionKey = 'deployment.kubernetes.io/revision'

/** The rules of `kubectl rollout status`, and that every Pod of an older revision is gone. */
export const deployment: KindRules = {
  status(object, context) {
    const status = object.status ?? {}
    const desired: number = object.spec?.replicas ?? 1
    const upToDate: number = status.updatedReplicas ?? 0
    const available: number = status.availableReplicas ?? 0
    const total: number = status.replicas ?? 0
    const progress: Progress = { desired, ready: status.readyReplicas ?? 0, upToDate, available }
    if (isUnobserved(object)) return progressing('starting', 'the Deployment controller', { progress })
    if (object.spec?.paused) return ready('paused', { progress })
    if (upToDate < desired) return progressing('rolling', `${more(desired - upToDate, 'Pod')} created`, { progress })
    if (total > upToDate) return progressing('rolling', `${more(total - upToDate, 'old Pod')} gone`, { progress })
    if (available < desired) return progressing('rolling', `${more(desired - available, 'Pod')} ready`, { progress })
    if (total > desired) return progressing('rolling', `${more(total - desired, 'Pod')} gone`, { progress })
    const doubt = unsettled(newestPods(object, context), context, { minReadySeconds: object.spec?.minReadySeconds, alike: true })
    if (doubt) return { ...doubt, progress }
    return ready('ready', { progress })
  },
  pods: newestPods,
  problems(object) {
    if (isUnobserved(object)) return []
    const problems: Problem[] = []
    const progress = conditionOf(object, 'Progressing')
    if (progress?.status === 'False' && progress.reason === 'ProgressDeadlineExceeded') {
      problems.push({
        key: `${object.metadata.uid}/${object.metadata.generation}/ProgressDeadlineExceeded`,
        reason: 'ProgressDeadlineExceeded',
        message: progress.message ?? 'the rollout made no progress within its deadline',
        graceMs: 0,
        fatal: true,
      })
    }
    const replicas = conditionOf(object, 'ReplicaFailure')
    if (replicas?.status === 'True') problems.push(createFailure(object, replicas.reason, replicas.message))
    return problems
  },
}

/**
 * The ReplicaSet of the newest revision: its revision annotation is the Deployment's. Undefined until the controller has looked at the newest
 * generation, so that an older revision's Pods are never taken for the new one's.
 */
function newestReplicaSet(object: KubeObject, context: Pick<StatusContext, 'children'>): KubeObject | undefined {
  if (isUnobserved(object)) return undefined
  const revision = object.metadata.annotations?.[revisionKey]
  const sets = ownedBy(object, context.children, 'ReplicaSet')
  if (revision !== undefined) return sets.find((set) => set.metadata.annotations?.[revisionKey] === revision)
  return sets.length === 1 ? sets[0] : undefined
}

function newestPods(object: KubeObject, context: StatusContext): KubeObject[] {
  const set = newestReplicaSet(object, context)
  return set ? ownedBy(set, context.children, 'Pod') : []
}

/** A controller cannot create Pods: quota, admission, a missing service account. It may heal when old Pods go, so it has a grace. */
export function createFailure(object: KubeObject, reason = 'FailedCreate', message = ''): Problem {
  return {
    key: `${object.metadata.uid}/${object.metadata.generation}/${reason}`,
    reason,
    message,
    graceMs: 15_000,
    fatal: true,
  }
}
