import { isApiError } from '../cluster/api-error.ts'
import type { ApiResource } from '../cluster/cluster.ts'
import { type ManagedFieldsEntry, migratedFields } from '../cluster/managed-fields.ts'
import { mapConcurrently } from '../concurrency.ts'
import { ConvergeError, isConvergeError, messageOf } from '../errors.ts'
import { equal, isApplied } from '../plan/applied-fields.ts'
import type { Change, FieldChange } from '../plan/change.ts'
import { diffObjects } from '../plan/field-diff.ts'
import { isOwned, ownedSelector, ownershipConflict } from '../plan/ownership.ts'
import { redactChanges } from '../plan/redact.ts'
import { displayName, type KubeObject, keyOf, refOf } from '../resource.ts'
import { annotation, type Desired, type Finding, prepareDesired, refuse, type SourceManifest } from './desired.ts'
import type { Run } from './run.ts'

const parallel = 16
/** Kinds whose changes the server neither defaults nor refuses by admission in ways that a comparison would miss: no dry run is spent on them. */
const plainKinds = new Set(['ConfigMap', 'Secret'])

export interface ValidateInput {
  manifests: readonly SourceManifest[]
  crds: readonly KubeObject[]
  /** The manifests of the last revision, whatever its status. */
  previous: readonly SourceManifest[]
  /** The last revision was deployed, so that its manifests are what was applied last. */
  previousApplied: boolean
  takeOwnership: boolean
  namespaceExists: boolean
}

/**
 * What has to be done so that the cluster has what the manifests say. Reads only; dry runs write nothing. All findings come together in one ERR_VALIDATION.
 *
 * Objects are found by one LIST for each kind and namespace; those that are as they should be cost nothing more.
 */
export async function planChanges(run: Run, input: ValidateInput): Promise<Change[]> {
  const { cluster, release, signal } = run
  const { desired, findings } = await prepareDesired(cluster, release, input.manifests, input.crds, { owned: true, signal })
  const previous = (await prepareDesired(cluster, release, input.previous, [], { owned: true, signal })).desired
  const live = await readLive(run, [...desired, ...previous])
  const before = new Map(previous.map((item) => [keyOf(refOf(item.object)), item]))
  const wanted = new Set(desired.map((item) => keyOf(refOf(item.object))))

  const changes = await mapConcurrently(desired, parallel, async (item) => {
    const key = keyOf(refOf(item.object))
    return planOne(run, item, live.get(key), input.previousApplied ? before.get(key)?.plain : undefined, input, findings)
  })
  for (const item of previous) {
    const key = keyOf(refOf(item.object))
    const object = live.get(key)
    if (wanted.has(key) || !object) continue
    changes.push(planDeletion(item, object, release))
  }
  if (findings.length > 0) throw refuse(findings)
  return changes.filter((change) => change !== undefined)
}

async function planOne(
  run: Run,
  item: Desired,
  live: KubeObject | undefined,
  before: KubeObject | undefined,
  input: ValidateInput,
  findings: Finding[],
): Promise<Change | undefined> {
  const { object, source } = item
  const ref = refOf(object)
  const base = { ref, source, fields: [] as FieldChange[], desired: withCreationReplicas(object, live) }
  if (!live) {
    if (policies(object).has('skip-create'))
      return { ...base, operation: 'keep', reason: 'resource-policy skip-create', desired: undefined }
    await dryRunCreate(run, item, base.desired, input, findings)
    return { ...base, operation: 'create' }
  }
  const conflict = annotation(object, 'ownership') === 'anyone' ? undefined : ownershipConflict(live, run.release)
  if (conflict && !input.takeOwnership) {
    findings.push({
      source,
      subject: displayName(ref),
      message: `exists and cannot be imported into the current release: ${conflict}`,
      hint: '--take-ownership adopts it',
    })
    return undefined
  }
  if (policies(object).has('skip-update'))
    return { ...base, operation: 'keep', reason: 'resource-policy skip-update', live, desired: undefined }
  if (deletePolicies(object).has('before-creation'))
    return { ...base, operation: 'recreate', reason: 'delete-policy before-creation', live }
  const sameAsBefore = before !== undefined && equal(before, item.plain)
  if (!conflict && isApplied(base.desired, live, 'helm', sameAsBefore)) return { ...base, operation: 'unchanged', live }
  const result = await compare(run, base.desired, live, item.resource)
  if ('immutable' in result) {
    if (recreates(object) && !policies(object).has('skip-recreate'))
      return { ...base, operation: 'recreate', reason: result.immutable, live }
    findings.push({
      source,
      subject: displayName(ref),
      message: `cannot be changed: ${result.immutable}`,
      hint: 'annotate it werf.io/delete-policy: before-creation-if-immutable to have it deleted and created anew',
    })
    return undefined
  }
  if ('refused' in result) {
    findings.push({ source, subject: displayName(ref), message: result.refused })
    return undefined
  }
  const fields = redactChanges(result.fields, base.desired)
  if (conflict) return { ...base, operation: 'adopt', reason: 'it exists and belongs to no release, or to another one', fields, live }
  if (fields.length > 0) return { ...base, operation: 'update', fields, live }
  if (migratedFields((live.metadata.managedFields ?? []) as ManagedFieldsEntry[]))
    return { ...base, operation: 'update', reason: 'its fields are taken over from a client-side Helm', live }
  return { ...base, operation: 'unchanged', live }
}

