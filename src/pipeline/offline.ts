import type { ApiResource } from '../cluster/cluster.ts'
import { isKubernetesGroup, kubernetesData, kubernetesKind, kubernetesVersion } from '../plan/kubernetes.ts'
import type { ReleaseName } from '../plan/ownership.ts'
import { introductionOf, removalOf } from '../plan/removed-apis.ts'
import { groupOf, type KubeObject } from '../resource.ts'
import { checkAnnotations, checkObject } from './check.ts'
import { prepareDesired, type Served } from './desired.ts'
import type { Finding, SourceManifest } from './findings.ts'

/** What Kubernetes `kubeVersion` (default: the embedded one, which is also taken for all later ones) serves by default; everything of groups that are not Kubernetes' own, and `apiVersions`, are taken as they are. */
export function kubernetesServed(kubeVersion?: string, apiVersions: readonly string[] = []): Served {
  const embedded = shortVersion(kubernetesVersion)!
  const wanted = shortVersion(kubeVersion ?? '') ?? embedded
  const version = isBefore(embedded, wanted) ? embedded : wanted
  const isKnown = (apiVersion: string, kind: string) => {
    const since = introductionOf(apiVersion, kind)
    return kubernetesKind(apiVersion, kind) !== undefined && !(since && isBefore(version, since))
  }
  const resource = (apiVersion: string, kind: string, known = kubernetesKind(apiVersion, kind)): ApiResource => ({
    group: groupOf(apiVersion),
    version: apiVersion.slice(apiVersion.indexOf('/') + 1),
    kind,
    plural: known?.plural ?? `${kind.toLowerCase()}s`,
    namespaced: known?.namespaced ?? true,
    verbs: [],
  })
  const given = new Set(apiVersions)
  return {
    description: `Kubernetes ${version}`,
    async resourceOf(apiVersion, kind) {
      if (isKnown(apiVersion, kind)) return resource(apiVersion, kind)
      const removal = removalOf(apiVersion, kind)
      const isThere = removal && isBefore(version, removal.since)
      const isGiven = given.has(apiVersion) || given.has(`${apiVersion}/${kind}`)
      if (isThere || isGiven || !isKubernetesGroup(groupOf(apiVersion)))
        return resource(apiVersion, kind, removal && kubernetesKind(removal.replacement, kind))
      return undefined
    },
    async resources() {
      return Object.entries(kubernetesData.kinds).flatMap(([apiVersion, kinds]) =>
        Object.keys(kinds).flatMap((kind) => (isKnown(apiVersion, kind) ? [resource(apiVersion, kind)] : [])),
      )
    },
    async schemaOf(apiVersion, kind) {
      return kubernetesKind(apiVersion, kind)
    },
  }
}

/**
 * What is wrong with manifests as far as it can be told without a cluster: what `served` does not have, unknown fields, wrong types, names, annotations that nobody can
 * obey; `advise` gets what is likely a mistake. What a cluster would add is whatever it allows, has already, and its admission refuses.
 */
export async function checkOffline(
  served: Served,
  release: ReleaseName,
  manifests: readonly SourceManifest[],
  crds: readonly KubeObject[],
  advise: (finding: Finding) => void = () => {},
): Promise<Finding[]> {
  const isHook = (manifest: SourceManifest) => manifest.object()?.metadata?.annotations?.['helm.sh/hook'] !== undefined
  const defining = manifests.map((manifest) => manifest.object()).filter((object) => object?.kind === 'CustomResourceDefinition')
  const known = [...crds, ...defining]
  const own = await prepareDesired(
    served,
    release,
    manifests.filter((manifest) => !isHook(manifest)),
    known,
    { owned: false },
  )
  const hooks = await prepareDesired(served, release, manifests.filter(isHook), known, { owned: false })
  // Hooks of several events may have one name.
  const findings = [...own.findings, ...hooks.findings.filter(({ message }) => !/^is (in the chart twice|also in )/.test(message))]
  const seen = new Set<SourceManifest>()
  for (const item of [...own.desired, ...hooks.desired])
    findings.push(...(await checkAnnotations(item)), ...(await checkObject({ cluster: served, advise }, item, true, seen)))
  return findings
}

/** `1.36` of v1.36.3, 1.36 or 1.36.3-gke.1 */
function shortVersion(text: string): string | undefined {
  return /^v?(\d+\.\d+)/.exec(text)?.[1]
}

function isBefore(a: string, b: string): boolean {
  const [first, second] = [a, b].map((text) => text.split('.').map(Number) as [number, number])
  return first![0] < second![0] || (first![0] === second![0] && first![1] < second![1])
}
