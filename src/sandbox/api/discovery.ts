import { apiVersionOf, type GroupVersion, type Registry, type Resource } from '../resources.ts'

/** The answer to `/api` in the legacy form. */
export function apiVersions(address: string): any {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }] }
}

export function apiGroup(group: string, versions: GroupVersion[]): any {
  const list = versions.map((v) => ({ groupVersion: apiVersionOf(v), version: v.version }))
  return { name: group, versions: list, preferredVersion: list[0] }
}

/** The answer to `/apis` in the legacy form. */
export function apiGroups(registry: Registry): any {
  const groups = [...registry.groups()].filter(([group]) => group !== '').map(([group, versions]) => apiGroup(group, versions))
  return { kind: 'APIGroupList', apiVersion: 'v1', groups }
}

/** The answer to `/api/v1` and `/apis/GROUP/VERSION`. */
export function apiResources(version: GroupVersion): any {
  const resources: any[] = []
  for (const r of version.resources) {
    resources.push({
      name: r.resource,
      singularName: r.singular,
      namespaced: r.namespaced,
      kind: r.kind,
      verbs: r.verbs,
      ...(r.shortNames.length ? { shortNames: r.shortNames } : {}),
      ...(r.categories.length ? { categories: r.categories } : {}),
    })
    for (const s of r.subresources)
      resources.push({
        name: `${r.resource}/${s.name}`,
        singularName: '',
        namespaced: r.namespaced,
        ...(s.group ? { group: s.group, version: s.version } : {}),
        kind: s.kind,
        verbs: s.verbs,
      })
  }
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersionOf(version), resources }
}

/** The answer to `/api` and `/apis` in the aggregated form (`APIGroupDiscoveryList`). */
export function aggregated(registry: Registry, core: boolean): any {
  const items = [...registry.groups()]
    .filter(([group]) => (group === '') === core)
    .map(([group, versions]) => ({
      metadata: { ...(group ? { name: group } : {}), creationTimestamp: null },
      versions: versions.map((v) => ({
        version: v.version,
        resources: v.resources.map((r) => aggregatedResource(r)),
        freshness: 'Current',
      })),
    }))
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items }
}

function aggregatedResource(r: Resource): any {
  return {
    resource: r.resource,
    responseKind: { group: r.group, version: r.version, kind: r.kind },
    scope: r.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: r.singular,
    verbs: r.verbs,
    ...(r.shortNames.length ? { shortNames: r.shortNames } : {}),
    ...(r.categories.length ? { categories: r.categories } : {}),
    ...(r.subresources.length
      ? {
          subresources: r.subresources.map((s) => ({
            subresource: s.name,
            responseKind: { group: s.group ?? r.group, version: s.version ?? r.version, kind: s.kind },
            verbs: s.verbs,
          })),
        }
      : {}),
  }
}
