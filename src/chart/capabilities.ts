import { ConvergeError } from '../errors.ts'
import { quote } from '../template/quote.ts'
import { GoObject, type TemplateFunction, TypedSlice, type Value } from '../template/value.ts'

/** What a cluster can do, as far as charts may ask. Without a cluster, what Helm 4.2.3 assumes. */
export interface ClusterCapabilities {
  /** The server's version: v1.35.2, v1.30.5-gke.1 */
  kubeVersion: string
  /** `group/version` and `group/version/Kind` of everything that the cluster serves. */
  apiVersions: string[]
}

/** The Kubernetes version that Helm 4.2.3 assumes where nothing else is known. */
const defaultKubeVersion = 'v1.36.0'

/** The groups and versions of Helm 4.2.3's client library, in its order. */
const knownVersions: [group: string, versions: string][] = [
  ['', 'v1'],
  ['admissionregistration.k8s.io', 'v1 v1alpha1 v1beta1'],
  ['internal.apiserver.k8s.io', 'v1alpha1'],
  ['apps', 'v1 v1beta1 v1beta2'],
  ['authentication.k8s.io', 'v1 v1alpha1 v1beta1'],
  ['authorization.k8s.io', 'v1 v1beta1'],
  ['autoscaling', 'v1 v2'],
  ['batch', 'v1 v1beta1'],
  ['certificates.k8s.io', 'v1 v1beta1 v1alpha1'],
  ['coordination.k8s.io', 'v1alpha2 v1beta1 v1'],
  ['discovery.k8s.io', 'v1 v1beta1'],
  ['events.k8s.io', 'v1 v1beta1'],
  ['extensions', 'v1beta1'],
  ['flowcontrol.apiserver.k8s.io', 'v1 v1beta1 v1beta2 v1beta3'],
  ['networking.k8s.io', 'v1 v1beta1'],
  ['node.k8s.io', 'v1 v1alpha1 v1beta1'],
  ['policy', 'v1 v1beta1'],
  ['rbac.authorization.k8s.io', 'v1 v1beta1 v1alpha1'],
  ['resource.k8s.io', 'v1 v1beta2 v1beta1 v1alpha3'],
  ['scheduling.k8s.io', 'v1alpha2 v1beta1 v1'],
  ['storage.k8s.io', 'v1beta1 v1 v1alpha1'],
  ['storagemigration.k8s.io', 'v1beta1'],
  ['apiextensions.k8s.io', 'v1beta1 v1'],
]

function defaultApiVersions(): string[] {
  return knownVersions.flatMap(([group, versions]) => versions.split(' ').map((version) => (group ? `${group}/${version}` : version)))
}

/** Where capabilities come from: a cluster, or flags, or neither. */
export interface CapabilitySources {
  cluster?: ClusterCapabilities
  /** `--kube-version`; instead of the default, never of a cluster's. */
  kubeVersion?: string
  /** `--api-versions`; added to the default ones, never to a cluster's. */
  apiVersions?: readonly string[]
}

/**
 * What `.Capabilities` gives.
 * @throws ConvergeError for a `kubeVersion` that is none
 */
export function capabilities(sources: CapabilitySources): Capabilities {
  if (sources.cluster) return new Capabilities(parseKubeVersion(sources.cluster.kubeVersion), sources.cluster.apiVersions)
  return new Capabilities(
    parseKubeVersion(sources.kubeVersion || defaultKubeVersion),
    // `-a a/v1,b/v1` names two.
    [...defaultApiVersions(), ...(sources.apiVersions ?? []).flatMap((list) => list.split(',')).filter((version) => version !== '')],
  )
}

/**
 * A Kubernetes version in the forms that Helm keeps: as given, and with nothing but its numbers for constraints.
 * @throws ConvergeError `invalid kube version …`
 */
function parseKubeVersion(text: string): KubeVersion {
  const [, numbers = ''] = /^\s*v?([0-9]+(?:\.[0-9]+)*)/.exec(text) ?? []
  const parts = numbers.split('.')
  const reason =
    numbers === '' || /\n/.test(text)
      ? `could not parse ${quote(text)} as version`
      : parts.length < 2
        ? `illegal version string ${quote(text)}`
        : /^0./.test(parts[0]!)
          ? `illegal zero-prefixed version component ${quote(parts[0]!)} in ${quote(text)}`
          : undefined
  if (reason)
    throw new ConvergeError('ERR_KUBE_VERSION', `invalid kube version '${text}': ${reason}`, { hint: 'give it as 1.35 or 1.35.2' })
  const plain = parts.map((part) => BigInt(part).toString())
  return new KubeVersion(text.startsWith('v') ? text : `v${text}`, `v${plain.join('.')}`, plain[0]!, plain[1]!)
}

