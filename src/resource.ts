/** A Kubernetes object as JSON. Manifests and live objects alike; nothing is typed by kind, since charts bring kinds that nobody knows. */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
  [field: string]: any
}

export interface ObjectMeta {
  name: string
  namespace?: string
  generateName?: string
  uid?: string
  resourceVersion?: string
  generation?: number
  creationTimestamp?: string
  deletionTimestamp?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  ownerReferences?: OwnerReference[]
  finalizers?: string[]
  managedFields?: unknown[]
  [field: string]: unknown
}

export interface OwnerReference {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
}

/** What names one object in a cluster. `namespace` is undefined for cluster-scoped kinds. */
export interface ResourceRef {
  apiVersion: string
  kind: string
  name: string
  namespace?: string
}

/** The group of an apiVersion; `` for the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? '' : apiVersion.slice(0, slash)
}

/** The reference of an object. */
export function refOf(object: KubeObject): ResourceRef {
  const { name, namespace } = object.metadata
  return { apiVersion: object.apiVersion, kind: object.kind, name, ...(namespace ? { namespace } : {}) }
}

/** One key for each object whatever version of its group it was read in, as Helm compares objects: group, kind, namespace, name. */
export function keyOf(ref: ResourceRef): string {
  return `${groupOf(ref.apiVersion)}/${ref.kind}/${ref.namespace ?? ''}/${ref.name}`
}

/** `Deployment/shop-web`, as people read it. */
export function displayName(ref: Pick<ResourceRef, 'kind' | 'name'>): string {
  return `${ref.kind}/${ref.name}`
}
