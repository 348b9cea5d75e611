import { isApiError } from '../cluster/api-error.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { pause } from '../cluster/retry.ts'
import { messageOf } from '../errors.ts'
import { displayName, groupOf, type KubeObject, keyOf, type ResourceRef, refOf } from '../resource.ts'
import { hasPods, isCustom, rulesOf } from './kinds/registry.ts'
import { commonSelector, podLabels, selectorMatches } from './selector.ts'
import type { Input } from './state.ts'
import { trimEvent, trimObject } from './trim.ts'

export interface WatchesOptions {
  cluster: Cluster
  signal: AbortSignal
  namespace: string
  warn: (message: string, hint?: string) => void
  feed: (input: Input) => void
}

export interface Watches {
  /** Opens what these manifests need: their kinds, and Pods, ReplicaSets and Events where they run Pods. */
  open(objects: readonly KubeObject[]): void
  /** Opens what is needed for an object that has been applied and is not watched yet: custom kinds may only now be served. */
  openApplied(object: KubeObject): void
}

interface Watch {
  apiVersion: string
  kind: string
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
}

/** How long an interrupted watch may take before it is said. */
const patienceMs = 3_000
/** Between two questions for one object that cannot be watched. */
const askMs = 2_000
const askMaxMs = 10_000
/** So far apart are the questions for many objects on average: no more than 20 in a second. */
const askApartMs = 50
const askFailures = 5

