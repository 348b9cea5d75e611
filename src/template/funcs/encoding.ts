import { fromBytes, toBytes } from '../bytes.ts'
import type { FunctionTable } from '../value.ts'
import { failure } from './failure.ts'

const base64Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const base32Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const base64Text = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Standard base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

/** Go's `base64.StdEncoding.DecodeString`: line breaks are skipped; anything else that is out of place is an error with its offset. */
export function decodeBase64(text: string): Uint8Array {
  if (base64Text.test(text)) return Buffer.from(text, 'base64')
  return decodeStrange64(toBytes(text))
}

function encodeBase32(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 5) {
    const group = bytes.subarray(at, at + 5)
    let bits = 0n
    for (let index = 0; index < 5; index++) bits = (bits << 8n) | BigInt(group[index] ?? 0)
    const used = Math.ceil((group.length * 8) / 5)
    for (let index = 0; index < 8; index++) text += index < used ? base32Alphabet[Number((bits >> BigInt(35 - 5 * index)) & 31n)] : '='
  }
  return text
}

const isBreak = (byte: number | undefined): boolean => byte === 10 || byte === 13
const equals = 0x3d

/** The bytes of one group of characters that stand for `width` bits each. */
function unpack(group: readonly number[], width: number): number[] {
  let bits = 0n
  for (const value of group) bits = (bits << BigInt(width)) | BigInt(value)
  const size = Math.floor((group.length * width) / 8)
  bits >>= BigInt(group.length * width - size * 8)
  return Array.from({ length: size }, (_, index) => Number((bits >> BigInt(8 * (size - 1 - index))) & 255n))
}

function valuesOf(alphabet: string): Map<number, number> {
  return new Map(Array.from(alphabet, (character, index) => [character.charCodeAt(0), index]))
}

function decodeStrange64(input: Uint8Array): Uint8Array {
  const values = valuesOf(base64Alphabet)
  const corrupt = (offset: number): Error => failure(`illegal base64 data at input byte ${offset}`)
  const output: number[] = []
  let group: number[] = []
  for (let at = 0; at < input.length; at++) {
    const byte = input[at]!
    const value = values.get(byte)
    if (value !== undefined) {
      group.push(value)
      if (group.length < 4) continue
      output.push(...unpack(group, 6))
      group = []
    } else if (!isBreak(byte)) {
      if (byte !== equals || group.length < 2) throw corrupt(at)
      at++
      const skipBreaks = (): void => {
        while (isBreak(input[at])) at++
      }
      if (group.length === 2) {
        skipBreaks()
        if (at === input.length) throw corrupt(at)
        if (input[at] !== equals) throw corrupt(at - 1)
        at++
      }
      skipBreaks()
      if (at < input.length) throw corrupt(at)
      return Uint8Array.from([...output, ...unpack(group, 6)])
    }
  }
  if (group.length > 0) throw corrupt(input.length - group.length)
  return Uint8Array.from(output)
}

/** Go's `base32.StdEncoding.DecodeString`; offsets of errors do not count line breaks. */
function decodeBase32(text: string): Uint8Array {
  const input = toBytes(text).filter((byte) => !isBreak(byte))
  const values = valuesOf(base32Alphabet)
  const corrupt = (offset: number): Error => failure(`illegal base32 data at input byte ${offset}`)
  const output: number[] = []
  for (let start = 0; start < input.length; start += 8) {
    const group: number[] = []
    for (let at = start; at < start + 8; at++) {
      if (at >= input.length) throw corrupt(start + (input.length - at))
      const left = input.length - at - 1
      if (input[at] === equals && group.length >= 2 && left < 8) {
        if (left + group.length < 7) throw corrupt(input.length)
        for (let k = 0; k < 7 - group.length; k++) if (left > k && input[at + 1 + k] !== equals) throw corrupt(at + k)
        if (group.length === 3 || group.length === 6) throw corrupt(at)
        return Uint8Array.from([...output, ...unpack(group, 5)])
      }
      const value = values.get(input[at]!)
      if (value === undefined) throw corrupt(at)
      group.push(value)
    }
    for (const byte of unpack(group, 5)) output.push(byte)
  }
  return Uint8Array.from(output)
}

/** sprig gives the error's text as if it were the decoded text. */
function orMessage(decoder: () => Uint8Array): string {
  try {
    return fromBytes(decoder())
  } catch (error) {
    return (error as Error).message
  }
}

/** Base64 and base32. */
export const encoding: FunctionTable = {
  b64enc: {
    params: ['string'],
    call: ([text]) => encodeBase64(toBytes(text)),
    doc: 'The text in base64.',
    example: { template: '{{ b64enc "hello" }}', output: 'aGVsbG8=' },
  },
  b64dec: {
    params: ['string'],
    call: ([text]) => orMessage(() => decodeBase64(text)),
    doc: 'The text that the base64 stands for; where it is not base64, the text of the error.',
    example: { template: '{{ b64dec "aGVsbG8=" }}', output: 'hello' },
  },
  b32enc: {
    params: ['string'],
    call: ([text]) => encodeBase32(toBytes(text)),
    doc: 'The text in base32.',
    example: { template: '{{ b32enc "hello" }}', output: 'NBSWY3DP' },
  },
  b32dec: {
    params: ['string'],
    call: ([text]) => orMessage(() => decodeBase32(text)),
    doc: 'The text that the base32 stands for; where it is not base32, the text of the error.',
    example: { template: '{{ b32dec "NBSWY3DP" }}', output: 'hello' },
  },
}
