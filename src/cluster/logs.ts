import type { KubeObject } from '../resource.ts'
import { isApiError } from './api-error.ts'
import type { ApiResource, LogLine, LogOptions } from './cluster.ts'
import { advance, type LogPosition, logPosition, replayFilter, secondOf } from './log-position.ts'
import { getObject } from './objects.ts'
import { resourcePath } from './path.ts'
import type { Requests } from './requests.ts'
import { backOffMs, pause } from './retry.ts'
import { mappingsOf } from './shape.ts'
import { type StreamLine, streamLines } from './stream-lines.ts'

const pods: ApiResource = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true, verbs: ['get'] }

/** The longest line that is handed on, in bytes; the rest is counted and left out. */
const lineLimit = 16 * 1024
/** A timestamp and a space before the text. */
const stampRoom = 64

/** Attempts to take a cut stream up again without one new line in between. */
const maxFailures = 8

/** The lines of one container one by one; see `readLogBatches`. */
export async function* readLogs(requests: Requests, options: LogOptions): AsyncGenerator<LogLine> {
  for await (const lines of readLogBatches(requests, options)) yield* lines
}

/**
 * The lines of one container as they arrive together. With `follow`, connections that are cut or ended while the container still runs are taken up again from the last
 * seconds that were read, and what came before is recognised by its timestamps. Lines above 16 KiB are cut, with a note.
 * Reads no faster than its consumer.
 */
export async function* readLogBatches(requests: Requests, options: LogOptions): AsyncGenerator<LogLine[]> {
  const position = logPosition(options.sinceTime)
  let previous = options.previous === true
  let failures = 0
  for (;;) {
    const skip = replayFilter(position)
    let ended = false
    try {
      const stream = await open(requests, options, position, previous)
      try {
        let rest: StreamLine | undefined
        for await (const lines of streamLines(stream, lineLimit + stampRoom)) {
          const batch: LogLine[] = []
          for (const line of lines) {
            if (line.partial) {
              rest = line
              continue
            }
            const read = readLine(line)
            if (skip(read.time)) continue
            advance(position, read.time)
            batch.push(read)
          }
          if (batch.length === 0) continue
          failures = 0
          yield batch
        }
        ended = true
        const next = options.follow && !previous ? await instanceAfter(requests, options, position) : 'none'
        if (next === 'none' && rest) {
          const read = readLine(rest)
          if (!skip(read.time)) yield [read]
        }
        if (next === 'none') return
        previous = next === 'previous'
      } finally {
        stream.destroy()
      }
    } catch (error) {
      options.signal?.throwIfAborted()
      // Not begun yet: the caller asked for something that there is not. Later: the Pod is gone, and with it its log.
      if (isApiError(error)) {
        if (!position.begun && failures === 0) throw error
        if (isApiError(error, 400, 404)) return
        if (isApiError(error, 401, 403)) throw error
      }
      if (failures >= maxFailures) throw error
      if (!ended && options.follow && !previous && position.begun) {
        const next = await instanceAfter(requests, options, position)
        previous = next === 'previous'
      }
    }
    await pause(failures === 0 ? 0 : backOffMs(failures), options.signal)
    failures++
  }
}

function open(requests: Requests, options: LogOptions, position: LogPosition, previous: boolean) {
  const { namespace, pod, container } = options
  return requests.stream({
    method: 'GET',
    path: resourcePath(pods, namespace, pod, 'log'),
    query: {
      container,
      timestamps: true,
      follow: options.follow && !previous ? true : undefined,
      previous: previous || undefined,
      tailLines: position.begun ? undefined : options.tailLines,
      limitBytes: options.limitBytes,
      // The server cuts it to whole seconds.
      sinceTime: position.from ? `${position.from}Z` : undefined,
    },
    accept: '*/*',
    patient: options.follow,
    subject: { verb: 'get', resource: 'pods/log', namespace, name: pod },
    signal: options.signal,
  })
}

/**
 * Where the lines after the end of a stream are: `same`, the container still runs and the stream was cut; `previous`, it has restarted and the end of
 * what we read is the log of the instance before; `none`, it has ended and all was read.
 */
async function instanceAfter(requests: Requests, options: LogOptions, position: LogPosition): Promise<'same' | 'previous' | 'none'> {
  let pod: KubeObject | undefined
  try {
    pod = await getObject(requests, pods, { apiVersion: 'v1', kind: 'Pod', name: options.pod, namespace: options.namespace }, options)
  } catch (error) {
    if (isApiError(error, 403)) return 'none'
    throw error
  }
  const status = containerStatus(pod, options.container)
  if (!status) return 'none'
  const { running } = status.state ?? {}
  if (options.containerId && status.containerID !== options.containerId) {
    return status.lastState?.terminated?.containerID === options.containerId ? 'previous' : 'none'
  }
  if (!running) return status.state?.waiting && status.lastState?.terminated ? 'previous' : 'none'
  const restarted = position.second !== '' && running.startedAt && secondOf(running.startedAt) > position.second
  return restarted ? 'previous' : 'same'
}

interface ContainerStatus {
  name: string
  containerID?: string
  state?: { running?: { startedAt?: string }; terminated?: unknown; waiting?: unknown }
  lastState?: { terminated?: { containerID?: string } }
}

function containerStatus(pod: KubeObject | undefined, container: string): ContainerStatus | undefined {
  const { containerStatuses, initContainerStatuses, ephemeralContainerStatuses } = pod?.status ?? {}
  const all = [containerStatuses, initContainerStatuses, ephemeralContainerStatuses].flatMap(mappingsOf)
  return all.find(({ name }) => name === container) as ContainerStatus | undefined
}

/** A line as the API server writes it with timestamps=true: RFC 3339, a space, the text. */
function readLine({ bytes, cut }: StreamLine): LogLine {
  const end = bytes[bytes.length - 1] === 13 ? bytes.length - 1 : bytes.length
  const text = bytes.toString('utf8', 0, end)
  const space = text.indexOf(' ')
  const length = space < 0 ? text.length : space
  const stamped = length >= 20 && length <= 40 && startsWithTime(text)
  const time = stamped ? text.slice(0, length) : undefined
  const rest = stamped ? text.slice(length + 1) : text
  if (cut === 0 && rest.length <= lineLimit) return { time, text: rest }
  const left = rest.slice(0, lineLimit)
  return { time, text: `${left}… (${(cut + rest.length - left.length).toLocaleString('en-US')} more bytes)` }
}

/** Whether it begins as `2026-01-02T03:04:05` does. By hand: it is asked of each line of a flood. */
function startsWithTime(text: string): boolean {
  for (let at = 0; at < 19; at++) {
    const code = text.charCodeAt(at)
    const mark = at === 4 || at === 7 ? 45 : at === 10 ? 84 : at === 13 || at === 16 ? 58 : 0
    if (mark === 0 ? code < 48 || code > 57 : code !== mark) return false
  }
  return true
}
