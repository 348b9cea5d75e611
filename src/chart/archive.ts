import path from 'node:path'
import { ConvergeError, messageOf } from '../errors.ts'
import { quote } from '../template/quote.ts'
import { type ChartFile, maxFileSize, storedFile } from './chartfile.ts'
import { readTar, type TarEntry } from './tar.ts'

/** Helm's limit for all files of an archive: 100 MiB. */
const maxChartSize = 100 * 1024 * 1024

/**
 * The files of a gzipped chart archive, with the first element of their paths taken off.
 * @throws ConvergeError with Helm's reason for what is not gzip, for paths and links that leave the chart, and for what is too large
 */
export function readArchive(bytes: Uint8Array): ChartFile[] {
  const files: ChartFile[] = []
  let remaining = maxChartSize
  for (const entry of entries(gunzip(bytes))) {
    if (entry.type === 'directory') continue
    const name = entryPath(entry.name)
    if (entry.type === 'link') refuseEscape(entry, name)
    if (entry.size > remaining) throw tooLarge()
    if (entry.size > maxFileSize) {
      throw archiveError(`decompressed chart file ${quote(entry.name)} is larger than the maximum file size ${maxFileSize}`)
    }
    remaining -= entry.data.length
    if (remaining <= 0) throw tooLarge()
    files.push(storedFile(name, entry.data, entry.modTime))
  }
  if (files.length === 0) throw archiveError('no files in chart archive')
  return files
}

/** Whether the bytes begin like a gzip stream. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 0x08
}

function gunzip(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 2 || bytes[0] !== 0x1f || bytes[1] !== 0x8b) throw archiveError('gzip: invalid header')
  // Loaded here: most charts are directories without archives, and loading takes a millisecond.
  const { gunzipSync } = process.getBuiltinModule('node:zlib')
  try {
    // Headers and padding come on top of what Helm counts, so the bound on the stream is a wider one.
    return gunzipSync(bytes, { maxOutputLength: 2 * maxChartSize })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge()
    throw archiveError(messageOf(error) === 'unexpected end of file' ? 'unexpected EOF' : messageOf(error))
  }
}

function* entries(archive: Uint8Array): Generator<TarEntry> {
  try {
    yield* readTar(archive)
  } catch (error) {
    throw archiveError(messageOf(error))
  }
}

function entryPath(name: string): string {
  const delimiter = name.includes('\\') ? '\\' : '/'
  const parts = name.split(delimiter)
  const inside = parts.slice(1).join('/')
  if (inside.startsWith('/')) throw archiveError('chart illegally contains absolute paths', name)
  const clean = path.posix.normalize(inside).replace(/(?<=.)\/$/, '')
  if (clean === '.') throw archiveError(`chart illegally contains content outside the base directory: ${quote(name)}`)
  if (clean.startsWith('..')) throw archiveError('chart illegally references parent directory', name)
  if (/^[a-zA-Z]:\//.test(clean)) throw archiveError('chart contains illegally named files', name)
  if (parts[0] === 'Chart.yaml') throw archiveError('chart yaml not in base directory')
  return clean
}

/** Helm reads every link as an empty file; one that points out of the chart is refused here. */
function refuseEscape(entry: TarEntry, name: string): void {
  const target = entry.target.replaceAll('\\', '/')
  const resolved = path.posix.normalize(path.posix.join(path.posix.dirname(name), target))
  if (target.startsWith('/') || resolved === '..' || resolved.startsWith('../')) {
    throw archiveError('chart illegally contains a link out of the chart', `${entry.name} -> ${entry.target}`)
  }
}

function tooLarge(): ConvergeError {
  return archiveError(`decompressed chart is larger than the maximum size ${maxChartSize}`)
}

function archiveError(message: string, entry?: string): ConvergeError {
  return new ConvergeError('ERR_CHART_ARCHIVE', message, entry === undefined ? {} : { details: [entry] })
}
