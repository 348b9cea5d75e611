import { byteLength, toBytes } from '../bytes.ts'
import type { CallContext, FunctionTable } from '../value.ts'
import { bcryptHash } from './bcrypt.ts'
import { crypto } from './crypto.ts'

function hash(text: string, context: CallContext): string {
  if (byteLength(text) > 72) return 'failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes'
  return bcryptHash(text, context.randomBytes(16))
}

/** Forms of passwords of the Master Password algorithm; each letter stands for a class of characters. */
const forms: Record<string, string[]> = {
  maximum: ['anoxxxxxxxxxxxxxxxxx', 'axxxxxxxxxxxxxxxxxno'],
  long: [
    'CvcvnoCvcvCvcv',
    'CvcvCvcvnoCvcv',
    'CvcvCvcvCvcvno',
    'CvccnoCvcvCvcv',
    'CvccCvcvnoCvcv',
    'CvccCvcvCvcvno',
    'CvcvnoCvccCvcv',
    'CvcvCvccnoCvcv',
    'CvcvCvccCvcvno',
    'CvcvnoCvcvCvcc',
    'CvcvCvcvnoCvcc',
    'CvcvCvcvCvccno',
    'CvccnoCvccCvcv',
    'CvccCvccnoCvcv',
    'CvccCvccCvcvno',
    'CvcvnoCvccCvcc',
    'CvcvCvccnoCvcc',
    'CvcvCvccCvccno',
    'CvccnoCvcvCvcc',
    'CvccCvcvnoCvcc',
    'CvccCvcvCvccno',
  ],
  medium: ['CvcnoCvc', 'CvcCvcno'],
  short: ['Cvcn'],
  basic: ['aaanaaan', 'aannaaan', 'aaannaaa'],
  pin: ['nnnn'],
}

const upperVowels = 'AEIOU'
const upperConsonants = 'BCDFGHJKLMNPQRSTVWXYZ'
const letters = `${upperVowels}aeiou${upperConsonants}bcdfghjklmnpqrstvwxyz`
const classes: Record<string, string> = {
  V: upperVowels,
  C: upperConsonants,
  v: 'aeiou',
  c: 'bcdfghjklmnpqrstvwxyz',
  A: upperVowels + upperConsonants,
  a: letters,
  n: '0123456789',
  o: "@&%?,=[]_:-+*$#!'^~;()/.",
  x: `${letters}0123456789!@#$%^&*()`,
}
const seedPrefix = 'com.lyndir.masterpassword'

function bigEndian(number: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(number)
  return bytes
}

function derive(counter: number, form: string, password: string, user: string, site: string): string {
  const templates = Object.hasOwn(forms, form) ? forms[form] : undefined
  if (!templates) return `cannot find password template ${form}`
  const prefix = Buffer.from(seedPrefix)
  const userBytes = toBytes(user)
  const siteBytes = toBytes(site)
  const salt = Buffer.concat([prefix, bigEndian(userBytes.length), userBytes])
  const key = crypto().scryptSync(toBytes(password), salt, 64, { N: 32_768, r: 8, p: 2, maxmem: 128 * 1024 * 1024 })
  const message = Buffer.concat([prefix, bigEndian(siteBytes.length), siteBytes, bigEndian(counter)])
  const seed = crypto().createHmac('sha256', key).update(message).digest()
  const template = templates[seed[0]! % templates.length]!
  return Array.from(template, (kind, index) => classes[kind]![seed[index + 1]! % classes[kind]!.length]).join('')
}

/** Password hashes, and passwords made from a master password. */
export const passwords: FunctionTable = {
  bcrypt: {
    params: ['string'],
    call: ([text], context) => hash(text, context),
    doc: 'The bcrypt hash of the text, salted at random.',
    example: { template: '{{ bcrypt "secret" }}', shape: /^\$2a\$10\$[./A-Za-z0-9]{53}$/ },
  },
  htpasswd: {
    params: ['string', 'string'],
    call: ([user, password], context) => (user.includes(':') ? `invalid username: ${user}` : `${user}:${hash(password, context)}`),
    doc: 'A line of a password file for web servers: the user and the bcrypt hash of the password.',
    example: { template: '{{ htpasswd "admin" "secret" }}', shape: /^admin:\$2a\$10\$[./A-Za-z0-9]{53}$/ },
  },
  derivePassword: {
    params: ['uint32', 'string', 'string', 'string', 'string'],
    call: ([counter, form, password, user, site]) => derive(Number(counter), form, password, user, site),
    doc: 'The password of a user at a site, made from a master password: always the same for the same arguments.',
    example: { template: '{{ derivePassword 1 "long" "password" "user" "example.com" }}', output: 'ZedaFaxcZaso9*' },
  },
}
