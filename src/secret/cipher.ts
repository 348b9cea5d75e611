import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { ConvergeError } from '../errors.ts'

/** A key for AES-128, -192 or -256. */
export type SecretKey = Buffer

/** A new key as werf makes it: 16 random bytes as 32 hexadecimal digits. */
export function generateKey(): string {
  return randomBytes(16).toString('hex')
}

/**
 * The key that a text holds: 32, 48 or 64 hexadecimal digits, blanks around them do no harm. `origin` says where it comes from, for the message; the text itself is in none.
 * @throws ConvergeError ERR_SECRET_KEY
 */
export function parseKey(text: string, origin: string): SecretKey {
  const digits = text.trim()
  const hint = 'converge secret generate-key makes one.'
  if (!/^([0-9a-fA-F]{2})+$/.test(digits))
    throw new ConvergeError('ERR_SECRET_KEY', `the key of ${origin} is no hexadecimal text`, { hint })
  const key = Buffer.from(digits, 'hex')
  if (![16, 24, 32].includes(key.length))
    throw new ConvergeError('ERR_SECRET_KEY', `the key of ${origin} has ${key.length} bytes; it must have 16, 24 or 32`, { hint })
  return key
}

/** Whether a text looks like what `encrypt` gives: at least one block after the vector. */
export function isEncrypted(text: string): boolean {
  return /^1000(?:[0-9a-f]{32}){2,}$/i.test(text)
}

/** werf's form of AES-CBC with PKCS#7: in lower-case hexadecimal the length of the vector (two bytes, the lower first), the vector, the cipher text. Nothing stays nothing. */
export function encrypt(text: string, key: SecretKey, vector: Buffer = randomBytes(16)): string {
  if (text === '') return ''
  const cipher = createCipheriv(`aes-${key.length * 8}-cbc`, key, vector)
  return `1000${vector.toString('hex')}${cipher.update(text, 'utf8', 'hex')}${cipher.final('hex')}`
}

/**
 * What `encrypt` was given.
 * @throws ConvergeError ERR_SECRET for what is not encrypted, or with another key; neither text nor key is in the message
 */
export function decrypt(text: string, key: SecretKey): string {
  const trimmed = text.trimEnd()
  if (trimmed === '') return ''
  if (!isEncrypted(trimmed)) throw new ConvergeError('ERR_SECRET', 'it is not encrypted', { hint: 'converge secret encrypt does that.' })
  const data = Buffer.from(trimmed, 'hex')
  try {
    const decipher = createDecipheriv(`aes-${key.length * 8}-cbc`, key, data.subarray(2, 18))
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Buffer.concat([decipher.update(data.subarray(18)), decipher.final()]),
    )
  } catch {
    throw new ConvergeError('ERR_SECRET', 'it cannot be decrypted with this key', { hint: 'Is it the key that it was encrypted with?' })
  }
}
