import { isApiError } from '../cluster/api-error.ts'
import { mapConcurrently } from '../concurrency.ts'
import { type ConvergeError, isConvergeError, messageOf } from '../errors.ts'
import { equal, isApplied } from '../plan/applied-fields.ts'
import type { Change, FieldChange } from '../plan/change.ts'
import { diffObjects } from '../plan/field-diff.ts'
import { immutableFields } from '../plan/immutable.ts'
import { annotation, deletePolicies, isDeployedOn, policies, recreates, withCreationReplicas } from '../plan/lifecycle.ts'
import { isOwned, ownershipConflict } from '../plan/ownership.ts'
import { redactChanges } from '../plan/redact.ts'
import { parsePath } from '../plan/schema.ts'
import { displayName, type KubeObject, keyOf, refOf } from '../resource.ts'
import { denialFindings, denialWarnings, deniedOf, type Need, needsOfChanges, needsOfCrds, needsOfHooks, needsOfRun } from './access.ts'
import { applyOrder } from './batches.ts'
import { type Asking, checkAnnotations, checkObject, strangeAnnotations } from './check.ts'
import { type Desired, prepareDesired } from './desired.ts'
import { type Finding, findingOf, findingText, refuse, type SourceManifest } from './findings.ts'
import { readLive } from './live.ts'
import type { Run } from './run.ts'

const parallel = 32
/** Kinds whose changes the server neither defaults nor refuses by admission in ways that a comparison would miss: no dry run is spent on them. */
const plainKinds = new Set(['ConfigMap', 'Secret'])
/** New objects of a kind that are tried by a dry run; of more, the schema alone must do, since requests should not grow twice as fast as the chart. */
const dryRunsOfKind = 100

export interface ValidateInput {
  manifests: readonly SourceManifest[]
  /** Hooks that this run will make; they are checked, but not planned. */
  hooks?: readonly SourceManifest[]
  crds: readonly KubeObject[]
  /** The manifests of the last revision, whatever its status. */
  previous: readonly SourceManifest[]
  /** The last revision was deployed, so that its manifests are what was applied last. */
  previousApplied: boolean
  takeOwnership: boolean
  namespaceExists: boolean
  /** What `werf.io/deploy-on` is about; default upgrade. */
  action?: 'install' | 'upgrade' | 'rollback'
  /** Where the run keeps its records; undefined where it writes none, as in a dismissal. */
  storage?: 'secret' | 'configmap'
  createNamespace?: boolean
  /** Whether the run will write `crds`. */
  appliesCrds?: boolean
  /** Warn of rights without which less is seen: nothing else will, where nothing is run. */
  tellLess?: boolean
}

/** What planning one object needs beside it. */
interface Planning {
  run: Run
  input: ValidateInput
  findings: Finding[]
  /** Refusals by RBAC that a dry run met, to be told where no review tells them better. */
  forbidden: { kind: string; finding: Finding }[]
  /** Manifests whose text has been looked at. */
  seen: Set<SourceManifest>
  dryRuns: Map<string, number>
  /** The run, as checks of single objects ask it; what they advise is told at the end. */
  asking: Asking
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
  const unreadable: Desired[] = []
  const live = await readLive(run, [...desired, ...previous], unreadable)
  const before = new Map(previous.map((item) => [keyOf(refOf(item.object)), item]))
  const wanted = new Set(desired.map((item) => keyOf(refOf(item.object))))
  const advice: Finding[] = []
  const asking: Asking = { cluster, signal, advise: (finding) => advice.push(finding) }
  const planning: Planning = { run, input, findings, forbidden: [], seen: new Set(), dryRuns: new Map(), asking }

  const planned = await mapConcurrently(desired, parallel, async (item) => {
    const key = keyOf(refOf(item.object))
    findings.push(...(await checkAnnotations(item)))
    for (const message of strangeAnnotations(item)) await run.emit({ type: 'warning', message })
    return planOne(planning, item, live.get(key), input.previousApplied ? before.get(key)?.plain : undefined)
  })
  const changes = planned.filter((change) => change !== undefined)
  for (const item of previous) {
    const key = keyOf(refOf(item.object))
    const object = live.get(key)
    if (wanted.has(key) || !object) continue
    changes.push(planDeletion(item, object, release))
  }
  for (const { item, problem } of await checkOrder(planning, changes)) {
    const { origin, object } = desired.find((candidate) => keyOf(refOf(candidate.object)) === keyOf(item.change.ref))!
    findings.push(findingOf(origin, object, problem))
  }
  const hooks = await checkHooks(planning)
  await checkAccess(planning, changes, [...desired, ...previous], hooks, unreadable)
  for (const finding of advice) await run.emit({ type: 'warning', message: findingText(finding) })
  if (findings.length > 0) throw refuse(findings)
  return changes
}

