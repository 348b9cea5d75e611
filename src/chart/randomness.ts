import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const device = '/dev/urandom'

/** Random bytes of the operating system, for passwords and keys. They are read from its device where there is one: Node's own functions take 4 ms to load. */
export function systemRandomBytes(size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  if (fillFromDevice(bytes)) return bytes
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536))
  return bytes
}

/** False where there is no such device, or it does not give enough. */
function fillFromDevice(bytes: Uint8Array): boolean {
  let file: number
  try {
    file = openSync(device, 'r')
  } catch {
    return false
  }
  try {
    if (!fstatSync(file).isCharacterDevice()) return false
    for (let at = 0; at < bytes.length; ) {
      const read = readSync(file, bytes, at, bytes.length - at, null)
      if (read <= 0) return false
      at += read
    }
    return true
  } catch {
    return false
  } finally {
    closeSync(file)
  }
}
