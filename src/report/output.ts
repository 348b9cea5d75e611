import type { Output, TerminalOutput } from './report.ts'

/** An output on a Node stream: back-pressure by `drain`, and a reader that has gone away (EPIPE) ends nothing. */
export function streamOutput(stream: NodeJS.WriteStream | NodeJS.WritableStream): Output {
  let full = false
  let gone = false
  const waiting: (() => void)[] = []
  const wake = () => {
    full = false
    for (const resolve of waiting.splice(0)) resolve()
  }
  const leave = () => {
    gone = true
    wake()
  }
  stream.on('drain', wake)
  stream.on('error', leave)
  stream.on('close', leave)
  return {
    write(text) {
      if (!gone && text.length > 0) full = !stream.write(text)
    },
    drained: () => (full && !gone ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve()),
    // A terminal that does not know its size says 0.
    columns: () => ('columns' in stream && stream.columns) || 120,
    rows: () => ('rows' in stream && stream.rows) || 40,
  }
}

/** An output on the terminal of this process. */
export function terminalOutput(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): TerminalOutput {
  return {
    ...streamOutput(stdout),
    onResize(listener) {
      stdout.on('resize', listener)
      return () => void stdout.off('resize', listener)
    },
    intercept(listener) {
      if (!stderr.isTTY) return () => {}
      const write = stderr.write
      stderr.write = ((chunk: Uint8Array | string, ...rest: unknown[]) => {
        listener(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())
        const done = rest.at(-1)
        if (typeof done === 'function') done()
        return true
      }) as typeof stderr.write
      return () => void (stderr.write = write)
    },
  }
}
