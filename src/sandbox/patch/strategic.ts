import { equal, isObject } from '../object.ts'
import type { Field, Type } from '../schema/types.ts'
import { badRequest } from '../status.ts'

const DELETE_FROM = '$deleteFromPrimitiveList/'
const ORDER = '$setElementOrder/'

/**
 * Applies a strategic merge patch: lists with a merge key are merged by it, `$patch: delete|replace|merge`, `$deleteFromPrimitiveList`,
 * `$setElementOrder` and `$retainKeys` are honoured. `type` gives the merge keys of Kubernetes' types.
 */
export function strategicPatch(type: Type, object: any, patch: any): any {
  return mergeMaps(type, isObject(object) ? object : {}, patch)
}

function fieldOf(type: Type, key: string): Field | undefined {
  return type.t === 'struct' ? type.fields[key] : undefined
}

function typeOf(type: Type, key: string): Type {
  if (type.t === 'struct') return type.fields[key]?.type ?? { t: 'any' }
  return type.t === 'map' ? type.of : { t: 'any' }
}

function mergeMaps(type: Type, object: Record<string, any>, patch: any): any {
  if (!isObject(patch)) return patch
  const directive = patch.$patch
  if (directive === 'replace') {
    const { $patch, ...rest } = patch
    return rest
  }
  if (directive === 'delete') return {}
  if (directive !== undefined && directive !== 'merge') throw badRequest(`Unknown patch type found: ${directive}`)
  let out: Record<string, any> = { ...object }
  const retained = patch.$retainKeys
  if (Array.isArray(retained)) out = Object.fromEntries(Object.entries(out).filter(([key]) => retained.includes(key)))
  for (const key of Object.keys(patch)) {
    if (key === '$patch' || key === '$retainKeys') continue
    if (key.startsWith(DELETE_FROM)) {
      const name = key.slice(DELETE_FROM.length)
      if (Array.isArray(out[name])) out[name] = out[name].filter((item: any) => !patch[key].some((gone: any) => equal(gone, item)))
      continue
    }
    if (key.startsWith(ORDER)) continue
    const value = patch[key]
    if (value === null) {
      delete out[key]
      continue
    }
    const field = fieldOf(type, key)
    const next = typeOf(type, key)
    if (Array.isArray(value)) out[key] = mergeLists(next, field, out[key], value)
    else if (isObject(value)) {
      if (value.$patch === 'delete') delete out[key]
      else out[key] = mergeMaps(next, isObject(out[key]) ? out[key] : {}, value)
    } else out[key] = value
  }
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(ORDER)) continue
    const name = key.slice(ORDER.length)
    const field = fieldOf(type, name)
    if (Array.isArray(out[name]))
      out[name] = ordered(out[name], patch[key], Array.isArray(object[name]) ? object[name] : [], field?.mergeKey)
  }
  return out
}

function mergeLists(type: Type, field: Field | undefined, live: any, patch: any[]): any[] {
  const merged = field?.strategy?.includes('merge') ?? false
  if (!merged) return patch
  const key = field?.mergeKey
  const original: any[] = Array.isArray(live) ? live : []
  let out: any[] = [...original]
  if (!key) {
    for (const item of patch) if (!out.some((old) => equal(old, item))) out.push(item)
    return ordered(out, patch, original, undefined)
  }
  if (patch.some((item) => isObject(item) && item.$patch === 'replace' && Object.keys(item).length === 1))
    return patch.filter((item) => item.$patch !== 'replace')
  const element: Type = type.t === 'list' ? type.of : { t: 'any' }
  for (const item of patch) {
    if (!isObject(item) || item[key] === undefined)
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`)
    if (item.$patch === 'delete') {
      out = out.filter((old) => !equal(old?.[key], item[key]))
      continue
    }
    const index = out.findIndex((old) => equal(old?.[key], item[key]))
    if (index < 0) out.push(mergeMaps(element, {}, item))
    else out[index] = mergeMaps(element, out[index], item)
  }
  return ordered(
    out,
    patch.filter((item) => item.$patch !== 'delete'),
    original,
    key,
  )
}

/**
 * A merged list in the order of the API server: what the patch names in the patch's order, the rest in its own, the two interleaved as the
 * list was before.
 */
function ordered(list: any[], order: any[], original: any[], key: string | undefined): any[] {
  const id = (item: any): string => JSON.stringify(key && isObject(item) ? item[key] : item)
  const rank = (of: any[]): Map<string, number> => {
    const ranks = new Map<string, number>()
    for (const [i, item] of of.entries()) if (!ranks.has(id(item))) ranks.set(id(item), i)
    return ranks
  }
  const wanted = rank(order)
  const before = rank(original)
  const by = (ranks: Map<string, number>) => (a: any, b: any) => (ranks.get(id(a)) ?? Infinity) - (ranks.get(id(b)) ?? Infinity) || 0
  const named = list.filter((item) => wanted.has(id(item))).sort(by(wanted))
  const rest = list.filter((item) => !wanted.has(id(item))).sort(by(before))
  const out: any[] = []
  while (named.length > 0 || rest.length > 0) {
    const left = rest[0] === undefined ? undefined : before.get(id(rest[0]))
    const right = named[0] === undefined ? undefined : before.get(id(named[0]))
    const restFirst = named.length === 0 || (rest.length > 0 && left !== undefined && right !== undefined && left < right)
    out.push(restFirst ? rest.shift() : named.shift())
  }
  return out
}
