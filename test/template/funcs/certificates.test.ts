import { execFileSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { readElements } from '../../../src/template/funcs/der.ts'
import { readPem } from '../../../src/template/funcs/private-keys.ts'
import { helmBinary } from '../../oracle/helm.ts'
import { renderSnippet } from './render.ts'

const helm = await helmBinary()

interface Pair {
  Cert: string
  Key: string
}

function ours<T>(template: string): T {
  const { output, error } = renderSnippet(template)
  expect(error).toBeUndefined()
  return JSON.parse(output!) as T
}

function theirs<T>(template: string): T {
  const folder = mkdtempSync(path.join(tmpdir(), 'certificates-'))
  try {
    mkdirSync(path.join(folder, 'templates'))
    writeFileSync(path.join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: certificates\nversion: 0.1.0\n')
    writeFileSync(path.join(folder, 'templates/all.yaml'), `result: ${template}`)
    const output = execFileSync(helm!, ['template', 'release', folder], { encoding: 'utf8' })
    return JSON.parse(/^result: (.*)$/m.exec(output)![1]!) as T
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The structure of an encoding; contents that are random or times are left out. */
function outline(bytes: Uint8Array, path = ''): string[] {
  return readElements(bytes).flatMap(({ tag, content }, index) => {
    const place = `${path}/${index}:${tag.toString(16)}`
    if (tag & 0x20) return outline(content, place)
    const isRandom = tag === 0x03 || tag === 0x17 || tag === 0x18 || (tag === 0x02 && content.length > 3) || content.length === 20
    if (tag === 0x04 && !isRandom) return [place, ...outline(content, `${place}>`)]
    // Key identifiers stand inside another octet string.
    if (tag === 0x04 && content.length === 22) return [place]
    return [isRandom ? place : `${place}=${Buffer.from(content).toString('hex')}`]
  })
}

function outlineOf(certificate: string): string[] {
  return outline(readPem(certificate)!.bytes)
}

const ca = '(genCA "my-ca" 365)'
const requests: Record<string, string> = {
  authority: ca,
  'self-signed': '(genSelfSignedCert "foo.com" (list "10.0.0.1" "::1" "::ffff:1.2.3.4") (list "bar.com" "*.foo.com") 365)',
  'self-signed with nothing but a name': '(genSelfSignedCert "foo.com" nil nil 30)',
  'without a name': '(genSelfSignedCert "" nil (list "bar.com") 30)',
  'a name beyond ASCII': '(genSelfSignedCert "füü" nil nil 30)',
  'valid beyond 2050': '(genSelfSignedCert "foo.com" nil nil 36500)',
  signed: `(genSignedCert "foo.com" (list "10.0.0.1") (list "bar.com") 365 ${ca})`,
  'with a key on a curve': '(genCAWithKey "my-ca" 365 (genPrivateKey "ecdsa"))',
  'with an Edwards key': '(genSelfSignedCertWithKey "foo.com" nil nil 365 (genPrivateKey "ed25519"))',
  'signed by an authority of another kind':
    '(genSignedCertWithKey "foo.com" nil nil 365 (genCAWithKey "my-ca" 365 (genPrivateKey "ecdsa")) (genPrivateKey "ed25519"))',
}

describe.each(Object.entries(requests))('%s', (_, request) => {
  const template = `{{ ${request} | toJson }}`

  test('the key belongs to the certificate', () => {
    const { Cert, Key } = ours<Pair>(template)
    const certificate = new X509Certificate(Cert)
    expect(certificate.checkPrivateKey(createPrivateKey(Key))).toBe(true)
    if (!request.includes('genSigned')) expect(certificate.verify(certificate.publicKey)).toBe(true)
  })

  test.skipIf(helm === undefined)("the certificate has the parts of Helm's", () => {
    const { Cert, Key } = ours<Pair>(template)
    const helms = theirs<Pair>(template)
    expect(outlineOf(Cert)).toEqual(outlineOf(helms.Cert))
    expect(readPem(Key)!.type).toBe(readPem(helms.Key)!.type)
    expect(Cert.split('\n')[1]!.length).toBe(helms.Cert.split('\n')[1]!.length)
  })
})

test('an authority signs', () => {
  const [authority, signed] = ours<[Pair, Pair]>(
    '{{ $ca := genCA "my-ca" 365 }}{{ list $ca (genSignedCert "foo.com" nil (list "bar.com") 365 $ca) | toJson }}',
  )
  const issuer = new X509Certificate(authority.Cert)
  const certificate = new X509Certificate(signed.Cert)
  expect(issuer.ca).toBe(true)
  expect(certificate.ca).toBe(false)
  expect(certificate.verify(issuer.publicKey)).toBe(true)
  expect(certificate.checkIssued(issuer)).toBe(true)
  expect(certificate.checkHost('bar.com')).toBe('bar.com')
  expect(certificate.subject).toBe('CN=foo.com')
})

test.skipIf(helm === undefined)("Helm's authority signs here, and ours there", () => {
  const sign = ({ Cert, Key }: Pair): string =>
    `{{ genSignedCert "foo.com" nil nil 365 (buildCustomCert "${Buffer.from(Cert).toString('base64')}" "${Buffer.from(Key).toString('base64')}") | toJson }}`
  const theirAuthority = theirs<Pair>(`{{ ${ca} | toJson }}`)
  const ourAuthority = ours<Pair>(`{{ ${ca} | toJson }}`)
  const here = ours<Pair>(sign(theirAuthority))
  const there = theirs<Pair>(sign(ourAuthority))
  expect(new X509Certificate(here.Cert).checkIssued(new X509Certificate(theirAuthority.Cert))).toBe(true)
  expect(new X509Certificate(there.Cert).checkIssued(new X509Certificate(ourAuthority.Cert))).toBe(true)
  expect(outlineOf(here.Cert)).toEqual(outlineOf(there.Cert))
})

test('a certificate is valid from now for the days that were asked for', () => {
  const before = Math.floor(Date.now() / 1000) * 1000
  const { Cert } = ours<Pair>('{{ genSelfSignedCert "foo.com" nil nil 10 | toJson }}')
  const { validFrom, validTo } = new X509Certificate(Cert)
  expect(Date.parse(validFrom)).toBeGreaterThanOrEqual(before)
  expect(Date.parse(validTo) - Date.parse(validFrom)).toBe(10 * 86_400_000)
})

test.each([
  ['', 'RSA PRIVATE KEY', 'rsa'],
  ['rsa', 'RSA PRIVATE KEY', 'rsa'],
  ['ecdsa', 'EC PRIVATE KEY', 'ec'],
  ['ed25519', 'PRIVATE KEY', 'ed25519'],
])(
  'a private key of the kind %j',
  (kind, type, algorithm) => {
    const key = ours<string>(`{{ genPrivateKey "${kind}" | toJson }}`)
    expect(readPem(key)!.type).toBe(type)
    expect(createPublicKey(key).asymmetricKeyType).toBe(algorithm)
  },
  60_000,
)

test('a DSA key has the six numbers of its old form, and its public part fits the private one', () => {
  const key = readPem(ours<string>('{{ genPrivateKey "dsa" | toJson }}'))!
  const numbers = readElements(readElements(key.bytes)[0]!.content).map(({ content }) => BigInt(`0x${content.toString('hex')}`))
  expect(key.type).toBe('DSA PRIVATE KEY')
  expect(numbers).toHaveLength(6)
  const [version, p, , g, y, x] = numbers as [bigint, bigint, bigint, bigint, bigint, bigint]
  expect(version).toBe(0n)
  expect(power(g, x, p)).toBe(y)
}, 60_000)

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (let square = base, left = exponent; left > 0n; left >>= 1n, square = (square * square) % modulus) {
    if (left & 1n) result = (result * square) % modulus
  }
  return result
}

test.skipIf(helm === undefined)('Helm reads what this engine encrypted, and the other way round', () => {
  const encrypt = '{{ encryptAES "key" "tëxt" | toJson }}'
  const decrypt = (text: string): string => `{{ decryptAES "key" "${text}" | toJson }}`
  expect(theirs<string>(decrypt(ours<string>(encrypt)))).toBe('tëxt')
  expect(ours<string>(decrypt(theirs<string>(encrypt)))).toBe('tëxt')
})
