import { isApiError } from '../cluster/api-error.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { KubeObject } from '../resource.ts'
import type { Journal, JournalEntry } from './journal.ts'

/** From so many objects of one kind and namespace on, one list is cheaper than asking for each. */
const listFrom = 8

/**
 * What a killed run has newly created, by its journal: the objects (of large groups only their metadata) that exist, are not being deleted, and are that
 * run's: by uid where the journal has it, else created since the run began and marked as this release's (hooks, which bear no such mark: written by
 * our field manager).
 */
export async function findLeftovers(
  cluster: Cluster,
  journal: Journal,
  release: { name: string; namespace: string },
  options: { signal?: AbortSignal } = {},
): Promise<KubeObject[]> {
  const groups = Map.groupBy(journal.entries, ({ apiVersion, kind, namespace }) => JSON.stringify([apiVersion, kind, namespace]))
  const found = await Promise.all([...groups.values()].map((entries) => liveObjects(cluster, entries, options)))
  const startedAt = Math.floor(Date.parse(journal.startedAt) / 1000) * 1000
  return found.flat().flatMap(({ entry, object }) => (isOfRun(entry, object, startedAt, release) ? [object] : []))
}

interface Found {
  entry: JournalEntry
  object: KubeObject
}

async function liveObjects(cluster: Cluster, entries: JournalEntry[], options: { signal?: AbortSignal }): Promise<Found[]> {
  const { apiVersion, kind, namespace } = entries[0]!
  if (entries.length >= listFrom) {
    try {
      const { items } = await cluster.list(apiVersion, kind, namespace, { metadataOnly: true, ...options })
      const byName = new Map(items.map((object) => [object.metadata.name, object]))
      return entries.flatMap((entry) => {
        const object = byName.get(entry.name)
        return object ? [{ entry, object }] : []
      })
    } catch (error) {
      if (isApiError(error, 404)) return []
      // Those who may not list may still get.
      if (!isApiError(error, 403)) throw error
    }
  }
  const objects = await Promise.all(entries.map((entry) => cluster.get(entry, options)))
  return entries.flatMap((entry, index) => (objects[index] ? [{ entry, object: objects[index] }] : []))
}

function isOfRun(entry: JournalEntry, object: KubeObject, startedAt: number, release: { name: string; namespace: string }): boolean {
  const { uid, creationTimestamp, deletionTimestamp, annotations, managedFields = [] } = object.metadata
  if (deletionTimestamp) return false
  if (entry.uid) return entry.uid === uid
  if (Date.parse(creationTimestamp ?? '') < startedAt) return false
  const owned =
    annotations?.['meta.helm.sh/release-name'] === release.name && annotations['meta.helm.sh/release-namespace'] === release.namespace
  return owned || (entry.hook === true && managedFields.some((field) => (field as { manager?: string }).manager === 'helm'))
}
