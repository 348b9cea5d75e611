import { equal, timestamp } from '../object.ts'
import { emptyOf } from '../schema/canonical.ts'
import type { StructType } from '../schema/types.ts'
import { badRequest, StatusError } from '../status.ts'
import {
  decodeFields,
  difference,
  emptySet,
  encodeFields,
  type FieldSet,
  insert,
  intersection,
  isEmpty,
  paths,
  sameSet,
  union,
} from './fieldset.ts'
import { compare, fieldsOf, merge, prune } from './typed.ts'

interface Manager {
  manager: string
  operation: 'Apply' | 'Update'
  apiVersion: string
  subresource: string
  time: string
  set: FieldSet
}

/** Who writes: one line of managedFields. */
export interface Writer {
  manager: string
  apiVersion: string
  /** `status`, `scale`, or empty. */
  subresource: string
}

/** Fields that nobody owns. */
const STRIPPED = emptySet()
for (const path of [
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'clusterName', 'generation', 'managedFields', 'resourceVersion'].map(
    (field) => ['f:metadata', `f:${field}`],
  ),
])
  insert(STRIPPED, path)

function decode(entries: any[] | undefined): Manager[] {
  const out: Manager[] = []
  for (const entry of entries ?? []) {
    if (!entry || (entry.operation !== 'Apply' && entry.operation !== 'Update')) continue
    out.push({
      manager: entry.manager ?? '',
      operation: entry.operation,
      apiVersion: entry.apiVersion ?? '',
      subresource: entry.subresource ?? '',
      time: entry.time ?? '',
      set: decodeFields(entry.fieldsV1),
    })
  }
  return out
}

function encode(managers: Manager[]): any[] {
  const rank = (m: Manager): string => [m.operation, m.time, m.manager, m.apiVersion, m.subresource].join('\0')
  return managers
    .filter((m) => !isEmpty(m.set))
    .sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
    .map((m) => ({
      manager: m.manager,
      operation: m.operation,
      apiVersion: m.apiVersion,
      ...(m.time ? { time: m.time } : {}),
      fieldsType: 'FieldsV1',
      fieldsV1: encodeFields(m.set),
      ...(m.subresource ? { subresource: m.subresource } : {}),
    }))
}

const same = (m: Manager, writer: Writer, operation: string): boolean =>
  m.manager === writer.manager &&
  m.operation === operation &&
  (operation === 'Apply' || m.apiVersion === writer.apiVersion) &&
  m.subresource === writer.subresource

/** Fields that a write through this subresource cannot set, so that it cannot own them. */
function reset(set: FieldSet, subresource: string, hasStatus: boolean): FieldSet {
  const out: FieldSet = { member: false, children: new Map(set.children) }
  if (subresource === 'status') {
    out.children.delete('f:spec')
    const metadata = out.children.get('f:metadata')
    if (metadata) {
      const kept = [...metadata.children].filter(([key]) => key === 'f:labels' || key === 'f:annotations')
      // The status strategies keep the stored metadata apart from these.
      if (kept.length === 0) out.children.delete('f:metadata')
    }
  } else if (hasStatus) out.children.delete('f:status')
  return out
}

function without(entry: any): any {
  const { time, ...rest } = entry
  return rest
}

/** Whether two managedFields differ in more than their times. */
export function sameManagers(a: any[] | undefined, b: any[] | undefined): boolean {
  return equal((a ?? []).map(without), (b ?? []).map(without))
}

/**
 * managedFields after an ordinary write of `after` over `before` (undefined at creation). What the writer changed is its own, and no one's
 * else. An explicit `[{}]` in `after` clears them, as the API documents.
 */
