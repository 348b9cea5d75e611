import type { KubeObject } from '../../resource.ts'
import { isLeaving, ownedBy } from '../owners.ts'
import { isUnobserved, type KindRules, more, progressing, ready, type StatusContext } from '../rules.ts'
import type { Progress } from '../status.ts'
import { failedCreates } from './create-events.ts'
import { unsettled } from './settle.ts'

const templateGenerationKey = 'deprecated.daemonset.template.generation'

/** The rules of `kubectl rollout status`; with OnDelete nothing rolls, and only as many Pods as wanted must be available. */
export const daemonSet: KindRules = {
  status(object, context) {
    const status = object.status ?? {}
    const onDelete = object.spec?.updateStrategy?.type === 'OnDelete'
    const desired: number = status.desiredNumberScheduled ?? 0
    const upToDate: number = status.updatedNumberScheduled ?? 0
    const available: number = status.numberAvailable ?? 0
    const progress: Progress = { desired, ready: status.numberReady ?? 0, upToDate, available }
    if (isUnobserved(object)) return progressing('starting', 'the DaemonSet controller', { progress })
    if (desired === 0) return ready('ready, no node matches', { progress })
    if (!onDelete && upToDate < desired) return progressing('rolling', `${more(desired - upToDate, 'Pod')} updated`, { progress })
    if (available < desired) return progressing('rolling', `${more(desired - available, 'Pod')} ready`, { progress })
    const doubt = unsettled(newestPods(object, context), context, { minReadySeconds: object.spec?.minReadySeconds })
    if (doubt) return { ...doubt, progress }
    if (onDelete && upToDate < desired) return ready('ready, old Pods until deleted', { progress })
    return ready('ready', { progress })
  },
  pods: newestPods,
  problems(object, context) {
    const pods = ownedBy(object, context.children, 'Pod').filter((pod) => !isLeaving(pod))
    return pods.length < (object.status?.desiredNumberScheduled ?? 0) ? failedCreates(object, pods, context) : []
  },
}

/** Pods of the newest template: the API server counts templates in an annotation of the DaemonSet, its controller labels Pods with it. */
function newestPods(object: KubeObject, context: StatusContext): KubeObject[] {
  if (isUnobserved(object)) return []
  const pods = ownedBy(object, context.children, 'Pod')
  const generation = object.metadata.annotations?.[templateGenerationKey]
  return generation === undefined
    ? pods
    : pods.filter((pod) => (pod.metadata.labels?.['pod-template-generation'] ?? generation) === generation)
}
