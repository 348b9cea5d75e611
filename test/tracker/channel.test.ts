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
    expect(words).toHaveLength(20_000 + 3)
    expect(words.slice(0, 3)).toEqual(['web rolling', 'web skipped 501', '501'])
    expect(words.slice(-3)).toEqual(['20499', 'sidecar skipped 1', 'last'])
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
