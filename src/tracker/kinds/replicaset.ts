import { ownedBy } from '../owners.ts'
import { conditionOf, isUnobserved, type KindRules, more, progressing, ready } from '../rules.ts'
import type { Progress } from '../status.ts'
import { createFailure } from './deployment.ts'
import { unsettled } from './settle.ts'

/** ReplicaSets and ReplicationControllers that the chart holds itself. */
export const replicaSet: KindRules = {
  status(object, context) {
    const status = object.status ?? {}
    const desired: number = object.spec?.replicas ?? 1
    const available: number = status.availableReplicas ?? 0
    const total: number = status.replicas ?? 0
    const progress: Progress = { desired, ready: status.readyReplicas ?? 0, available }
    if (isUnobserved(object)) return progressing('starting', `the ${object.kind} controller`, { progress })
    if (available < desired) return progressing('starting', `${more(desired - available, 'Pod')} ready`, { progress })
    if (total > desired) return progressing('shrinking', `${more(total - desired, 'Pod')} gone`, { progress })
    const doubt = unsettled(ownedBy(object, context.children, 'Pod'), context, {
      minReadySeconds: object.spec?.minReadySeconds,
      alike: true,
    })
    if (doubt) return { ...doubt, progress }
    return ready('ready', { progress })
  },
  pods: (object, context) => ownedBy(object, context.children, 'Pod'),
  problems(object) {
    const failure = conditionOf(object, 'ReplicaFailure')
    return failure?.status === 'True' ? [createFailure(object, failure.reason, failure.message)] : []
  },
}
