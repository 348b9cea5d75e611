import { isLeaving, ownedBy } from '../owners.ts'
import { conditionOf, failed, type KindRules, progressing, ready } from '../rules.ts'
import type { Progress } from '../status.ts'
import { failedCreates } from './create-events.ts'

/** A Job says itself when it is done; its own backoffLimit decides how many of its Pods may fail. */
export const job: KindRules = {
  status(object) {
    const { spec = {}, status = {} } = object
    const progress: Progress = {
      desired: spec.completions ?? ((spec.parallelism ?? 1) > 1 ? undefined : 1),
      active: status.active ?? 0,
      succeeded: status.succeeded ?? 0,
      failed: status.failed ?? 0,
    }
    if (conditionOf(object, 'Complete')?.status === 'True') return ready('complete', { progress })
    const end = ['Failed', 'FailureTarget'].map((type) => conditionOf(object, type)).find((condition) => condition?.status === 'True')
    if (end) return failed(end.reason ?? 'failed', { progress })
    // Something else (a queue) starts it when it likes; waiting for that would be waiting for ever.
    if (spec.suspend === true) return ready('suspended', { progress })
    if (!status.startTime) return progressing('starting', 'the Job controller', { progress })
    const missing = Math.max(0, (progress.desired ?? 1) - (progress.succeeded ?? 0))
    const tries = progress.failed ? `, try ${progress.failed + 1} of ${(spec.backoffLimit ?? 6) + 1}` : ''
    if (status.active) return progressing('running', (missing === 1 ? 'its completion' : `${missing} completions`) + tries, { progress })
    return progressing(progress.failed ? 'retrying' : 'starting', `a Pod${tries}`, { progress })
  },
  pods: (object, context) => ownedBy(object, context.children, 'Pod'),
  problems(object, context) {
    const end = ['Failed', 'FailureTarget'].map((type) => conditionOf(object, type)).find((condition) => condition?.status === 'True')
    if (end) {
      const reason = end.reason ?? 'Failed'
      const indexes = object.status?.failedIndexes
      const message = indexes ? `index ${indexes} of its ${object.spec?.completions} failed` : (end.message ?? 'the Job failed')
      return [{ key: `${object.metadata.uid}/Failed`, reason, message, graceMs: 0, fatal: true }]
    }
    const pods = ownedBy(object, context.children, 'Pod').filter((pod) => !isLeaving(pod))
    return object.status?.active || pods.length > 0 ? [] : failedCreates(object, pods, context)
  },
  countsOwnFailures: true,
  runsToCompletion: true,
}
