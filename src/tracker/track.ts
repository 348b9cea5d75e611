import type { Cluster } from '../cluster/cluster.ts'
import { type KubeObject, keyOf, type ResourceRef, refOf } from '../resource.ts'
import { assess } from './assess.ts'
import { type Channel, createChannel, type TrackEvent } from './channel.ts'
import { rulesOf } from './kinds/registry.ts'
import { readEvent } from './kubernetes-event.ts'
import { createLogs, type Logs } from './logs.ts'
import { judgeRun, outcomeOf, type TrackResult } from './outcome.ts'
import { createState, type Input, type Root, reduce, rootsAbout } from './state.ts'
import type { ResourceStatus } from './status.ts'
import { createWatches } from './watches.ts'

export interface TrackingOptions {
  cluster: Cluster
  /** Ends tracking: `done` then resolves with what is known. */
  signal: AbortSignal
  /** The namespace of manifests that name none. */
  namespace: string
  /** Whether logs are streamed. Default true. */
  logs?: boolean
  /** Pods must succeed, as hooks do, rather than be ready. Default false. */
  untilComplete?: boolean
  /** How long a process that no probe asks must run before it counts as ready, milliseconds. Default 5 s. */
  settleMs?: number
  /** Milliseconds since the epoch. Default Date.now. */
  now?: () => number
}

export interface Tracking {
  /** Begins to watch what these manifests will become. Best before they are applied, so that nothing is missed. */
  expect(manifests: readonly KubeObject[]): void
  /** The API server's answer to an application; also for an object that was found unchanged. Until it comes a resource is `waiting`. */
  applied(object: KubeObject): void
  /** Resolves when all of these are ready, when one of them fails, or with the signal. They must be expected. Never rejects. */
  settled(refs: readonly ResourceRef[]): Promise<TrackResult>
  /** The same of everything expected; then `events` ends, and so does tracking. Begins to judge when something is expected. */
  readonly done: Promise<TrackResult>
  /** One consumer only. It must be read for anything to be seen; nothing waits for it. */
  readonly events: AsyncIterable<TrackEvent>
  /** What is known at this moment. */
  snapshot(): TrackResult
  /** Ends all watches and streams; `done` resolves with what is known. */
  stop(): Promise<void>
}

/** Warnings that come again and again, and that the status says already. */
const repeated = new Set(['Unhealthy', 'BackOff'])

/** How long a log may be silent before it counts as read up to the moment at which its resource was ready, or failed. */
const quietMs = 120
/** Finished Jobs' streams end by themselves. */
const jobQuietMs = 3_000
const manyPods = 20
const crowdedMs = 100

