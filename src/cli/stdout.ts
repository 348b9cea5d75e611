import { writeSync } from 'node:fs'

/**
 * Writes to standard output and waits until it has been taken; a reader that went away (`| head`) is no error.
 * The file descriptor takes it where it can: setting up `process.stdout` for a pipe loads the network modules, 2 ms of a start.
 */
export function writeOut(text: string): Promise<void> {
  // Pipes on Windows are written in the background, so that text sent past the stream would overtake it.
  const rest = process.platform === 'win32' ? Buffer.from(text) : writeNow(Buffer.from(text))
  if (rest.length === 0) return Promise.resolve()
  return new Promise((resolve, reject) => {
    process.stdout.write(rest, (error) => {
      if (error && (error as NodeJS.ErrnoException).code !== 'EPIPE') reject(error)
      else resolve()
    })
  })
}

/** Writes to the file descriptor and returns what it did not take: all of it where others have set the pipe to non-blocking and it is full. */
function writeNow(bytes: Buffer): Buffer {
  let rest = bytes
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EAGAIN') return rest
      if (code === 'EPIPE') return rest.subarray(rest.length)
      throw error
    }
  }
  return rest
}
