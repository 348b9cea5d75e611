import { createHash } from 'node:crypto'
import type { Api } from './api/api.ts'
import { type KubeObject, timestamp } from './object.ts'

/** Who reports: kubelet, default-scheduler, deployment-controller, ... */
export interface Reporter {
  component: string
  host?: string
}

/** Writes an Event about `object`, or counts up the one that said the same before. */
export function recordEvent(
  api: Api,
  object: KubeObject,
  reporter: Reporter,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
  fieldPath?: string,
): void {
  const namespace = object.metadata.namespace ?? 'default'
  const home = api.store.get('namespaces', undefined, namespace)
  if (!home || home.metadata.deletionTimestamp) return
  const text = message.length > 1024 ? `${message.slice(0, 1020)} ...` : message
  const id = createHash('sha256')
    .update([object.metadata.uid, reporter.component, type, reason, text, fieldPath ?? ''].join('\0'))
    .digest('hex')
    .slice(0, 16)
  const name = `${object.metadata.name}.${id}`
  const now = timestamp()
  const old = api.store.get('events', namespace, name)
  // The scheduler writes events of the newer form, without counts and classic times.
  const modern = reporter.component === 'default-scheduler'
  if (old) {
    const micro = now.replace('Z', '.000000Z')
    const again = modern
      ? { series: { count: (old.series?.count ?? 1) + 1, lastObservedTime: micro } }
      : { count: (old.count ?? 1) + 1, lastTimestamp: now }
    api.store.put('events', { ...old, ...again })
    return
  }
  api.store.put('events', {
    kind: 'Event',
    apiVersion: 'v1',
    metadata: { name, namespace, uid: api.names.uid(), resourceVersion: '', creationTimestamp: now },
    involvedObject: {
      kind: object.kind,
      ...(object.metadata.namespace ? { namespace } : {}),
      name: object.metadata.name,
      uid: object.metadata.uid,
      apiVersion: object.apiVersion,
      resourceVersion: object.metadata.resourceVersion,
      ...(fieldPath ? { fieldPath } : {}),
    },
    reason,
    message: text,
    source: modern ? {} : { component: reporter.component, ...(reporter.host ? { host: reporter.host } : {}) },
    firstTimestamp: modern ? null : now,
    lastTimestamp: modern ? null : now,
    ...(modern ? { action: reason === 'Scheduled' ? 'Binding' : 'Scheduling' } : { count: 1 }),
    type,
    eventTime: modern ? new Date().toISOString().replace('Z', '000Z') : null,
    reportingComponent: reporter.component,
    reportingInstance: modern ? 'default-scheduler-sandbox' : (reporter.host ?? ''),
  })
}
