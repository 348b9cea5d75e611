import type { ApiResource, Cluster } from '../cluster/cluster.ts'
import { ConvergeError } from '../errors.ts'
import { type ReleaseName, withOwnership } from '../plan/ownership.ts'
import { displayName, groupOf, type KubeObject, keyOf, refOf } from '../resource.ts'

/** A manifest as the pipeline takes it, from a chart or from a stored revision. */
export interface SourceManifest {
  /** `chart/templates/x.yaml` */
  source: string
  object(): KubeObject
}

/** One object that the release wants to exist. */
export interface Desired {
  /** With namespace and ownership metadata: what is applied. */
  object: KubeObject
  /** As the chart has it, for comparison with the previous revision. */
  plain: KubeObject
  resource?: ApiResource
  source: string
}

/** Something wrong with a manifest, found before anything is touched. */
export interface Finding {
  source: string
  subject: string
  message: string
  hint?: string
}

/**
 * The objects of the manifests with namespaces and ownership metadata; `List` objects are taken apart. Kinds that the server does not serve are findings, unless a CRD of
 * the same release (`crds`) defines them.
 */
export async function prepareDesired(
  cluster: Cluster,
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
  const seen = new Map<string, string>()
  for (const { object, source } of plain) {
    const subject = displayName({ kind: object.kind ?? '?', name: object.metadata?.name ?? '?' })
    const mistake = checkShape(object)
    if (mistake) {
      findings.push({ source, subject, message: mistake })
      continue
    }
    const resource = await cluster.resourceOf(object.apiVersion, object.kind, options)
    const scope = resource ?? defined.get(`${groupOf(object.apiVersion)}/${object.kind}`)
    if (!scope) {
      findings.push({
        source,
        subject,
        message: `is of a kind that the cluster does not serve: ${object.kind} in ${object.apiVersion}`,
        hint: await servedInstead(cluster, object),
      })
      continue
    }
    const placed = place(object, scope.namespaced, release.namespace)
    const key = keyOf(refOf(placed))
    const twin = seen.get(key)
    if (twin !== undefined) {
      findings.push({ source, subject, message: twin === source ? 'is in the chart twice' : `is also in ${twin}` })
      continue
    }
    seen.set(key, source)
    const owned = options.owned && annotation(placed, 'ownership') !== 'anyone'
    desired.push({ object: owned ? withOwnership(placed, release) : placed, plain: placed, resource, source })
  }
  return { desired, findings }
}

/** The value of an annotation of werf's or of its synonym. */
export function annotation(object: KubeObject, name: string): string | undefined {
  const annotations = object.metadata.annotations ?? {}
  return (annotations[`werf.io/${name}`] ?? annotations[`converge.dev/${name}`])?.trim()
}

/** One error that lists all findings. */
export function refuse(findings: readonly Finding[]): ConvergeError {
  const lines = findings.map(({ source, subject, message, hint }) => `${source}: ${subject} ${message}${hint ? ` (${hint})` : ''}`)
  if (lines.length === 1)
    return new ConvergeError('ERR_VALIDATION', `${findings[0]!.subject} ${findings[0]!.message}`, {
      location: { file: findings[0]!.source },
      hint: findings[0]!.hint,
    })
  return new ConvergeError('ERR_VALIDATION', `${lines.length} manifests cannot be applied; nothing was touched`, { details: lines })
}

function expand(manifest: SourceManifest): { object: KubeObject; source: string }[] {
  const object = manifest.object()
  // A document of comments only, as a condition in a template leaves it, is no manifest.
  if (object === null || typeof object !== 'object' || Object.keys(object).length === 0) return []
  if (object.kind?.endsWith('List') && Array.isArray(object.items)) {
    return (object.items as KubeObject[]).map((item) => ({
      object: { ...item, apiVersion: item.apiVersion ?? object.apiVersion, kind: item.kind ?? object.kind.slice(0, -4) },
      source: manifest.source,
    }))
  }
  return [{ object, source: manifest.source }]
}

function checkShape(object: KubeObject): string | undefined {
  if (typeof object.apiVersion !== 'string' || object.apiVersion === '') return 'has no apiVersion'
  if (typeof object.kind !== 'string' || object.kind === '') return 'has no kind'
  if (typeof object.metadata !== 'object' || object.metadata === null) return 'has no metadata'
  if (typeof object.metadata.name !== 'string' || object.metadata.name === '')
    return object.metadata.generateName ? 'has a generateName, which only hooks may have' : 'has no metadata.name'
  return undefined
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

function definedKinds(crds: readonly KubeObject[]): Map<string, { namespaced: boolean }> {
  return new Map(crds.map((crd) => [`${crd.spec?.group}/${crd.spec?.names?.kind}`, { namespaced: crd.spec?.scope !== 'Cluster' }]))
}

/** Where else the server has this kind: the usual trouble is a version that was removed. */
async function servedInstead(cluster: Cluster, object: KubeObject): Promise<string> {
  const others = (await cluster.resources()).filter((resource) => resource.kind === object.kind)
  if (others.length === 0) return 'is its CustomResourceDefinition missing, or part of another release?'
  const versions = [...new Set(others.map(({ group, version }) => (group ? `${group}/${version}` : version)))]
  return `it serves ${object.kind} in ${versions.join(', ')}`
}
