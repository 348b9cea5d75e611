/** Just enough of ASN.1's distinguished encoding to write certificates, and to read what is needed of others. */

export function der(tag: number, ...contents: Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  const length = content.length
  const header = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 255]
  if (length > 0xffff) header.splice(0, 3, 0x83, length >> 16, (length >> 8) & 255, length & 255)
  return Buffer.concat([Buffer.from([tag, ...header]), content])
}

export const sequence = (...items: Uint8Array[]): Buffer => der(0x30, ...items)
export const set = (...items: Uint8Array[]): Buffer => der(0x31, ...items)
export const octets = (bytes: Uint8Array): Buffer => der(0x04, bytes)
export const bits = (bytes: Uint8Array, unused = 0): Buffer => der(0x03, Buffer.from([unused]), bytes)
export const truth = Buffer.from([0x01, 0x01, 0xff])
export const nothing = Buffer.from([0x05, 0x00])
/** A part with a number of its own: `[0]`. */
export const tagged = (number: number, ...contents: Uint8Array[]): Buffer => der(0xa0 | number, ...contents)

/** A number that is not negative. */
export function integer(number: bigint): Buffer {
  const digits = number.toString(16)
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex')
  return bytes[0]! >= 0x80 ? der(0x02, Buffer.from([0]), bytes) : der(0x02, bytes)
}

export function objectId(dotted: string): Buffer {
  const [first, second, ...rest] = dotted.split('.').map(Number) as [number, number, ...number[]]
  const bytes = [first * 40 + second]
  for (const number of rest) {
    const groups = [number & 127]
    for (let left = number >> 7; left > 0; left >>= 7) groups.unshift((left & 127) | 128)
    bytes.push(...groups)
  }
  return der(0x06, Buffer.from(bytes))
}

/** Text as Go's encoding/asn1 chooses its type. */
export function text(content: string): Buffer {
  return der(/^[A-Za-z0-9 '()+,\-./:=?*&]*$/.test(content) ? 0x13 : 0x0c, Buffer.from(content))
}

/** Whole seconds in UTC; the longer form from 2050 on. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\..*/g, '')
  const year = date.getUTCFullYear()
  return year >= 1950 && year < 2050 ? der(0x17, Buffer.from(`${digits.slice(2)}Z`)) : der(0x18, Buffer.from(`${digits}Z`))
}

export interface Element {
  tag: number
  content: Buffer
  /** Tag and length included. */
  whole: Buffer
}

/** The elements one after the other; throws where the lengths do not fit. */
export function readElements(bytes: Uint8Array): Element[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const elements: Element[] = []
  for (let at = 0; at < buffer.length; ) {
    let start = at + 2
    let length = buffer[at + 1] ?? 0
    if (length >= 0x80) {
      const size = length & 127
      if (size > 4 || start + size > buffer.length) throw new RangeError('bad length')
      length = buffer.readUIntBE(start, size)
      start += size
    }
    if (start + length > buffer.length) throw new RangeError('bad length')
    elements.push({ tag: buffer[at]!, content: buffer.subarray(start, start + length), whole: buffer.subarray(at, start + length) })
    at = start + length
  }
  return elements
}
