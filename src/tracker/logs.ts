import type { Cluster } from '../cluster/cluster.ts'
import { messageOf } from '../errors.ts'
import type { KubeObject, ResourceRef } from '../resource.ts'
import type { TrackingSettings } from './annotations.ts'
import type { Channel, TrackEvent } from './channel.ts'
import { type ContainerView, containersOf } from './kinds/containers.ts'
import { timeOf } from './kubernetes-event.ts'
import { compileLogFilter, type LogFilter } from './log-filter.ts'
import { cleanLine } from './log-line.ts'
import { type LogPosition, startPosition } from './log-position.ts'

export interface LogOptions {
  cluster: Cluster
  channel: Channel
  now: () => number
  signal: AbortSignal
  /** Says once that logs cannot be read. */
  warn: (message: string, hint?: string) => void
}

export interface Logs {
  /** Follows the containers of the resource's Pods as its annotations ask. Called whenever they change. */
  update(ref: ResourceRef, key: string, settings: TrackingSettings, pods: readonly KubeObject[], startedAt: number): void
  /**
   * Ends the streams of a resource: each when it ends by itself, when it is silent for `quietMs`, or after 10 s (30 s with `ended`), which is said. With `ended` its processes
   * have ended and every line of them is wanted; else those written until now. A later `update` takes them up where they were.
   */
  stop(key: string, quietMs: number, ended: boolean): Promise<void>
  /** The last lines that came of each container of a resource, also of Pods that are gone by now; filters do not apply. */
  tails(key: string): LogTail[]
}

export interface LogTail {
  pod: string
  container: string
  lines: string[]
}

const tailLines = 20
/** A log that was asked for so long ago has been answered, and one whose last line is so old has no more for now. */
const answerMs = 1_000
const lineMs = 120
/** A stream that is far behind may take so long to come up to the moment at which its resource was ready, or to the end of its process. */
const mostDrainMs = 10_000
const mostEndMs = 30_000
/** What the kubelet writes in place of a log that it no longer has; never has a time. */
const kubeletNotes =
  /^(?:unable to retrieve container logs for|failed to try resolving symlinks in path|failed to watch file|failed to create fsnotify watcher)/

const mostAttempts = 4

/** One container of one Pod whose logs are followed through its restarts. */
interface Stream {
  pod: KubeObject
  view: ContainerView
  changed?: () => void
  gone: boolean
  tail: string[]
  /** How far it has been read; kept while its resource is ready. */
  position: LogPosition
  /** Until when it cannot be taken for silent, by our clock: it has just been asked for, or has just given a line. */
  busyUntil: number
  /** Ends the stream when it is silent after its resource was ready. */
  quiet?: NodeJS.Timeout
  done: Promise<void>
  abort: AbortController
}

interface Owner {
  ref: ResourceRef
  settings: TrackingSettings
  startedAt: number
  pods: Set<string>
  streams: Map<string, Stream>
  /** When it was stopped, by the cluster's clock, in milliseconds since the epoch. */
  stoppedAt?: number
  ended?: boolean
}

