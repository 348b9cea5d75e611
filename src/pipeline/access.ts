import type { ApiResource } from '../cluster/cluster.ts'
import { mapConcurrently } from '../concurrency.ts'
import type { Change } from '../plan/change.ts'
import { annotation } from '../plan/lifecycle.ts'
import { displayName, type KubeObject, keyOf, type ResourceRef, refOf } from '../resource.ts'
import type { Desired } from './desired.ts'
import { type Finding, findingOf } from './findings.ts'
import type { Run } from './run.ts'

/** A right that something of the run needs. */
export interface Need {
  verb: string
  /** Its plural may have a subresource: `pods/log`. */
  resource: ApiResource
  namespace?: string
  /** `Deployment/web`, `the records of release shop`. */
  subject: string
  /** The manifest that it is for, for its place in the chart. */
  item?: Desired
  /** What a run does where it lacks this right; undefined where it cannot do without. */
  otherwise?: string
  /** Decides that where the right is denied, by a look at the cluster. */
  decide?: () => Promise<string | undefined>
}

const core = (plural: string, kind: string): ApiResource => ({ group: '', version: 'v1', kind, plural, namespaced: true, verbs: [] })
const pods = core('pods', 'Pod')
const podLogs = core('pods/log', 'Pod')
const events = core('events', 'Event')
const recordsOf = { secret: core('secrets', 'Secret'), configmap: core('configmaps', 'ConfigMap') }
const namespaces: ApiResource = { ...core('namespaces', 'Namespace'), namespaced: false }
const leases: ApiResource = { ...core('leases', 'Lease'), group: 'coordination.k8s.io' }
const everything: ApiResource = { group: '*', version: '*', kind: '*', plural: '*', namespaced: false, verbs: [] }

const writes: Partial<Record<Change['operation'], readonly string[]>> = {
  // A server-side apply that makes an object is held to both.
  create: ['create', 'patch'],
  update: ['patch'],
  adopt: ['patch'],
  recreate: ['create', 'delete', 'patch'],
  delete: ['delete'],
}

/** What the changes need to be made, and to be followed. */
export function needsOfChanges(changes: readonly Change[], items: ReadonlyMap<string, Desired>): Need[] {
  return changes.flatMap((change) => {
    const item = items.get(keyOf(change.ref))
    const verbs = writes[change.operation]
    if (!item?.resource || !verbs) return []
    const need = needOf(item, change.ref)
    const followed =
      change.operation === 'delete' ? [] : ['list', 'watch'].map((verb) => need(verb, 'it is asked for again and again instead'))
    return [...verbs.map((verb) => need(verb)), ...followed]
  })
}

/** What hooks need: to be made, to be deleted as their policies say, to be followed until they are done. */
export function needsOfHooks(run: Run, items: readonly Desired[]): Need[] {
  return items.flatMap((item) => {
    if (!item.resource) return []
    const need = needOf(item, refOf(item.object))
    const ref = refOf(item.object)
    const mustGo = async () => policiesOf(item.object).has('before-hook-creation') && (await exists(run, ref))
    const decide = async () => ((await mustGo()) ? undefined : 'it stays, and has to be deleted by hand before the hook runs again')
    const followed = ['list', 'watch'].map((verb) => need(verb, 'it is asked for again and again instead'))
    return [need('get'), need('create'), need('patch'), { ...need('delete'), decide }, ...followed]
  })
}

/** What CRDs of crds/ need; one that is there already is left as it is by whoever may not change it. */
export function needsOfCrds(run: Run, items: readonly Desired[]): Need[] {
  return items.flatMap((item) => {
    if (!item.resource) return []
    const ref = refOf(item.object)
    const decide = async () => ((await exists(run, ref)) ? 'it is left as it is' : undefined)
    return ['create', 'patch'].map((verb) => ({ ...needOf(item, ref)(verb), decide }))
  })
}

/** What every run needs beside its manifests: its records, and as far as they go its lock, the namespace, what is seen of Pods. */
export function needsOfRun(run: Run, options: { storage: 'secret' | 'configmap'; createsNamespace: boolean; pods: boolean }): Need[] {
  const { name, namespace } = run.release
  const need = (verb: string, resource: ApiResource, subject: string, otherwise?: string): Need => ({
    verb,
    resource,
    namespace,
    subject,
    otherwise,
  })
  const records = (verb: string, otherwise?: string) => need(verb, recordsOf[options.storage], `the history of release ${name}`, otherwise)
  const lock = (verb: string) => need(verb, leases, `the lock of release ${name}`, 'two runs at once are not kept apart')
  return [
    ...(options.createsNamespace ? [need('create', namespaces, `namespace ${namespace}, which does not exist,`)] : []),
    ...['create', 'update'].map((verb) => records(verb)),
    records('delete', 'old revisions are kept'),
    ...['get', 'create', 'update'].map(lock),
    ...(options.pods
      ? [
          ...['list', 'watch'].map((verb) => need(verb, pods, 'what is known of Pods', 'resources are judged by their own counts')),
          need('get', podLogs, 'logs', 'none are shown'),
          ...['list', 'watch'].map((verb) => need(verb, events, 'why Pods do not start', 'only that they do not is known')),
        ]
      : []),
  ]
}

