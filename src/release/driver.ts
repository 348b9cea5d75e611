import type { Cluster } from '../cluster/cluster.ts'
import { ConvergeError } from '../errors.ts'
import type { KubeObject, ResourceRef } from '../resource.ts'
import { decodeRecord, encodeRecord } from './codec.ts'
import { decodeJournal, encodeJournal, type Journal, journalKey } from './journal.ts'
import type { ReleaseRecord } from './record.ts'
import type { ReleaseStatus } from './status.ts'

/** A revision in the store, known by its labels; what it holds is read on demand. */
export interface StoredRevision {
  name: string
  namespace: string
  revision: number
  status: ReleaseStatus
  /** Of the user. */
  labels: Record<string, string>
  /** All of the Secret or ConfigMap, the driver's own among them. */
  allLabels: Record<string, string>
  /** Whole milliseconds from its first record to its last change, which of a deployed revision is how long the deploy took. */
  ageMs?: number
  load(options?: { signal?: AbortSignal }): Promise<LoadedRevision>
}

export interface LoadedRevision {
  record: ReleaseRecord
  /** Of a run that did not end. */
  journal?: Journal
}

interface Signalled {
  signal?: AbortSignal
}

/** Where revisions are stored. One request each, except where said. */
export interface ReleaseDriver {
  /** Stores a new revision, with a journal. Fails with ERR_RELEASE_EXISTS where another run was faster. */
  create(record: ReleaseRecord, options?: Signalled & { journal?: Journal }): Promise<void>
  /** Overwrites a revision; a journal that it had is gone then unless it is given again. */
  update(record: ReleaseRecord, options?: Signalled & { journal?: Journal }): Promise<void>
  /** Writes the journal alone, beside an unchanged revision. */
  writeJournal(name: string, revision: number, journal: Journal, options?: Signalled): Promise<void>
  /** A revision, or undefined. */
  get(name: string, revision: number, options?: Signalled): Promise<LoadedRevision | undefined>
  /** The revisions of a release, or of all, in ascending order, by their labels alone. */
  list(name?: string, options?: Signalled): Promise<StoredRevision[]>
  delete(name: string, revision: number, options?: Signalled): Promise<void>
}

/** What tells Secrets from ConfigMaps. */
export interface Container {
  kind: 'Secret' | 'ConfigMap'
  type?: string
  encode(value: string): string
  decode(value: string): string
}

const systemLabels = new Set(['name', 'owner', 'status', 'version', 'createdAt', 'modifiedAt'])

/** The name of a revision's Secret or ConfigMap. */
function objectName(release: string, revision: number): string {
  return `sh.helm.release.v1.${release}.v${revision}`
}

