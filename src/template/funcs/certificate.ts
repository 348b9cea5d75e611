import type { KeyObject } from 'node:crypto'
import { quote } from '../quote.ts'
import { GoObject, type Value } from '../value.ts'
import { crypto } from './crypto.ts'
import { bits, der, integer, nothing, objectId, octets, readElements, sequence, set, tagged, text, time, truth } from './der.ts'
import { failure } from './failure.ts'
import { exportKey, pem } from './private-keys.ts'

/** sprig's certificate: a certificate and its private key, both PEM. */
export class Certificate extends GoObject {
  readonly goType = 'sprig.certificate'
  readonly kind = 'struct'
  readonly cert: string
  readonly key: string

  constructor(cert: string, key: string) {
    super()
    this.cert = cert
    this.key = key
  }

  override field(name: string): Value | undefined {
    return name === 'Cert' ? this.cert : name === 'Key' ? this.key : undefined
  }

  override goFields(): readonly (readonly [string, Value])[] {
    return [
      ['Cert', this.cert],
      ['Key', this.key],
    ]
  }

  toGoString(): string {
    return `{${this.cert} ${this.key}}`
  }

  toJsonValue(): Value {
    return new Map([
      ['Cert', this.cert],
      ['Key', this.key],
    ])
  }
}

export interface CertificateRequest {
  commonName: string
  /** Addresses as 4 or 16 bytes. */
  addresses: readonly (readonly number[])[]
  names: readonly string[]
  notBefore: Date
  notAfter: Date
  serial: bigint
  isAuthority: boolean
}

export interface Issuer {
  /** The subject of the issuer's certificate, encoded. */
  subject: Buffer
  keyId?: Buffer
  key: KeyObject
}

const oid = {
  commonName: '2.5.4.3',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  basicConstraints: '2.5.29.19',
  subjectKeyId: '2.5.29.14',
  authorityKeyId: '2.5.29.35',
  subjectAlternativeName: '2.5.29.17',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
}

/** A certificate of the key, signed by the issuer, or by itself without one. Extensions are those of Go's x509.CreateCertificate. */
export function issueCertificate(request: CertificateRequest, key: KeyObject, issuer?: Issuer): Certificate {
  const publicKey = crypto().createPublicKey(key).export({ type: 'spki', format: 'der' })
  const subject = nameOf(request.commonName)
  const signer = issuer?.key ?? key
  const algorithm = algorithmOf(signer)
  const body = sequence(
    tagged(0, integer(2n)),
    integer(request.serial),
    algorithm.id,
    issuer?.subject ?? subject,
    sequence(time(request.notBefore), time(request.notAfter)),
    subject,
    publicKey,
    tagged(3, sequence(...extensions(request, publicKey, subject, issuer))),
  )
  const signature = crypto().sign(algorithm.hash, body, signer)
  return new Certificate(pem('CERTIFICATE', sequence(body, algorithm.id, bits(signature))), exportKey(key))
}

function nameOf(commonName: string): Buffer {
  return commonName === '' ? sequence() : sequence(set(sequence(objectId(oid.commonName), text(commonName))))
}

function algorithmOf(key: KeyObject): { id: Buffer; hash: string | undefined } {
  if (key.asymmetricKeyType === 'rsa') return { id: sequence(objectId('1.2.840.113549.1.1.11'), nothing), hash: 'sha256' }
  if (key.asymmetricKeyType === 'ed25519') return { id: sequence(objectId('1.3.101.112')), hash: undefined }
  const curve = key.asymmetricKeyDetails?.namedCurve
  const [number, hash] = curve === 'secp384r1' ? [3, 'sha384'] : curve === 'secp521r1' ? [4, 'sha512'] : [2, 'sha256']
  return { id: sequence(objectId(`1.2.840.10045.4.3.${number}`)), hash: hash as string }
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return critical ? sequence(objectId(id), truth, octets(value)) : sequence(objectId(id), octets(value))
}

function extensions(request: CertificateRequest, publicKey: Buffer, subject: Buffer, issuer: Issuer | undefined): Buffer[] {
  const { isAuthority, names, addresses } = request
  // Digital signature and key encipherment, and for authorities the signing of certificates.
  const usage = isAuthority ? bits(Buffer.from([0xa4]), 2) : bits(Buffer.from([0xa0]), 5)
  const found = [
    extension(oid.keyUsage, usage, true),
    extension(oid.extendedKeyUsage, sequence(objectId(oid.serverAuth), objectId(oid.clientAuth))),
    extension(oid.basicConstraints, isAuthority ? sequence(truth) : sequence(), true),
  ]
  if (isAuthority) found.push(extension(oid.subjectKeyId, octets(keyIdOf(publicKey))))
  if (issuer?.keyId && !issuer.subject.equals(subject)) {
    found.push(extension(oid.authorityKeyId, sequence(der(0x80, issuer.keyId))))
  }
  if (names.length > 0 || addresses.length > 0) {
    const alternatives = [...names.map(dnsName), ...addresses.map((address) => der(0x87, Buffer.from(address)))]
    found.push(extension(oid.subjectAlternativeName, sequence(...alternatives), request.commonName === ''))
  }
  return found
}

function dnsName(name: string): Buffer {
  if (!/^[\x00-\x7f]*$/.test(name)) throw failure(`error creating certificate: x509: ${quote(name)} cannot be encoded as an IA5String`)
  return der(0x82, Buffer.from(name))
}

/** The first 20 bytes of the SHA-256 sum of the key, as Go makes it since 1.25. */
function keyIdOf(publicKey: Buffer): Buffer {
  const [, key] = readElements(readElements(publicKey)[0]!.content)
  return crypto().createHash('sha256').update(key!.content.subarray(1)).digest().subarray(0, 20)
}

/** What a certificate says that those it signs need: its subject and the id of its key. */
export function readIssuer(bytes: Uint8Array, key: KeyObject): Issuer {
  const body = readElements(readElements(readElements(bytes)[0]!.content)[0]!.content)
  const first = body[0]!.tag === 0xa0 ? 1 : 0
  const subject = body[first + 4]!.whole
  const list = body.find((element) => element.tag === 0xa3)
  const all = list ? readElements(readElements(list.content)[0]!.content) : []
  const wanted = objectId(oid.subjectKeyId)
  for (const item of all) {
    const parts = readElements(item.content)
    if (parts[0]!.whole.equals(wanted)) return { subject, key, keyId: readElements(parts.at(-1)!.content)[0]!.content }
  }
  return { subject, key }
}