/** What is wrong with the order that annotations ask for. A dependency on what is not in the release waits for nothing: that is said, and no reason to refuse it. */
async function checkOrder({ run }: Planning, changes: readonly Change[]) {
  const { problems, unmatched } = applyOrder(changes, run.release.namespace)
  for (const { item, key } of unmatched)
    await run.emit({
      type: 'warning',
      message: `${displayName(item.change.ref)} is annotated ${key}, but nothing in the release matches it`,
    })
  return problems
}

async function checkHooks({ run, input, findings, seen, asking }: Planning): Promise<Desired[]> {
  if (!input.hooks?.length) return []
  const { cluster, release, signal } = run
  const defining = input.manifests.map((manifest) => manifest.object()).filter((object) => object?.kind === 'CustomResourceDefinition')
  // The same hook can run at more than one event, and another release's hook of its name is deleted first.
  const hooks = [...new Set(input.hooks)]
  const prepared = await prepareDesired(cluster, release, hooks, [...input.crds, ...defining], { owned: false, signal })
  findings.push(...prepared.findings.filter(({ message }) => !/^is (in the chart twice|also in )/.test(message)))
  for (const message of prepared.desired.flatMap(strangeAnnotations)) await run.emit({ type: 'warning', message })
  for (const item of prepared.desired) findings.push(...(await checkAnnotations(item)), ...(await checkObject(asking, item, true, seen)))
  return prepared.desired
}

/** What this user may not do: findings where the run cannot do without, warnings in a plan where it can. */
async function checkAccess(
  { run, input, findings, forbidden }: Planning,
  changes: readonly Change[],
  items: readonly Desired[],
  hooks: readonly Desired[],
  unreadable: readonly Desired[],
): Promise<void> {
  const unread = unreadable.map((item): Need => {
    const ref = refOf(item.object)
    return { verb: 'get', resource: item.resource!, namespace: ref.namespace, subject: displayName(ref), item }
  })
  const { storage } = input
  const applies = changes.some(({ operation }) => operation !== 'unchanged' && operation !== 'keep') || hooks.length > 0
  const needs: Need[] = [
    ...needsOfChanges(changes, new Map(items.map((item) => [keyOf(refOf(item.object)), item]))),
    ...needsOfHooks(run, hooks),
    ...(storage && applies
      ? needsOfRun(run, {
          storage,
          createsNamespace: !input.namespaceExists && input.createNamespace === true,
          pods: hasPods(items, hooks),
        })
      : []),
    ...(applies && input.appliesCrds ? needsOfCrds(run, await crdItems(run, input)) : []),
  ]
  // What is only less well followed is told when it happens; a plan tells it before.
  const denied = await deniedOf(run, input.tellLess ? needs : needs.filter(({ otherwise }) => otherwise === undefined))
  const lacking = denialFindings([...unread, ...denied])
  findings.push(...lacking)
  for (const message of denialWarnings(denied)) await run.emit({ type: 'warning', message })
  const told = new Set([...unread, ...denied].map(({ resource }) => resource.kind))
  findings.push(...forbidden.filter(({ kind }) => !told.has(kind)).map(({ finding }) => finding))
}

const podKinds = new Set(['Pod', 'Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob'])

function hasPods(...lists: (readonly Desired[])[]): boolean {
  return lists.some((items) => items.some(({ object }) => podKinds.has(object.kind)))
}

/** The definitions of crds/, which are no part of the plan. */
async function crdItems({ cluster, signal }: Run, { crds }: ValidateInput): Promise<Desired[]> {
  if (crds.length === 0) return []
  const resource = await cluster.resourceOf(crds[0]!.apiVersion, 'CustomResourceDefinition', { signal })
  return crds.map((object) => {
    const manifest: SourceManifest = { source: 'crds/', object: () => object }
    return { object, plain: object, resource, source: manifest.source, origin: { manifest, path: [] } }
  })
}

