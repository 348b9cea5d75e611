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
    if (Array.isArray(out[name])) out[name] = ordered(out[name], patch[key], field?.mergeKey)
  }
  return out
}

function mergeLists(type: Type, field: Field | undefined, live: any, patch: any[]): any[] {
  const merged = field?.strategy?.includes('merge') ?? false
  if (!merged) return patch
  const key = field?.mergeKey
  let out: any[] = Array.isArray(live) ? [...live] : []
  if (!key) {
    for (const item of patch) if (!out.some((old) => equal(old, item))) out.push(item)
    return out
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
  return out
}

/** The list in the order that the patch sets; items that it does not name keep their place after their predecessor. */
function ordered(list: any[], order: any[], key: string | undefined): any[] {
  const id = (item: any): string => JSON.stringify(key && isObject(item) ? item[key] : item)
  const wanted = order.map(id)
  const named = list.filter((item) => wanted.includes(id(item))).sort((a, b) => wanted.indexOf(id(a)) - wanted.indexOf(id(b)))
  let next = 0
  return list.map((item) => (wanted.includes(id(item)) ? named[next++] : item))
}