/** A method without arguments that gives a string. */
function getter(get: () => string): TemplateFunction {
  return { params: [], call: get }
}

/** Go's `%v` of a struct. */
function structText(values: readonly Value[]): string {
  return `{${values.map((value) => (value instanceof GoObject ? value.toGoString() : Array.isArray(value) ? `[${value.join(' ')}]` : value)).join(' ')}}`
}

export class KubeVersion extends GoObject {
  readonly goType = 'common.KubeVersion'
  readonly kind = 'struct'
  readonly version: string
  readonly normalized: string
  readonly major: string
  readonly minor: string
  constructor(version: string, normalized: string, major: string, minor: string) {
    super()
    this.version = version
    this.normalized = normalized
    this.major = major
    this.minor = minor
  }
  override field(name: string): Value | undefined {
    return { Version: this.version, Major: this.major, Minor: this.minor }[name]
  }
  override method(name: string): TemplateFunction | undefined {
    if (name === 'String') return getter(() => this.normalized || this.version)
    return name === 'GitVersion' ? getter(() => this.version) : undefined
  }
  override goFields(): readonly (readonly [string, Value])[] {
    return [
      ['Version', this.version],
      ['normalizedVersion', this.normalized],
      ['Major', this.major],
      ['Minor', this.minor],
    ]
  }
  override hides(name: string): boolean {
    return name === 'normalizedVersion'
  }
  override copy(): KubeVersion {
    return new KubeVersion(this.version, '', this.major, this.minor)
  }
  toGoString(): string {
    return structText([this.version, this.normalized, this.major, this.minor])
  }
  toJsonValue(): Value {
    return new Map([
      ['Version', this.version],
      ['Major', this.major],
      ['Minor', this.minor],
    ])
  }
}

/** Helm's own build, which charts may ask for: converge renders as this one does. */
class HelmVersion extends GoObject {
  readonly goType = 'version.BuildInfo'
  readonly kind = 'struct'
  override goFields(): readonly (readonly [string, Value])[] {
    return [
      ['Version', 'v4.2.3'],
      ['GitCommit', '43e8b7feece8beb0fcba47059ec9b522fd929a64'],
      ['GitTreeState', 'clean'],
      ['GoVersion', 'go1.26.5'],
      ['KubeClientVersion', 'v1.36'],
    ]
  }
  override field(name: string): Value | undefined {
    return this.goFields().find(([field]) => field === name)?.[1]
  }
  toGoString(): string {
    return structText(this.goFields().map(([, value]) => value))
  }
  toJsonValue(): Value {
    const names = ['version', 'git_commit', 'git_tree_state', 'go_version', 'kube_client_version']
    return new Map(this.goFields().map(([, value], index) => [names[index]!, value]))
  }
}

/** `.Capabilities` */
export class Capabilities extends GoObject {
  readonly goType = '*common.Capabilities'
  readonly kind = 'ptr'
  readonly kubeVersion: KubeVersion
  readonly apiVersions: TypedSlice
  private readonly helmVersion = new HelmVersion()
  constructor(kubeVersion: KubeVersion, apiVersions: readonly string[]) {
    super()
    this.kubeVersion = kubeVersion
    this.apiVersions = TypedSlice.of_('string', apiVersions)
    this.apiVersions.named = 'common.VersionSet'
    const known = new Set(apiVersions)
    this.apiVersions.methods = new Map([['Has', { params: ['string'], call: ([version]) => known.has(version) }]])
  }
  override goFields(): readonly (readonly [string, Value])[] {
    return [
      ['KubeVersion', this.kubeVersion],
      ['APIVersions', this.apiVersions],
      ['HelmVersion', this.helmVersion],
    ]
  }
  override method(name: string): TemplateFunction | undefined {
    return name === 'Copy' ? { params: [], call: () => new Capabilities(this.kubeVersion, this.apiVersions as string[]) } : undefined
  }
  override field(name: string): Value | undefined {
    if (name === 'KubeVersion') return this.kubeVersion
    if (name === 'APIVersions') return this.apiVersions
    return name === 'HelmVersion' ? this.helmVersion : undefined
  }
  override copy(): Capabilities {
    return new Capabilities(this.kubeVersion.copy(), this.apiVersions as string[])
  }
  toGoString(): string {
    return `&${structText([this.kubeVersion, this.apiVersions, this.helmVersion])}`
  }
  toJsonValue(): Value {
    return new Map<string, Value>([
      ['KubeVersion', this.kubeVersion],
      ['APIVersions', this.apiVersions],
      ['HelmVersion', this.helmVersion],
    ])
  }
}
