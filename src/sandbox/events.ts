import { createHash } from 'node:crypto'
import type { Api } from './api/rest.ts'
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
  if (old) {
    api.store.put('events', { ...old, count: (old.count ?? 1) + 1, lastTimestamp: now })
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
    source: { component: reporter.component, ...(reporter.host ? { host: reporter.host } : {}) },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
    type,
    eventTime: null,
    reportingComponent: reporter.component,
    reportingInstance: reporter.host ?? '',
  })
}
