import { equal, isObject } from '../object.ts'
import type { ListType, StructType, Type } from '../schema/types.ts'
import { badRequest } from '../status.ts'
import { emptySet, type FieldSet } from './fieldset.ts'

/** The path element of a list item: its keys, or itself in a set. */
export function itemElement(type: ListType, item: any): string {
  if (type.rel === 'set') return `v:${JSON.stringify(item)}`
  const key: Record<string, unknown> = {}
  const struct = type.of as StructType
  let given = 0
  for (const name of [...type.keys].sort()) {
    const value = isObject(item) ? (item[name] ?? undefined) : undefined
    if (value !== undefined) given++
    const actual = value ?? (struct.t === 'struct' ? struct.fields[name]?.default : undefined)
    if (actual !== undefined) key[name] = actual
  }
  if (given === 0) {
    throw badRequest(
      `associative list with keys has an element that omits all key fields [${type.keys.map((k) => JSON.stringify(k)).join(' ')}] (and doesn't have default values for any key fields)`,
    )
  }
  return `k:${JSON.stringify(key)}`
}

function granular(type: Type, value: unknown): boolean {
  if (Array.isArray(value)) return type.t === 'list' && type.rel !== 'atomic'
  if (isObject(value)) return type.t === 'any' || ((type.t === 'struct' || type.t === 'map') && !type.atomic)
  return false
}

const ANY: Type = { t: 'any' }

/** The type of the field or key `key`, and whether it is a field that the schema names. */
function child(type: Type, key: string): { type: Type; named: boolean } {
  if (type.t === 'struct') {
    const field = type.fields[key]
    return field ? { type: field.type, named: true } : { type: ANY, named: false }
  }
  return { type: type.t === 'map' ? type.of : ANY, named: false }
}

/** The paths that an applied configuration sets: what its manager owns. */
export function fieldsOf(type: Type, value: any): FieldSet {
  const set = emptySet()
  collect(type, value, set)
  return set
}

function collect(type: Type, value: any, set: FieldSet): void {
  if (Array.isArray(value) && granular(type, value)) {
    const list = type as ListType
    for (const item of value) {
      const at = emptySet()
      collect(list.of, item, at)
      at.member = true
      set.children.set(itemElement(list, item), at)
    }
    return
  }
  if (isObject(value) && granular(type, value)) {
    for (const key of Object.keys(value)) {
      const next = child(type, key)
      const at = emptySet()
      collect(next.type, value[key], at)
      if (value[key] === null || (isObject(value[key]) && Object.keys(value[key]).length === 0) || !next.named) at.member = true
      if (at.member || at.children.size > 0) set.children.set(`f:${key}`, at)
    }
    return
  }
  if (value !== undefined && !(Array.isArray(value) && type.t === 'list' && type.rel !== 'atomic')) set.member = true
}

/** The paths in which two states of an object differ. */
export interface Comparison {
  added: FieldSet
  removed: FieldSet
  modified: FieldSet
}

export function compare(type: Type, before: any, after: any): Comparison {
  const out: Comparison = { added: emptySet(), removed: emptySet(), modified: emptySet() }
  diff(type, before, after, [], out, true)
  return out
}

function at(set: FieldSet, path: readonly string[]): FieldSet {
  let node = set
  for (const key of path) {
    let next = node.children.get(key)
    if (!next) node.children.set(key, (next = emptySet()))
    node = next
  }
  return node
}

function size(value: any): number {
  return Array.isArray(value) ? value.length : isObject(value) ? Object.keys(value).length : 0
}

function diff(type: Type, before: any, after: any, path: string[], out: Comparison, root = false): void {
  if (before === undefined && after === undefined) return
  const sample = after ?? before
  const shapes = granular(type, sample) && (before == null || after == null || Array.isArray(before) === Array.isArray(after))
  if (!shapes || (size(before) === 0 && size(after) === 0) || (before != null && typeof before !== 'object')) {
    if (before === undefined) at(out.added, path).member = true
    else if (after === undefined) at(out.removed, path).member = true
    else if (!equal(before, after)) at(out.modified, path).member = true
    return
  }
  if (Array.isArray(sample)) {
    const list = type as ListType
    const left = indexed(list, before)
    const right = indexed(list, after)
    for (const [key, item] of left) diff(list.of, item, right.get(key), [...path, key], out)
    for (const [key, item] of right) if (!left.has(key)) diff(list.of, undefined, item, [...path, key], out)
  } else {
    for (const key of Object.keys(before ?? {})) diff(child(type, key).type, before[key], after?.[key], [...path, `f:${key}`], out)
    for (const key of Object.keys(after ?? {}))
      if (before?.[key] === undefined) diff(child(type, key).type, undefined, after[key], [...path, `f:${key}`], out)
  }
  if (root) return
  if (before === undefined) at(out.added, path).member = true
  else if (after === undefined) at(out.removed, path).member = true
}

