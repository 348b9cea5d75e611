import type { ServerResponse } from 'node:http'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cluster, LogLine, LogOptions } from '../../src/cluster/cluster.ts'
import { advance, logPosition, normalise, replayFilter } from '../../src/cluster/log-position.ts'
import { type Asked, json, scripted, status } from './server.ts'

const at = (second: number, fraction = '000000000') => `2026-01-01T00:00:${String(second).padStart(2, '0')}.${fraction}Z`
const line = (second: number, text: string, fraction?: string) => `${at(second, fraction)} ${text}`

type Handler = (response: ServerResponse, asked: Asked) => unknown
const ended =
  (...lines: string[]): Handler =>
  (response) =>
    void response.writeHead(200).end(lines.map((text) => `${text}\n`).join(''))
const cut =
  (text: string): Handler =>
  (response) =>
    void response.writeHead(200).write(text, () => setTimeout(() => response.socket!.resetAndDestroy(), 5))

const running = (containerID = 'c1') => ({
  status: { containerStatuses: [{ name: 'main', containerID, state: { running: { startedAt: '2026-01-01T00:00:00Z' } } }] },
})
const stopped = { status: { containerStatuses: [{ name: 'main', containerID: 'c1', state: { terminated: { exitCode: 0 } } }] } }

/** Logs and Pods scripted apart; the last of each goes on. */
function serving(logs: Handler[], pods: object[] = [stopped]) {
  const count = { log: 0, pod: 0 }
  return scripted((asked, response) => {
    if (asked.path.endsWith('/log')) return logs[Math.min(++count.log, logs.length) - 1]!(response, asked)
    return json(response, { kind: 'Pod', metadata: { name: 'p' }, ...pods[Math.min(++count.pod, pods.length) - 1]! })
  })
}

async function read(cluster: Cluster, options: Partial<LogOptions> = {}): Promise<LogLine[]> {
  const lines: LogLine[] = []
  for await (const line of cluster.logs({ namespace: 'ns', pod: 'p', container: 'main', follow: true, ...options })) lines.push(line)
  return lines
}
const texts = (lines: LogLine[]) => lines.map(({ text }) => text)
const sinces = (asked: Asked[]) => asked.filter(({ path }) => path.endsWith('/log')).map(({ query }) => query.get('sinceTime'))