/** Streams logs of many Pods into one channel. */
export function createLogs(options: LogOptions): Logs {
  const owners = new Map<string, Owner>()
  let forbidden = false

  return {
    update(ref, key, settings, pods, startedAt) {
      if (forbidden || settings.skipLogs || options.signal.aborted) return
      let owner = owners.get(key)
      if (!owner) {
        owner = { ref, settings, startedAt, pods: new Set(), streams: new Map() }
        owners.set(key, owner)
      }
      if (owner.stoppedAt !== undefined) reopen(owner)
      choosePods(owner, pods)
      for (const pod of pods) if (owner.pods.has(pod.metadata.uid!)) followPod(owner, pod)
      const present = new Set(pods.map((pod) => pod.metadata.uid!))
      for (const stream of owner.streams.values()) {
        if (!present.has(stream.pod.metadata.uid!)) {
          stream.gone = true
          stream.changed?.()
        }
      }
    },
    async stop(key, quietMs, ended) {
      const owner = owners.get(key)
      if (!owner || owner.stoppedAt !== undefined) return
      // The cluster's clock is known to the second only; where ours agrees with it, it is finer.
      const clock = options.cluster.now()
      owner.stoppedAt = Math.min(Math.max(Date.now(), clock), clock + 1_000)
      owner.ended = ended
      const streams = [...owner.streams.values()]
      for (const stream of streams) {
        stream.gone = true
        const wait = ended ? quietMs : Math.min(quietMs, Math.max(0, stream.busyUntil - Date.now()))
        stream.quiet = setTimeout(() => stream.abort.abort(), wait)
        stream.changed?.()
      }
      const open = new Set(streams)
      const bound = ended ? mostEndMs : mostDrainMs
      const most = setTimeout(() => {
        for (const { pod, view, abort } of open) {
          const source = `Pod ${pod.metadata.name}, container ${view.name}`
          options.warn(`the log of ${source}, was not shown to its end: reading it takes more than ${bound / 1000} s`)
          abort.abort()
        }
      }, bound)
      await Promise.all(streams.map((stream) => stream.done.then(() => open.delete(stream))))
      clearTimeout(most)
      for (const stream of streams) clearTimeout(stream.quiet)
    },
    tails(key) {
      const streams = [...(owners.get(key)?.streams.values() ?? [])]
      return streams
        .filter(({ tail }) => tail.length > 0)
        .map(({ pod, view, tail }) => ({ pod: pod.metadata.name, container: view.name, lines: tail.slice(-tailLines) }))
    },
  }

  /** A resource that was ready is not any more: its containers are followed again from where they were left. */
  function reopen(owner: Owner): void {
    const since = owner.stoppedAt
    owner.stoppedAt = undefined
    for (const stream of owner.streams.values()) {
      clearTimeout(stream.quiet)
      stream.quiet = undefined
      stream.gone = false
      stream.abort = new AbortController()
      stream.done = followContainer(owner, stream, AbortSignal.any([options.signal, stream.abort.signal]), since)
    }
  }

  function followPod(owner: Owner, pod: KubeObject): void {
    const { skipLogsForContainers, showLogsOnlyForContainers } = owner.settings
    for (const view of containersOf(pod)) {
      if (skipLogsForContainers.includes(view.name) || showLogsOnlyForContainers?.includes(view.name) === false) continue
      const key = `${pod.metadata.uid}/${view.name}`
      const known = owner.streams.get(key)
      if (known) {
        known.pod = pod
        known.view = view
        known.changed?.()
        continue
      }
      if (!hasStarted(view)) continue
      const abort = new AbortController()
      const stream: Stream = { pod, view, gone: false, tail: [], position: startPosition(), busyUntil: 0, abort, done: Promise.resolve() }
      owner.streams.set(key, stream)
      stream.done = followContainer(owner, stream, AbortSignal.any([options.signal, abort.signal]))
    }
  }

  /** Each process of the container in turn, from its first that is known to its last. Never rejects. */
  async function followContainer(owner: Owner, stream: Stream, signal: AbortSignal, from?: number): Promise<void> {
    const filter = await compileLogFilter(owner.settings, stream.view.name)
    const { position } = stream
    const existed = (timeOf(stream.pod.metadata.creationTimestamp) ?? 0) < owner.startedAt - 5_000
    const start = from ?? (existed ? owner.startedAt : undefined)
    let since = start === undefined ? undefined : new Date(start).toISOString()
    let run = start === undefined ? 0 : restarts(stream)
    let attempts = 0
    while (!signal.aborted) {
      if (!(await untilRun(stream, run, signal))) return
      const current = restarts(stream)
      try {
        if (current > run) await read(owner, stream, filter, position, { previous: true }, signal)
        run = current
        const before = { ...position }
        const first = await read(owner, stream, filter, position, { follow: true, sinceTime: since }, signal)
        since = undefined
        // The process may have been replaced between its status and the request: then the lines were the next one's, and its own are `previous`.
        const next = stream.view.status?.state?.running
        if (
          restarts(stream) > run &&
          first !== undefined &&
          (timeOf(first) ?? 0) >= (timeOf(next?.startedAt) ?? Number.POSITIVE_INFINITY)
        ) {
          await read(owner, stream, filter, before, { previous: true }, signal)
          run = restarts(stream)
        }
        run += 1
        attempts = 0
      } catch (error) {
        if (signal.aborted) return
        const status = (error as { status?: number }).status
        if (status === 403) return forbid(error)
        if (status === 404 || (attempts += 1) >= mostAttempts || stream.gone) return
        await untilChange(stream, signal)
      }
    }
  }

  /** Emits what one request gives beyond the position; gives the time of its first line. */
  async function read(
    owner: Owner,
    stream: Stream,
    filter: LogFilter,
    position: LogPosition,
    request: { follow?: boolean; previous?: boolean; sinceTime?: string },
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { ref } = owner
    const { name: pod, namespace = '' } = stream.pod.metadata
    const container = stream.view.name
    const skip = position.resume()
    const containerId = request.follow ? stream.view.status?.containerID : undefined
    let first: string | undefined
    stream.busyUntil = Date.now() + answerMs
    const sinceTime = position.time ?? request.sinceTime
    for await (const lines of options.cluster.logBatches({
      ...request,
      namespace,
      pod,
      container,
      ...(sinceTime ? { sinceTime } : {}),
      containerId,
      signal,
    })) {
      const at = options.now()
      for (const line of lines) {
        if (line.time === undefined && kubeletNotes.test(line.text)) continue
        first ??= line.time
        if (skip(line.time)) continue
        if (owner.stoppedAt !== undefined && stream.quiet && !owner.ended && (timeOf(line.time) ?? 0) > owner.stoppedAt) return first
        position.note(line.time)
        const text = cleanLine(line.text)
        if (stream.tail.push(text) > tailLines * 4) stream.tail.splice(0, tailLines * 3)
        if (filter(text)) {
          const event: TrackEvent = { at, type: 'log', ref, pod, container, line: text }
          if (line.time !== undefined) event.time = line.time
          options.channel.push(event)
        }
      }
      stream.quiet?.refresh()
      stream.busyUntil = Math.max(stream.busyUntil, Date.now() + lineMs)
    }
    return first
  }

  function forbid(error: unknown): void {
    if (forbidden) return
    forbidden = true
    options.warn(`logs of Pods cannot be read: ${messageOf(error)}`, 'Allow `get` on `pods/log` to see them.')
  }
}

