import { compareStrings, fromBytes, toBytes } from './bytes.ts'
import { Complex } from './complex.ts'
import { formatFloat } from './float.ts'
import { canBackquote, quote, quoteRune, quoteToAscii } from './quote.ts'
import { goTypeOf } from './reflect.ts'
import { isPrint } from './unicode.ts'
import { GoFunc, GoObject, Int, nilBytes, TypedMap, TypedSlice, type Value } from './value.ts'

/** What stands between the percent sign and the verb. `%#v` and `%+v` have flags of their own, as in Go. */
export interface Flags {
  width: number | undefined
  precision: number | undefined
  minus: boolean
  plus: boolean
  sharp: boolean
  space: boolean
  zero: boolean
  plusV: boolean
  sharpV: boolean
}

/** No address is the same twice, in Go neither. */
export const address = '0xc000010000'

/** An argument of printf by one verb; a mistake prints as Go's `%!d(string=x)`. */
export function formatVerb(arg: Value, verb: string, flags: Flags): string {
  if (arg === null) return verb === 'T' || verb === 'v' ? pad('<nil>', flags) : `%!${verb}(<nil>)`
  if (verb === 'T') return stringText(goTypeOf(arg), 's', flags)
  if (verb === 'p') return pointerText(arg, verb, flags)
  return valueText(arg, verb, flags, 0)
}

/** One value; `depth` tells elements of containers from arguments. */
function valueText(value: Value | undefined, verb: string, flags: Flags, depth: number): string {
  if (value === null || value === undefined) return flags.sharpV ? 'interface {}(nil)' : '<nil>'
  if (typeof value === 'string') return stringText(value, verb, flags)
  if (typeof value === 'number') return floatText(value, verb, flags)
  if (typeof value === 'boolean') return verb === 't' || verb === 'v' ? pad(String(value), flags) : badVerb(value, verb, flags)
  if (typeof value === 'bigint') return integerText(value, true, value, verb, flags)
  if (value instanceof Int) return integerText(value.value, !value.type.startsWith('u'), value, verb, flags)
  if (verb === 'w' && !(value instanceof Uint8Array)) return badVerb(value, verb, flags)
  if (value instanceof Map) return mapText(value, verb, flags, depth)
  if (Array.isArray(value)) return sliceText(value, verb, flags, depth)
  if (value instanceof Uint8Array) return bytesText(value, verb, flags, depth)
  return value instanceof GoFunc ? pointerText(value, verb, flags) : objectText(value, verb, flags, depth)
}

function mapText(map: Map<string, Value>, verb: string, flags: Flags, depth: number): string {
  if (flags.sharpV && map instanceof TypedMap && map.nil) return `${map.goType}(nil)`
  const entries = [...map.keys()]
    .sort(compareStrings)
    .map((key) => `${stringText(key, verb, flags)}:${valueText(map.get(key), verb, flags, depth + 1)}`)
  return flags.sharpV ? `${goTypeOf(map)}{${entries.join(', ')}}` : `map[${entries.join(' ')}]`
}

function sliceText(items: Value[], verb: string, flags: Flags, depth: number): string {
  if (flags.sharpV && items instanceof TypedSlice && items.nil) return `${goTypeOf(items)}(nil)`
  const texts = items.map((item) => valueText(item, verb, flags, depth + 1))
  return flags.sharpV ? `${goTypeOf(items)}{${texts.join(', ')}}` : `[${texts.join(' ')}]`
}

function bytesText(bytes: Uint8Array, verb: string, flags: Flags, depth: number): string {
  if (verb === 's' || verb === 'q') return stringText(fromBytes(bytes), verb, flags)
  if (verb === 'x' || verb === 'X') return hexText(bytes, verb, flags)
  const texts = Array.from(bytes, (byte) => integerText(BigInt(byte), false, new Int('uint8', BigInt(byte)), verb, flags))
  if (flags.sharpV && bytes === nilBytes) return `${depth === 0 ? '[]byte' : '[]uint8'}(nil)`
  return flags.sharpV ? `${depth === 0 ? '[]byte' : '[]uint8'}{${texts.join(', ')}}` : `[${texts.join(' ')}]`
}

