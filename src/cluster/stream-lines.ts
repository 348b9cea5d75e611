import type { Readable } from 'node:stream'

/** One line of a stream without its line feed. `cut` bytes were left out because the line was longer than allowed; `partial`: the stream ended within it. */
export interface StreamLine {
  bytes: Buffer
  cut: number
  partial: boolean
}

/**
 * Splits a byte stream into lines, in time linear in its bytes whatever the sizes of chunks and lines: a line that spans chunks is put together once,
 * when its end has come. At most `limit` bytes of a line are kept. Errors of the stream are thrown; what came of the line in progress is dropped then.
 */
export async function* streamLines(stream: Readable, limit = Number.POSITIVE_INFINITY): AsyncGenerator<StreamLine[]> {
  let parts: Buffer[] = []
  let kept = 0
  let cut = 0
  const keep = (bytes: Buffer) => {
    const room = limit - kept
    if (bytes.length > room) {
      cut += bytes.length - Math.max(0, room)
      bytes = bytes.subarray(0, Math.max(0, room))
    }
    if (bytes.length === 0) return
    parts.push(bytes)
    kept += bytes.length
  }
  const take = (partial: boolean): StreamLine => {
    const line = { bytes: parts.length === 1 ? parts[0]! : Buffer.concat(parts, kept), cut, partial }
    parts = []
    kept = 0
    cut = 0
    return line
  }
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const lines: StreamLine[] = []
    let start = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      keep(chunk.subarray(start, end))
      lines.push(take(false))
      start = end + 1
    }
    // A copy, so that a short rest does not hold the whole chunk in memory.
    if (start < chunk.length) keep(start === 0 ? chunk : Buffer.from(chunk.subarray(start)))
    if (lines.length > 0) yield lines
  }
  if (kept > 0 || cut > 0) yield [take(true)]
}
