import type { ResourceRef } from '../resource.ts'
import type { ApiResource, Cluster } from './cluster.ts'
import { discoveryOver } from './discovery.ts'
import { listObjects } from './list.ts'
import { readLogBatches, readLogs } from './logs.ts'
import {
  applyObject,
  createObject,
  deleteObject,
  getObject,
  getTable,
  isAllowed,
  mergePatchObject,
  replaceObject,
  unknownKind,
} from './objects.ts'
import { openApiOver } from './openapi.ts'
import type { Requests } from './requests.ts'
import { watchObjects } from './watch.ts'

/** A Cluster over anything that sends requests: a connection, or a server in the same process. */
export function clusterOver(
  requests: Requests,
  { cacheDirectory, ...at }: { context: string; server: string; namespace: string; cacheDirectory?: string },
): Cluster {
  const discovery = discoveryOver(requests)
  const openApi = openApiOver(requests, cacheDirectory)

  async function resourceFor(apiVersion: string, kind: string, signal?: AbortSignal): Promise<ApiResource> {
    const resource = await discovery.find(apiVersion, kind, signal)
    if (resource) return resource
    const failure = discovery.failures().get(apiVersion)
    const error = unknownKind(apiVersion, kind, await discovery.all(signal))
    if (failure) error.details.push(`${apiVersion}: ${failure}`)
    throw error
  }

  /** Objects of namespaced kinds without a namespace are in the context's. */
  function settled<T extends ResourceRef>(ref: T, resource: ApiResource): T {
    if (!resource.namespaced) return ref.namespace ? { ...ref, namespace: undefined } : ref
    return ref.namespace ? ref : { ...ref, namespace: at.namespace }
  }

  function settledObject<T extends { metadata: { namespace?: string } }>(object: T, resource: ApiResource): T {
    const { namespace } = object.metadata
    if (resource.namespaced === (namespace !== undefined && namespace !== '')) return object
    return { ...object, metadata: { ...object.metadata, namespace: resource.namespaced ? at.namespace : undefined } }
  }

  return {
    ...at,
    async version({ signal } = {}) {
      const answer = await requests.json<{ gitVersion?: string; major?: string; minor?: string }>({
        method: 'GET',
        path: '/version',
        subject: { verb: 'get', resource: 'the version' },
        signal,
      })
      return { gitVersion: answer.gitVersion ?? '', major: answer.major ?? '', minor: answer.minor ?? '' }
    },
    resources: ({ signal } = {}) => discovery.all(signal),
    resourceOf: (apiVersion, kind, { signal } = {}) => discovery.find(apiVersion, kind, signal),
    forgetDiscovery() {
      discovery.forget()
      openApi.forget()
    },
    schemaOf: openApi.schemaOf,
    async get(ref, options = {}) {
      const resource = await discovery.find(ref.apiVersion, ref.kind, options.signal)
      // What is not served cannot exist.
      if (!resource && !discovery.failures().has(ref.apiVersion)) return undefined
      const served = resource ?? (await resourceFor(ref.apiVersion, ref.kind, options.signal))
      return getObject(requests, served, settled(ref, served), options)
    },
    async table(ref, options = {}) {
      const resource = await resourceFor(ref.apiVersion, ref.kind, options.signal)
      const namespace = resource.namespaced ? (ref.namespace ?? at.namespace) : undefined
      return getTable(requests, resource, { ...ref, namespace }, options)
    },
    async list(apiVersion, kind, namespace, options = {}) {
      const resource = await resourceFor(apiVersion, kind, options.signal)
      return listObjects(requests, resource, resource.namespaced ? namespace : undefined, options)
    },
    async create(object, options = {}) {
      const resource = await resourceFor(object.apiVersion, object.kind, options.signal)
      return createObject(requests, resource, settledObject(object, resource), options)
    },
    async replace(object, options = {}) {
      const resource = await resourceFor(object.apiVersion, object.kind, options.signal)
      return replaceObject(requests, resource, settledObject(object, resource), options)
    },
    async apply(object, options = {}) {
      const resource = await resourceFor(object.apiVersion, object.kind, options.signal)
      return applyObject(requests, resource, settledObject(object, resource), options)
    },
    async mergePatch(ref, patch, options = {}) {
      const resource = await resourceFor(ref.apiVersion, ref.kind, options.signal)
      return mergePatchObject(requests, resource, settled(ref, resource), patch, options)
    },
    async delete(ref, options = {}) {
      const resource = await discovery.find(ref.apiVersion, ref.kind, options.signal)
      if (!resource && !discovery.failures().has(ref.apiVersion)) return false
      const served = resource ?? (await resourceFor(ref.apiVersion, ref.kind, options.signal))
      return deleteObject(requests, served, settled(ref, served), options)
    },
    watch: (options) => watchObjects(requests, () => resourceFor(options.apiVersion, options.kind, options.signal), options),
    logs: (options) => readLogs(requests, options),
    logBatches: (options) => readLogBatches(requests, options),
    async allowed(verb, resource, namespace, options = {}) {
      return isAllowed(requests, verb, resource, namespace, options)
    },
    requestCounts: requests.counts,
    now: requests.now,
    onWarning: requests.onWarning,
    async close() {
      requests.close()
    },
  }
}
