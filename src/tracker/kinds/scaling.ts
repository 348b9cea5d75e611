import { conditionOf, isUnobserved, type KindRules, progressing, ready } from '../rules.ts'
import { shorten } from './containers.ts'

/** How long the autoscaler's controller may take to look for a target that is not of this release: it comes by every 15 s. */
const firstLookMs = 20_000

/**
 * An autoscaler is ready when its target exists: at once where this run applies it, else when its controller has found it, or does not look for
 * 20 s. Missing metrics are said; a target that is not there is a failure.
 */
export const horizontalPodAutoscaler: KindRules = {
  status(object, context) {
    const able = conditionOf(object, 'AbleToScale')
    if (able?.status === 'False' && able.reason === 'FailedGetScale') return progressing('pending', shorten(able.message ?? 'its target'))
    if (!able) {
      const { apiVersion = '', kind = '', name = '' } = object.spec?.scaleTargetRef ?? {}
      const recheckAt = context.appliedAt + firstLookMs
      const known = context.isTracked({ apiVersion, kind, name, namespace: object.metadata.namespace })
      if (!known && context.now < recheckAt) return progressing('pending', `its target ${kind}/${name} to be found`, { recheckAt })
    }
    const active = conditionOf(object, 'ScalingActive')
    return ready(active?.status === 'False' && active.reason !== 'ScalingDisabled' ? 'ready, without metrics yet' : 'ready')
  },
  problems(object) {
    const able = conditionOf(object, 'AbleToScale')
    if (able?.status !== 'False' || able.reason !== 'FailedGetScale') return []
    const message = shorten(able.message ?? 'its target cannot be scaled')
    return [
      { key: `${object.metadata.uid}/FailedGetScale`, reason: 'FailedGetScale', message, graceMs: 10_000, fatal: true, suppliable: true },
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
