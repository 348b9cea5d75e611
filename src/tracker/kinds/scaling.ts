import { conditionOf, isUnobserved, type KindRules, progressing, ready } from '../rules.ts'
import { shorten } from './containers.ts'

/** An autoscaler is ready when it exists; missing metrics are said, a target that is not there is a failure. */
export const horizontalPodAutoscaler: KindRules = {
  status(object) {
    const able = conditionOf(object, 'AbleToScale')
    if (able?.status === 'False' && able.reason === 'FailedGetScale') return progressing('pending', shorten(able.message ?? 'its target'))
    const active = conditionOf(object, 'ScalingActive')
    return ready(active?.status === 'False' && active.reason !== 'ScalingDisabled' ? 'ready, without metrics yet' : 'ready')
  },
  problems(object) {
    const able = conditionOf(object, 'AbleToScale')
    if (able?.status !== 'False' || able.reason !== 'FailedGetScale') return []
    const message = shorten(able.message ?? 'its target cannot be scaled')
    return [
      { key: `${object.metadata.uid}/FailedGetScale`, reason: 'FailedGetScale', message, graceMs: 60_000, fatal: true, suppliable: true },
    ]
  },
}

/** A budget is ready when its controller has counted; whether it allows a disruption now is no matter of the deploy. */
export const podDisruptionBudget: KindRules = {
  status(object) {
    if (isUnobserved(object)) return progressing('starting', 'the disruption controller')
    const { currentHealthy = 0, desiredHealthy = 0 } = object.status ?? {}
    return ready('ready', { progress: { desired: desiredHealthy, ready: currentHealthy } })
  },
}

/** A CronJob is ready when it exists: when it runs next is its schedule's matter. */
export const cronJob: KindRules = {
  status: (object) => ready(object.spec?.suspend ? 'suspended' : 'scheduled'),
  static: () => true,
}
