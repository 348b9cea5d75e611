import { describe, expect, it } from 'vitest'
import { createChannel, type TrackEvent } from '../../src/tracker/channel.ts'
import type { ResourceStatus } from '../../src/tracker/status.ts'

const ref = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'shop' }
const log = (line: string, container = 'web'): TrackEvent => ({ at: 1, type: 'log', ref, pod: 'web-1', container, line })
const status = (reason: string, name = 'web'): TrackEvent => ({
  at: 1,
  type: 'status',
  status: { ref: { ...ref, name }, state: 'progressing', reason } as ResourceStatus,
})

async function drain(events: AsyncIterable<TrackEvent>): Promise<string[]> {
  const words: string[] = []
  for await (const event of events) {
    if (event.type === 'log') words.push(event.line)
    else if (event.type === 'status') words.push(`${event.status.ref.name} ${event.status.reason}`)
    else if (event.type === 'logs-skipped') words.push(`${event.container} skipped ${event.lines}`)
    else words.push(event.type)
  }
  return words
}

describe('the channel', () => {
  it('keeps the order and ends', async () => {
    const channel = createChannel(() => 1)
    channel.push(log('a'))
    channel.push(status('rolling'))
    channel.push(log('b'))
    channel.end()
    channel.push(log('too late'))
    expect(await drain(channel)).toEqual(['a', 'web rolling', 'b'])
  })

  it('replaces a status that nobody has read by the newer one', async () => {
    const channel = createChannel(() => 1)
    for (const reason of ['a', 'b', 'c']) channel.push(status(reason))
    channel.push(status('x', 'db'))
    channel.end()
    expect(await drain(channel)).toEqual(['web c', 'db x'])
  })

  it('bounds what waits, keeps the newest, and says what was skipped, by container, in its place', async () => {
    const channel = createChannel(() => 1)
    channel.push(log('first', 'sidecar'))
    channel.push(status('rolling'))
    for (let line = 0; line < 20_500; line++) channel.push(log(String(line)))
    channel.push(log('last', 'sidecar'))
    channel.end()
    const words = await drain(channel)
    expect(words).toHaveLength(20_000 + 2)
    expect(words.slice(0, 4)).toEqual(['first', 'web rolling', 'web skipped 502', '502'])
    expect(words.slice(-2)).toEqual(['20499', 'last'])
  })

  it('leaves the last lines of a container that ended before the flood of another', async () => {
    const channel = createChannel(() => 1)
    for (let line = 0; line < 100; line++) channel.push(log(`end ${line}`, 'job'))
    for (let line = 0; line < 50_000; line++) channel.push(log(String(line)))
    channel.end()
    const words = await drain(channel)
    expect(words.slice(0, 3)).toEqual(['job skipped 80', 'end 80', 'end 81'])
    expect(words.filter((word) => word.startsWith('end'))).toHaveLength(20)
    expect(words.slice(20, 24)).toEqual(['end 99', 'web skipped 30020', '30020', '30021'])
  })

  it('says what was skipped also of containers of which nothing is left', async () => {
    const channel = createChannel(() => 1)
    const containers = 3_000
    for (let container = 0; container < containers; container++)
      for (let line = 0; line < 10; line++) channel.push(log('line', `c${container}`))
    channel.end()
    let shown = 0
    let skipped = 0
    for await (const event of channel) {
      if (event.type === 'log') shown += 1
      else if (event.type === 'logs-skipped') skipped += event.lines
    }
    expect([shown, skipped]).toEqual([20_000, 10_000])
  })

  it('bounds what waits by its length too', async () => {
    const channel = createChannel(() => 1)
    for (let line = 0; line < 600; line++) channel.push(log(`${line} ${'x'.repeat(16_000)}`))
    channel.end()
    const words = await drain(channel)
    expect(words[0]).toMatch(/^web skipped \d+$/)
    expect(words.slice(1).join('').length).toBeLessThanOrEqual(8 * 1024 * 1024)
    expect(words.at(-1)).toMatch(/^599 /)
  })

  it('wakes a reader that waits', async () => {
    const channel = createChannel(() => 1)
    const words = drain(channel)
    await Promise.resolve()
    channel.push(log('a'))
    await new Promise((resolve) => setImmediate(resolve))
    channel.end()
    expect(await words).toEqual(['a'])
  })
})