async function planOne(
  planning: Planning,
  item: Desired,
  live: KubeObject | undefined,
  before: KubeObject | undefined,
): Promise<Change | undefined> {
  const { run, input, findings, seen, asking } = planning
  const { object, source, origin } = item
  const ref = refOf(object)
  const base = { ref, source, fields: [] as FieldChange[], desired: live ? object : withCreationReplicas(object) }
  if (!isDeployedOn(object, input.action ?? 'upgrade'))
    return { ...base, operation: 'keep', reason: `deploy-on ${annotation(object, 'deploy-on')}`, live, desired: undefined }
  if (ref.kind === 'Namespace' && ref.name === run.release.namespace && !(live && isOwned(live, run.release)) && !input.takeOwnership) {
    findings.push(
      findingOf(origin, object, {
        message: 'is the namespace of the release, which cannot be part of it',
        hint: 'leave it out of the chart: it is created where it is missing',
      }),
    )
    return undefined
  }
  if (!live) {
    if (policies(object).has('skip-create'))
      return { ...base, operation: 'keep', reason: 'resource-policy skip-create', desired: undefined }
    const mistakes = await checkObject(asking, item, true, seen)
    findings.push(...mistakes)
    if (mistakes.length === 0) await dryRunCreate(planning, item, base.desired)
    return { ...base, operation: 'create' }
  }
  const conflict = annotation(object, 'ownership') === 'anyone' ? undefined : ownershipConflict(live, run.release)
  if (conflict && !input.takeOwnership) {
    findings.push(
      findingOf(origin, object, {
        message: `exists and cannot be imported into the current release: ${conflict}`,
        hint: '--take-ownership adopts it',
      }),
    )
    return undefined
  }
  if (policies(object).has('skip-update'))
    return { ...base, operation: 'keep', reason: 'resource-policy skip-update', live, desired: undefined }
  if (deletePolicies(object).has('before-creation')) {
    if (policies(object).has('skip-recreate'))
      return { ...base, operation: 'keep', reason: 'resource-policy skip-recreate', live, desired: undefined }
    findings.push(...(await checkObject(asking, item, true, seen)))
    return { ...base, operation: 'recreate', reason: 'delete-policy before-creation', live, desired: withCreationReplicas(object) }
  }
  const sameAsBefore = before !== undefined && equal(before, item.plain)
  if (!conflict && isApplied(base.desired, live, 'helm', sameAsBefore)) return { ...base, operation: 'unchanged', live }
  const mistakes = await checkObject(asking, item, false, seen)
  if (mistakes.length > 0) {
    findings.push(...mistakes)
    return undefined
  }
  const result = await compare(run, base.desired, live, item)
  if ('immutable' in result) {
    if (recreates(object) && !policies(object).has('skip-recreate'))
      return { ...base, operation: 'recreate', reason: result.immutable, live, desired: withCreationReplicas(object) }
    if (policies(object).has('skip-recreate'))
      return { ...base, operation: 'keep', reason: `resource-policy skip-recreate; ${result.immutable}`, live, desired: undefined }
    findings.push(
      findingOf(origin, object, {
        path: result.field === undefined ? [] : parsePath(result.field),
        message: `cannot be changed: ${result.immutable}`,
        hint: recreationHint(object),
      }),
    )
    return undefined
  }
  if ('refused' in result) {
    addRefusal(planning, item, result.refused)
    return undefined
  }
  const fields = redactChanges(result.fields, base.desired, run.secrets)
  if (conflict) return { ...base, operation: 'adopt', reason: 'it exists and belongs to no release, or to another one', fields, live }
  return fields.length === 0 ? { ...base, operation: 'unchanged', live } : { ...base, operation: 'update', fields, live }
}

function recreationHint({ kind }: KubeObject): string {
  const text = 'annotate it werf.io/delete-policy: before-creation-if-immutable to have it deleted and created anew'
  if (kind === 'PersistentVolumeClaim') return `${text}, with the loss of its data`
  if (kind === 'StatefulSet') return `${text}; with werf.io/delete-propagation: Orphan its Pods stay meanwhile`
  return text
}

/** Whatever the server says against an object, at the line that it names. */
function addRefusal({ findings, forbidden }: Planning, { object, origin }: Desired, error: ConvergeError): void {
  const causes = isApiError(error) ? error.causes.filter((cause) => cause.field && cause.message) : []
  if (causes.length > 0) {
    for (const { field, message } of causes) {
      const path = parsePath(field!)
      const shrinks = object.kind === 'PersistentVolumeClaim' && /less than/.test(message!)
      const hint = shrinks ? 'a claim only grows: make another one, and copy what it holds' : undefined
      findings.push(findingOf(origin, object, { path, message: `would be refused: ${field}: ${short(message!)}`, hint }))
    }
    return
  }
  const finding = findingOf(origin, object, { message: `would be refused: ${messageOf(error)}`, hint: error.hint })
  if (isApiError(error, 403) && /cannot \w+ resource/.test(messageOf(error))) forbidden.push({ kind: object.kind, finding })
  else findings.push(finding)
}

function short(message: string): string {
  return message.length > 200 ? `${message.slice(0, 199)}…` : message
}

type Comparison = { fields: FieldChange[] } | { immutable: string; field?: string } | { refused: ConvergeError }

