import { fromBytes, toBytes } from '../bytes.ts'
import type { CallContext, FunctionTable } from '../value.ts'
import { crypto } from './crypto.ts'
import { decodeBase64, encodeBase64 } from './encoding.ts'
import { failure } from './failure.ts'

const blockSize = 16

/** The password as a key of 32 bytes: cut off, or filled up with zeros. */
function keyOf(password: string): Buffer {
  const key = Buffer.alloc(32)
  key.set(toBytes(password).subarray(0, 32))
  return key
}

function encrypt(password: string, text: string, context: CallContext): string {
  if (text === '') return ''
  const vector = context.randomBytes(blockSize)
  const cipher = crypto().createCipheriv('aes-256-cbc', keyOf(password), vector)
  return encodeBase64(Buffer.concat([vector, cipher.update(toBytes(text)), cipher.final()]))
}

function decrypt(password: string, text: string): string {
  if (text === '') return ''
  const bytes = decodeBase64(text)
  const capacity = Math.floor(text.length / 4) * 3
  if (capacity < blockSize) throw failure(`runtime error: slice bounds out of range [:${blockSize}] with capacity ${capacity}`)
  if (bytes.length < blockSize) throw failure(`runtime error: slice bounds out of range [${blockSize}:${bytes.length}]`)
  const encrypted = bytes.subarray(blockSize)
  if (encrypted.length % blockSize !== 0) throw failure('crypto/cipher: input not full blocks')
  const cipher = crypto().createDecipheriv('aes-256-cbc', keyOf(password), bytes.subarray(0, blockSize)).setAutoPadding(false)
  const decrypted = Buffer.concat([cipher.update(encrypted), cipher.final()])
  if (decrypted.length === 0) throw failure('runtime error: index out of range [-1]')
  const length = decrypted.length - decrypted.at(-1)!
  if (length < 0) throw failure(`runtime error: slice bounds out of range [:${length}]`)
  return fromBytes(decrypted.subarray(0, length))
}

/** AES-256-CBC with a password. */
export const aes: FunctionTable = {
  encryptAES: {
    params: ['string', 'string'],
    call: ([password, text], context) => encrypt(password, text, context),
    doc: 'The text encrypted with the password, in base64.',
    example: { template: '{{ encryptAES "key" "text" | len }}', output: '44' },
  },
  decryptAES: {
    params: ['string', 'string'],
    call: ([password, text]) => decrypt(password, text),
    doc: 'The text that `encryptAES` encrypted with the password.',
    example: { template: '{{ encryptAES "key" "text" | decryptAES "key" }}', output: 'text' },
  },
}
