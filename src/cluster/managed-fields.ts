import type { KubeObject } from '../resource.ts'
import { refOf } from '../resource.ts'
import { isApiError } from './api-error.ts'
import type { Cluster, RequestOptions } from './cluster.ts'

export interface ManagedFieldsEntry {
  manager?: string
  operation?: 'Apply' | 'Update'
  apiVersion?: string
  time?: string
  fieldsType?: string
  fieldsV1?: FieldsV1
  subresource?: string
}

/** A set of fields as a tree of `f:name`, `k:{…}`, `v:…`, `i:…` and `.`. */
export interface FieldsV1 {
  [path: string]: FieldsV1
}

export interface MigrationOptions {
  /** Who applies from now on, default `helm`. */
  manager?: string
  /** Managers whose updates become that one's; default Helm's own. A name that ends in `*` stands for all that begin so. */
  from?: string[]
}

/**
 * The managedFields after a migration from client-side to server-side apply: what a manager of `from` owns by Update belongs to `manager`'s Apply, so
 * that fields which leave the manifest are removed from the object by the next apply. Undefined where nothing is to be done.
 * The rule is that of client-go's csaupgrade, which Helm 4 uses: the fields are united, the old entries go.
 */
export function migratedFields(entries: ManagedFieldsEntry[], options: MigrationOptions = {}): ManagedFieldsEntry[] | undefined {
  const { manager = 'helm', from = ['helm'] } = options
  const isOld = (entry: ManagedFieldsEntry) =>
    entry.operation === 'Update' && !entry.subresource && from.some((name) => matches(name, entry.manager ?? ''))
  const old = entries.filter(isOld)
  if (old.length === 0) return undefined
  const applied = entries.find((entry) => entry.operation === 'Apply' && entry.manager === manager && !entry.subresource)
  const target = applied ?? { ...old[0]!, manager, operation: 'Apply' as const }
  const fieldsV1 = old.reduce((fields, entry) => united(fields, entry.fieldsV1 ?? {}), target.fieldsV1 ?? {})
  const merged = { ...target, fieldsV1 }
  const rest = entries.filter((entry) => !isOld(entry) && entry !== applied)
  return [merged, ...rest]
}

/**
 * Migrates one live object, where it needs it: one conditional patch, none for objects that were always applied server-side. Gives the object as it is
 * then. A conflict (someone else wrote meanwhile) is tried again on the newer object.
 */
export async function migrateManagedFields(
  cluster: Cluster,
  live: KubeObject,
  options: MigrationOptions & RequestOptions = {},
): Promise<KubeObject> {
  let current = live
  for (let attempt = 0; ; attempt++) {
    const managedFields = migratedFields((current.metadata.managedFields ?? []) as ManagedFieldsEntry[], options)
    if (!managedFields) return current
    const { uid, resourceVersion } = current.metadata
    try {
      return await cluster.mergePatch(refOf(current), { metadata: { uid, resourceVersion, managedFields } }, { signal: options.signal })
    } catch (error) {
      if (!isApiError(error, 409) || attempt >= 4) throw error
      const newer = await cluster.get(refOf(current), { signal: options.signal })
      if (!newer || newer.metadata.uid !== uid) throw error
      current = newer
    }
  }
}

function matches(name: string, manager: string): boolean {
  return name.endsWith('*') ? manager.startsWith(name.slice(0, -1)) : manager === name
}

function united(a: FieldsV1, b: FieldsV1): FieldsV1 {
  const result = { ...a }
  for (const [path, fields] of Object.entries(b)) result[path] = result[path] ? united(result[path], fields) : fields
  return result
}