/** `plain`: without the String method, as inside the text of a mistake. */
function objectText(object: GoObject, verb: string, flags: Flags, depth: number, plain = false): string {
  if (object instanceof Complex) return complexText(object, verb, flags, plain)
  const map = object.asMap()
  if (map) return mapText(new TypedMap(object.goType, map), verb, flags, depth)
  if (!plain && object.isStringer && !flags.sharpV && 'vsxXq'.includes(verb)) return stringText(object.toGoString(), verb, flags)
  const syntax = flags.sharpV && !plain ? object.goSyntax() : undefined
  if (syntax !== undefined) return pad(syntax, flags)
  if (object.integer !== undefined) return integerText(object.integer, true, object, verb, flags)
  const fields = object.goFields()
  if (!fields) return verb === 'v' ? object.toGoString() : `%!${verb}(${object.goType}=${object.toGoString()})`
  if (object.kind === 'ptr' && depth > 0) return pointerText(object, verb, flags)
  const named = flags.plusV || flags.sharpV
  const texts = fields.map(([name, value]) => (named ? `${name}:` : '') + valueText(value, verb, flags, depth + 1))
  const type = flags.sharpV ? object.goType.replace(/^\*/, '') : ''
  return `${object.kind === 'ptr' ? '&' : ''}${type}{${texts.join(flags.sharpV ? ', ' : ' ')}}`
}

/** Both parts by the verb, the second with its sign. */
function complexText(value: Complex, verb: string, flags: Flags, plain: boolean): string {
  if (!plain && !'vbgGxXfFeE'.includes(verb)) return badVerb(value, verb, flags)
  return `(${floatText(value.real, verb, flags)}${floatText(value.imaginary, verb, { ...flags, plus: true })}i)`
}

/** Something of a kind that has an address; a mistake for every other. */
function pointerText(value: Value, verb: string, flags: Flags): string {
  const has =
    typeof value === 'object' && value !== null && !(value instanceof Int) && !(value instanceof GoObject && value.kind === 'struct')
  if (!has || !'vpbodxX'.includes(verb)) return badVerb(value, verb, flags)
  if (verb === 'v' && flags.sharpV) return `(${goTypeOf(value)})(${address})`
  if (verb === 'v' || verb === 'p') return pad(flags.sharp ? address.slice(2) : address, flags)
  return integerText(BigInt(address), false, value, verb, flags)
}

function badVerb(value: Value, verb: string, flags: Flags): string {
  const object = value instanceof GoObject
  const text = value instanceof GoFunc ? address : object ? objectText(value, 'v', flags, 0, true) : valueText(value, 'v', flags, 0)
  return `%!${verb}(${goTypeOf(value)}=${text})`
}

function stringText(text: string, verb: string, flags: Flags): string {
  if (verb === 'x' || verb === 'X') return hexText(toBytes(text), verb, flags)
  const quoted = verb === 'q' || (verb === 'v' && flags.sharpV)
  if (!quoted && verb !== 's' && verb !== 'v') return badVerb(text, verb, flags)
  const cut = flags.precision === undefined ? text : truncate(text, flags.precision)
  if (!quoted) return pad(cut, flags)
  if (flags.sharp && canBackquote(cut)) return pad(`\`${cut}\``, flags)
  return pad(flags.plus ? quoteToAscii(cut) : quote(cut), flags)
}

function hexText(bytes: Uint8Array, verb: string, flags: Flags): string {
  const length = Math.min(bytes.length, flags.precision ?? bytes.length)
  const prefix = flags.sharp ? `0${verb}` : ''
  let text = ''
  for (let i = 0; i < length; i++) {
    if (i === 0 || flags.space) text += (i > 0 ? ' ' : '') + prefix
    const pair = bytes[i]!.toString(16).padStart(2, '0')
    text += verb === 'X' ? pair.toUpperCase() : pair
  }
  return pad(text, flags)
}

function floatText(value: number, verb: string, flags: Flags): string {
  const form = verb === 'v' ? 'g' : verb === 'F' ? 'f' : verb
  if (form !== 'b' && form !== 'e' && form !== 'E' && form !== 'f' && form !== 'g' && form !== 'G' && form !== 'x' && form !== 'X') {
    return badVerb(value, verb, flags)
  }
  const precision = flags.precision ?? (form === 'f' || form === 'e' || form === 'E' ? 6 : -1)
  const text = formatFloat(value, form, precision)
  const signed = text[0] === '-' || text[0] === '+'
  let sign = signed ? text[0]! : '+'
  let body = signed ? text.slice(1) : text
  if (flags.space && sign === '+' && !flags.plus) sign = ' '
  if (body[0] === 'N' && !flags.space && !flags.plus) return padWith(body, ' ', flags)
  // Inf keeps its sign, and neither is padded with zeros.
  if (body[0] === 'I' || body[0] === 'N') return padWith(sign + body, ' ', flags)
  if (flags.sharp && form !== 'b') body = withPoint(body, form, precision)
  if (!flags.plus && sign === '+') return pad(body, flags)
  if (flags.zero && !flags.minus && flags.width !== undefined && flags.width > body.length + 1) {
    return sign + body.padStart(flags.width - 1, '0')
  }
  return pad(sign + body, flags)
}

