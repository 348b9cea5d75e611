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
  return decode(toBytes(text), base64Alphabet, 4, 'illegal base64 data at input byte ')
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

/**
 * Go's decoders, which differ from each other only in alphabet and group size, up to the offset of the error: for a text that ends too
 * early base64 names the beginning of the last group or the end of the text, base32 the end of the text.
 */
function decode(input: Uint8Array, alphabet: string, groupSize: 4 | 8, problem: string): Uint8Array {
  const values = new Map(Array.from(alphabet, (character, index) => [character.charCodeAt(0), index]))
  const width = groupSize === 4 ? 6 : 5
  const paddings = groupSize === 4 ? [2, 3] : [2, 4, 5, 7]
  const output: number[] = []
  const corrupt = (offset: number): Error => failure(problem + offset)
  let group: number[] = []
  let at = 0
  const flush = (): void => {
    let bits = 0n
    for (let index = 0; index < groupSize; index++) bits = (bits << BigInt(width)) | BigInt(group[index] ?? 0)
    const total = groupSize * width
    const size = Math.floor((group.length * width) / 8)
    for (let index = 0; index < size; index++) output.push(Number((bits >> BigInt(total - 8 * (index + 1))) & 255n))
    group = []
  }
  const isBreak = (byte: number | undefined): boolean => byte === 10 || byte === 13
  while (at < input.length) {
    const byte = input[at++]!
    if (isBreak(byte)) continue
    const value = values.get(byte)
    if (value !== undefined) {
      group.push(value)
      if (group.length === groupSize) flush()
      continue
    }
    if (byte !== 0x3d || !paddings.includes(group.length)) throw corrupt(at - 1)
    for (let missing = groupSize - group.length - 1; missing > 0; missing--) {
      while (isBreak(input[at])) at++
      if (at >= input.length) throw corrupt(input.length)
      if (input[at] !== 0x3d) throw corrupt(groupSize === 4 ? at : at)
      at++
    }
    while (isBreak(input[at])) at++
    if (at < input.length) throw corrupt(at)
    flush()
    return Uint8Array.from(output)
  }
  if (group.length > 0) throw corrupt(groupSize === 4 ? at - group.length : input.length)
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
    call: ([text]) => orMessage(() => decode(toBytes(text), base32Alphabet, 8, 'illegal base32 data at input byte ')),
    doc: 'The text that the base32 stands for; where it is not base32, the text of the error.',
    example: { template: '{{ b32dec "NBSWY3DP" }}', output: 'hello' },
  },
}
