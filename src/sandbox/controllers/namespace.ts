import type { Api } from '../api/api.ts'
import { deleteObject } from '../api/deleting.ts'
import { createObject, modify } from '../api/rest.ts'
import { timestamp } from '../object.ts'
import { StatusError } from '../status.ts'
import { MANAGER } from './owned.ts'
import { createQueue } from './queue.ts'

/** Gives new namespaces their ServiceAccount and root certificates, and empties those that go. */
export function runNamespaces(api: Api): () => void {
  const queue = createQueue(api, (name) => sync(api, name))
  const ends = [
    api.store.subscribe('namespaces', ({ type, object }) => {
      if (type !== 'DELETED') queue.add(object.metadata.name)
    }),
    api.store.subscribe('*', ({ type, object }) => {
      const { namespace } = object.metadata
      if (type === 'DELETED' && namespace && api.store.get('namespaces', undefined, namespace)?.metadata.deletionTimestamp)
        queue.add(namespace)
    }),
  ]
  return () => {
    for (const end of ends) end()
  }
}

function sync(api: Api, name: string): void {
  const namespace = api.store.get('namespaces', undefined, name)
  if (!namespace) return
  if (!namespace.metadata.deletionTimestamp) {
    ensure(api, name, 'serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } })
    ensure(api, name, 'configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'kube-root-ca.crt',
        annotations: {
          'kubernetes.io/description':
            'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
        },
      },
      data: { 'ca.crt': '' },
    })
    return
  }
  const left: string[] = []
  const held: string[] = []
  for (const key of api.store.resources()) {
    const resource = api.registry.stored(key)
    if (!resource?.namespaced) continue
    for (const object of api.store.list(key, name)) {
      if (!object.metadata.deletionTimestamp) {
        try {
          deleteObject(api, resource, name, object.metadata.name, { propagationPolicy: 'Background' })
        } catch (error) {
          if (!(error instanceof StatusError)) throw error
        }
      }
      const after = api.store.get(key, name, object.metadata.name)
      if (!after) continue
      left.push(key)
      for (const finalizer of after.metadata.finalizers ?? []) held.push(finalizer)
    }
  }
  if (left.length > 0) {
    const conditions = [
      condition('NamespaceDeletionDiscoveryFailure', false, 'ResourcesDiscovered', 'All resources successfully discovered'),
      condition('NamespaceDeletionGroupVersionParsingFailure', false, 'ParsedGroupVersions', 'All legacy kube types successfully parsed'),
      condition(
        'NamespaceDeletionContentFailure',
        false,
        'ContentDeleted',
        'All content successfully deleted, may be waiting on finalization',
      ),
      condition(
        'NamespaceContentRemaining',
        true,
        'SomeResourcesRemain',
        `Some resources are remaining: ${counted(left, 'has', 'resource instances')}`,
      ),
      held.length > 0
        ? condition(
            'NamespaceFinalizersRemaining',
            true,
            'SomeFinalizersRemain',
            `Some content in the namespace has finalizers remaining: ${counted(held, 'in', 'resource instances')}`,
          )
        : condition('NamespaceFinalizersRemaining', false, 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'),
    ]
    const old = namespace.status?.conditions ?? []
    if (conditions.some((c, i) => old[i]?.status !== c.status || old[i]?.message !== c.message))
      modify(api, 'namespaces', namespace, (next) => (next.status = { phase: 'Terminating', conditions }), {
        manager: MANAGER,
        subresource: 'status',
      })
    return
  }
  // Without its finalizer in spec the namespace goes with the last of its own.
  const finalized = modify(api, 'namespaces', namespace, (next) => (next.spec.finalizers = []), {
    manager: MANAGER,
    subresource: 'finalize',
  })
  if (finalized && api.store.get('namespaces', undefined, name) && !finalized.metadata.finalizers?.length)
    api.store.remove('namespaces', finalized)
}

function ensure(api: Api, namespace: string, key: string, object: any): void {
  if (api.store.get(key, namespace, object.metadata.name)) return
  createObject(api, api.registry.stored(key)!, namespace, object, { manager: MANAGER, fieldValidation: 'Ignore' })
}

function condition(type: string, status: boolean, reason: string, message: string): any {
  return { type, status: status ? 'True' : 'False', lastTransitionTime: timestamp(), reason, message }
}

function counted(names: string[], verb: string, unit: string): string {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name}${name.includes('.') || verb === 'in' ? '' : '.'} ${verb} ${count} ${unit}`)
    .join(', ')
}
