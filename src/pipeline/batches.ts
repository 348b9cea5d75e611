import { installOrder, uninstallOrder } from '../chart/kinds.ts'
import { annotation } from '../plan/lifecycle.ts'
import type { KubeObject, ResourceRef } from '../resource.ts'

/**
 * Groups for applying: by `werf.io/weight`, within a weight by Helm's kind order, unknown kinds last by name. A batch is applied in parallel, the batches one after
 * another.
 */
export function applyBatches<T>(items: readonly T[], objectOf: (item: T) => KubeObject): T[][] {
  return group(items, (item) => {
    const object = objectOf(item)
    const weight = Number.parseInt(annotation(object, 'weight') ?? '0', 10) || 0
    return [weight, rank(installOrder, object.kind), object.kind]
  })
}

/** Groups for deleting, in Helm's uninstall order. */
export function deleteBatches<T>(items: readonly T[], refOf: (item: T) => ResourceRef): T[][] {
  return group(items, (item) => [0, rank(uninstallOrder, refOf(item).kind), refOf(item).kind])
}

type Key = [weight: number, rank: number, kind: string]

function group<T>(items: readonly T[], keyOf: (item: T) => Key): T[][] {
  const groups = new Map<string, { key: Key; items: T[] }>()
  for (const item of items) {
    const key = keyOf(item)
    const entry = groups.get(key.join('|'))
    if (entry) entry.items.push(item)
    else groups.set(key.join('|'), { key, items: [item] })
  }
  return [...groups.values()]
    .sort((a, b) => a.key[0] - b.key[0] || a.key[1] - b.key[1] || (a.key[2] < b.key[2] ? -1 : 1))
    .map((entry) => entry.items)
}

function rank(order: readonly string[], kind: string): number {
  const index = order.indexOf(kind)
  return index < 0 ? order.length : index
}