/**
 * Which of the needs this user does not have, asked by SelfSubjectAccessReviews: once for each verb, kind and namespace, in parallel. One question is enough for whoever
 * may do everything. Where the server answers no such questions, nothing is denied here.
 */
export async function deniedOf(run: Run, needs: readonly Need[]): Promise<Need[]> {
  const questions = new Map<string, Need[]>()
  for (const need of needs) {
    const { verb, resource, namespace } = need
    const key = [verb, resource.group, resource.plural, resource.namespaced ? namespace : ''].join(' ')
    questions.set(key, [...(questions.get(key) ?? []), need])
  }
  const { cluster, signal } = run
  if (questions.size === 0 || (questions.size > 1 && (await cluster.allowed('*', everything, undefined, { signal })))) return []
  const answers = await mapConcurrently([...questions.values()], 16, async (asking) => {
    const [{ verb, resource, namespace }] = asking as [Need]
    if (await cluster.allowed(verb, resource, namespace, { signal })) return []
    return Promise.all(asking.map(async (need) => (need.decide ? { ...need, otherwise: await need.decide() } : need)))
  })
  return answers.flat()
}

/** The findings about rights without which a run cannot be: one for each kind and namespace, at the first that needs it. */
export function denialFindings(denied: readonly Need[]): Finding[] {
  return grouped(denied.filter(({ otherwise }) => otherwise === undefined)).map((needs) => {
    const [{ subject, item, namespace, resource }] = needs as [Need]
    const verbs = [...new Set(needs.map(({ verb }) => verb))]
    const subjects = new Set(needs.map((need) => need.subject)).size
    const others = subjects > 1 ? `, which ${subjects - 1} more need${subjects === 2 ? 's' : ''}` : ''
    const told = {
      message: `is out of reach: you may not ${listed(verbs, 'or')} ${nameOf(resource)} ${placeOf(resource, namespace)}${others}`,
      hint: `ask for a role with the verb${verbs.length > 1 ? 's' : ''} ${verbs.join(', ')} on ${nameOf(resource)}`,
    }
    return item ? findingOf(item.origin, item.object, { path: ['kind'], ...told }) : { source: '', subject, ...told }
  })
}

/** What is done without the rights that a run can do without, a sentence for each kind and namespace. */
export function denialWarnings(denied: readonly Need[]): string[] {
  return grouped(denied.filter(({ otherwise }) => otherwise !== undefined)).map((needs) => {
    const [{ subject, otherwise, namespace, resource }] = needs as [Need]
    const verbs = [...new Set(needs.map(({ verb }) => verb))]
    return `you may not ${listed(verbs, 'or')} ${nameOf(resource)} ${placeOf(resource, namespace)}, which is for ${subject}: ${otherwise}`
  })
}

function grouped(needs: readonly Need[]): Need[][] {
  const groups = new Map<string, Need[]>()
  for (const need of needs) {
    const key = [need.resource.group, need.resource.plural, need.namespace ?? '', need.otherwise ?? ''].join(' ')
    groups.set(key, [...(groups.get(key) ?? []), need])
  }
  return [...groups.values()]
}

function needOf(item: Desired, ref: ResourceRef): (verb: string, otherwise?: string) => Need {
  return (verb, otherwise) => ({ verb, resource: item.resource!, namespace: ref.namespace, subject: displayName(ref), item, otherwise })
}

async function exists(run: Run, ref: ResourceRef): Promise<boolean> {
  return (await run.cluster.get(ref, { signal: run.signal }).catch(() => undefined)) !== undefined
}

function policiesOf(object: KubeObject): Set<string> {
  const own = annotation(object, 'delete-policy')
  const text = own ?? String(object.metadata.annotations?.['helm.sh/hook-delete-policy'] ?? 'before-hook-creation')
  return new Set(text.split(',').map((word) => (word.trim() === 'before-creation' ? 'before-hook-creation' : word.trim())))
}

function nameOf({ plural, group }: ApiResource): string {
  return group ? `${plural}.${group}` : plural
}

function placeOf({ namespaced }: ApiResource, namespace: string | undefined): string {
  return namespaced && namespace ? `in namespace ${namespace}` : 'in the whole cluster'
}

function listed(words: readonly string[], last: string): string {
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}` : words[0]!
}