/** Helm's drivers over a cluster. `namespace` is the release's; undefined lists the releases of all namespaces, and nothing else. */
export function driverOver(cluster: Cluster, namespace: string | undefined, container: Container): ReleaseDriver {
  const { kind } = container
  // Helm's createdAt survives its updates only because reading copies it.
  const created = new Map<string, string>()
  const refTo = (release: string, revision: number): ResourceRef => ({
    apiVersion: 'v1',
    kind,
    name: objectName(release, revision),
    namespace,
  })

  async function objectOf(record: ReleaseRecord, journal: Journal | undefined, stamp: Record<string, string>): Promise<KubeObject> {
    const data: Record<string, string> = { release: container.encode(await encodeRecord(record)) }
    if (journal) data[journalKey] = container.encode(await encodeJournal(journal))
    return {
      apiVersion: 'v1',
      kind,
      metadata: {
        name: objectName(record.name, record.version),
        namespace,
        labels: {
          ...record.labels,
          ...stamp,
          name: record.name,
          owner: 'helm',
          status: record.info.status,
          version: String(record.version),
        },
      },
      ...(container.type ? { type: container.type } : {}),
      data,
    }
  }

  async function loaded(object: KubeObject): Promise<LoadedRevision> {
    const data = (object.data ?? {}) as Record<string, string>
    const where = `${kind} ${object.metadata.namespace}/${object.metadata.name}`
    if (!data.release) throw new ConvergeError('ERR_RELEASE_UNREADABLE', `cannot read the release in ${where}: it has no data`)
    const record = await decodeRecord(container.decode(data.release), where)
    const labels = object.metadata.labels ?? {}
    if (labels.createdAt) created.set(object.metadata.name, labels.createdAt)
    const journal = data[journalKey] ? await decodeJournal(container.decode(data[journalKey])) : undefined
    return { record: { ...record, labels: userLabels(labels) }, journal }
  }

  const driver: ReleaseDriver = {
    async create(record, options = {}) {
      const createdAt = seconds()
      const object = await objectOf(record, options.journal, { createdAt })
      try {
        await cluster.create(object, options)
        created.set(object.metadata.name, createdAt)
      } catch (error) {
        if ((error as { reason?: string }).reason !== 'AlreadyExists') throw error
        const message = `revision ${record.version} of release "${record.name}" was made by someone else meanwhile`
        throw new ConvergeError('ERR_RELEASE_EXISTS', message, {
          hint: 'another deploy of this release runs at the same time: run again',
          cause: error,
        })
      }
    },
    async update(record, options = {}) {
      const createdAt = created.get(objectName(record.name, record.version))
      const stamp = { ...(createdAt ? { createdAt } : {}), modifiedAt: seconds() }
      await cluster.replace(await objectOf(record, options.journal, stamp), options)
    },
    async writeJournal(name, revision, journal, options = {}) {
      await cluster.mergePatch(refTo(name, revision), { data: { [journalKey]: container.encode(await encodeJournal(journal)) } }, options)
    },
    async get(name, revision, options = {}) {
      const object = await cluster.get(refTo(name, revision), options)
      return object && loaded(object)
    },
    async list(name, options = {}) {
      const labelSelector = name === undefined ? 'owner=helm' : `name=${name},owner=helm`
      const { items } = await cluster.list('v1', kind, namespace, { labelSelector, metadataOnly: true, signal: options.signal })
      const stored = items.flatMap((object) => {
        const revision = revisionOf(object)
        if (!revision) return []
        if (revision.createdAt) created.set(object.metadata.name, revision.createdAt)
        return [{ ...revision, load: once((given?: Signalled) => read(object, given)) }]
      })
      return stored.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.revision - b.revision))
    },
    async delete(name, revision, options = {}) {
      await cluster.delete(refTo(name, revision), options)
    },
  }

  async function read(found: KubeObject, options: Signalled = {}): Promise<LoadedRevision> {
    // A server that does not know metadata-only lists has sent all already.
    if (found.data) return loaded(found)
    const { name, namespace } = found.metadata
    const object = await cluster.get({ apiVersion: 'v1', kind, name, namespace }, options)
    if (object) return loaded(object)
    throw new ConvergeError('ERR_RELEASE_CHANGED', `${kind} ${namespace}/${name} was deleted meanwhile`, { hint: 'run again' })
  }

  return driver
}

function once<A, R>(load: (argument?: A) => Promise<R>): (argument?: A) => Promise<R> {
  let result: Promise<R> | undefined
  return (argument) => {
    result ??= load(argument).catch((error) => {
      result = undefined
      throw error
    })
    return result
  }
}

function revisionOf(object: KubeObject): (Omit<StoredRevision, 'load'> & { createdAt?: string }) | undefined {
  const labels = object.metadata.labels ?? {}
  const named = /^sh\.helm\.release\.v1\.(.+)\.v(\d+)$/.exec(object.metadata.name)
  const name = labels.name ?? named?.[1]
  const revision = Number(labels.version ?? named?.[2])
  if (!name || !Number.isInteger(revision)) return undefined
  const status = (labels.status ?? 'unknown') as ReleaseStatus
  const ageMs = (Number(labels.modifiedAt) - Number(labels.createdAt)) * 1000
  return {
    name,
    namespace: object.metadata.namespace ?? '',
    revision,
    status,
    labels: userLabels(labels),
    allLabels: labels,
    createdAt: labels.createdAt,
    ...(ageMs > 0 ? { ageMs } : {}),
  }
}

function userLabels(labels: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !systemLabels.has(key)))
}

function seconds(): string {
  return String(Math.floor(Date.now() / 1000))
}
