import { isApiError } from '../cluster/api-error.ts'
import { mapConcurrently } from '../concurrency.ts'
import { ownedSelector } from '../plan/ownership.ts'
import { type KubeObject, keyOf, refOf } from '../resource.ts'
import type { Desired } from './desired.ts'
import type { Run } from './run.ts'

const parallel = 16
/** From here on one LIST of all metadata costs less than to ask for each object. */
const manyNames = 8

/**
 * Live objects by key. One LIST by Helm's label for each kind and namespace; those that it does not find are asked for by name, or, where they are many, by a LIST of
 * all metadata, so that the number of requests does not grow with the chart. Who may not list is asked for by name; what may not even be read is left in `unreadable`, one of each kind and namespace.
 */
export async function readLive(run: Run, items: readonly Desired[], unreadable: Desired[]): Promise<Map<string, KubeObject>> {
  const live = new Map<string, KubeObject>()
  const groups = new Map<string, Desired[]>()
  for (const item of items) {
    if (!item.resource) continue
    const key = `${item.object.apiVersion}|${item.object.kind}|${item.object.metadata.namespace ?? ''}`
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  await mapConcurrently([...groups.values()], parallel, (group) => readGroup(run, group, live, unreadable))
  return live
}

async function readGroup(run: Run, group: readonly Desired[], live: Map<string, KubeObject>, unreadable: Desired[]): Promise<void> {
  const { cluster, signal } = run
  const { apiVersion, kind, metadata } = group[0]!.object
  const names = new Set(group.map((item) => item.object.metadata.name))
  const list = (options: { labelSelector?: string; metadataOnly?: boolean }) =>
    cluster.list(apiVersion, kind, metadata.namespace, { ...options, signal }).catch((error: unknown) => {
      if (isApiError(error, 403)) return undefined
      throw error
    })
  if (names.size > 1) {
    const found = await list({ labelSelector: ownedSelector })
    for (const object of found?.items ?? []) if (names.delete(object.metadata.name)) live.set(keyOf(refOf(object)), object)
    if (found && names.size > manyNames) {
      const existing = new Set((await list({ metadataOnly: true }))?.items.map((object) => object.metadata.name) ?? names)
      for (const name of names) if (!existing.has(name)) names.delete(name)
    }
  }
  let forbidden = false
  await mapConcurrently([...names], parallel, async (name) => {
    if (forbidden) return
    try {
      const object = await cluster.get({ apiVersion, kind, name, namespace: metadata.namespace }, { signal })
      if (object) live.set(keyOf(refOf(object)), object)
    } catch (error) {
      if (!isApiError(error, 403)) throw error
      if (forbidden) return
      forbidden = true
      unreadable.push(group.find((item) => item.object.metadata.name === name)!)
    }
  })
}
