/**
 * A set of field paths as managedFields holds it. A path is a list of elements: `f:NAME` a field or map key, `k:{JSON}` an item of a keyed list,
 * `v:JSON` an item of a set.
 */
export interface FieldSet {
  /** Whether the path that leads here is itself in the set. */
  member: boolean
  children: Map<string, FieldSet>
}

export function emptySet(): FieldSet {
  return { member: false, children: new Map() }
}

/** Reads a `fieldsV1`. */
export function decodeFields(fields: any): FieldSet {
  const set = emptySet()
  for (const key of Object.keys(fields ?? {})) {
    if (key === '.') set.member = true
    else {
      const child = decodeFields(fields[key])
      if (child.children.size === 0) child.member = true
      set.children.set(key, child)
    }
  }
  return set
}

/** Writes a `fieldsV1`; keys in order, `.` first. */
export function encodeFields(set: FieldSet): Record<string, any> {
  const out: Record<string, any> = {}
  if (set.member && set.children.size > 0) out['.'] = {}
  for (const key of [...set.children.keys()].sort()) out[key] = encodeFields(set.children.get(key)!)
  return out
}

export function isEmpty(set: FieldSet): boolean {
  return !set.member && set.children.size === 0
}

export function insert(set: FieldSet, path: readonly string[]): void {
  let at = set
  for (const element of path) {
    let child = at.children.get(element)
    if (!child) at.children.set(element, (child = emptySet()))
    at = child
  }
  at.member = true
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  const out: FieldSet = { member: a.member || b.member, children: new Map(a.children) }
  for (const [key, child] of b.children) {
    const mine = a.children.get(key)
    out.children.set(key, mine ? union(mine, child) : child)
  }
  return out
}

/** The paths of `a` that are not paths of `b`. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  const out: FieldSet = { member: a.member && !b.member, children: new Map() }
  for (const [key, child] of a.children) {
    const other = b.children.get(key)
    const rest = other ? difference(child, other) : child
    if (!isEmpty(rest)) out.children.set(key, rest)
  }
  return out
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const out: FieldSet = { member: a.member && b.member, children: new Map() }
  for (const [key, child] of a.children) {
    const other = b.children.get(key)
    if (!other) continue
    const rest = intersection(child, other)
    if (!isEmpty(rest)) out.children.set(key, rest)
  }
  return out
}

export function sameSet(a: FieldSet, b: FieldSet): boolean {
  if (a.member !== b.member || a.children.size !== b.children.size) return false
  for (const [key, child] of a.children) {
    const other = b.children.get(key)
    if (!other || !sameSet(child, other)) return false
  }
  return true
}

/** Every path of the set as conflicts print them (`.spec.containers[name="a"].image`): of each level its own members before what is below. */
export function paths(set: FieldSet, prefix = ''): string[] {
  const keys = [...set.children.keys()].sort()
  const out = keys.filter((key) => set.children.get(key)!.member).map((key) => prefix + element(key))
  for (const key of keys) out.push(...paths(set.children.get(key)!, prefix + element(key)))
  return out
}

function element(key: string): string {
  const value = key.slice(2)
  if (key.startsWith('f:')) return `.${value}`
  if (key.startsWith('v:')) return `[=${value}]`
  if (key.startsWith('i:')) return `[${value}]`
  const fields = Object.entries(JSON.parse(value)).map(([name, at]) => `${name}=${JSON.stringify(at)}`)
  return `[${fields.join(',')}]`
}
