import type { Api } from '../api/api.ts'
import { modify } from '../api/rest.ts'
import { copy, equal, type KubeObject, timestamp } from '../object.ts'
import { limits, RESOURCE, sum } from './deployment-sets.ts'
import { MANAGER } from './owned.ts'
import { keyOf } from './queue.ts'

export function progress(api: Api, deployment: KubeObject, state: string, reason: string, message: string): void {
  modify(
    api,
    RESOURCE,
    deployment,
    (next) => {
      next.status ??= {}
      next.status.conditions = withCondition(next.status.conditions ?? [], { type: 'Progressing', status: state, reason, message })
    },
    { manager: MANAGER, subresource: 'status' },
  )
}

function withCondition(conditions: any[], next: { type: string; status: string; reason: string; message: string }): any[] {
  const old = conditions.find((c) => c.type === next.type)
  if (old && old.status === next.status && old.reason === next.reason && old.message === next.message) return conditions
  const now = timestamp()
  return [
    ...conditions.filter((c) => c.type !== next.type),
    {
      type: next.type,
      status: next.status,
      lastUpdateTime: now,
      lastTransitionTime: old?.status === next.status ? old.lastTransitionTime : now,
      reason: next.reason,
      message: next.message,
    },
  ]
}

export function status(
  api: Api,
  deployment: KubeObject,
  sets: KubeObject[],
  current: KubeObject | undefined,
  later: (key: string, seconds: number) => void,
): void {
  const old = deployment.status ?? {}
  const wanted = deployment.spec.replicas ?? 1
  const replicas = sum(sets, (s) => s.status?.replicas)
  const updated = current?.status?.replicas ?? 0
  const ready = sum(sets, (s) => s.status?.readyReplicas)
  const available = sum(sets, (s) => s.status?.availableReplicas)
  const unavailable = Math.max(0, sum(sets, (s) => s.spec.replicas) - available)
  let conditions: any[] = copy(old.conditions ?? [])
  const enough = available >= wanted - limits(deployment).unavailable
  conditions = withCondition(
    conditions,
    enough
      ? { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
      : {
          type: 'Available',
          status: 'False',
          reason: 'MinimumReplicasUnavailable',
          message: 'Deployment does not have minimum availability.',
        },
  )
  const failing = sets.flatMap((s) => s.status?.conditions ?? []).find((c: any) => c.type === 'ReplicaFailure' && c.status === 'True')
  conditions = failing
    ? withCondition(conditions, { type: 'ReplicaFailure', status: 'True', reason: failing.reason, message: failing.message })
    : conditions.filter((c) => c.type !== 'ReplicaFailure')

  const deadline = deployment.spec.progressDeadlineSeconds ?? 600
  const before = conditions.find((c) => c.type === 'Progressing')
  const name = current?.metadata.name ?? ''
  const complete =
    current !== undefined &&
    updated === wanted &&
    replicas === wanted &&
    available === wanted &&
    deployment.metadata.generation === Math.max(deployment.metadata.generation ?? 0, 0)
  const moved =
    updated > (old.updatedReplicas ?? 0) ||
    replicas - updated < (old.replicas ?? 0) - (old.updatedReplicas ?? 0) ||
    ready > (old.readyReplicas ?? 0) ||
    available > (old.availableReplicas ?? 0)
  if (current && deadline < 2147483647) {
    if (complete && before?.reason !== 'NewReplicaSetAvailable')
      conditions = withCondition(conditions, {
        type: 'Progressing',
        status: 'True',
        reason: 'NewReplicaSetAvailable',
        message: `ReplicaSet "${name}" has successfully progressed.`,
      })
    else if (complete)
      conditions = withCondition(conditions, {
        type: 'Progressing',
        status: 'True',
        reason: 'NewReplicaSetAvailable',
        message: `ReplicaSet "${name}" has successfully progressed.`,
      })
    else if (moved) {
      const next = { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message: `ReplicaSet "${name}" is progressing.` }
      conditions = withCondition(
        conditions.filter((c) => c.type !== 'Progressing').concat(before?.status === 'True' ? [{ ...before, reason: '' }] : []),
        next,
      )
    } else if (before && before.reason !== 'NewReplicaSetAvailable' && !deployment.spec.paused) {
      const left = (Date.parse(before.lastUpdateTime) + deadline * 1000 - Date.now()) / 1000
      if (before.reason !== 'ProgressDeadlineExceeded') {
        if (left <= 0)
          conditions = withCondition(conditions, {
            type: 'Progressing',
            status: 'False',
            reason: 'ProgressDeadlineExceeded',
            message: `ReplicaSet "${name}" has timed out progressing.`,
          })
        else later(keyOf(deployment), left + 0.05)
      }
    }
  }
  const next: any = {
    observedGeneration: deployment.metadata.generation,
    ...(replicas ? { replicas } : {}),
    ...(updated ? { updatedReplicas: updated } : {}),
    ...(ready ? { readyReplicas: ready } : {}),
    ...(available ? { availableReplicas: available } : {}),
    ...(unavailable ? { unavailableReplicas: unavailable } : {}),
    terminatingReplicas: sum(sets, (s) => s.status?.terminatingReplicas),
    conditions,
  }
  if (!equal(deployment.status, next))
    modify(api, RESOURCE, deployment, (copied) => (copied.status = next), { manager: MANAGER, subresource: 'status' })
  const after = next.conditions.find((c: any) => c.type === 'Progressing')
  if (after && after.status === 'True' && after.reason !== 'NewReplicaSetAvailable') {
    const left = (Date.parse(after.lastUpdateTime) + deadline * 1000 - Date.now()) / 1000
    if (left > 0) later(keyOf(deployment), left + 0.05)
  }
}