type Comparison = { fields: FieldChange[] } | { immutable: string } | { refused: string }

/** What applying would change: by comparison where that is exact, else by a dry run. */
async function compare(run: Run, desired: KubeObject, live: KubeObject, resource: ApiResource | undefined): Promise<Comparison> {
  if (plainKinds.has(desired.kind) && live.immutable !== true && desired.data && managedByUs(live)) {
    const local = comparePlain(desired, live)
    if (local) return { fields: local }
  }
  if (!resource) return { fields: [] }
  try {
    const after = await run.cluster.apply(desired, { dryRun: true, force: true, fieldValidation: 'Strict', signal: run.signal })
    return { fields: diffObjects(live, after) }
  } catch (error) {
    const status = statusOf(error)
    const message = messageOf(error)
    if (status === 422 && immutablePattern.test(message)) return { immutable: immutableReason(error, message) }
    if (isRefusal(error)) return { refused: message }
    throw error
  }
}

/** Whether the server understood the object and will not have it. For a field that it does not know, a strict apply is answered with status 500. */
function isRefusal(error: unknown): boolean {
  return isApiError(error, 400, 403, 422) || (isConvergeError(error) && error.code === 'ERR_KUBE_INVALID')
}

/** The API server's words for a field that no update may change; each kind has its own. */
const immutablePattern = /immutable|Forbidden: updates to|may not change|cannot be changed|can not be changed/i

/** `spec.template is immutable`: the server's message quotes the whole value, which nobody reads. */
function immutableReason(error: unknown, message: string): string {
  const causes = isApiError(error) ? error.causes : []
  const fields = [
    ...new Set(
      causes
        .filter((cause) => immutablePattern.test(cause.message ?? '') && cause.field)
        .map((cause) => cause.field!.replace(/^<nil>$/, 'a field')),
    ),
  ]
  if (fields.length === 0) return message.length > 200 ? `${message.slice(0, 199)}…` : message
  return `${fields.join(', ')} ${fields.length > 1 ? 'are' : 'is'} immutable`
}

function managedByUs(live: KubeObject): boolean {
  const entries = (live.metadata.managedFields ?? []) as { manager: string; operation: string }[]
  return entries.every((entry) => entry.manager === 'helm' && entry.operation === 'Apply')
}

/** Exact where `helm` alone manages the object: what an apply leaves is what is wanted. Undefined where more than data and metadata differ. */
function comparePlain(desired: KubeObject, live: KubeObject): FieldChange[] | undefined {
  if (desired.stringData !== undefined) return undefined
  const after: KubeObject = {
    ...desired,
    ...(desired.kind === 'Secret' ? { type: desired.type ?? live.type } : {}),
    metadata: { ...live.metadata, labels: desired.metadata.labels, annotations: desired.metadata.annotations },
  }
  return diffObjects(live, after)
}

/** Asks the server whether it would take a new object; whatever it would refuse is a finding. Spared for kinds that nothing refuses, and where its namespace or kind is still to come. */
async function dryRunCreate(run: Run, item: Desired, object: KubeObject, input: ValidateInput, findings: Finding[]): Promise<void> {
  const inNewNamespace = object.metadata.namespace === run.release.namespace && !input.namespaceExists
  if (!item.resource || inNewNamespace || plainKinds.has(object.kind)) return
  try {
    await run.cluster.apply(object, { dryRun: true, force: true, fieldValidation: 'Strict', signal: run.signal })
  } catch (error) {
    const status = statusOf(error)
    // A namespace of the same chart does not exist yet; a webhook of the same chart may not answer yet.
    if (status === 404 || (status !== undefined && status >= 500 && !isRefusal(error))) return
    if (isRefusal(error) || status === 409)
      findings.push({
        source: item.source,
        subject: displayName(refOf(object)),
        message: `would be refused: ${messageOf(error)}`,
        hint: isConvergeError(error) ? error.hint : undefined,
      })
    else throw error
  }
}

