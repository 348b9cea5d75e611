import { builtinGroups, type RawSubresource, type StructType, schemaType, structType } from './schema/types.ts'

/** One served resource in one version. */
export interface Resource {
  /** Where its objects are stored, `deployments.apps`: the same for all versions of a kind. */
  key: string
  group: string
  version: string
  resource: string
  kind: string
  singular: string
  namespaced: boolean
  shortNames: string[]
  categories: string[]
  verbs: string[]
  subresources: RawSubresource[]
  type: StructType
  /** The CustomResourceDefinition's version entry, for custom resources. */
  custom?: any
}

export interface GroupVersion {
  group: string
  version: string
  resources: Resource[]
}

/** `apps/v1`, or `v1` for the core group. */
export function apiVersionOf(of: { group: string; version: string }): string {
  return of.group === '' ? of.version : `${of.group}/${of.version}`
}

/** What is served: the built-in kinds and what CustomResourceDefinitions add. */
export interface Registry {
  groups(): Map<string, GroupVersion[]>
  find(group: string, version: string, resource: string): Resource | undefined
  kind(group: string, version: string, kind: string): Resource | undefined
  /** The resource of a reference such as an owner's `apps/v1` `Deployment`. */
  reference(apiVersion: string, kind: string): Resource | undefined
  /** Any version of a stored resource, the preferred first. */
  stored(key: string): Resource | undefined
  addCustom(definition: any): void
  removeCustom(definition: any): void
  all(): Resource[]
}

/** Where kinds that are served by two groups or versions are stored. */
const STORED: Record<string, string> = { 'events.events.k8s.io': 'events' }

export function createRegistry(): Registry {
  const versions: GroupVersion[] = []
  for (const { group, versions: list } of builtinGroups) {
    for (const { version, resources } of list) {
      versions.push({
        group,
        version,
        resources: resources
          .filter((raw) => raw.type !== undefined)
          .map((raw) => {
            const key = group === '' ? raw.resource : `${raw.resource}.${group}`
            return {
              key: STORED[key] ?? key,
              group,
              version,
              resource: raw.resource,
              kind: raw.kind,
              singular: raw.singular,
              namespaced: raw.namespaced === true,
              shortNames: raw.shortNames ?? [],
              categories: raw.categories ?? [],
              verbs: raw.verbs,
              subresources: raw.subresources ?? [],
              get type() {
                return structType(raw.type!)!
              },
            }
          }),
      })
    }
  }

  const byKey = new Map<string, Resource>()
  const registry: Registry = {
    groups() {
      const out = new Map<string, GroupVersion[]>()
      for (const entry of versions) {
        const list = out.get(entry.group)
        if (list) list.push(entry)
        else out.set(entry.group, [entry])
      }
      return out
    },
    find: (group, version, resource) =>
      versions.find((v) => v.group === group && v.version === version)?.resources.find((r) => r.resource === resource),
    kind: (group, version, kind) =>
      versions.find((v) => v.group === group && v.version === version)?.resources.find((r) => r.kind === kind),
    reference(apiVersion, kind) {
      const slash = apiVersion.indexOf('/')
      return slash < 0 ? registry.kind('', apiVersion, kind) : registry.kind(apiVersion.slice(0, slash), apiVersion.slice(slash + 1), kind)
    },
    stored(key) {
      let found = byKey.get(key)
      if (found) return found
      for (const { resources } of versions) found ??= resources.find((resource) => resource.key === key)
      if (found) byKey.set(key, found)
      return found
    },
    addCustom(definition) {
      registry.removeCustom(definition)
      const { group, names, scope } = definition.spec
      for (const entry of [...definition.spec.versions].sort((a: any, b: any) => compareVersions(b.name, a.name))) {
        if (!entry.served) continue
        let target = versions.find((v) => v.group === group && v.version === entry.name)
        if (!target) versions.push((target = { group, version: entry.name, resources: [] }))
        target.resources.push(customResource(group, entry, names, scope))
      }
    },
    removeCustom(definition) {
      const { group, names } = definition.spec
      byKey.delete(`${names.plural}.${group}`)
      for (const entry of versions) {
        if (entry.group === group) entry.resources = entry.resources.filter((r) => r.resource !== names.plural || !r.custom)
      }
      for (let i = versions.length - 1; i >= 0; i--)
        if (versions[i]!.group === group && versions[i]!.resources.length === 0) versions.splice(i, 1)
    },
    all: () => versions.flatMap((v) => v.resources),
  }
  return registry
}

function customResource(group: string, entry: any, names: any, scope: string): Resource {
  const root = schemaType(entry.schema?.openAPIV3Schema ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }, names.kind)
  const fields: StructType['fields'] = Object.assign(Object.create(null), root.t === 'struct' ? root.fields : {})
  const metadata = structType('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')!
  fields.metadata = { type: metadata, pointer: false, omit: true, required: false }
  const verbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']
  const subresources: RawSubresource[] = []
  if (entry.subresources?.status) subresources.push({ name: 'status', kind: names.kind, verbs: ['get', 'patch', 'update'] })
  if (entry.subresources?.scale)
    subresources.push({ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: ['get', 'patch', 'update'] })
  return {
    key: `${names.plural}.${group}`,
    group,
    version: entry.name,
    resource: names.plural,
    kind: names.kind,
    singular: names.singular ?? names.kind.toLowerCase(),
    namespaced: scope === 'Namespaced',
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    verbs,
    subresources,
    type: {
      t: 'struct',
      name: names.kind,
      fields,
      atomic: false,
      preserve: root.t === 'any' || (root.t === 'struct' && root.preserve === true),
    },
    custom: entry,
  }
}

/** Kubernetes' order of versions: v2 after v1 after v1beta2 after v1alpha1 after anything else. */
function compareVersions(a: string, b: string): number {
  const parts = (text: string): number[] => {
    const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(text)
    if (!match) return [0, 0, 0]
    return [match[2] === undefined ? 3 : match[2] === 'beta' ? 2 : 1, Number(match[1]), Number(match[3] ?? 0)]
  }
  const left = parts(a)
  const right = parts(b)
  for (let i = 0; i < 3; i++) if (left[i] !== right[i]) return left[i]! - right[i]!
  return a < b ? 1 : a > b ? -1 : 0
}
