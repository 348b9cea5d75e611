import type { KeyObject } from 'node:crypto'
import { messageOf } from '../../errors.ts'
import { fromBytes } from '../bytes.ts'
import { formatValue } from '../fmt.ts'
import type { CallContext, FunctionTable, Value } from '../value.ts'
import { parseAddress4, parseAddress6 } from './address.ts'
import { Certificate, type CertificateRequest, type Issuer, issueCertificate, readIssuer } from './certificate.ts'
import { crypto } from './crypto.ts'
import { decodeBase64 } from './encoding.ts'
import { failure } from './failure.ts'
import { generatePrivateKey, generateRsa, readPem, readPrivateKey } from './private-keys.ts'

/** sprig writes every certificate with these. */
const keySize = 2048
const day = 86_400_000

interface Subject {
  name: string
  addresses: Value[] | null
  names: Value[] | null
  days: number
}

function requestOf(subject: Subject, isAuthority: boolean, context: CallContext): CertificateRequest {
  const addresses = (subject.addresses ?? []).map(parseAddress)
  const names = (subject.names ?? []).map((name) => {
    if (typeof name !== 'string') throw failure(`error processing alternate dns name: ${formatValue(name)} is not a string`)
    return name
  })
  const notBefore = context.now()
  const notAfter = new Date(notBefore.getTime() + subject.days * day)
  return { commonName: subject.name, addresses, names, notBefore, notAfter, serial: serialNumber(context), isAuthority }
}

function parseAddress(address: Value): number[] {
  if (typeof address !== 'string') throw failure(`error parsing ip: ${formatValue(address)} is not a string`)
  const bytes = parseAddress4(address) ?? parseAddress6(address)
  if (!bytes) throw failure(`error parsing ip: ${address}`)
  // An IPv4 address in IPv6's clothes is one of four bytes to Go.
  const isMapped = bytes.length === 16 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255
  return isMapped ? bytes.slice(12) : bytes
}

function serialNumber(context: CallContext): bigint {
  let serial = 0n
  while (serial === 0n) for (const byte of context.randomBytes(16)) serial = (serial << 8n) | BigInt(byte)
  return serial
}

function signWith(authority: Certificate): Issuer {
  const block = readPem(authority.cert)
  if (!block) throw failure('unable to decode certificate')
  const publicKey = parseCertificate(block.bytes, 'decodedSignerCert.Bytes').publicKey
  const key = asSigner(() => readPrivateKey(authority.key))
  if (!crypto().createPublicKey(key).equals(publicKey)) {
    throw failure("error creating certificate: x509: provided PrivateKey doesn't match parent's PublicKey")
  }
  return readIssuer(block.bytes, key)
}

function asSigner(read: () => KeyObject): KeyObject {
  try {
    return read()
  } catch (error) {
    throw failure(`error parsing private key: ${messageOf(error)}`)
  }
}

function parseCertificate(bytes: Uint8Array, what: string): import('node:crypto').X509Certificate {
  try {
    return new (crypto().X509Certificate)(bytes)
  } catch {
    throw failure(`error parsing certificate: ${what}: x509: malformed certificate`)
  }
}

function givenKey(text: string): KeyObject {
  try {
    return readPrivateKey(text)
  } catch (error) {
    throw failure(`parsing private key: ${messageOf(error)}`)
  }
}

function authority(name: string, days: number, key: KeyObject, context: CallContext): Certificate {
  return issueCertificate(requestOf({ name, addresses: null, names: null, days }, true, context), key)
}

function selfSigned(subject: Subject, key: KeyObject, context: CallContext): Certificate {
  return issueCertificate(requestOf(subject, false, context), key)
}

function signed(subject: Subject, issuer: Certificate, key: KeyObject, context: CallContext): Certificate {
  const signer = signWith(issuer)
  return issueCertificate(requestOf(subject, false, context), key, signer)
}

function custom(certificate: string, key: string): Certificate {
  const decode = (text: string, what: string): string => {
    try {
      return fromBytes(decodeBase64(text))
    } catch {
      throw failure(`unable to decode base64 ${what}`)
    }
  }
  const certificateText = decode(certificate, 'certificate')
  const keyText = decode(key, 'private key')
  const block = readPem(certificateText)
  if (!block) throw failure('unable to decode certificate')
  parseCertificate(block.bytes, 'decodedCert.Bytes')
  asSigner(() => readPrivateKey(keyText))
  return new Certificate(certificateText, keyText)
}

