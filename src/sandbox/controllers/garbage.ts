import type { Api } from '../api/api.ts'
import { deleteObject } from '../api/deleting.ts'
import { modify } from '../api/rest.ts'
import type { KubeObject } from '../object.ts'
import { StatusError } from '../status.ts'
import type { Change } from '../store.ts'
import { MANAGER } from './owned.ts'
import { createQueue } from './queue.ts'

interface Reference {
  key: string
  namespace?: string
  name: string
}

/** Deletes what nobody owns any more, and carries out foreground and orphan deletion. */
export function runGarbageCollector(api: Api): () => void {
  /** Dependents by the uid of their owners. */
  const dependents = new Map<string, Map<string, Reference>>()
  const living = new Map<string, Reference>()

  const track = (change: Change): void => {
    const { object, previous, resource } = change
    const { uid } = object.metadata
    const reference = { key: resource, namespace: object.metadata.namespace, name: object.metadata.name }
    const owners = change.type === 'DELETED' ? [] : (object.metadata.ownerReferences ?? []).map((r) => r.uid)
    for (const old of previous?.metadata.ownerReferences ?? []) {
      if (owners.includes(old.uid)) continue
      dependents.get(old.uid)?.delete(uid)
      queue.add(old.uid)
    }
    for (const owner of owners) {
      let set = dependents.get(owner)
      if (!set) dependents.set(owner, (set = new Map()))
      set.set(uid, reference)
    }
    if (change.type === 'DELETED') {
      living.delete(uid)
      if (dependents.get(uid)?.size) queue.add(uid)
      else dependents.delete(uid)
    } else {
      living.set(uid, reference)
      if (change.type === 'ADDED' && owners.length > 0 && owners.every((o) => !living.has(o))) queue.add(`absent/${uid}`)
      const finalizers = object.metadata.finalizers
      if (object.metadata.deletionTimestamp && finalizers?.some((f) => f === 'foregroundDeletion' || f === 'orphan')) queue.add(uid)
      // An owner that waits for its blocking dependents looks again when one of them begins to go.
      if (object.metadata.deletionTimestamp && !previous?.metadata.deletionTimestamp) for (const owner of owners) queue.add(owner)
    }
  }

  const read = (reference: Reference | undefined): KubeObject | undefined =>
    reference && api.store.get(reference.key, reference.namespace, reference.name)

  const remove = (reference: Reference, policy: string): void => {
    const resource = api.registry.stored(reference.key)
    if (!resource) return
    try {
      deleteObject(api, resource, reference.namespace, reference.name, { propagationPolicy: policy })
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
    }
  }

  const queue = createQueue(api, (key) => {
    if (key.startsWith('absent/')) {
      const reference = living.get(key.slice(7))
      const object = read(reference)
      if (reference && object && (object.metadata.ownerReferences ?? []).every((r) => !living.has(r.uid))) remove(reference, 'Background')
      return
    }
    const owner = read(living.get(key))
    const children = [...(dependents.get(key)?.values() ?? [])]
    if (!owner) {
      dependents.delete(key)
      for (const child of children) {
        const object = read(child)
        if (!object || object.metadata.deletionTimestamp) continue
        const others = (object.metadata.ownerReferences ?? []).filter((r) => r.uid !== key && living.has(r.uid))
        if (others.length === 0) remove(child, 'Background')
        else modify(api, child.key, object, (next) => (next.metadata.ownerReferences = others), { manager: MANAGER })
      }
      return
    }
    const { finalizers = [], deletionTimestamp } = owner.metadata
    if (!deletionTimestamp) return
    const reference = living.get(key)!
    if (finalizers.includes('orphan')) {
      for (const child of children) {
        const object = read(child)
        if (object)
          modify(
            api,
            child.key,
            object,
            (next) => {
              next.metadata.ownerReferences = (next.metadata.ownerReferences ?? []).filter((r) => r.uid !== key)
            },
            { manager: MANAGER },
          )
      }
      dependents.delete(key)
      drop(api, reference, owner, 'orphan')
      return
    }
    if (!finalizers.includes('foregroundDeletion')) return
    let blocked = false
    for (const child of children) {
      const object = read(child)
      if (!object) continue
      const own = object.metadata.ownerReferences?.find((r) => r.uid === key)
      if (own?.blockOwnerDeletion) blocked = true
      if (!object.metadata.deletionTimestamp) remove(child, 'Foreground')
      if (!read(child) && own?.blockOwnerDeletion)
        blocked = children.some((c) => read(c)?.metadata.ownerReferences?.some((r) => r.uid === key && r.blockOwnerDeletion))
    }
    if (!blocked) drop(api, reference, owner, 'foregroundDeletion')
  })

  return api.store.subscribe('*', track)
}

function drop(api: Api, reference: Reference, object: KubeObject, finalizer: string): void {
  modify(
    api,
    reference.key,
    object,
    (next) => {
      next.metadata.finalizers = (next.metadata.finalizers ?? []).filter((f) => f !== finalizer)
      if (next.metadata.finalizers.length === 0) delete next.metadata.finalizers
    },
    { manager: MANAGER },
  )
}