/** At most as many Pods as asked for at a time; one that has ended or is gone makes room for the next. */
function choosePods(owner: Owner, pods: readonly KubeObject[]): void {
  const present = new Map(pods.map((pod) => [pod.metadata.uid!, pod]))
  let open = 0
  for (const uid of owner.pods) {
    const pod = present.get(uid)
    if (pod && pod.status?.phase !== 'Failed' && pod.status?.phase !== 'Succeeded') open += 1
  }
  for (const [uid, pod] of present) {
    if (open >= owner.settings.showLogsOnlyForReplicas) return
    if (owner.pods.has(uid) || !containersOf(pod).some(hasStarted)) continue
    owner.pods.add(uid)
    if (pod.status?.phase !== 'Failed' && pod.status?.phase !== 'Succeeded') open += 1
  }
}

function hasStarted(view: ContainerView): boolean {
  const { state, lastState } = view.status ?? {}
  return Boolean(state?.running || state?.terminated || lastState?.terminated)
}

function restarts(stream: Stream): number {
  return stream.view.status?.restartCount ?? 0
}

/** Waits until the container's run with this number, or a later one, has begun; false where there will be none. */
async function untilRun(stream: Stream, run: number, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    if (signal.aborted) return false
    const { state } = stream.view.status ?? {}
    if (restarts(stream) >= run && (state?.running || state?.terminated || restarts(stream) > run)) return true
    const phase = stream.pod.status?.phase
    if (stream.gone || phase === 'Succeeded' || phase === 'Failed') return false
    await untilChange(stream, signal)
  }
}

function untilChange(stream: Stream, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      signal.removeEventListener('abort', done)
      stream.changed = undefined
      resolve()
    }
    if (signal.aborted) return done()
    stream.changed = done
    signal.addEventListener('abort', done, { once: true })
  })
}
