import type { KubeObject } from '../resource.ts'
import { equal } from './applied-fields.ts'
import type { FieldChange } from './change.ts'

/** Annotations that controllers write beside the chart's own. */
const ignoredAnnotations =
  /^(deployment\.kubernetes\.io\/|deprecated\.daemonset\.template\.generation$|autoscaling\.alpha\.kubernetes\.io\/|pv\.kubernetes\.io\/|volume\.)/
/** What the server keeps for itself: nobody asked to see it change. */
const ignoredMetadata = new Set(['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp', 'selfLink'])

/**
 * The fields in which two states of one object differ, in the order of the paths. Items of lists are matched by `name` (or `key`, `port`, `mountPath`) where all
 * have one, else by position.
 */
export function diffObjects(before: KubeObject, after: KubeObject): FieldChange[] {
  const changes: FieldChange[] = []
  diff(strip(before), strip(after), '', changes)
  return changes
}

function strip(object: KubeObject): Record<string, unknown> {
  const { status: _status, metadata, ...rest } = object
  const kept = Object.fromEntries(Object.entries(metadata).filter(([key]) => !ignoredMetadata.has(key)))
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) => !ignoredAnnotations.test(key))
  return { ...rest, metadata: { ...kept, annotations: annotations.length > 0 ? Object.fromEntries(annotations) : undefined } }
}

function diff(before: unknown, after: unknown, path: string, changes: FieldChange[]): void {
  if (equal(before, after)) return
  if (isMap(before) && isMap(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) diff(before[key], after[key], join(path, key), changes)
    return
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const id = identityOf(before, after)
    if (id) {
      const names = new Set([...before, ...after].map((item) => item[id] as string))
      for (const name of names) {
        const find = (list: Record<string, unknown>[]) => list.find((item) => item[id] === name)
        const at = after.findIndex((item) => item[id] === name)
        diff(find(before), find(after), `${path}[${at >= 0 && id === 'name' ? at : `${id}=${name}`}]`, changes)
      }
      return
    }
    if (before.length === after.length && before.some((item) => isMap(item))) {
      for (let i = 0; i < before.length; i++) diff(before[i], after[i], `${path}[${i}]`, changes)
      return
    }
  }
  changes.push({ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) })
}

function identityOf(before: unknown[], after: unknown[]): string | undefined {
  const all = [...before, ...after]
  return ['name', 'key', 'mountPath', 'port', 'containerPort', 'host'].find((id) => {
    if (!all.every((item) => isMap(item) && (typeof item[id] === 'string' || typeof item[id] === 'number'))) return false
    const unique = (list: unknown[]) => new Set(list.map((item) => (item as Record<string, unknown>)[id])).size === list.length
    return unique(before) && unique(after)
  })
}

function join(path: string, key: string): string {
  if (/^[A-Za-z0-9_-]+$/.test(key)) return path === '' ? key : `${path}.${key}`
  return `${path}[${JSON.stringify(key)}]`
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
