import { withSignal } from '../concurrency.ts'
import { groupOf } from '../resource.ts'
import { isApiError } from './api-error.ts'
import type { ApiResource } from './cluster.ts'
import type { Requests } from './requests.ts'
import { isMapping, mappingsOf, textOf, textsOf } from './shape.ts'

export interface Discovery {
  /** All served kinds, preferred versions first. */
  all(signal?: AbortSignal): Promise<ApiResource[]>
  /** One kind, or undefined; asks the server again once where it is not known. */
  find(apiVersion: string, kind: string, signal?: AbortSignal): Promise<ApiResource | undefined>
  /** Group versions whose discovery failed (an APIService without a backend), with the reason. */
  failures(): ReadonlyMap<string, string>
  forget(): void
}

const aggregated = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json',
].join(',')

/**
 * What the server serves, asked once and kept in memory: aggregated discovery in two requests, or on servers before Kubernetes 1.26 group by group. A
 * group whose backend does not answer is left out and does not break the others.
 */
export function discoveryOver(requests: Requests): Discovery {
  let loading: Promise<ApiResource[]> | undefined
  let known: Map<string, ApiResource> | undefined
  const failed = new Map<string, string>()

  async function load(signal?: AbortSignal): Promise<ApiResource[]> {
    failed.clear()
    const [core, groups] = await Promise.all([readRoot('/api', signal), readRoot('/apis', signal)])
    const resources = [...core, ...groups]
    known = new Map(
      resources.map((resource) => [keyOf(apiVersionOf(resource), resource.kind), resource]).reverse() as [string, ApiResource][],
    )
    return resources
  }

  async function readRoot(path: '/api' | '/apis', signal?: AbortSignal): Promise<ApiResource[]> {
    const answer = await requests.json<Record<string, unknown>>(discoveryCall(path, aggregated, signal))
    if (answer.kind === 'APIGroupDiscoveryList') return readAggregated(answer.items, failed)
    const versions =
      path === '/api'
        ? textsOf(answer.versions).map((version) => ({ path: `/api/${version}`, groupVersion: version }))
        : versionsOf(answer.groups)
    return (await Promise.all(versions.map(({ path, groupVersion }) => readLegacy(path, groupVersion, signal)))).flat()
  }

  async function readLegacy(path: string, groupVersion: string, signal?: AbortSignal): Promise<ApiResource[]> {
    try {
      const list = await requests.json<Record<string, unknown>>(discoveryCall(path, 'application/json', signal))
      const [group, version] = splitApiVersion(groupVersion)
      return mappingsOf(list.resources)
        .filter((item) => textOf(item.kind) && textOf(item.name) && !textOf(item.name).includes('/'))
        .map((item) => ({
          group: textOf(item.group) || group,
          version: textOf(item.version) || version,
          kind: textOf(item.kind),
          plural: textOf(item.name),
          namespaced: item.namespaced === true,
          verbs: textsOf(item.verbs),
        }))
    } catch (error) {
      if (!isApiError(error)) throw error
      failed.set(groupVersion, error.message)
      return []
    }
  }

  function loaded(signal?: AbortSignal): Promise<ApiResource[]> {
    if (!loading) {
      // The signal of the first who asks must not take the answer from the others; each waits with its own.
      const attempt = load()
      loading = attempt
      attempt.catch(() => {
        if (loading === attempt) loading = undefined
      })
    }
    return signal ? withSignal(loading, signal) : loading
  }

  return {
    all: loaded,
    async find(apiVersion, kind, signal) {
      const key = keyOf(apiVersion, kind)
      if (!known) {
        const constant = wellKnown.get(key)
        if (constant) return constant
        await loaded(signal)
        return known!.get(key)
      }
      const found = known.get(key)
      if (found) return found
      const before = loading
      if (before) await withSignal(before, signal)
      if (loading === before) loading = undefined
      await loaded(signal)
      return known.get(key)
    },
    failures: () => failed,
    forget() {
      loading = undefined
      known = undefined
    },
  }
}

const discoveryKinds = new Set(['APIGroupDiscoveryList', 'APIGroupList', 'APIVersions', 'APIResourceList'])

function isDiscovery(json: unknown): boolean {
  // Of what lies between, an object of its own must not pass for a server that serves nothing.
  return isMapping(json) && (json.kind === undefined ? Object.keys(json).length > 0 : discoveryKinds.has(textOf(json.kind)))
}

function discoveryCall(path: string, accept: string, signal?: AbortSignal) {
  return { method: 'GET' as const, path, accept, signal, subject: { verb: 'get', resource: `the API list at ${path}` }, shape: isDiscovery }
}

function readAggregated(groups: unknown, failed: Map<string, string>): ApiResource[] {
  const resources: ApiResource[] = []
  for (const group of mappingsOf(groups)) {
    const name = isMapping(group.metadata) ? textOf(group.metadata.name) : ''
    for (const served of mappingsOf(group.versions)) {
      const version = textOf(served.version)
      if (served.freshness === 'Stale') failed.set(name ? `${name}/${version}` : version, 'its backend does not answer')
      for (const { resource, responseKind, scope, verbs } of mappingsOf(served.resources)) {
        if (!isMapping(responseKind) || !textOf(responseKind.kind) || !textOf(resource)) continue
        resources.push({
          group: textOf(responseKind.group) || name,
          version: textOf(responseKind.version) || version,
          kind: textOf(responseKind.kind),
          plural: textOf(resource),
          namespaced: scope === 'Namespaced',
          verbs: textsOf(verbs),
        })
      }
    }
  }
  return resources
}

/** Of an APIGroupList: the versions of each group, the preferred one first. */
function versionsOf(groups: unknown): { path: string; groupVersion: string }[] {
  return mappingsOf(groups).flatMap(({ versions, preferredVersion }) => {
    const preferred = isMapping(preferredVersion) ? preferredVersion.groupVersion : undefined
    const all = mappingsOf(versions).map(({ groupVersion }) => textOf(groupVersion))
    const ordered = all.filter((version) => version !== '').sort((a, b) => Number(b === preferred) - Number(a === preferred))
    return ordered.map((groupVersion) => ({ path: `/apis/${groupVersion}`, groupVersion }))
  })
}

function keyOf(apiVersion: string, kind: string): string {
  return `${apiVersion}/${kind}`
}

/** `apps/v1`, or `v1` of the core group. */
export function apiVersionOf(resource: Pick<ApiResource, 'group' | 'version'>): string {
  return resource.group ? `${resource.group}/${resource.version}` : resource.version
}

function splitApiVersion(apiVersion: string): [group: string, version: string] {
  const group = groupOf(apiVersion)
  return [group, group ? apiVersion.slice(group.length + 1) : apiVersion]
}

const allVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

/** What every server has and no version changes: a run that needs only these asks for no discovery. */
const wellKnown = new Map(
  (
    [
      ['v1', 'ConfigMap', 'configmaps', true],
      ['v1', 'Secret', 'secrets', true],
      ['v1', 'Namespace', 'namespaces', false],
      ['v1', 'Pod', 'pods', true],
      ['v1', 'Event', 'events', true],
      ['coordination.k8s.io/v1', 'Lease', 'leases', true],
    ] as const
  ).map(([apiVersion, kind, plural, namespaced]) => {
    const [group, version] = splitApiVersion(apiVersion)
    return [keyOf(apiVersion, kind), { group, version, kind, plural, namespaced, verbs: allVerbs } satisfies ApiResource]
  }),
)
