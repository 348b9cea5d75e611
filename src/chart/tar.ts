/** One entry of a tar archive. `data` is a view into the archive. */
export interface TarEntry {
  name: string
  type: 'file' | 'directory' | 'link' | 'other'
  size: number
  /** Where a symbolic or hard link points. */
  target: string
  /** Milliseconds since the epoch. */
  modTime: number
  data: Uint8Array
}

const block = 512

/**
 * The entries of an uncompressed tar archive (ustar, pax and GNU names), one after the other, without copying.
 * @throws Error where the archive is broken or ends early
 */
export function* readTar(archive: Uint8Array): Generator<TarEntry> {
  let at = 0
  let pax: Record<string, string> = {}
  let longName: string | undefined
  let longTarget: string | undefined
  while (at + block <= archive.length) {
    const header = archive.subarray(at, at + block)
    if (header.every((byte) => byte === 0)) return
    if (!checksumHolds(header)) throw new Error('archive/tar: invalid tar header')
    const flag = String.fromCharCode(header[156]!)
    const size = pax.size !== undefined && !'xgLK'.includes(flag) ? Number(pax.size) : number(header, 124, 12)
    if (!Number.isSafeInteger(size) || size < 0) throw new Error('archive/tar: invalid tar header')
    const start = at + block
    const stored = flag === '1' || flag === '2' || flag === '5' ? 0 : size
    if (start + stored > archive.length) throw new Error('unexpected EOF')
    const data = archive.subarray(start, start + stored)
    at = start + Math.ceil(stored / block) * block
    if (flag === 'x') pax = paxRecords(data)
    else if (flag === 'L') longName = string(data, 0, data.length)
    else if (flag === 'K') longTarget = string(data, 0, data.length)
    else if (flag !== 'g') {
      const name = pax.path ?? longName ?? headerName(header)
      yield {
        name,
        type: entryType(flag, name),
        size,
        target: pax.linkpath ?? longTarget ?? string(header, 157, 100),
        modTime: (pax.mtime !== undefined ? Number(pax.mtime) : number(header, 136, 12)) * 1000,
        data,
      }
      pax = {}
      longName = undefined
      longTarget = undefined
    }
  }
}

function entryType(flag: string, name: string): TarEntry['type'] {
  if (flag === '5' || (name.endsWith('/') && (flag === '0' || flag === '\0'))) return 'directory'
  if (flag === '1' || flag === '2') return 'link'
  return flag === '0' || flag === '\0' || flag === '7' ? 'file' : 'other'
}

function headerName(header: Uint8Array): string {
  const name = string(header, 0, 100)
  const prefix = string(header, 257, 5) === 'ustar' ? string(header, 345, 155) : ''
  return prefix === '' ? name : `${prefix}/${name}`
}

function string(bytes: Uint8Array, start: number, length: number): string {
  const field = bytes.subarray(start, start + length)
  const end = field.indexOf(0)
  return Buffer.from(end < 0 ? field : field.subarray(0, end)).toString('utf8')
}

/** An octal field, or GNU's base 256 where the first bit is set. */
function number(header: Uint8Array, start: number, length: number): number {
  if (header[start]! & 0x80) {
    let value = header[start]! & 0x3f
    for (let i = start + 1; i < start + length; i++) value = value * 256 + header[i]!
    return value
  }
  const text = string(header, start, length).trim()
  return text === '' ? 0 : Number.parseInt(text, 8)
}

function checksumHolds(header: Uint8Array): boolean {
  let unsigned = 0
  let signed = 0
  for (let i = 0; i < block; i++) {
    const byte = i >= 148 && i < 156 ? 0x20 : header[i]!
    unsigned += byte
    signed += byte > 127 ? byte - 256 : byte
  }
  const expected = number(header, 148, 8)
  return expected === unsigned || expected === signed
}

function paxRecords(data: Uint8Array): Record<string, string> {
  const records: Record<string, string> = Object.create(null)
  let at = 0
  while (at < data.length) {
    const space = data.indexOf(0x20, at)
    if (space < 0) break
    const length = Number(string(data, at, space - at))
    if (!Number.isInteger(length) || length <= space - at + 1 || at + length > data.length) break
    const record = Buffer.from(data.subarray(space + 1, at + length - 1)).toString('utf8')
    const equals = record.indexOf('=')
    if (equals > 0) records[record.slice(0, equals)] = record.slice(equals + 1)
    at += length
  }
  return records
}
