import type { KubeObject } from '../resource.ts'
import { equal } from './applied-fields.ts'
import type { FieldChange } from './change.ts'
import { parsePath, pathText } from './schema.ts'

/** The fields of a StatefulSet's spec that may change (apps/v1 validation); all others are fixed when it is created. */
const statefulSetMutable = new Set([
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
])

/**
 * Which wanted fields differ from the live ones at or below a place that the API server called immutable, so that `spec` becomes
 * `spec.volumeClaimTemplates[0].spec.resources.requests.storage`. Where nothing differs below it, the place itself.
 */
export function immutableFields(desired: KubeObject, live: KubeObject, named: string): FieldChange[] {
  // The server's lists of addresses stand for what people write.
  const field = named === 'spec.clusterIPs[0]' && desired.spec?.clusterIPs === undefined ? 'spec.clusterIP' : named
  const path = parsePath(field)
  const changes: FieldChange[] = []
  const at = (object: unknown) =>
    path.reduce<unknown>((value, step) => (isMap(value) || Array.isArray(value) ? (value as any)[step] : undefined), object)
  collect(at(desired), at(live), path, changes)
  const mutable = desired.kind === 'StatefulSet' && field === 'spec' ? statefulSetMutable : new Set<string>()
  const found = changes.filter((change) => !mutable.has(change.path.split(/[.[]/)[1] ?? ''))
  return found.length > 0 ? found : [{ path: field }]
}

/** Only what is wanted: fields that the server has filled in are no difference. */
function collect(desired: unknown, live: unknown, path: (string | number)[], changes: FieldChange[]): void {
  if (desired === undefined || desired === null || equal(desired, live)) return
  if (isMap(desired) && isMap(live)) {
    for (const [key, value] of Object.entries(desired)) collect(value, live[key], [...path, key], changes)
    return
  }
  if (Array.isArray(desired) && Array.isArray(live) && desired.length === live.length && desired.some(isMap)) {
    for (const [index, value] of desired.entries()) collect(value, live[index], [...path, index], changes)
    return
  }
  changes.push({ path: pathText(path), ...(live === undefined ? {} : { before: live }), after: desired })
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
