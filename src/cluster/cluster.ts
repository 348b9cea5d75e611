import type { Schema, Schemas } from '../plan/schema.ts'
import type { KubeObject, ResourceRef } from '../resource.ts'

/** One kind that the API server serves. */
export interface ApiResource {
  group: string
  version: string
  kind: string
  /** The plural in URLs. */
  plural: string
  namespaced: boolean
  verbs: string[]
}

/** The schemas of one kind: its own, and those that it refers to by the last part of `$ref`. */
export interface KindSchema {
  schema: Schema
  schemas: Schemas
}

export interface RequestOptions {
  signal?: AbortSignal
}

export interface ListOptions extends RequestOptions {
  labelSelector?: string
  fieldSelector?: string
  /** Only metadata is asked for (PartialObjectMetadata). */
  metadataOnly?: boolean
}

export interface ListResult {
  items: KubeObject[]
  resourceVersion: string
}

export interface ApplyOptions extends RequestOptions {
  /** Default `helm`. */
  fieldManager?: string
  /** Take fields that others own. Default true. */
  force?: boolean
  dryRun?: boolean
  /** Default `Strict` for dry runs of validation, else `Warn`. */
  fieldValidation?: 'Ignore' | 'Warn' | 'Strict'
}

export interface DeleteOptions extends RequestOptions {
  propagation?: 'Background' | 'Foreground' | 'Orphan'
  gracePeriodSeconds?: number
  /** Delete only the object with this uid: another of the same name is not ours. */
  uid?: string
  dryRun?: boolean
}

/** Objects as the server shows them to people. */
export interface Table {
  columnDefinitions: { name: string; priority?: number }[]
  rows: { cells: unknown[] }[]
}

export type WatchEvent =
  | { type: 'added' | 'modified' | 'deleted'; object: KubeObject }
  /** All objects that existed at the start (or after a gap) have been delivered. */
  | { type: 'synced' }
  /** The watch cannot go on for now and is retried, or for good where `fatal` (403). */
  | { type: 'interrupted'; reason: string; status?: number; fatal: boolean }

export interface WatchOptions {
  apiVersion: string
  kind: string
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
  /** Cut each object down before it is kept; strangers' Pods are many. */
  trim?: (object: KubeObject) => KubeObject
  signal: AbortSignal
  /** For tests. */
  times?: Partial<WatchTimes>
}

export interface WatchTimes {
  /** The server is asked to end each watch after this time (and up to twice as long), and it is taken up again; default 5 minutes. */
  sessionMs: number
  /** A watch that has sent bookmarks (the server sends one a minute) and is silent for so long is dead; default 150 s. */
  idleMs: number
  backOffMs: number
  backOffMaxMs: number
}

export interface LogOptions {
  namespace: string
  pod: string
  container: string
  follow?: boolean
  previous?: boolean
  tailLines?: number
  /** RFC 3339 with fractions; lines before it are left out. */
  sinceTime?: string
  limitBytes?: number
  /** The containerID whose lines are wanted: where the container restarts, lines of the next instance do not follow. */
  containerId?: string
  signal?: AbortSignal
}

export interface LogLine {
  /** RFC 3339 with fractions as the kubelet wrote it; undefined where the server gave none. */
  time?: string
  text: string
}

/**
 * A connection to one cluster: the only thing in converge that sends requests. Errors are ConvergeErrors whose code starts with `ERR_KUBE_`
 * and which carry `status` and `reason` of the API server's answer (see ApiError in api-error.ts).
 */
export interface Cluster {
  /** The kube context's name; `sandbox` for the embedded cluster. */
  readonly context: string
  readonly server: string
  /** The namespace of the context, or `default`. */
  readonly namespace: string

  version(options?: RequestOptions): Promise<{ gitVersion: string; major: string; minor: string }>
  /** All served kinds, preferred versions first; asked once and kept until `forgetDiscovery`. */
  resources(options?: RequestOptions): Promise<ApiResource[]>
  /** The resource of a kind, or undefined where the server does not serve it. Asks again once when it is not known yet. */
  resourceOf(apiVersion: string, kind: string, options?: RequestOptions): Promise<ApiResource | undefined>
  forgetDiscovery(): void
  /** The OpenAPI schema of a kind, kept on disk across runs; undefined where the server gives none. */
  schemaOf(apiVersion: string, kind: string, options?: RequestOptions): Promise<KindSchema | undefined>

  /** The object, or undefined where there is none. */
  get(ref: ResourceRef, options?: RequestOptions): Promise<KubeObject | undefined>
  /** One object, or without a name those that the selector finds, as the table that the server makes of them; undefined where there is no such object. */
  table(
    ref: Omit<ResourceRef, 'name'> & { name?: string },
    options?: RequestOptions & { labelSelector?: string },
  ): Promise<Table | undefined>
  list(apiVersion: string, kind: string, namespace: string | undefined, options?: ListOptions): Promise<ListResult>
  create(object: KubeObject, options?: RequestOptions & { dryRun?: boolean }): Promise<KubeObject>
  replace(object: KubeObject, options?: RequestOptions): Promise<KubeObject>
  apply(object: KubeObject, options?: ApplyOptions): Promise<KubeObject>
  mergePatch(ref: ResourceRef, patch: unknown, options?: RequestOptions & { subresource?: string }): Promise<KubeObject>
  /** Starts the deletion; false where the object did not exist. */
  delete(ref: ResourceRef, options?: DeleteOptions): Promise<boolean>
  /** A list and a watch that survives cut connections, expired versions and restarts of the server, without gaps. Ends with the signal. */
  watch(options: WatchOptions): AsyncIterable<WatchEvent>
  /** Lines of one container; with `follow` until the container ends or the signal. Resumes after cut connections without loss or repetition. */
  logs(options: LogOptions): AsyncIterable<LogLine>
  /** The same lines, those together that arrive together: for floods. */
  logBatches(options: LogOptions): AsyncIterable<LogLine[]>
  /** Whether this user may do `verb` on the kind (SelfSubjectAccessReview); true where the server does not answer that question. */
  allowed(verb: string, resource: ApiResource, namespace: string | undefined, options?: RequestOptions): Promise<boolean>
  /** Milliseconds since the epoch by the server's clock, as its answers tell it: leases of other machines are judged by it. */
  now(): number
  /** Calls `listener` once for each warning that the server sends with its answers, those that came before too: deprecated versions, unknown fields. Gives the end of it. */
  onWarning(listener: (message: string) => void): () => void
  /** Requests sent so far by verb (get, list, watch, create, update, patch, delete), for benchmarks and tests; retries count. */
  readonly requestCounts: ReadonlyMap<string, number>
  close(): Promise<void>
}