function planDeletion(item: Desired, live: KubeObject, release: Run['release']): Change {
  const base = { ref: refOf(item.object), source: item.source, fields: [], live }
  const policy = new Set([...policies(item.object), ...policies(live)])
  if (policy.has('keep') || policy.has('skip-delete'))
    return { ...base, operation: 'keep', reason: 'not in the chart any more; its resource-policy keeps it' }
  if (annotation(item.object, 'ownership') === 'anyone')
    return { ...base, operation: 'keep', reason: 'not in the chart any more; it belongs to anyone' }
  if (!isOwned(live, release)) return { ...base, operation: 'keep', reason: 'not in the chart any more; it belongs to another release now' }
  return { ...base, operation: 'delete', reason: 'not in the chart any more' }
}

/**
 * Live objects by key. One LIST by Helm's label for each kind and namespace; those that it does not find are asked for by name, or, where they are many, by a LIST of
 * all metadata, so that the number of requests does not grow with the chart.
 */
async function readLive(run: Run, items: readonly Desired[]): Promise<Map<string, KubeObject>> {
  const { cluster, signal } = run
  const live = new Map<string, KubeObject>()
  const groups = new Map<string, Desired[]>()
  for (const item of items) {
    if (!item.resource) continue
    const key = `${item.object.apiVersion}|${item.object.kind}|${item.object.metadata.namespace ?? ''}`
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  await mapConcurrently([...groups.values()], parallel, async (group) => {
    const { apiVersion, kind, metadata } = group[0]!.object
    const names = new Set(group.map((item) => item.object.metadata.name))
    if (names.size > 1) {
      const { items: found } = await cluster.list(apiVersion, kind, metadata.namespace, { labelSelector: ownedSelector, signal })
      for (const object of found) {
        if (names.delete(object.metadata.name)) live.set(keyOf(refOf({ ...object, apiVersion, kind })), { ...object, apiVersion, kind })
      }
    }
    if (names.size > 8) {
      const { items: all } = await cluster.list(apiVersion, kind, metadata.namespace, { metadataOnly: true, signal })
      const existing = new Set(all.map((object) => object.metadata.name))
      for (const name of names) if (!existing.has(name)) names.delete(name)
    }
    await mapConcurrently([...names], parallel, async (name) => {
      const object = await cluster.get({ apiVersion, kind, name, namespace: metadata.namespace }, { signal })
      if (object) live.set(keyOf(refOf(object)), object)
    })
  })
  return live
}

/** `werf.io/replicas-on-creation`: the count is sent when the object is created and left to whoever scales it later. */
function withCreationReplicas(object: KubeObject, live: KubeObject | undefined): KubeObject {
  const text = annotation(object, 'replicas-on-creation')
  if (text === undefined || live || !/^\d+$/.test(text)) return object
  return { ...object, spec: { ...object.spec, replicas: Number(text) } }
}

/** `werf.io/resource-policy`, else Helm's. */
export function policies(object: KubeObject): Set<string> {
  return new Set(
    (annotation(object, 'resource-policy') ?? object.metadata.annotations?.['helm.sh/resource-policy'] ?? '')
      .split(',')
      .map((text) => text.trim()),
  )
}

export function deletePolicies(object: KubeObject): Set<string> {
  return new Set(
    (annotation(object, 'delete-policy') ?? '')
      .split(',')
      .map((text) => text.trim())
      .filter((text) => text !== ''),
  )
}

function recreates(object: KubeObject): boolean {
  const declared = deletePolicies(object)
  // A Job cannot be changed in any way that matters: as nelm, it is made anew unless the chart says otherwise.
  return declared.has('before-creation-if-immutable') || (declared.size === 0 && object.kind === 'Job')
}

function statusOf(error: unknown): number | undefined {
  return error instanceof ConvergeError && 'status' in error && typeof error.status === 'number' ? error.status : undefined
}
