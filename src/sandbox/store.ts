import type { KubeObject } from './object.ts'
import { expired } from './status.ts'

/** What happened to one object; `previous` is the object before it. */
export interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  resource: string
  version: number
  object: KubeObject
  previous?: KubeObject
}

export type Listener = (change: Change) => void

/** Changes of one resource that are kept for watches; older ones are answered with 410 Gone. */
const HISTORY = 20_000

/**
 * The etcd of the sandbox: objects by resource (`deployments.apps`) and `namespace/name`, one counter of versions over all of them, and for each
 * resource the latest changes. Synchronous, so that every request is one transaction. Listeners run after the write, in order.
 */
export interface Store {
  /** The version of the latest write. */
  version(): number
  get(resource: string, namespace: string | undefined, name: string): KubeObject | undefined
  /** Objects in the order of their keys. */
  list(resource: string, namespace?: string): KubeObject[]
  /** Writes a new object or a new state of one; sets its resourceVersion. */
  put(resource: string, object: KubeObject): KubeObject
  remove(resource: string, object: KubeObject): KubeObject
  /** The changes after `version`; throws 410 where they are no longer kept. */
  since(resource: string, version: number): Change[]
  /** Calls `listener` on every change of `resource`, or of all with `*`; gives the function that ends it. */
  subscribe(resource: string, listener: Listener): () => void
  resources(): string[]
  close(): void
}

export function createStore(): Store {
  const objects = new Map<string, Map<string, KubeObject>>()
  const sorted = new Map<string, string[]>()
  const history = new Map<string, Change[]>()
  const compacted = new Map<string, number>()
  const listeners = new Map<string, Set<Listener>>()
  const queue: Change[] = []
  let version = 1000
  let delivering = false

  const table = (resource: string): Map<string, KubeObject> => {
    let found = objects.get(resource)
    if (!found) objects.set(resource, (found = new Map()))
    return found
  }
  const keyOf = (namespace: string | undefined, name: string): string => (namespace ? `${namespace}/${name}` : name)

  // A listener that writes makes further changes: they wait here, so that everyone sees all changes in one order.
  const deliver = (change: Change): void => {
    queue.push(change)
    if (delivering) return
    delivering = true
    try {
      for (let next = queue.shift(); next; next = queue.shift()) {
        for (const name of [next.resource, '*']) for (const listener of [...(listeners.get(name) ?? [])]) listener(next)
      }
    } finally {
      delivering = false
    }
  }

  const record = (change: Change): void => {
    let kept = history.get(change.resource)
    if (!kept) history.set(change.resource, (kept = []))
    kept.push(change)
    if (kept.length > HISTORY) {
      const gone = kept.splice(0, kept.length - HISTORY / 2)
      compacted.set(change.resource, gone.at(-1)!.version)
    }
    deliver(change)
  }

  return {
    version: () => version,
    get: (resource, namespace, name) => objects.get(resource)?.get(keyOf(namespace, name)),
    list(resource, namespace) {
      const found = objects.get(resource)
      if (!found) return []
      let keys = sorted.get(resource)
      if (!keys) sorted.set(resource, (keys = [...found.keys()].sort()))
      const out: KubeObject[] = []
      for (const key of keys) if (namespace === undefined || key.startsWith(`${namespace}/`)) out.push(found.get(key)!)
      return out
    },
    put(resource, object) {
      const found = table(resource)
      const key = keyOf(object.metadata.namespace, object.metadata.name)
      const previous = found.get(key)
      version++
      const written = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } }
      if (!previous) sorted.delete(resource)
      found.set(key, written)
      record({ type: previous ? 'MODIFIED' : 'ADDED', resource, version, object: written, previous })
      return written
    },
    remove(resource, object) {
      const found = table(resource)
      const key = keyOf(object.metadata.namespace, object.metadata.name)
      const previous = found.get(key)
      version++
      const written = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } }
      found.delete(key)
      sorted.delete(resource)
      record({ type: 'DELETED', resource, version, object: written, previous })
      return written
    },
    since(resource, from) {
      const oldest = compacted.get(resource) ?? 1000
      if (from < oldest) throw expired(`too old resource version: ${from} (${oldest})`)
      const kept = history.get(resource) ?? []
      let low = 0
      let high = kept.length
      while (low < high) {
        const middle = (low + high) >> 1
        if (kept[middle]!.version > from) high = middle
        else low = middle + 1
      }
      return kept.slice(low)
    },
    subscribe(resource, listener) {
      let set = listeners.get(resource)
      if (!set) listeners.set(resource, (set = new Set()))
      set.add(listener)
      return () => set.delete(listener)
    },
    resources: () => [...objects.keys()],
    close() {
      listeners.clear()
      queue.length = 0
    },
  }
}
