import { toBytes } from '../bytes.ts'
import type { FunctionTable } from '../value.ts'
import { crypto } from './crypto.ts'
import { sha256 } from './sha256.ts'

/** Texts of more characters than that are worth the loading of node:crypto. */
const largeText = 131_072

function hash(algorithm: string, text: string): string {
  return crypto().createHash(algorithm).update(toBytes(text)).digest('hex')
}

function adler32(bytes: Uint8Array): number {
  let low = 1
  let high = 0
  for (const byte of bytes) {
    low = (low + byte) % 65521
    high = (high + low) % 65521
  }
  return high * 65536 + low
}

/** Check sums of texts. */
export const hashes: FunctionTable = {
  sha1sum: {
    params: ['string'],
    call: ([text]) => hash('sha1', text),
    doc: 'The SHA-1 sum of the text in hexadecimal.',
    example: { template: '{{ sha1sum "hello" }}', output: 'aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d' },
  },
  sha256sum: {
    params: ['string'],
    call: ([text]) => (text.length > largeText ? hash('sha256', text) : sha256(toBytes(text))),
    doc: 'The SHA-256 sum of the text in hexadecimal.',
    example: { template: '{{ sha256sum "hello" | trunc 16 }}', output: '2cf24dba5fb0a30e' },
  },
  sha512sum: {
    params: ['string'],
    call: ([text]) => hash('sha512', text),
    doc: 'The SHA-512 sum of the text in hexadecimal.',
    example: { template: '{{ sha512sum "hello" | trunc 16 }}', output: '9b71d224bd62f378' },
  },
  adler32sum: {
    params: ['string'],
    call: ([text]) => String(adler32(toBytes(text))),
    doc: 'The Adler-32 sum of the text in decimal.',
    example: { template: '{{ adler32sum "hello" }}', output: '103547413' },
  },
}
