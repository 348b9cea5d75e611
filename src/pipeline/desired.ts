import type { ApiResource, Cluster } from '../cluster/cluster.ts'
import { annotation } from '../plan/lifecycle.ts'
import { nearestName } from '../plan/nearest-name.ts'
import { type ReleaseName, withOwnership } from '../plan/ownership.ts'
import { removedApi } from '../plan/removed-apis.ts'
import type { Schema } from '../plan/schema.ts'
import { groupOf, type KubeObject, keyOf, refOf } from '../resource.ts'
import { type Finding, findingOf, type Origin, type SourceManifest } from './findings.ts'

export type { SourceManifest } from './findings.ts'

/** What kinds there are and what they look like: a cluster, or a version of Kubernetes that is known without one. */
export interface Served extends Pick<Cluster, 'resourceOf' | 'resources' | 'schemaOf'> {
  /** What messages call it; `the cluster` unless given. */
  description?: string
}

/** One object that the release wants to exist. */
export interface Desired {
  /** With namespace and ownership metadata: what is applied. */
  object: KubeObject
  /** As the chart has it, for comparison with the previous revision. */
  plain: KubeObject
  resource?: ApiResource
  /** Of a kind that a CRD of this release defines; what is served may be an older one. */
  schema?: Schema
  source: string
  origin: Origin
}

/**
 * The objects of the manifests with namespaces and ownership metadata; `List` objects are taken apart. Kinds that the server does not serve are findings, unless a CRD of
 * the same release (`crds`) defines them.
 */
export async function prepareDesired(
  cluster: Served,
  release: ReleaseName,
  manifests: readonly SourceManifest[],
  crds: readonly KubeObject[],
  options: { owned: boolean; signal?: AbortSignal },
): Promise<{ desired: Desired[]; findings: Finding[] }> {
  const findings: Finding[] = []
  const desired: Desired[] = []
  const plain = manifests.flatMap((manifest) => expand(manifest))
  const defined = definedKinds([
    ...crds,
    ...plain.map(({ object }) => object).filter((object) => object.kind === 'CustomResourceDefinition'),
  ])
  const seen = new Map<string, Origin & { object: KubeObject }>()
  for (const { object, origin } of plain) {
    const mistake = checkShape(object)
    if (mistake) {
      findings.push(findingOf(origin, object, mistake))
      continue
    }
    const resource = await cluster.resourceOf(object.apiVersion, object.kind, options)
    const own = defined.get(`${groupOf(object.apiVersion)}/${object.kind}`)
    const scope = resource ?? own
    if (!scope) {
      const isKnown =
        (await cluster.resources(options)).some(({ kind }) => kind === object.kind) || removedApi(object.apiVersion, object.kind)
      findings.push(
        findingOf(origin, object, {
          path: [isKnown ? 'apiVersion' : 'kind'],
          message: `is of a kind that ${cluster.description ?? 'the cluster'} does not serve: ${object.kind} in ${object.apiVersion}`,
          hint: removedApi(object.apiVersion, object.kind) ?? (await servedInstead(cluster, object)),
        }),
      )
      continue
    }
    const placed = place(object, scope.namespaced, release.namespace)
    const key = keyOf(refOf(placed))
    const twin = seen.get(key)
    if (twin !== undefined) {
      // The very same again changes nothing, and public charts have it.
      if (JSON.stringify(place(twin.object, scope.namespaced, release.namespace)) === JSON.stringify(placed)) continue
      const { source } = twin.manifest
      findings.push(
        findingOf(origin, object, { message: source === origin.manifest.source ? 'is in the chart twice' : `is also in ${source}` }),
      )
      continue
    }
    seen.set(key, { ...origin, object })
    const owned = options.owned && annotation(placed, 'ownership') !== 'anyone'
    desired.push({
      object: owned ? withOwnership(placed, release) : placed,
      plain: placed,
      resource,
      ...(own ? { schema: own.schemas.get(versionOf(object.apiVersion)) } : {}),
      source: origin.manifest.source,
      origin,
    })
  }
  return { desired, findings }
}

function expand(manifest: SourceManifest): { object: KubeObject; origin: Origin }[] {
  const object = manifest.object()
  // A document of comments only, as a condition in a template leaves it, is no manifest.
  if (object === null || typeof object !== 'object' || Object.keys(object).length === 0) return []
  if (object.kind?.endsWith('List') && Array.isArray(object.items)) {
    return (object.items as KubeObject[]).map((item, index) => ({
      object: { ...item, apiVersion: item.apiVersion ?? object.apiVersion, kind: item.kind ?? object.kind.slice(0, -4) },
      origin: { manifest, path: ['items', index] },
    }))
  }
  return [{ object, origin: { manifest, path: [] } }]
}

function checkShape(object: KubeObject): { path?: string[]; message: string } | undefined {
  if (typeof object.apiVersion !== 'string' || object.apiVersion === '') return { message: 'has no apiVersion' }
  if (typeof object.kind !== 'string' || object.kind === '') return { message: 'has no kind' }
  if (typeof object.metadata !== 'object' || object.metadata === null) return { message: 'has no metadata' }
  for (const key of ['labels', 'annotations']) {
    const value = object.metadata[key] ?? {}
    if (typeof value !== 'object' || Array.isArray(value))
      return { path: ['metadata', key], message: `has metadata.${key} that are no mapping` }
  }
  const { name, generateName } = object.metadata
  if (typeof name === 'string' && name !== '') return undefined
  return {
    path: ['metadata'],
    message: generateName
      ? 'has a generateName, which only hooks may have'
      : name
        ? 'has a metadata.name that is no string'
        : 'has no metadata.name',
  }
}

function place(object: KubeObject, namespaced: boolean, namespace: string): KubeObject {
  const { namespace: own, ...metadata } = object.metadata
  const labels = strings(metadata.labels)
  const annotations = strings(metadata.annotations)
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(namespaced ? { namespace: own || namespace } : {}),
    },
  }
}

function strings(values: Record<string, unknown> | null | undefined): Record<string, string> | undefined {
  if (!values) return undefined
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined)) as Record<string, string>
}

interface DefinedKind {
  namespaced: boolean
  /** By version. */
  schemas: Map<string, Schema | undefined>
}

function definedKinds(crds: readonly KubeObject[]): Map<string, DefinedKind> {
  return new Map(
    crds.map(({ spec }) => [
      `${spec?.group}/${spec?.names?.kind}`,
      {
        namespaced: spec?.scope !== 'Cluster',
        schemas: new Map(
          (Array.isArray(spec?.versions) ? spec.versions : []).map((version: any) => [version?.name, version?.schema?.openAPIV3Schema]),
        ),
      },
    ]),
  )
}

function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1)
}

/** Where else the server has this kind: the usual trouble is a version that was removed. */
async function servedInstead(cluster: Served, object: KubeObject): Promise<string> {
  const all = await cluster.resources()
  const others = all.filter((resource) => resource.kind === object.kind)
  if (others.length === 0) {
    const kinds = all.filter(({ group }) => group === groupOf(object.apiVersion)).map(({ kind }) => kind)
    const near = nearestName(object.kind, kinds)
    return near ? `did you mean ${near}?` : 'is its CustomResourceDefinition missing, or part of another release?'
  }
  const versions = [...new Set(others.map(({ group, version }) => (group ? `${group}/${version}` : version)))]
  return `it serves ${object.kind} in ${versions.join(', ')}`
}
