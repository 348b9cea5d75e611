import { installOrder, uninstallOrder } from '../chart/kinds.ts'
import type { Change } from '../plan/change.ts'
import { type Order, orderItems } from '../plan/order.ts'
import type { ResourceRef } from '../resource.ts'

interface OrderedChange {
  object: NonNullable<Change['desired']>
  change: Change
}

/** The order in which a plan is applied, with what each batch waits for. Unchanged and kept objects have their places in it: others may wait for them. */
export function applyOrder(changes: readonly Change[], namespace: string): Order<OrderedChange> {
  const items = changes.flatMap((change) => {
    const object = change.operation === 'delete' ? undefined : (change.desired ?? change.live)
    return object ? [{ object, change }] : []
  })
  return orderItems(items, { kinds: installOrder, namespace })
}

/** Groups for deleting, in Helm's uninstall order. */
export function deleteBatches<T>(items: readonly T[], refOf: (item: T) => ResourceRef): T[][] {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const { kind } = refOf(item)
    const group = groups.get(kind)
    if (group) group.push(item)
    else groups.set(kind, [item])
  }
  return [...groups].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1)).map(([, group]) => group)
}

function rank(kind: string): number {
  const index = uninstallOrder.indexOf(kind)
  return index < 0 ? uninstallOrder.length : index
}
