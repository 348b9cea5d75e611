import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { ConvergeError } from '../errors.ts'
import { quote } from '../template/quote.ts'
import { goReason } from './reason.ts'
import { fileText } from './text.ts'

/** Helm's limit for each file of a chart: 5 MiB. */
export const maxFileSize = 5 * 1024 * 1024

/** A file of a chart; `name` is its slash path relative to the chart. */
export interface ChartFile {
  name: string
  /** Its bytes without a leading byte order mark; a file of a directory is read when they are first asked for. */
  readonly data: Uint8Array
  /** The bytes as text; see `fileText`. */
  readonly text: string
  /** Milliseconds since the epoch. */
  modTime: number
}

/** A file whose bytes are at hand. */
export function storedFile(name: string, data: Uint8Array, modTime: number): ChartFile {
  return new StoredFile(name, withoutBom(data), modTime)
}

/**
 * The file at `path`, of which only what charts use is read: a README never is.
 * @throws ConvergeError with Helm's message for what is too large or must not be read
 */
export function fileOnDisk(path: string, name: string): ChartFile {
  const { size, mode, mtimeMs } = statSync(path)
  if (size > maxFileSize) {
    const base = quote(name.slice(name.lastIndexOf('/') + 1))
    throw new ConvergeError('ERR_CHART', `chart file ${base} is larger than the maximum file size ${maxFileSize}`, {
      location: { file: path },
    })
  }
  // What everybody may read needs no question.
  if ((mode & 0o444) !== 0o444) reading(name, path, () => accessSync(path, constants.R_OK))
  return new DiskFile(path, name, mtimeMs)
}

/** The file under another name, as a chart sees the files of the charts within it. */
export function renamed(file: ChartFile, name: string): ChartFile {
  return file instanceof DiskFile ? new DiskFile(file.path, name, file.modTime) : new StoredFile(name, file.data, file.modTime)
}

class StoredFile implements ChartFile {
  readonly name: string
  readonly data: Uint8Array
  readonly modTime: number
  constructor(name: string, data: Uint8Array, modTime: number) {
    this.name = name
    this.data = data
    this.modTime = modTime
  }
  get text(): string {
    return fileText(this.data)
  }
}

class DiskFile implements ChartFile {
  readonly path: string
  readonly name: string
  readonly modTime: number
  private bytes: Uint8Array | undefined
  private characters: string | undefined
  constructor(path: string, name: string, modTime: number) {
    this.path = path
    this.name = name
    this.modTime = modTime
  }
  get data(): Uint8Array {
    this.bytes ??= withoutBom(reading(this.name, this.path, () => readFileSync(this.path)))
    return this.bytes
  }
  get text(): string {
    this.characters ??= this.read()
    return this.characters
  }
  private read(): string {
    // Node reads text in one call, and bytes in four.
    const text = reading(this.name, this.path, () => readFileSync(this.path, 'utf8'))
    if (text.includes('\uFFFD')) return fileText(this.data)
    return text.startsWith('\uFEFF') ? text.slice(1) : text
  }
}

function reading<T>(name: string, path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new ConvergeError('ERR_CHART', `error reading ${name}: open ${path}: ${goReason(error)}`, { cause: error })
  }
}

/** The bytes without a leading UTF-8 byte order mark. */
function withoutBom(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes
}
