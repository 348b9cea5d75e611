import type { KubeObject } from '../../resource.ts'
import { timeOf } from '../kubernetes-event.ts'
import type { Problem, StatusContext } from '../rules.ts'
import { createFailure } from './deployment.ts'

/**
 * What a controller that keeps no ReplicaFailure condition (StatefulSet, DaemonSet, Job) says of Pods that it cannot create: the newest
 * FailedCreate event, unless a Pod has been created since.
 */
export function failedCreates(object: KubeObject, pods: readonly KubeObject[], context: StatusContext): Problem[] {
  const newest = context.events
    .filter((event) => event.warning && !event.old && event.reason === 'FailedCreate' && event.about.uid === object.metadata.uid)
    .sort((a, b) => b.lastAt - a.lastAt)[0]
  if (!newest) return []
  // "The POST operation against Pod could not be completed at this time" is the API server's own hiccup.
  if (newest.message.includes('could not be completed at this time')) return []
  const created = pods.some((pod) => (timeOf(pod.metadata.creationTimestamp) ?? 0) > newest.lastAt)
  return created
    ? []
    : [
        createFailure(
          object,
          'FailedCreate',
          newest.message.replace(/^\(combined from similar events\): /, '').replace(/^Error creating: /, ''),
        ),
      ]
}
