import type { Api } from '../api/api.ts'
import type { KubeObject } from '../object.ts'
import type { Change } from '../store.ts'

/** Keys (`namespace/name`) that wait to be looked at; each once, however often it was added. */
export interface Queue {
  add(key: string): void
  /** Adds the key after `seconds`; an earlier time of the same key wins. */
  addAfter(key: string, seconds: number): void
}

export function createQueue(api: Api, sync: (key: string) => void): Queue {
  const ready = new Set<string>()
  const later = new Map<string, { due: number; cancel: () => void }>()
  let scheduled = false
  const drain = (): void => {
    scheduled = false
    const keys = [...ready]
    ready.clear()
    for (const key of keys) sync(key)
  }
  const queue: Queue = {
    add(key) {
      ready.add(key)
      if (scheduled) return
      scheduled = true
      api.clock.after(0.002, drain)
    },
    addAfter(key, seconds) {
      const due = Date.now() + seconds * 1000
      const old = later.get(key)
      if (old && old.due <= due) return
      old?.cancel()
      const cancel = api.clock.after(seconds, () => {
        later.delete(key)
        queue.add(key)
      })
      later.set(key, { due, cancel })
    },
  }
  return queue
}

export function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`
}

/** The stored object of a key. */
export function fromKey(api: Api, resource: string, key: string): KubeObject | undefined {
  const slash = key.indexOf('/')
  return api.store.get(resource, key.slice(0, slash) || undefined, key.slice(slash + 1))
}

/** Adds the key of the controller of a changed object, where it is of `kind`. */
export function addOwner(queue: Queue, kind: string, change: Change): void {
  for (const object of [change.object, change.previous]) {
    const owner = object?.metadata.ownerReferences?.find((r) => r.controller)
    if (owner?.kind === kind) queue.add(`${object!.metadata.namespace}/${owner.name}`)
  }
}
