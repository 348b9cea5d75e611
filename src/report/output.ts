import type { Output, TerminalOutput } from './report.ts'

/** So many characters go out at once, and not only at the end of the turn. */
const pieceLength = 64 * 1024

/**
 * An output on a Node stream: back-pressure by `drain`, and a reader that has gone away (EPIPE) ends nothing. What is written in one turn goes out together,
 * at its end or when the process exits; with `direct` each write by itself.
 */
export function streamOutput(
  stream: NodeJS.WriteStream | NodeJS.WritableStream,
  { direct = false } = {},
): Output & { failure(): NodeJS.ErrnoException | undefined } {
  let full = false
  let gone = false
  let text = ''
  const waiting: (() => void)[] = []
  const wake = () => {
    full = false
    for (const resolve of waiting.splice(0)) resolve()
  }
  let failure: NodeJS.ErrnoException | undefined
  const leave = (error?: NodeJS.ErrnoException) => {
    // A reader that went away, or a terminal that was closed, has what it wanted.
    if (error && error.code !== 'EPIPE' && error.code !== 'EIO') failure ??= error
    gone = true
    wake()
  }
  const flush = () => {
    if (text === '' || gone) return
    const piece = text
    text = ''
    full = !stream.write(piece)
  }
  stream.on('drain', wake)
  stream.on('error', leave)
  stream.on('close', () => leave())
  if (!direct) process.on('exit', flush)
  return {
    write(more) {
      if (gone || more.length === 0) return
      if (text === '' && !direct) process.nextTick(flush)
      text += more
      if (direct || text.length >= pieceLength) flush()
    },
    drained: () => (full && !gone ? new Promise((resolve) => waiting.push(resolve)) : undefined),
    failure: () => failure,
    // A terminal that does not know its size says 0.
    columns: () => ('columns' in stream && stream.columns) || 120,
    rows: () => ('rows' in stream && stream.rows) || 40,
  }
}

/** An output on the terminal of this process. */
export function terminalOutput(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): TerminalOutput {
  return {
    ...streamOutput(stdout, { direct: true }),
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
