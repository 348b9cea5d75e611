import type { KeyObject } from 'node:crypto'
import { messageOf } from '../../errors.ts'
import { crypto } from './crypto.ts'
import { integer, readElements, sequence } from './der.ts'
import { failure } from './failure.ts'

/** A PEM block: lines of 64 characters. */
export function pem(type: string, bytes: Uint8Array): string {
  const lines = Buffer.from(bytes)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN ${type}-----\n${lines}\n-----END ${type}-----\n`
}

/** The first PEM block of a text; undefined where there is none. */
export function readPem(text: string): { type: string; bytes: Buffer } | undefined {
  const match = /-----BEGIN ([^\n-]*)-----[ \t\r]*\n([A-Za-z0-9+/=\s]*?)-----END \1-----/.exec(text)
  return match ? { type: match[1]!, bytes: Buffer.from(match[2]!, 'base64') } : undefined
}

/** A new RSA key with that many bits; the best node:crypto can do without waiting for a thread. */
export function generateRsa(modulusLength: number): KeyObject {
  return crypto().generateKeyPairSync('rsa', { modulusLength }).privateKey
}

/** sprig's `genPrivateKey`. */
export function generatePrivateKey(type: string): string {
  const { generateKeyPairSync } = crypto()
  switch (type) {
    case '':
    case 'rsa':
      return exportKey(generateRsa(4096))
    case 'dsa':
      return exportDsa(generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 }))
    case 'ecdsa':
      return exportKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
    case 'ed25519':
      return exportKey(generateKeyPairSync('ed25519').privateKey)
  }
  return `Unknown type ${type}`
}

/** The key in the form that sprig chooses: PKCS#1 for RSA, SEC 1 for curves, PKCS#8 for the others. */
export function exportKey(key: KeyObject): string {
  const type = key.asymmetricKeyType === 'rsa' ? 'pkcs1' : key.asymmetricKeyType === 'ec' ? 'sec1' : 'pkcs8'
  return key.export({ type, format: 'pem' }) as string
}

/** OpenSSL's old form of DSA keys, which node:crypto cannot write: 0, p, q, g, y, x. */
function exportDsa({ publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject }): string {
  const [, algorithm, secret] = readElements(readElements(privateKey.export({ type: 'pkcs8', format: 'der' }))[0]!.content)
  const parameters = readElements(readElements(algorithm!.content)[1]!.content).map((element) => element.whole)
  const [, shared] = readElements(readElements(publicKey.export({ type: 'spki', format: 'der' }))[0]!.content)
  return pem('DSA PRIVATE KEY', sequence(integer(0n), ...parameters, shared!.content.subarray(1), secret!.content))
}

/** Reads a private key as sprig does: PKCS#8, PKCS#1 or SEC 1, by the type of the PEM block. */
export function readPrivateKey(text: string): KeyObject {
  const block = readPem(text)
  if (!block) throw failure('no PEM data in input')
  const { type, bytes } = block
  const read = (form: 'pkcs8' | 'pkcs1' | 'sec1', problem: string): KeyObject => {
    try {
      return crypto().createPrivateKey({ key: bytes, format: 'der', type: form })
    } catch (error) {
      throw failure(`${problem}: ${messageOf(error)}`)
    }
  }
  if (type === 'PRIVATE KEY') return read('pkcs8', 'decoding PEM as PKCS#8')
  if (!type.endsWith(' PRIVATE KEY')) throw failure(`no private key data in PEM block of type ${type}`)
  const kind = type.slice(0, -' PRIVATE KEY'.length)
  if (kind === 'RSA') return read('pkcs1', 'parsing RSA private key from PEM')
  if (kind === 'EC') return read('sec1', 'parsing EC private key from PEM')
  if (kind === 'DSA') throw failure('error creating certificate: x509: certificate private key does not implement crypto.Signer')
  throw failure(`invalid private key type ${type}`)
}
