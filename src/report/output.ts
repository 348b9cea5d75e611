import { once } from 'node:events'
import type { Output } from './report.ts'

/** An output on a Node stream: back-pressure by `drain`, and a reader that has gone away (EPIPE) ends nothing. */
export function streamOutput(stream: NodeJS.WriteStream | NodeJS.WritableStream): Output {
  let full = false
  let gone = false
  stream.on('error', () => {
    gone = true
    full = false
  })
  return {
    write(text) {
      if (!gone && text.length > 0) full = !stream.write(text)
    },
    async drained() {
      if (!full || gone) return
      await Promise.race([once(stream, 'drain'), once(stream, 'error').catch(() => {}), once(stream, 'close')]).catch(() => {})
      full = false
    },
    columns: () => ('columns' in stream && stream.columns) || 120,
    rows: () => ('rows' in stream && stream.rows) || 40,
  }
}

/** An output that keeps what is written, for files written at the end and for tests. */
export function memoryOutput(columns = 120, rows = 40): Output & { text: string } {
  return {
    text: '',
    write(text) {
      this.text += text
    },
    async drained() {},
    columns: () => columns,
    rows: () => rows,
  }
}
