import { closeSync, existsSync, mkdirSync, openSync, writeSync } from 'node:fs'
import path from 'node:path'
import { ConvergeError } from '../errors.ts'
import type { Output } from './report.ts'

/** An output on a file. */
export interface FileOutput extends Output {
  /** Writes what is left and closes the file; throws where anything of it could not be written. A second call does nothing. */
  close(): void
}

const pieceLength = 64 * 1024

/**
 * Opens `file` for a report, with the directories above it, and empties it. Throws when that fails, so that a run finds out before it touches anything. What is written
 * reaches the file by the next turn of the event loop, without waiting for anybody, so that it is there also when the process ends at once.
 */
export function openFileOutput(file: string): FileOutput {
  const descriptor = open(file)
  let text = ''
  let scheduled = false
  let closed = false
  let failure: unknown

  function flush(): void {
    scheduled = false
    if (closed || text === '') return
    const bytes = Buffer.from(text)
    text = ''
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
    } catch (error) {
      // A reader of a pipe that went away has what it wanted.
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') failure ??= error
    }
  }

  return {
    write(more) {
      if (closed || failure !== undefined) return
      text += more
      if (text.length >= pieceLength) flush()
      else if (!scheduled) {
        scheduled = true
        setImmediate(flush)
      }
    },
    drained: () => undefined,
    columns: () => 120,
    rows: () => 40,
    close() {
      if (closed) return
      flush()
      closed = true
      closeSync(descriptor)
      if (failure !== undefined) throw fileError('write', file, failure)
    },
  }
}

function open(file: string): number {
  try {
    makeDirectory(path.dirname(path.resolve(file)))
    return openSync(file, 'w')
  } catch (error) {
    throw fileError('open', file, error)
  }
}

/** As `mkdir -p`; Node's own never returns where a directory refuses with ENOENT, as those of /proc do. */
function makeDirectory(directory: string): void {
  if (existsSync(directory)) return
  makeDirectory(path.dirname(directory))
  mkdirSync(directory)
}

const reasons: Record<string, string> = {
  EACCES: 'permission denied',
  EEXIST: 'a part of its path is a file',
  EISDIR: 'it is a directory',
  ENOENT: 'its directory cannot be made',
  ENOSPC: 'no space left on the device',
  ENOTDIR: 'a part of its path is a file',
  EROFS: 'the file system is read-only',
}

/** Standard output that did not take everything. */
export function outputError(cause: NodeJS.ErrnoException): ConvergeError {
  return new ConvergeError('ERR_REPORT', `cannot write to standard output: ${reasons[cause.code ?? ''] ?? cause.message}`, {
    cause,
    hint: 'The run itself went on to its end.',
  })
}

function fileError(action: 'open' | 'write', file: string, cause: unknown): ConvergeError {
  const { code = '', message } = cause as NodeJS.ErrnoException
  return new ConvergeError('ERR_REPORT', `cannot ${action} the report ${file}: ${reasons[code] ?? message}`, {
    cause,
    hint: action === 'open' ? 'Give --report another file; nothing was touched.' : 'The run itself went on; its outcome stands above.',
  })
}
