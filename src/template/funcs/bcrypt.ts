import { encodeBase64, hashSync } from 'bcryptjs'

const cost = 10

/** A bcrypt hash in the form of Go's: `$2a$10$`, salt and hash. The salt has 16 bytes. */
export function bcryptHash(text: string, salt: Uint8Array): string {
  return hashSync(text, `$2a$${cost}$${encodeBase64(salt, 16)}`)
}