/** One watch for each kind and namespace, with the narrowest selector that all tracked objects share. */
export function createWatches(options: WatchesOptions): Watches {
  const opened = new Map<string, Watch[]>()
  const watched = new Map<string, ResourceRef>()

  return {
    open(objects) {
      const own = objects.filter((object) => !rulesOf(object).static?.(object) && !isCustom(object))
      openKinds(own)
      for (const [namespace, group] of groupBy(own, (object) => object.metadata.namespace)) {
        if (namespace === undefined) continue
        const workloads = group.filter(ownsPods)
        openPods(namespace, workloads)
        start({ apiVersion: 'v1', kind: 'Event', namespace })
      }
    },
    openApplied(object) {
      if (rulesOf(object).static?.(object)) return
      // What was applied may have other labels than its manifest: policies leave objects as they are, admission changes them.
      if (!isCovered(object, object.metadata.labels ?? {}, object.metadata.name)) openKinds([object])
      const { namespace } = object.metadata
      if (namespace === undefined) return
      if (ownsPods(object) && !isCovered({ apiVersion: 'v1', kind: 'Pod', metadata: { name: '', namespace } }, podLabels(object)))
        openPods(namespace, [object])
      start({ apiVersion: 'v1', kind: 'Event', namespace })
    },
  }

  /** Whether an open watch delivers an object of this kind with these labels. */
  function isCovered({ apiVersion, kind, metadata }: KubeObject, labels: Record<string, string>, name?: string): boolean {
    const watches = opened.get(groupKey({ apiVersion, kind, namespace: metadata.namespace })) ?? []
    return watches.some((watch) =>
      watch.fieldSelector === undefined
        ? watch.labelSelector?.startsWith('job-name') || selectorMatches(watch.labelSelector, labels)
        : watch.fieldSelector === `metadata.name=${name}`,
    )
  }

  function openKinds(objects: readonly KubeObject[]): void {
    for (const [, group] of groupBy(objects, (object) => `${object.apiVersion} ${object.kind} ${object.metadata.namespace ?? ''}`)) {
      const [first] = group
      if (!first) continue
      const { apiVersion, kind } = first
      const { namespace, name } = first.metadata
      for (const object of group) watched.set(keyOf(refOf(object)), refOf(object))
      if (group.length === 1) start({ apiVersion, kind, namespace, fieldSelector: `metadata.name=${name}` })
      else
        start({
          apiVersion,
          kind,
          namespace,
          labelSelector: isCustom(first) ? undefined : commonSelector(group.map((object) => object.metadata.labels ?? {})),
        })
    }
  }

  function openPods(namespace: string, workloads: readonly KubeObject[]): void {
    if (workloads.length === 0) return
    const selector = workloads.every((object) => object.kind === 'Job' && Object.keys(podLabels(object)).length === 0)
      ? `job-name in (${workloads.map((object) => object.metadata.name).join(',')})`
      : commonSelector(workloads.map(podLabels))
    start({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: selector && selector.length < 2_000 ? selector : undefined })
    const deployments = workloads.filter((object) => object.kind === 'Deployment')
    if (deployments.length > 0)
      start({ apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace, labelSelector: commonSelector(deployments.map(podLabels)) })
  }

  function start(watch: Watch): void {
    const key = groupKey(watch)
    const open = opened.get(key) ?? []
    const same = (other: Watch) => other.labelSelector === watch.labelSelector && other.fieldSelector === watch.fieldSelector
    if (open.some((other) => same(other) || (other.labelSelector === undefined && other.fieldSelector === undefined))) return
    opened.set(key, [...open, watch])
    void follow(watch)
  }

  /** Feeds one watch into the state until the signal. Never rejects. */
  async function follow(watch: Watch): Promise<void> {
    let initial = true
    let patience: NodeJS.Timeout | undefined
    const place = watch.namespace ? ` in namespace ${watch.namespace}` : ''
    const calm = () => {
      clearTimeout(patience)
      patience = undefined
    }
    try {
      for await (const event of options.cluster.watch({
        ...watch,
        trim: watch.kind === 'Event' ? trimEvent : trimObject,
        signal: options.signal,
      })) {
        if (event.type === 'synced') {
          initial = false
          calm()
        } else if (event.type === 'deleted') options.feed({ type: 'deleted', object: event.object })
        else if (event.type !== 'interrupted') {
          options.feed({ type: 'changed', object: event.object, initial })
          calm()
        } else if (event.fatal) giveUp(watch, event.reason)
        else
          patience ??= setTimeout(
            () => options.warn(`the watch of ${watch.kind}s${place} is interrupted and retried: ${event.reason}`),
            patienceMs,
          )
      }
    } catch (error) {
      if (!options.signal.aborted) giveUp(watch, messageOf(error))
    } finally {
      calm()
    }
  }

  /**
   * Asks for one object again and again, as there is no watch that tells of it: after 2 s, then more rarely, with jitter, so that the requests of
   * many objects do not come together. Never rejects.
   */
  async function ask(ref: ResourceRef, reason: string, everyMs: number): Promise<void> {
    let failures = 0
    let known: KubeObject | undefined
    for (let asked = 0; !options.signal.aborted; asked++) {
      try {
        const object = await options.cluster.get(ref, { signal: options.signal })
        failures = 0
        if (object && object.metadata.resourceVersion !== known?.metadata.resourceVersion)
          options.feed({ type: 'changed', object: trimObject(object), initial: asked === 0 })
        else if (!object && known) options.feed({ type: 'deleted', object: known })
        known = object
      } catch (error) {
        if (options.signal.aborted) return
        if (isApiError(error, 403) || ++failures === askFailures) {
          options.feed({ type: 'lost', key: keyOf(ref), reason: `its state can neither be watched nor asked for: ${reason}` })
          return
        }
      }
      await pause(Math.max(everyMs, Math.min(askMaxMs, askMs * 1.2 ** asked)) * (0.75 + Math.random() / 2), options.signal).catch(() => {})
    }
  }

  /** What cannot be watched is done without, and said; objects of a tracked kind itself are asked for by name. */
  function giveUp(watch: Watch, reason: string): void {
    const namespace = watch.namespace ?? ''
    const needed = `Allow \`list\` and \`watch\` on ${watch.kind.toLowerCase()}s to see more.`
    if (watch.kind === 'Event') {
      options.warn(
        `events in namespace ${namespace} cannot be watched: ${reason}. Why a probe or a volume fails is not known, only that it does.`,
        needed,
      )
      options.feed({ type: 'deaf', namespace })
      return
    }
    const keys = [...watched.keys()].filter((key) => key.startsWith(`${groupOf(watch.apiVersion)}/${watch.kind}/${namespace}/`))
    if (watch.kind === 'Pod' || watch.kind === 'ReplicaSet') {
      options.warn(
        `${watch.kind}s in namespace ${namespace} cannot be watched: ${reason}. Resources are judged by their own counts.`,
        needed,
      )
      options.feed({ type: 'blind', namespace })
    }
    const refs = keys.flatMap((key) => watched.get(key) ?? [])
    if (refs.length === 0) return
    const names = refs.length === 1 ? displayName(refs[0]!) : `${refs.length} ${watch.kind}s`
    options.warn(
      `${watch.kind}s${namespace ? ` in namespace ${namespace}` : ''} cannot be watched: ${reason}. ${names} ${refs.length === 1 ? 'is' : 'are'} asked for by name every few seconds.`,
      needed,
    )
    for (const ref of refs) void ask(ref, reason, Math.max(askMs, refs.length * askApartMs))
  }
}

function groupKey({ apiVersion, kind, namespace = '' }: Watch): string {
  return `${groupOf(apiVersion)}/${kind}/${namespace}`
}

/** A Pod that the chart holds itself is watched as what it is. */
function ownsPods(object: KubeObject): boolean {
  return hasPods(object) && object.kind !== 'Pod'
}

function groupBy<T, K>(items: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group) group.push(item)
    else groups.set(key(item), [item])
  }
  return groups
}
