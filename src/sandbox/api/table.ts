import type { KubeObject } from '../object.ts'
import type { Resource } from '../resources.ts'
import { columnsOf } from './columns.ts'

/** Objects as a `Table`, as `kubectl get` prints them; rows hold the metadata, or with `whole` the objects. */
export function table(resource: Resource, objects: KubeObject[], resourceVersion: string, metadata?: any, whole = false): any {
  const columns = columnsOf(resource)
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: metadata ?? { resourceVersion },
    columnDefinitions: columns.map((c) => ({
      name: c.name,
      type: c.type ?? 'string',
      format: c.name === 'Name' ? 'name' : '',
      description: '',
      priority: c.wide ? 1 : 0,
    })),
    rows: objects.map((object) => ({ cells: columns.map((c) => c.cell(object)), object: whole ? object : metadataOf(object) })),
  }
}

/** An object's metadata alone. */
export function metadataOf(object: KubeObject): any {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata }
}

export function metadataList(objects: KubeObject[], metadata: any): any {
  return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: objects.map(metadataOf) }
}
