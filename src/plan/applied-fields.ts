import type { KubeObject } from '../resource.ts'

type Json = unknown
type FieldSet = { [key: string]: FieldSet }

/**
 * Whether a server-side apply of `desired` would leave `live` as it is: every field of it has the live value already, and every field that
 * `manager` owns by an earlier apply is still in it. Decided from the live object alone, by its managedFields, so that an object that did not change costs no request.
 *
 * False means "not certain": a quantity or a default that the server writes in another way is told apart from a change by a dry run.
 *
 * With `sameAsBefore`, the caller knows that this manager's last apply carried the very same object. Then values need not be compared: whoever changes the value of
 * a field takes it over, so that what is still owned is still as it was applied, however the server writes it.
 */
export function isApplied(desired: KubeObject, live: KubeObject, manager: string, sameAsBefore = false): boolean {
  const entries = (live.metadata.managedFields ?? []) as ManagedFieldsEntry[]
  const own = entries.filter((entry) => entry.manager === manager && !entry.subresource)
  const entry = own.find((candidate) => candidate.operation === 'Apply')
  // Fields of a client-side Helm are migrated by the next apply: that is a change.
  if (!entry || own.length > 1 || entry.apiVersion !== desired.apiVersion) return false
  const { apiVersion: _a, kind: _k, status: _s, metadata, ...body } = desired
  const { name: _n, namespace: _ns, ...meta } = metadata
  return covers(isEmpty(meta) ? body : { ...body, metadata: meta }, live, entry.fieldsV1 ?? {}, sameAsBefore ? () => true : equal)
}

export interface ManagedFieldsEntry {
  manager: string
  operation: 'Apply' | 'Update'
  apiVersion: string
  subresource?: string
  fieldsV1?: FieldSet
}

/** `owned` is the set of fields below this place; both directions must hold: nothing wanted that is not owned, nothing owned that is not wanted. */
function covers(desired: Json, live: Json, owned: FieldSet, same: (a: Json, b: Json) => boolean): boolean {
  if (isMap(desired)) {
    // The server leaves out what is empty.
    if (!isMap(live)) return isEmpty(desired) && isEmpty(live)
    const names = Object.keys(owned).filter((key) => key !== '.')
    // An atomic map is owned as a whole.
    if (names.length === 0) return same(desired, live)
    const wanted = Object.entries(desired).filter(([, value]) => value !== null && value !== undefined)
    for (const name of names) {
      if (!name.startsWith('f:') || desired[name.slice(2)] === undefined || desired[name.slice(2)] === null) return false
    }
    return wanted.every(([key, value]) => {
      const below = owned[`f:${key}`]
      if (below === undefined) return isEmpty(value) && isEmpty(live[key])
      return covers(value, live[key], below, same)
    })
  }
  if (Array.isArray(desired)) {
    if (!Array.isArray(live)) return isEmpty(desired) && isEmpty(live)
    const names = Object.keys(owned).filter((key) => key !== '.')
    if (names.length === 0) return same(desired, live)
    if (names.every((name) => name.startsWith('v:'))) {
      const values = names.map((name) => JSON.parse(name.slice(2)) as Json)
      return (
        desired.length === values.length &&
        desired.every((item) => values.some((value) => equal(item, value)) && live.some((value) => equal(item, value)))
      )
    }
    if (!names.every((name) => name.startsWith('k:')) || names.length !== desired.length) return false
    // An associative list: each owned item is found in both by its key fields; a key that the server has defaulted may be missing in ours.
    const places: { desired: number; live: number }[] = []
    for (const name of names) {
      const key = Object.entries(JSON.parse(name.slice(2)) as Record<string, Json>)
      const at = desired.findIndex(
        (item, index) =>
          !places.some((place) => place.desired === index) &&
          isMap(item) &&
          key.every(([field, value]) => item[field] === undefined || equal(item[field], value)),
      )
      const current = live.findIndex((item) => isMap(item) && key.every(([field, value]) => equal(item[field], value)))
      if (at < 0 || current < 0 || !covers(desired[at], live[current], owned[name]!, same)) return false
      places.push({ desired: at, live: current })
    }
    // The order of containers or of environment variables can matter.
    places.sort((a, b) => a.desired - b.desired)
    return places.every((place, index) => index === 0 || place.live > places[index - 1]!.live)
  }
  return same(desired, live)
}

function isEmpty(value: Json): boolean {
  return (
    value === null ||
    value === undefined ||
    (isMap(value) && Object.keys(value).length === 0) ||
    (Array.isArray(value) && value.length === 0)
  )
}

function isMap(value: Json): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Deep equality of JSON values. */
export function equal(a: Json, b: Json): boolean {
  if (a === b) return true
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, index) => equal(item, b[index]))
  if (!isMap(a) || !isMap(b) || Array.isArray(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]))
}
