import { copy, equal, type KubeObject } from '../object.ts'
import { portion } from './owned.ts'

export const HASH = 'pod-template-hash'
export const REVISION = 'deployment.kubernetes.io/revision'

export const RESOURCE = 'deployments.apps'

export const SETS = 'replicasets.apps'

export const sum = (sets: KubeObject[], of: (set: KubeObject) => number | undefined): number =>
  sets.reduce((total, set) => total + (of(set) ?? 0), 0)

export const revision = (object: KubeObject): number => Number(object.metadata.annotations?.[REVISION] ?? 0)

function sameTemplate(a: any, b: any): boolean {
  const bare = (template: any): any => {
    const next = copy(template)
    if (next?.metadata?.labels) delete next.metadata.labels[HASH]
    return next
  }
  return equal(bare(a), bare(b))
}

export function newest(deployment: KubeObject, sets: KubeObject[]): KubeObject | undefined {
  return sets
    .filter((s) => sameTemplate(s.spec.template, deployment.spec.template))
    .sort((a, b) => Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp))[0]
}

export function limits(deployment: KubeObject): { surge: number; unavailable: number } {
  if (deployment.spec.strategy?.type === 'Recreate') return { surge: 0, unavailable: deployment.spec.replicas ?? 1 }
  const total = deployment.spec.replicas ?? 1
  const surge = portion(deployment.spec.strategy?.rollingUpdate?.maxSurge, total, true)
  const unavailable = portion(deployment.spec.strategy?.rollingUpdate?.maxUnavailable, total, false)
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, total) }
}
