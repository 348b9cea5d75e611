/** A Pod's name without the name of what owns it. */
export function shortName(name: string, owner: string): string {
  if (!name.startsWith(`${owner}-`)) return name
  const rest = name.slice(owner.length + 1)
  const parts = rest.split('-')
  // A Deployment's Pod has its ReplicaSet's hash first, which says nothing to people.
  return parts.length === 2 && parts[1]!.length === 5 ? parts[1]! : rest
}