describe('logs', () => {
  it('are lines with their times', async () => {
    await using server = await serving([ended(line(1, 'one'), line(1, 'two\r'), line(2, ''), line(3, ' three  '))])
    expect(await read(await server.cluster(), { tailLines: 20 })).toEqual([
      { time: at(1), text: 'one' },
      { time: at(1), text: 'two' },
      { time: at(2), text: '' },
      { time: at(3), text: ' three  ' },
    ])
    expect(Object.fromEntries(server.asked[0]!.query)).toEqual({ container: 'main', timestamps: 'true', follow: 'true', tailLines: '20' })
  })

  it('go on after cuts without loss or repetition, also of lines of the same moment', async () => {
    await using server = await serving(
      [
        cut(`${line(1, 'a')}\n${line(2, 'b')}\n${line(2, 'b')}\n${line(2, 'cut o')}`),
        cut(`${line(1, 'a')}\n${line(2, 'b')}\n${line(2, 'b')}\n${line(2, 'cut off')}\n${line(3, 'd', '5')}\n`),
        ended(line(2, 'b'), line(2, 'b'), line(2, 'cut off'), line(3, 'd', '5'), line(3, 'd', '5'), line(3, 'e', '500000001')),
      ],
      [running(), running(), stopped],
    )
    expect(texts(await read(await server.cluster()))).toEqual(['a', 'b', 'b', 'cut off', 'd', 'd', 'e'])
    expect(sinces(server.asked)).toEqual([null, '2026-01-01T00:00:01Z', '2026-01-01T00:00:02Z'])
  })

  it('go on when the stream ends while the container runs', async () => {
    await using server = await serving(
      [ended(line(1, 'a')), ended(line(1, 'a')), ended(line(1, 'a'), line(5, 'b'))],
      [running(), running(), stopped],
    )
    expect(texts(await read(await server.cluster()))).toEqual(['a', 'b'])
  })

  it('go on when lines of the file were rotated away meanwhile', async () => {
    await using server = await serving(
      [cut(`${line(2, 'a')}\n${line(2, 'b', '1')}\n`), ended(line(2, 'b', '1'), line(2, 'c', '2'))],
      [running(), stopped],
    )
    expect(texts(await read(await server.cluster()))).toEqual(['a', 'b', 'c'])
  })

  it('end with the instance that was asked for, read to its end', async () => {
    const restarted = {
      status: {
        containerStatuses: [
          { name: 'main', containerID: 'c2', state: { running: { startedAt: at(9) } }, lastState: { terminated: { containerID: 'c1' } } },
        ],
      },
    }
    await using server = await serving([cut(`${line(1, 'a')}\n`), ended(line(1, 'a'), line(2, 'last words'))], [restarted])
    expect(texts(await read(await server.cluster(), { containerId: 'c1' }))).toEqual(['a', 'last words'])
    expect(server.asked.at(-1)!.query.get('previous')).toBe('true')
  })

  it('that restarted are recognised by the start of the new instance, too', async () => {
    const restarted = { status: { containerStatuses: [{ name: 'main', state: { running: { startedAt: '2026-01-01T00:00:09Z' } } }] } }
    await using server = await serving([ended(line(1, 'a')), ended(line(1, 'a'), line(2, 'b'))], [restarted])
    expect(texts(await read(await server.cluster()))).toEqual(['a', 'b'])
  })

  it('leave out what is before sinceTime, which the server cuts to seconds', async () => {
    await using server = await serving([ended(line(1, 'a', '1'), line(1, 'b', '5'), line(1, 'c', '7'))])
    expect(texts(await read(await server.cluster(), { sinceTime: at(1, '5') }))).toEqual(['b', 'c'])
    expect(sinces(server.asked)).toEqual(['2026-01-01T00:00:01Z'])
  })

  it('give a last line without its end', async () => {
    await using server = await serving([(response) => response.writeHead(200).end(`${line(1, 'a')}\n${line(1, 'last')}`)])
    expect(texts(await read(await server.cluster()))).toEqual(['a', 'last'])
  })

  it('cut long lines and say so', async () => {
    await using server = await serving([ended(line(1, 'x'.repeat(100_000)), line(2, 'after'))])
    const [long, after] = await read(await server.cluster())
    expect(long!.text.slice(0, 16_384)).toBe('x'.repeat(16_384))
    expect(long!.text.slice(16_384)).toBe('… (83,616 more bytes)')
    expect(after!.text).toBe('after')
  })

  it('survive text that is not UTF-8, and lines without a time', async () => {
    await using server = await serving([
      (response) =>
        response
          .writeHead(200)
          .end(Buffer.concat([Buffer.from(`${at(1)} `), Buffer.from([0xff, 0xfe, 10]), Buffer.from('unable to read\n')])),
    ])
    expect(await read(await server.cluster())).toEqual([
      { time: at(1), text: '\ufffd\ufffd' },
      { time: undefined, text: 'unable to read' },
    ])
  })

  it.each([
    [400, 'container "main" in pod "p" is waiting to start: ContainerCreating', 'ERR_KUBE_BAD_REQUEST'],
    [404, 'pods "p" not found', 'ERR_KUBE_NOT_FOUND'],
    [403, 'forbidden', 'ERR_KUBE_FORBIDDEN'],
  ])('that cannot be read (%i) are an error', async (code, message, expected) => {
    await using server = await serving([(response) => status(response, code, message)])
    await expect(read(await server.cluster())).rejects.toMatchObject({ code: expected })
  })

  it('end quietly when the Pod is gone', async () => {
    await using server = await serving(
      [cut(`${line(1, 'a')}\n`), (response) => status(response, 404, 'not found', { reason: 'NotFound' })],
      [running()],
    )
    expect(texts(await read(await server.cluster()))).toEqual(['a'])
  })

  it('wait for the first line as long as it takes', async () => {
    await using server = await serving([(response) => setTimeout(() => ended(line(1, 'at last'))(response, undefined as never), 300)])
    expect(texts(await read(await server.cluster({ timeoutMs: 50 })))).toEqual(['at last'])
    expect(server.asked.filter(({ path }) => path.endsWith('/log'))).toHaveLength(1)
  })

  it('wait for their reader', async () => {
    let written = 0
    await using server = await serving([
      async (response) => {
        response.writeHead(200)
        const block = `${line(1, 'x'.repeat(1000))}\n`.repeat(1000)
        for (let index = 0; index < 200 && !response.destroyed; index++) {
          written += block.length
          if (!response.write(block)) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve))
        }
        response.end()
      },
    ])
    const stop = new AbortController()
    for await (const _ of (await server.cluster()).logs({
      namespace: 'ns',
      pod: 'p',
      container: 'main',
      follow: true,
      signal: stop.signal,
    })) {
      await new Promise((resolve) => setTimeout(resolve, 200))
      break
    }
    expect(written).toBeLessThan(50_000_000)
  })

  it('end with their signal', async () => {
    await using server = await serving([(response) => response.writeHead(200).write(`${line(1, 'a')}\n`)])
    const stop = new AbortController()
    const reading = (async () => {
      for await (const _ of (await server.cluster()).logs({
        namespace: 'ns',
        pod: 'p',
        container: 'main',
        follow: true,
        signal: stop.signal,
      }))
        stop.abort(new Error('enough'))
    })()
    await expect(reading).rejects.toThrow('enough')
  })
})

describe('the position in a log', () => {
  it('finds every line once, wherever streams are cut', () => {
    const log = fc
      .array(fc.record({ gap: fc.nat(3), jitter: fc.nat(2), fraction: fc.constantFrom('1', '15', '2') }), { maxLength: 60 })
      .map((steps) => {
        let second = 1
        return steps.map(({ gap, jitter, fraction }, index) => {
          second += gap === 3 ? 1 : 0
          // Two streams of one container: a line may be stamped a little before the one that it follows.
          return { time: at(Math.max(1, second - (jitter === 2 ? 1 : 0)), fraction), text: String(index) }
        })
      })
    fc.assert(
      fc.property(log, fc.array(fc.nat(60)), (lines, cuts) => {
        const position = logPosition(undefined)
        const read: string[] = []
        for (const cut of [...cuts, lines.length]) {
          const skip = replayFilter(position)
          const since = position.from
          // The server: lines in their order, from the whole second on.
          const stream = lines.filter(({ time }) => time.slice(0, 19) >= since).slice(0, cut === lines.length ? undefined : cut)
          for (const { time, text } of stream) {
            if (skip(time)) continue
            advance(position, time)
            read.push(text)
          }
        }
        return new Set(read).size === read.length && read.length === lines.length
      }),
    )
  })

  it('compares times of any form', () => {
    expect(normalise('2026-01-01T02:00:01.5+02:00')).toBe('2026-01-01T00:00:01.500000000')
    expect(normalise('2026-01-01T00:00:01Z')).toBe('2026-01-01T00:00:01.000000000')
  })
})
