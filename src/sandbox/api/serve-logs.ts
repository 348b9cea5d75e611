import type { ServerResponse } from 'node:http'
import type { LogBuffer, LogLine } from '../pods/logs.ts'
import { badRequest, finding, invalid } from '../status.ts'
import type { Target } from './request.ts'
import type { Server } from './respond.ts'
import { getObject } from './rest.ts'

/** Answers `pods/NAME/log` with all of the API's options. */
export function serveLogs(server: Server, target: Target, query: URLSearchParams, response: ServerResponse): void {
  const resource = server.api.registry.stored('pods')!
  const pod = getObject(server.api, resource, target.namespace, target.name!)
  const name = target.name!
  const flag = (key: string): boolean => query.get(key) === 'true' || query.get(key) === '1'
  const count = (key: string): number | undefined => {
    const text = query.get(key)
    return text === null || text === '' ? undefined : Number(text)
  }
  const tail = count('tailLines')
  const limit = count('limitBytes')
  const sinceSeconds = count('sinceSeconds')
  const sinceTime = query.get('sinceTime')
  const findings = []
  if (tail !== undefined && tail < 0) findings.push(finding.invalid('tailLines', tail, 'must be greater than or equal to 0'))
  if (limit !== undefined && limit < 1) findings.push(finding.invalid('limitBytes', limit, 'must be greater than 0'))
  if (sinceSeconds !== undefined && sinceTime)
    findings.push(finding.forbidden('', 'at most one of `sinceTime` or `sinceSeconds` may be specified'))
  if (findings.length > 0) throw invalid('PodLogOptions', '', name, findings)

  const containers: string[] = pod.spec.containers.map((c: any) => c.name)
  const inits: string[] = (pod.spec.initContainers ?? []).map((c: any) => c.name)
  let container = query.get('container') ?? ''
  if (container === '') {
    if (containers.length > 1)
      throw badRequest(
        `a container name must be specified for pod ${name}, choose one of: [${containers.join(' ')}]${inits.length ? ` or one of the init containers: [${inits.join(' ')}]` : ''}`,
      )
    container = containers[0]!
  } else if (!containers.includes(container) && !inits.includes(container))
    throw badRequest(`container ${container} is not valid for pod ${name}`)

  const previous = flag('previous')
  const buffer = previous ? server.logs.previous(pod.metadata.uid, container) : server.logs.current(pod.metadata.uid, container)
  if (!buffer) {
    if (previous) throw badRequest(`previous terminated container ${JSON.stringify(container)} in pod ${JSON.stringify(name)} not found`)
    throw badRequest(`container ${JSON.stringify(container)} in pod ${JSON.stringify(name)} ${waiting(pod, container)}`)
  }
  const since = sinceTime ? Date.parse(sinceTime) : sinceSeconds === undefined ? undefined : Date.now() - sinceSeconds * 1000
  stream(buffer, response, {
    follow: flag('follow'),
    timestamps: flag('timestamps'),
    tail,
    limit,
    since,
    sinceTime: sinceTime ?? undefined,
  })
}

function waiting(pod: any, container: string): string {
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]
  const reason = statuses.find((s: any) => s.name === container)?.state?.waiting?.reason ?? 'ContainerCreating'
  if (reason === 'ErrImagePull' || reason === 'ImagePullBackOff')
    return `is waiting to start: ${reason === 'ErrImagePull' ? "image can't be pulled" : 'trying and failing to pull image'}`
  return `is waiting to start: ${reason}`
}

interface Options {
  follow: boolean
  timestamps: boolean
  tail?: number
  limit?: number
  since?: number
  sinceTime?: string
}

function stream(buffer: LogBuffer, response: ServerResponse, options: Options): void {
  let left = options.limit ?? Number.POSITIVE_INFINITY
  /** Writes some lines as one chunk; whether the reader takes more. */
  const write = (lines: readonly LogLine[]): boolean => {
    let text = ''
    for (const line of lines) text += `${options.timestamps ? `${line.time} ` : ''}${line.text}\n`
    let bytes = Buffer.from(text)
    if (bytes.length > left) bytes = bytes.subarray(0, left)
    left -= bytes.length
    return bytes.length === 0 || response.write(bytes)
  }
  // sinceTime may carry nanoseconds, which Date does not keep: times are compared as text where the form is the same.
  const exact =
    options.sinceTime && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(options.sinceTime) ? normal(options.sinceTime) : undefined
  let lines = buffer.lines
  if (exact !== undefined) lines = lines.filter((line) => line.time >= exact)
  else if (options.since !== undefined) lines = lines.filter((line) => line.at >= options.since!)
  if (options.tail !== undefined) lines = options.tail === 0 ? [] : lines.slice(-options.tail)
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Cache-Control': 'no-cache, private' })
  response.flushHeaders()
  write(lines)
  if (!options.follow || buffer.closed || left <= 0) {
    response.end()
    return
  }
  // A slow reader gets its lines from the buffer when it is ready for them: nothing piles up for it.
  let next = buffer.dropped + buffer.lines.length
  let scheduled = false
  let ended = false
  const pump = (): void => {
    scheduled = false
    next = Math.max(next, buffer.dropped)
    while (next < buffer.dropped + buffer.lines.length && left > 0) {
      const some = buffer.lines.slice(next - buffer.dropped, next - buffer.dropped + 500)
      next += some.length
      if (write(some)) continue
      scheduled = true
      response.once('drain', pump)
      return
    }
    if (!ended && left > 0) return
    stop()
    response.end()
  }
  const stop = buffer.follow((line) => {
    if (line === undefined) ended = true
    if (scheduled) return
    scheduled = true
    setImmediate(pump)
  })
  response.on('close', stop)
}

/** A time with nine digits of fraction. */
function normal(time: string): string {
  const [whole, fraction = ''] = time.slice(0, -1).split('.')
  return `${whole}.${fraction.padEnd(9, '0').slice(0, 9)}Z`
}
