import type { Constant, NumberNode } from './nodes.ts'
import { floatToInt, isDigits, readFloat, readInt, readUint } from './number.ts'
import { quote } from './quote.ts'
import { unquoteChar } from './unquote.ts'

/**
 * A number of a template in every Go type that can hold it: `1e3` is also an int, `'a'` is 97. Undefined for a whole number that is plain to see, and
 * the message of the parse error where it is no number.
 */
export function readConstant(text: string, form: 'number' | 'char' | 'complex'): Constant | string | undefined {
  if (isPlainInt(text)) return undefined
  if (form === 'char') return readChar(text)
  if (form === 'complex') return readComplex(text)
  if (text.endsWith('i')) {
    const imaginary = readFloat(text.slice(0, -1))
    if (imaginary !== undefined) return simplify(0, imaginary)
  }
  const unsigned = readUint(text, 0)
  const signed = readInt(text, 0)
  const int = typeof signed === 'bigint' ? signed : undefined
  let uint = typeof unsigned === 'bigint' ? unsigned : undefined
  if (int === 0n) uint = 0n
  if (int !== undefined || uint !== undefined) return { int, uint, float: Number(int ?? uint), complex: undefined }
  const float = readFloat(text)
  if (float === undefined) return `illegal number syntax: ${quote(text)}`
  if (!/[.eEpP]/.test(text)) return `integer overflow: ${quote(text)}`
  return { ...integral(float), float, complex: undefined }
}

/** The value of a number. */
export function constantOf({ text, constant }: NumberNode): Constant {
  if (constant) return constant
  const int = BigInt(text)
  return { int, uint: int, float: Number(text), complex: undefined }
}

/** What nearly all numbers of charts are: up to 15 digits, without a zero ahead. */
function isPlainInt(text: string): boolean {
  return text.length <= 15 && isDigits(text) && (text.length === 1 || !text.startsWith('0'))
}

function readChar(text: string): Constant | string {
  const char = unquoteChar(text.slice(1), "'")
  if (char === undefined) return 'invalid syntax'
  if (char.tail !== "'") return `malformed character constant: ${text}`
  const int = BigInt(char.code)
  return { int, uint: int, float: char.code, complex: undefined }
}

function readComplex(text: string): Constant | string {
  const split = Math.max(text.lastIndexOf('+'), text.lastIndexOf('-'))
  const exponent = /[eEpP][+-][\d_]*i$/.exec(text)
  const at = exponent ? Math.max(text.lastIndexOf('+', exponent.index - 1), text.lastIndexOf('-', exponent.index - 1)) : split
  const real = readFloat(text.slice(0, at))
  const imaginary = readFloat(text.slice(at, -1))
  if (real === undefined || imaginary === undefined) return 'syntax error scanning complex number'
  return simplify(real, imaginary)
}

function simplify(real: number, imaginary: number): Constant {
  const complex = { real, imaginary }
  if (imaginary !== 0) return { int: undefined, uint: undefined, float: undefined, complex }
  return { ...integral(real), float: real, complex }
}

function integral(float: number): { int: bigint | undefined; uint: bigint | undefined } {
  const int = floatToInt(float)
  const fits = Number(int) === float
  const unsigned = Number.isInteger(float) && float >= 0 && float < 2 ** 64
  return { int: fits ? int : undefined, uint: unsigned ? BigInt(float) : undefined }
}