const list = '[]interface {}'
const struct = 'sprig.certificate'

/** Private keys and certificates; all random. The results have the fields Cert and Key, both PEM. */
export const certificates: FunctionTable = {
  genPrivateKey: {
    params: ['string'],
    call: ([type]) => generatePrivateKey(type),
    doc: 'A new private key as PEM: rsa, with 4096 bits, ecdsa on P-256, ed25519 or dsa.',
    example: { template: '{{ genPrivateKey "ecdsa" }}', shape: /^-----BEGIN EC PRIVATE KEY-----\n/ },
  },
  genCA: {
    params: ['string', 'int'],
    call: ([name, days], context) => authority(name, days, generateRsa(keySize), context),
    doc: 'A new certificate authority, valid for that many days, with an RSA key of 2048 bits.',
    example: { template: '{{ (genCA "my-ca" 365).Cert }}', shape: /^-----BEGIN CERTIFICATE-----\n/ },
  },
  genCAWithKey: {
    params: ['string', 'int', 'string'],
    call: ([name, days, key], context) => authority(name, days, givenKey(key), context),
    doc: 'The same as `genCA` with a private key of your own, as PEM.',
    example: { template: '{{ (genCAWithKey "my-ca" 365 (genPrivateKey "ecdsa")).Cert }}', shape: /^-----BEGIN CERTIFICATE-----\n/ },
  },
  genSelfSignedCert: {
    params: ['string', list, list, 'int'],
    call: ([name, addresses, names, days], context) => selfSigned({ name, addresses, names, days }, generateRsa(keySize), context),
    doc: 'A new certificate signed by itself, for the common name, IP addresses and DNS names, valid for that many days.',
    example: {
      template: '{{ (genSelfSignedCert "foo.com" (list "10.0.0.1") (list "bar.com") 365).Key }}',
      shape: /^-----BEGIN RSA PRIVATE KEY-----\n/,
    },
  },
  genSelfSignedCertWithKey: {
    params: ['string', list, list, 'int', 'string'],
    call: ([name, addresses, names, days, key], context) => selfSigned({ name, addresses, names, days }, givenKey(key), context),
    doc: 'The same as `genSelfSignedCert` with a private key of your own, as PEM.',
    example: {
      template: '{{ (genSelfSignedCertWithKey "foo.com" nil nil 365 (genPrivateKey "ed25519")).Key }}',
      shape: /^-----BEGIN PRIVATE KEY-----\n/,
    },
  },
  genSignedCert: {
    params: ['string', list, list, 'int', struct],
    call: ([name, addresses, names, days, issuer], context) =>
      signed({ name, addresses, names, days }, issuer, generateRsa(keySize), context),
    doc: 'A new certificate signed by an authority, which comes last.',
    example: {
      template: '{{ (genSignedCert "foo.com" nil (list "bar.com") 365 (genCA "my-ca" 365)).Cert }}',
      shape: /^-----BEGIN CERTIFICATE-----\n/,
    },
  },
  genSignedCertWithKey: {
    params: ['string', list, list, 'int', struct, 'string'],
    call: ([name, addresses, names, days, issuer, key], context) =>
      signed({ name, addresses, names, days }, issuer, givenKey(key), context),
    doc: 'The same as `genSignedCert` with a private key of your own, as PEM.',
    example: {
      template: '{{ (genSignedCertWithKey "foo.com" nil nil 365 (genCA "my-ca" 365) (genPrivateKey "ecdsa")).Key }}',
      shape: /^-----BEGIN EC PRIVATE KEY-----\n/,
    },
  },
  buildCustomCert: {
    params: ['string', 'string'],
    call: ([certificate, key]) => custom(certificate, key),
    doc: 'A certificate and its key, both PEM in base64, in the form that `genSignedCert` takes as an authority.',
    example: {
      template: '{{ $ca := genCA "my-ca" 365 }}{{ eq $ca.Key (buildCustomCert (b64enc $ca.Cert) (b64enc $ca.Key)).Key }}',
      output: 'true',
    },
  },
}
