import { type CallContext, type FunctionTable, Int } from '../value.ts'
import { boundText } from './bounds.ts'
import { runes } from './characters.ts'
import { encodeBase64 } from './encoding.ts'
import { failure } from './failure.ts'

/** A random whole number below `limit`, which may be up to 2^48; every number is equally likely. */
function below(limit: number, context: CallContext): number {
  const space = 2 ** 48
  const accepted = space - (space % limit)
  for (;;) {
    let number = 0
    for (const byte of context.randomBytes(6)) number = number * 256 + byte
    if (number < accepted) return number % limit
  }
}

/** Random characters of an alphabet of at most 256; bytes that would favour its beginning are thrown away. */
function randomText(count: number, alphabet: string, context: CallContext): string {
  if (count <= 0) return ''
  boundText(count)
  const accepted = 256 - (256 % alphabet.length)
  const parts: string[] = []
  for (let length = 0; length < count; ) {
    for (const byte of context.randomBytes(Math.min(count - length + 16, 65_536))) {
      if (byte >= accepted || length === count) continue
      parts.push(alphabet[byte % alphabet.length]!)
      length++
    }
  }
  return parts.join('')
}

function shuffle(text: string, context: CallContext): string {
  const characters = runes(text)
  for (let at = characters.length - 1; at > 0; at--) {
    const other = below(at + 1, context)
    ;[characters[at], characters[other]] = [characters[other]!, characters[at]!]
  }
  return characters.join('')
}

function randomInteger(least: number, limit: number, context: CallContext): Int {
  if (limit - least <= 0) throw failure('invalid argument to Intn')
  return new Int('int', BigInt(least + below(limit - least, context)))
}

function uuid(context: CallContext): string {
  const bytes = context.randomBytes(16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

const digits = '0123456789'
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('')

/** Random texts and numbers. Nothing is random twice the same way: a chart that uses them changes at every rendering. */
export const random: FunctionTable = {
  randAlpha: {
    params: ['int'],
    call: ([count], context) => randomText(count, letters, context),
    doc: 'That many random letters.',
    example: { template: '{{ randAlpha 8 }}', shape: /^[A-Za-z]{8}$/ },
  },
  randNumeric: {
    params: ['int'],
    call: ([count], context) => randomText(count, digits, context),
    doc: 'That many random digits.',
    example: { template: '{{ randNumeric 8 }}', shape: /^[0-9]{8}$/ },
  },
  randAlphaNum: {
    params: ['int'],
    call: ([count], context) => randomText(count, letters + digits, context),
    doc: 'That many random letters and digits.',
    example: { template: '{{ randAlphaNum 8 }}', shape: /^[A-Za-z0-9]{8}$/ },
  },
  randAscii: {
    params: ['int'],
    call: ([count], context) => randomText(count, printable, context),
    doc: 'That many random printable ASCII characters.',
    example: { template: '{{ randAscii 8 }}', shape: /^[ -~]{8}$/ },
  },
  randBytes: {
    params: ['int'],
    call: ([count], context) => {
      if (count < 0) throw failure('runtime error: makeslice: len out of range')
      boundText(count)
      return encodeBase64(context.randomBytes(count))
    },
    doc: 'That many random bytes in base64.',
    example: { template: '{{ randBytes 6 }}', shape: /^[A-Za-z0-9+/]{8}$/ },
  },
  randInt: {
    params: ['int', 'int'],
    call: ([least, limit], context) => randomInteger(least, limit, context),
    doc: 'A random integer from the first number up to but not including the second.',
    example: { template: '{{ randInt 10 20 }}', shape: /^1[0-9]$/ },
  },
  shuffle: {
    params: ['string'],
    call: ([text], context) => shuffle(text, context),
    doc: 'The characters of the text in random order.',
    example: { template: '{{ shuffle "aab" }}', shape: /^(aab|aba|baa)$/ },
  },
  uuidv4: {
    params: [],
    call: (_, context) => uuid(context),
    doc: 'A random UUID of version 4.',
    example: { template: '{{ uuidv4 }}', shape: /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/ },
  },
}