export function trackUpdate(type: StructType, before: any, after: any, writer: Writer, hasStatus: boolean): any[] {
  const given: any[] | undefined = after.metadata?.managedFields
  if (before && given?.length === 1 && given[0] && Object.keys(given[0]).length === 0) return []
  let managers = decode(given?.length ? given : before?.metadata?.managedFields)
  // A new object is compared with an empty one of its kind, in which Go's embedded structs are there.
  const changes = compare(type, before ?? emptyOf(type), after)
  let changed = union(changes.modified, changes.added)
  changed = reset(difference(changed, STRIPPED), writer.subresource, hasStatus)
  let own: Manager | undefined
  managers = managers.filter((m) => {
    if (same(m, writer, 'Update')) own = m
    else m.set = difference(difference(m.set, intersection(m.set, union(changes.modified, changes.added))), changes.removed)
    return !isEmpty(m.set)
  })
  const previous = own ? difference(own.set, changes.removed) : emptySet()
  const set = union(previous, changed)
  managers = managers.filter((m) => m !== own)
  if (!isEmpty(set)) {
    const moved = !isEmpty(changed)
    // Writes through the scale subresource carry no time.
    const time = writer.subresource === 'scale' ? '' : timestamp()
    managers.push({ ...writer, operation: 'Update', time: moved || !own ? time : own.time, set })
  }
  return encode(managers)
}

/** What server-side apply gives: the new object, its managedFields included. */
export function applyConfiguration(
  type: StructType,
  live: any,
  config: any,
  writer: Writer,
  options: { force: boolean; hasStatus: boolean },
): any {
  if (config.metadata?.managedFields?.length) throw badRequest('metadata.managedFields must be nil')
  const bare = live ? { ...live, metadata: { ...live.metadata, managedFields: undefined } } : {}
  if (live) delete bare.metadata.managedFields
  let managers = decode(live?.metadata?.managedFields)
  const whole = fieldsOf(type, config)
  const configured = reset(difference(whole, STRIPPED), writer.subresource, options.hasStatus)
  const last = managers.find((m) => same(m, writer, 'Apply'))
  let merged = merge(type, bare, config)
  const others = managers.filter((m) => m !== last)
  if (last) {
    const owned = others.reduce((all, m) => union(all, m.set), whole)
    merged = prune(type, merged, last.set, owned)
  }
  const changes = compare(type, bare, merged)
  const touched = union(changes.modified, changes.added)
  const conflicts: { manager: Manager; set: FieldSet }[] = []
  for (const manager of others) {
    const set = intersection(manager.set, touched)
    if (!isEmpty(set)) conflicts.push({ manager, set })
  }
  if (conflicts.length > 0 && !options.force) throw applyConflict(conflicts)
  for (const { manager, set } of conflicts) manager.set = difference(manager.set, set)
  for (const manager of others) manager.set = difference(manager.set, changes.removed)
  managers = others
  const unchanged = last && sameSet(last.set, configured) && isEmpty(touched) && isEmpty(changes.removed) && conflicts.length === 0
  managers.push({ ...writer, operation: 'Apply', time: unchanged ? last.time : timestamp(), set: configured })
  const metadata = { ...merged.metadata }
  const encoded = encode(managers)
  if (encoded.length) metadata.managedFields = encoded
  return { ...merged, metadata }
}

function applyConflict(conflicts: { manager: Manager; set: FieldSet }[]): StatusError {
  const causes: { reason: string; message: string; field: string }[] = []
  const groups: { who: string; fields: string[] }[] = []
  const sorted = [...conflicts].sort((a, b) => (a.manager.manager < b.manager.manager ? -1 : 1))
  for (const { manager, set } of sorted) {
    const sub = manager.subresource ? ` with subresource ${JSON.stringify(manager.subresource)}` : ''
    const who = `${JSON.stringify(manager.manager)}${sub}${manager.operation === 'Update' ? ` using ${manager.apiVersion}` : ''}`
    const fields = paths(set)
    groups.push({ who, fields })
    for (const field of fields) causes.push({ reason: 'FieldManagerConflict', message: `conflict with ${who}`, field })
  }
  const total = causes.length
  const message =
    total === 1
      ? `Apply failed with 1 conflict: conflict with ${groups[0]!.who}: ${groups[0]!.fields[0]}`
      : `Apply failed with ${total} conflicts: ${groups.map((g) => `conflicts with ${g.who}:\n${g.fields.map((f) => `- ${f}`).join('\n')}`).join('\n')}`
  return new StatusError(409, 'Conflict', message, { causes })
}
