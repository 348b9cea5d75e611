import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { streamLines } from '../../src/cluster/stream-lines.ts'

async function linesOf(chunks: Buffer[], limit?: number) {
  const lines: { text: string; cut: number; partial: boolean }[] = []
  for await (const batch of streamLines(Readable.from(chunks, { objectMode: true }), limit)) {
    for (const { bytes, cut, partial } of batch) lines.push({ text: bytes.toString(), cut, partial })
  }
  return lines
}

describe('lines of a stream', () => {
  it('are the same however it is chunked', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ''))),
        fc.array(fc.nat(20)),
        async (texts, cuts) => {
          const whole = Buffer.from(texts.map((text) => `${text}\n`).join(''))
          const chunks: Buffer[] = []
          let start = 0
          for (const size of cuts) chunks.push(whole.subarray(start, (start += size)))
          chunks.push(whole.subarray(start))
          expect(await linesOf(chunks.filter((chunk) => chunk.length > 0))).toEqual(texts.map((text) => ({ text, cut: 0, partial: false })))
        },
      ),
    )
  })

  it('may end without a line feed', async () => {
    expect(await linesOf([Buffer.from('a\nb')])).toEqual([
      { text: 'a', cut: 0, partial: false },
      { text: 'b', cut: 0, partial: true },
    ])
  })

  it('are cut at the limit, and the rest is counted', async () => {
    expect(await linesOf([Buffer.from('0123456789'), Buffer.from('0123456789\nab'), Buffer.from('c\n')], 4)).toEqual([
      { text: '0123', cut: 16, partial: false },
      { text: 'abc', cut: 0, partial: false },
    ])
  })

  it('throw when the stream is cut off, without the line in progress', async () => {
    const stream = new Readable({ read() {} })
    stream.push('a\nb')
    const lines: string[] = []
    const reading = (async () => {
      for await (const batch of streamLines(stream)) {
        lines.push(...batch.map(({ bytes }) => bytes.toString()))
        stream.destroy(new Error('cut'))
      }
    })()
    await expect(reading).rejects.toThrow('cut')
    expect(lines).toEqual(['a'])
  })
})
