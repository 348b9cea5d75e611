import { isObject } from '../object.ts'

/** Applies an RFC 7386 merge patch. */
export function mergePatch(object: any, patch: any): any {
  if (!isObject(patch)) return patch
  const out: Record<string, any> = isObject(object) ? { ...object } : {}
  for (const key of Object.keys(patch)) {
    if (patch[key] === null) delete out[key]
    else out[key] = mergePatch(out[key], patch[key])
  }
  return out
}
