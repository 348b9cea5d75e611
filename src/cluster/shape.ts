/** Whether an answer can be an object of Kubernetes: what lies between client and server answers in JSON, too, now and then. */
export function isObjectShape(value: unknown): boolean {
  return isMapping(value) && isMapping(value.metadata)
}

/** Whether an answer can be the object that was asked for, and no other's. An object with a generated name has no `name` before. */
export function isObjectOf({ kind }: { kind: string }, name: string | undefined): (value: unknown) => boolean {
  return (value) => {
    if (!isMapping(value) || !isMapping(value.metadata)) return false
    return (value.kind === undefined || value.kind === kind) && (!name || value.metadata.name === name)
  }
}

/** Whether an answer can be a list of objects; `items` may be null or missing where it is empty. */
export function isListShape(value: unknown): boolean {
  if (!isMapping(value)) return false
  const { items, metadata, kind } = value
  // What lies between may answer with an object of its own, which must not pass for a list without items.
  if (kind === undefined ? items === undefined : !textOf(kind).endsWith('List')) return false
  if (metadata !== undefined && !isMapping(metadata)) return false
  if (items === undefined || items === null) return true
  return Array.isArray(items) && items.every(isObjectShape)
}

/** A JSON object: neither null nor a list. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The JSON objects of a list; none where it is no list. */
export function mappingsOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isMapping) : []
}

/** A string, or `` for anything else. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** The strings of a list. */
export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
