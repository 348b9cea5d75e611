import type { KubeObject } from '../resource.ts'
import { cleanLine } from './log-line.ts'

/** An Event of the Kubernetes API, cut down to what is used of it; the same from `v1` and `events.k8s.io/v1`. */
export interface KubernetesEvent {
  uid: string
  reason: string
  message: string
  warning: boolean
  count: number
  /** Milliseconds since the epoch by the cluster's clock. */
  firstAt: number
  lastAt: number
  /** It was there before this run began to watch. */
  old?: boolean
  /** The object that it is about. */
  about: { kind: string; name: string; namespace?: string; uid?: string; fieldPath?: string }
}

/** Reads an Event of either API group. Never fails: what is missing becomes empty. */
export function readEvent(object: KubeObject): KubernetesEvent {
  const about = object.involvedObject ?? object.regarding ?? {}
  const series = object.series
  const created = timeOf(object.metadata.creationTimestamp) ?? 0
  const firstAt = timeOf(object.firstTimestamp) ?? timeOf(object.deprecatedFirstTimestamp) ?? timeOf(object.eventTime) ?? created
  return {
    uid: object.metadata.uid ?? `${object.metadata.namespace}/${object.metadata.name}`,
    reason: String(object.reason ?? ''),
    message: cleanLine(String(object.message ?? object.note ?? '').trim()),
    warning: object.type === 'Warning',
    count: series?.count ?? object.count ?? object.deprecatedCount ?? 1,
    firstAt,
    lastAt:
      timeOf(series?.lastObservedTime) ??
      timeOf(object.lastTimestamp) ??
      timeOf(object.deprecatedLastTimestamp) ??
      timeOf(object.eventTime) ??
      firstAt,
    about: { kind: about.kind ?? '', name: about.name ?? '', namespace: about.namespace, uid: about.uid, fieldPath: about.fieldPath },
  }
}

/** The container that an event's field path names (`spec.containers{web}`), or undefined. */
export function containerOf(event: KubernetesEvent): string | undefined {
  return /^spec\.(?:containers|initContainers|ephemeralContainers)\{(.+)\}$/.exec(event.about.fieldPath ?? '')?.[1]
}

/** Milliseconds since the epoch of an RFC 3339 time, or undefined. */
export function timeOf(text: unknown): number | undefined {
  if (typeof text !== 'string') return undefined
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}