/** What applying would change: by comparison where that is exact, else by a dry run. */
async function compare(run: Run, desired: KubeObject, live: KubeObject, item: Desired): Promise<Comparison> {
  if (plainKinds.has(desired.kind) && live.immutable !== true && desired.data && managedByUs(live)) {
    const local = comparePlain(desired, live)
    if (local) return { fields: local }
  }
  if (!item.resource) return { fields: [] }
  try {
    const after = await run.cluster.apply(desired, { dryRun: true, force: true, fieldValidation: 'Strict', signal: run.signal })
    return { fields: diffObjects(live, after).map((change) => hideAllocated(change, desired)) }
  } catch (error) {
    if (!isApiError(error, 400, 403, 422)) throw error
    if (error.status === 422 && immutablePattern.test(error.message)) return describeImmutable(error, desired, live, run.secrets)
    // The schema that refuses it is replaced before it is applied.
    if (item.schema && error.status !== 403) return { fields: immutableFields(desired, live, '') }
    return { refused: error }
  }
}

/** What the server chooses for a Service is another value in each dry run. */
function hideAllocated(change: FieldChange, desired: KubeObject): FieldChange {
  if (desired.kind !== 'Service' || change.after === undefined || change.before !== undefined) return change
  if (!/(^|\.)(nodePort|healthCheckNodePort|clusterIPs?)$/.test(change.path)) return change
  return JSON.stringify(desired.spec ?? {}).includes(JSON.stringify(change.after)) ? change : { ...change, after: '(the server chooses)' }
}

/** The API server's words for a field that no update may change; each kind has its own. */
const immutablePattern = /immutable|Forbidden: updates to|may not change|cannot be changed|can not be changed|is forbidden: only/i

/** `spec.template is immutable`: the server's message quotes the whole value, which nobody reads. */
function describeImmutable(
  error: ConvergeError,
  desired: KubeObject,
  live: KubeObject,
  secrets: readonly string[],
): { immutable: string; field?: string } {
  const causes = isApiError(error) ? error.causes : []
  const named = new Set(
    causes.filter((cause) => immutablePattern.test(`Forbidden: ${cause.message ?? ''}`) && cause.field).map((cause) => cause.field!),
  )
  if (named.size === 0 || named.has('<nil>')) return { immutable: short(error.message) }
  const changes = redactChanges(
    [...named].flatMap((field) => immutableFields(desired, live, field)),
    desired,
    secrets,
  )
  const shown = changes
    .slice(0, 3)
    .map(({ path, before, after }) => (isPlain(before) && isPlain(after) ? `${path} (${before} -> ${after})` : path))
  const more = changes.length > 3 ? ` and ${changes.length - 3} more` : ''
  return { immutable: `${shown.join(', ')}${more} ${changes.length > 1 ? 'are' : 'is'} immutable`, field: changes[0]?.path }
}

function isPlain(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && value.length <= 60)
}

function managedByUs(live: KubeObject): boolean {
  const entries = (live.metadata.managedFields ?? []) as { manager: string; operation: string }[]
  return entries.every((entry) => entry.manager === 'helm' && entry.operation === 'Apply')
}

/** Exact where `helm` alone manages the object: what an apply leaves is what is wanted. Undefined where more than data and metadata differ. */
function comparePlain(desired: KubeObject, live: KubeObject): FieldChange[] | undefined {
  if (desired.stringData !== undefined) return undefined
  const after: KubeObject = {
    ...Object.fromEntries(Object.entries(desired).filter(([, value]) => !isEmpty(value))),
    apiVersion: desired.apiVersion,
    kind: desired.kind,
    ...(desired.kind === 'Secret' ? { type: desired.type ?? live.type } : {}),
    metadata: { ...live.metadata, labels: desired.metadata.labels, annotations: desired.metadata.annotations },
  }
  return diffObjects(live, after)
}

/** The server leaves out what is empty. */
function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0)
}

/** Asks the server whether it would take a new object; whatever it would refuse is a finding. Spared for kinds that nothing refuses, and where its namespace or kind is still to come. */
async function dryRunCreate(planning: Planning, item: Desired, object: KubeObject): Promise<void> {
  const { run, input, dryRuns } = planning
  const inNewNamespace = object.metadata.namespace === run.release.namespace && !input.namespaceExists
  if (!item.resource || item.schema || inNewNamespace || plainKinds.has(object.kind)) return
  const tried = dryRuns.get(object.kind) ?? 0
  if (tried >= dryRunsOfKind) return
  dryRuns.set(object.kind, tried + 1)
  try {
    await run.cluster.apply(object, { dryRun: true, force: true, fieldValidation: 'Strict', signal: run.signal })
  } catch (error) {
    // A namespace of the same chart does not exist yet; a webhook of the same chart may not answer yet.
    if (!isConvergeError(error) || !isApiError(error)) throw error
    if (error.status === 404 || error.status >= 500) return
    if (error.status === 400 || error.status === 403 || error.status === 422 || error.status === 409) addRefusal(planning, item, error)
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