function indexed(type: ListType, list: any): Map<string, any> {
  const out = new Map<string, any>()
  for (const item of list ?? []) {
    const key = itemElement(type, item)
    if (!out.has(key)) out.set(key, item)
  }
  return out
}

/** `live` with everything that `config` sets. Keyed lists are merged item by item; their order follows `config`, live items keep their places. */
export function merge(type: Type, live: any, config: any): any {
  if (config === undefined) return live
  if (live === undefined || live === null || config === null) return config
  if (Array.isArray(config) && Array.isArray(live) && granular(type, config)) return mergeLists(type as ListType, live, config)
  if (isObject(config) && isObject(live) && granular(type, config)) {
    const out: Record<string, any> = { ...live }
    for (const key of Object.keys(config)) out[key] = merge(child(type, key).type, live[key], config[key])
    return out
  }
  return config
}

function mergeLists(type: ListType, live: any[], config: any[]): any[] {
  const left = indexed(type, live)
  const right = indexed(type, config)
  if (right.size !== config.length) throw badRequest('failed to create typed patch object: duplicate entries for key')
  const leftKeys = [...left.keys()]
  const rightKeys = [...right.keys()]
  const shared = rightKeys.filter((key) => left.has(key))
  const done = new Set<string>()
  const out: any[] = []
  const take = (key: string): void => {
    done.add(key)
    out.push(type.rel === 'set' ? right.get(key) : merge(type.of, left.get(key), right.get(key)))
    if (shared[0] === key) shared.shift()
  }
  let l = 0
  let r = 0
  while (l < leftKeys.length || r < rightKeys.length) {
    const lk = leftKeys[l]
    const rk = rightKeys[r]
    if (lk !== undefined && rk !== undefined) {
      if (lk === rk) {
        take(lk)
        l++
        r++
        continue
      }
      if (right.has(lk) && shared[0] !== undefined && shared[0] !== lk) {
        l++
        continue
      }
    }
    if (lk !== undefined) {
      if (!right.has(lk)) {
        out.push(left.get(lk))
        l++
        continue
      }
      if (done.has(lk)) {
        l++
        continue
      }
    }
    if (rk !== undefined) {
      if (!done.has(rk)) take(rk)
      r++
    }
  }
  return out
}

/**
 * `value` without what `gone` (what the manager owned before) names and `owned` (what anyone owns now) does not. A struct of which every owned
 * field is gone goes as a whole, with the defaults in it.
 */
export function prune(type: Type, value: any, gone: FieldSet, owned: FieldSet | undefined): any {
  if (Array.isArray(value) && granular(type, value)) {
    const list = type as ListType
    const out: any[] = []
    for (const item of value) {
      const key = itemElement(list, item)
      const mine = gone.children.get(key)
      const theirs = owned?.children.get(key)
      // Who owns fields of an item, but not the item, does not keep it.
      if (mine?.member && !theirs?.member) continue
      out.push(mine?.children.size ? prune(list.of, item, mine, theirs) : item)
    }
    // Like the real one, what is emptied becomes null.
    return out.length > 0 ? out : null
  }
  if (isObject(value) && granular(type, value)) {
    const out: Record<string, any> = {}
    for (const key of Object.keys(value)) {
      const mine = gone.children.get(`f:${key}`)
      const theirs = owned?.children.get(`f:${key}`)
      const next = child(type, key)
      const kept = theirs && (theirs.member || next.named)
      if (mine && !kept && (mine.member || next.named)) continue
      out[key] = mine?.children.size ? prune(next.type, value[key], mine, theirs) : value[key]
    }
    return Object.keys(out).length > 0 ? out : null
  }
  return value
}