/** Starts to track resources: one watch for each kind and namespace, opened by `expect`. */
export function startTracking(options: TrackingOptions): Tracking {
  const now = options.now ?? Date.now
  const { cluster } = options
  const startedAt = now()
  const state = createState({ untilComplete: options.untilComplete, settleMs: options.settleMs })
  const channel = createChannel(now)
  const closing = new AbortController()
  const signal = AbortSignal.any([options.signal, closing.signal])
  const warned = new Set<string>()
  const warn = (message: string, hint?: string) => {
    if (warned.has(message)) return
    warned.add(message)
    channel.push({ at: now(), type: 'warning', message, ...(hint ? { hint } : {}) })
  }
  const logs: Logs | undefined = options.logs === false ? undefined : createLogs({ cluster, channel, now, signal, warn })
  const dirty = new Set<string>()
  const rechecks = new Map<string, number>()
  const assessedAt = new Map<string, number>()
  const emitted = new Map<string, ResourceStatus>()
  const waiters = new Set<{ keys?: Set<string>; resolve: (result: TrackResult) => void }>()
  const endings: Promise<void>[] = []
  /** Resources that are ready or failed, so that their logs are not shown. */
  const silenced = new Set<string>()
  let scheduled: NodeJS.Immediate | undefined
  let timer: NodeJS.Timeout | undefined
  let ended = false
  /** Something has happened that may have decided a run: most changes of Pods decide nothing. */
  let moved = false

  const feed = (input: Input) => {
    for (const key of reduce(state, input, now())) dirty.add(key)
    if (dirty.size > 0 && !ended) scheduled ??= setImmediate(flush)
  }
  const watches = createWatches({ cluster, signal, namespace: options.namespace, warn, feed: (input) => feedWatched(input) })

  function feedWatched(input: Input): void {
    feed(input)
    if (input.type === 'changed' && input.object.kind === 'Event' && !input.initial) tellEvent(input.object)
  }

  /** Events of resources that ask for them, and warnings about those in trouble. */
  function tellEvent(object: KubeObject): void {
    const event = readEvent(object)
    for (const key of rootsAbout(state, event.about.uid ?? '')) {
      const root = state.roots.get(key)!
      if (!root.settings.showServiceMessages && !(event.warning && root.status.incidents > 0 && !repeated.has(event.reason))) continue
      const { kind, name } = event.about
      const { reason, message, warning } = event
      channel.push({ at: now(), type: 'kube-event', ref: root.ref, object: `${kind}/${name}`, reason, message, warning })
    }
  }

  /** Judges what has changed. Runs once for all inputs that arrived together. */
  function flush(): void {
    scheduled = undefined
    if (ended) return
    const at = now()
    for (const key of dirty) {
      const root = state.roots.get(key)
      if (root && !(isCrowded(root) && at - (assessedAt.get(key) ?? 0) < crowdedMs)) judge(root, at)
      else if (root) rechecks.set(key, Math.min(rechecks.get(key) ?? Number.POSITIVE_INFINITY, (assessedAt.get(key) ?? 0) + crowdedMs))
    }
    dirty.clear()
    if (moved) settle()
    plan()
  }

  /** A resource with many Pods is judged at most ten times a second by them; its own counts decide at once. */
  function isCrowded(root: Root): boolean {
    if ((root.status.hiddenChildren ?? 0) + root.status.children.length < manyPods) return false
    return root.live === judgedLive.get(root.key)
  }
  const judgedLive = new Map<string, KubeObject | undefined>()
  /** Resources that keep the run going, and those that have failed. */
  const awaited = new Set<Root>()
  const failures = new Set<Root>()

  function judge(root: Root, at: number): void {
    const before = root.status.state
    const { status, recheckAt, pods } = assess(state, root, at)
    if (status.state !== before) moved = true
    assessedAt.set(root.key, at)
    judgedLive.set(root.key, root.live)
    count(root)
    if (recheckAt === undefined) rechecks.delete(root.key)
    else rechecks.set(root.key, recheckAt)
    if (!isSame(emitted.get(root.key), status)) {
      emitted.set(root.key, status)
      channel.push({ at, type: 'status', status })
    }
    if (logs) followLogs(logs, root, pods)
  }

  function count(root: Root): void {
    const failed = root.status.state === 'failed'
    if (failed || root.status.state === 'ready' || root.settings.termination === 'NonBlocking') awaited.delete(root)
    else awaited.add(root)
    if (failed) failures.add(root)
    else failures.delete(root)
  }

  /** Logs are shown until their resource is ready or failed, and again when it falls back. */
  function followLogs(logs: Logs, root: Root, pods: readonly KubeObject[]): void {
    const { key, ref, settings, status } = root
    const over = status.state === 'ready' || status.state === 'failed'
    if (over && silenced.has(key)) return
    if (pods.length > 0) logs.update(ref, key, settings, pods, startedAt)
    if (!over) silenced.delete(key)
    else {
      silenced.add(key)
      const ended = rulesOf(root.object).runsToCompletion || options.untilComplete === true
      endings.push(logs.stop(key, ended ? jobQuietMs : quietMs, ended))
    }
  }

  function plan(): void {
    clearTimeout(timer)
    if (ended || rechecks.size === 0) return
    let next = Number.POSITIVE_INFINITY
    for (const time of rechecks.values()) if (time < next) next = time
    timer = setTimeout(
      () => {
        const at = now()
        for (const [key, time] of rechecks) if (time <= at) dirty.add(key)
        flush()
      },
      Math.max(1, next - now()),
    )
  }

  function settle(): void {
    moved = false
    for (const waiter of waiters) {
      // Thousands of answers come one by one: what is still waited for must not be counted for each of them.
      if (waiter.keys === undefined && failures.size === 0 && awaited.size > 0) continue
      if (outcomeOf(state, waiter.keys) === 'pending') continue
      waiters.delete(waiter)
      waiter.resolve(result(waiter.keys))
    }
  }

  const result = (keys?: Set<string>) => judgeRun(state, keys, (key) => logs?.tails(key) ?? [])

  const wait = (keys?: Set<string>): Promise<TrackResult> =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve(result(keys))
      waiters.add({ keys, resolve })
      moved = true
      scheduled ??= setImmediate(flush)
    })

  async function finish(): Promise<void> {
    if (ended) return
    ended = true
    clearTimeout(timer)
    if (scheduled) clearImmediate(scheduled)
    await Promise.all([
      ...endings,
      ...(logs ? [...state.roots.keys()].map((key) => logs.stop(key, signal.aborted ? 0 : quietMs, false)) : []),
    ])
    closing.abort()
    for (const waiter of waiters) waiter.resolve(result(waiter.keys))
    waiters.clear()
    channel.end()
  }

  const stopped = () => {
    for (const waiter of waiters) waiter.resolve(result(waiter.keys))
    waiters.clear()
  }
  options.signal.addEventListener('abort', stopped, { once: true })
  const done = wait().then(async () => {
    const { outcome } = result()
    await finish()
    options.signal.removeEventListener('abort', stopped)
    // The last lines of logs came with the end.
    return { ...result(), outcome }
  })

  return {
    expect(manifests) {
      const objects = manifests.map((manifest) => withNamespace(manifest, options.namespace))
      for (const object of objects) feed({ type: 'expected', object })
      watches.open(objects)
      state.begun = true
      moved = true
      scheduled ??= setImmediate(flush)
    },
    applied(object) {
      feed({ type: 'applied', object })
      moved = true
      watches.openApplied(object)
    },
    settled: (refs) => wait(new Set(refs.map(keyOf))),
    done,
    events: channel satisfies Channel,
    snapshot() {
      for (const root of state.roots.values()) {
        assess(state, root, now())
        count(root)
      }
      moved = true
      return result()
    },
    async stop() {
      closing.abort()
      stopped()
      await done
    },
  }
}

/**
 * Tracks one hook, of any kind, until it is done: Jobs until complete, Pods until succeeded, others until ready. Call `applied` when it has been
 * created.
 */
export function trackHook(options: Omit<TrackingOptions, 'untilComplete'> & { object: KubeObject }): Tracking {
  const tracking = startTracking({ ...options, untilComplete: true })
  tracking.expect([options.object])
  return tracking
}

/** Whether two values of plain data are equal, order of keys included. Status rows of thousands of Pods are compared for each of their changes. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every((key) => isSame(a[key as keyof typeof a], b[key as keyof typeof b]))
}

/** Kinds of Kubernetes' own whose objects have no namespace and that this tracker watches. */
const clusterScoped = new Set(['Namespace', 'PersistentVolume', 'CustomResourceDefinition', 'APIService', 'GatewayClass'])

function withNamespace(object: KubeObject, namespace: string): KubeObject {
  const ref = refOf(object)
  if (ref.namespace || clusterScoped.has(ref.kind) || !rulesOf(object).pods) return object
  return { ...object, metadata: { ...object.metadata, namespace } }
}

export type { TrackEvent, TrackResult }