/** `%#g` and its like keep the point and the zeros behind it. */
function withPoint(body: string, form: string, precision: number): string {
  const tailAt = body.search(form === 'x' || form === 'X' ? /[pP]/ : /[eE]/)
  const tail = tailAt < 0 ? '' : body.slice(tailAt)
  let number = tailAt < 0 ? body : body.slice(0, tailAt)
  let missing = 'gGx'.includes(form) ? (precision === -1 ? 6 : precision) : 0
  missing -= number.replace('.', '').replace(/^0+/, '').length
  if (!number.includes('.')) {
    if (number === '0') missing--
    number += '.'
  }
  return number + '0'.repeat(Math.max(missing, 0)) + tail
}

function integerText(value: bigint, signed: boolean, arg: Value, verb: string, flags: Flags): string {
  switch (verb) {
    case 'v':
      return flags.sharpV && !signed ? digitsText(value, 16, verb, { ...flags, sharp: true }) : digitsText(value, 10, verb, flags)
    case 'd':
      return digitsText(value, 10, verb, flags)
    case 'b':
      return digitsText(value, 2, verb, flags)
    case 'o':
    case 'O':
      return digitsText(value, 8, verb, flags)
    case 'x':
    case 'X':
      return digitsText(value, 16, verb, flags)
    case 'c':
      return pad(String.fromCodePoint(validRune(value)), flags)
    case 'q':
      return pad(quoteRune(validRune(value), flags.plus), flags)
    case 'U':
      return unicodeText(BigInt.asUintN(64, value), flags)
    default:
      return badVerb(arg, verb, flags)
  }
}

function digitsText(value: bigint, base: number, verb: string, flags: Flags): string {
  const negative = value < 0n
  const size = negative ? -value : value
  let least = 0
  if (flags.precision !== undefined) {
    least = flags.precision
    if (least === 0 && size === 0n) return ' '.repeat(flags.width ?? 0)
  } else if (flags.zero && !flags.minus && flags.width !== undefined) {
    least = negative || flags.plus || flags.space ? flags.width - 1 : flags.width
  }
  let text = size.toString(base).padStart(least, '0')
  if (verb === 'X') text = text.toUpperCase()
  if (flags.sharp) {
    if (base === 2) text = `0b${text}`
    else if (base === 8 && text[0] !== '0') text = `0${text}`
    else if (base === 16) text = `${verb === 'X' ? '0X' : '0x'}${text}`
  }
  if (verb === 'O') text = `0o${text}`
  return padWith((negative ? '-' : flags.plus ? '+' : flags.space ? ' ' : '') + text, ' ', flags)
}

function unicodeText(value: bigint, flags: Flags): string {
  let text = `U+${value
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(4, flags.precision ?? 4), '0')}`
  if (flags.sharp && value === BigInt(validRune(value)) && isPrint(Number(value))) text += ` '${String.fromCodePoint(Number(value))}'`
  return padWith(text, ' ', flags)
}

function validRune(value: bigint): number {
  return value >= 0n && value <= 0x10ffffn && !(value >= 0xd800n && value <= 0xdfffn) ? Number(value) : 0xfffd
}

function pad(text: string, flags: Flags): string {
  return flags.width === undefined ? text : padWith(text, flags.zero && !flags.minus ? '0' : ' ', flags)
}

function padWith(text: string, fill: string, flags: Flags): string {
  const missing = flags.width === undefined ? 0 : flags.width - runeCount(text)
  if (missing <= 0) return text
  return flags.minus ? text + ' '.repeat(missing) : fill.repeat(missing) + text
}

function runeCount(text: string): number {
  let count = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0xd800 && unit <= 0xdbff) count--
  }
  return count
}

function truncate(text: string, runes: number): string {
  return text.length <= runes ? text : [...text].slice(0, runes).join('')
}
