import type { KubeObject } from '../resource.ts'
import type { TrackingSettings } from './annotations.ts'
import type { Incident } from './status.ts'

/**
 * How many incidents a resource may have before it fails: the allowance for each replica times the replicas. Without an annotation
 * that is one for each Pod of the newest revision that was seen, at most the wanted number, so that a rollout which starts with a few Pods fails
 * by these; none for a Pod that is never restarted, one for any other that the chart holds itself (three where it is restarted on failure only).
 */
export function allowedFailures(object: KubeObject, settings: TrackingSettings, podsSeen: number): number {
  const annotated = settings.failuresAllowedPerReplica
  const replicas: number | undefined = object.spec?.replicas
  if (annotated !== undefined) return annotated * (replicas ?? 1)
  if (object.kind === 'Pod') {
    const policy = object.spec?.restartPolicy ?? 'Always'
    return policy === 'Never' ? 0 : policy === 'OnFailure' ? 3 : 1
  }
  if (!object.spec?.template) return 0
  return Math.max(1, replicas === undefined ? podsSeen : Math.min(replicas, podsSeen))
}

/** The incident by which the resource fails, or undefined. A fatal one decides at once, else there must be more than are allowed. */
export function decisiveIncident(incidents: Iterable<Incident>, allowed: number): Incident | undefined {
  let counted = 0
  let latest: Incident | undefined
  for (const incident of incidents) {
    if (incident.harmless) continue
    if (incident.fatal) return incident
    counted += 1
    latest = incident
  }
  return counted > allowed ? latest : undefined
}

/** How many incidents count. */
export function countIncidents(incidents: Iterable<Incident>): number {
  let count = 0
  for (const incident of incidents) if (!incident.harmless) count += 1
  return count
}
