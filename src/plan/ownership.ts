import type { KubeObject } from '../resource.ts'

export interface ReleaseName {
  name: string
  namespace: string
}

const managedBy = 'app.kubernetes.io/managed-by'
const releaseName = 'meta.helm.sh/release-name'
const releaseNamespace = 'meta.helm.sh/release-namespace'

/** The label selector that finds every object of Helm's releases. */
export const ownedSelector = `${managedBy}=Helm`

/** The object with Helm's ownership metadata, as a copy; the stored manifest stays without it. */
export function withOwnership(object: KubeObject, release: ReleaseName): KubeObject {
  const { metadata } = object
  return {
    ...object,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, [managedBy]: 'Helm' },
      annotations: { ...metadata.annotations, [releaseName]: release.name, [releaseNamespace]: release.namespace },
    },
  }
}

/** Why a live object does not belong to the release, in Helm's words; undefined where it does. */
export function ownershipConflict(live: KubeObject, release: ReleaseName): string | undefined {
  const { labels = {}, annotations = {} } = live.metadata
  const findings = [
    check('label', labels, managedBy, 'Helm'),
    check('annotation', annotations, releaseName, release.name),
    check('annotation', annotations, releaseNamespace, release.namespace),
  ].filter((finding) => finding !== undefined)
  return findings.length === 0 ? undefined : `invalid ownership metadata; ${findings.join('; ')}`
}

export function isOwned(live: KubeObject, release: ReleaseName): boolean {
  return ownershipConflict(live, release) === undefined
}

function check(what: string, values: Record<string, string>, key: string, wanted: string): string | undefined {
  const value = values[key]
  if (value === undefined) return `${what} validation error: missing key "${key}": must be set to "${wanted}"`
  if (value !== wanted) return `${what} validation error: key "${key}" must equal "${wanted}": current value is "${value}"`
  return undefined
}
