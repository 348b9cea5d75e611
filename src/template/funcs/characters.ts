import { joinBytes } from '../bytes.ts'

/** Go's `unicode` package: classes and simple (one to one) case mappings of one code point each. */

const spaces = /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/

export const isSpace = (rune: string): boolean => spaces.test(rune)
// The patterns stand where they are used: making one with a Unicode class takes 0.1 ms, also of a run that needs none.
export const isLetter = (rune: string): boolean => /^\p{L}$/u.test(rune)
export const isUpper = (rune: string): boolean => /^\p{Lu}$/u.test(rune)
export const isLower = (rune: string): boolean => /^\p{Ll}$/u.test(rune)
export const isTitle = (rune: string): boolean => /^\p{Lt}$/u.test(rune)
export const isNumber = (rune: string): boolean => /^\p{N}$/u.test(rune)
export const isDigit = (rune: string): boolean => /^\p{Nd}$/u.test(rune)
export const isPunctuation = (rune: string): boolean => /^\p{P}$/u.test(rune)

/** `unicode.ToUpper`. JavaScript's mapping may give several characters (ß, ﬁ); Go leaves those as they are, save Greek with iota below. */
export function upperRune(rune: string): string {
  const upper = rune.toUpperCase()
  if (isOne(upper)) return upper
  const code = rune.codePointAt(0)!
  if (code >= 0x1f80 && code <= 0x1faf && (code & 8) === 0) return String.fromCodePoint(code + 8)
  if (code === 0x1fb3 || code === 0x1fc3 || code === 0x1ff3) return String.fromCodePoint(code + 9)
  return rune
}

/** `unicode.ToLower`. */
export function lowerRune(rune: string): string {
  const lower = rune.toLowerCase()
  return isOne(lower) ? lower : rune === '\u0130' ? 'i' : rune
}

/** `unicode.ToTitle`: as upper case, but for the four digraphs that have a title case, and Georgian, which has no title case. */
export function titleRune(rune: string): string {
  const code = rune.codePointAt(0)!
  if (code >= 0x1c4 && code <= 0x1cc) return code <= 0x1c6 ? '\u01c5' : code <= 0x1c9 ? '\u01c8' : '\u01cb'
  if (code >= 0x1f1 && code <= 0x1f3) return '\u01f2'
  if (code >= 0x10d0 && code <= 0x10ff) return rune
  return upperRune(rune)
}

function isOne(text: string): boolean {
  return text.length === 1 || (text.length === 2 && text.codePointAt(0)! > 0xffff)
}

/** The characters of a text as Go's `[]rune(text)`: a byte that is not valid UTF-8 is U+FFFD. */
export function runes(text: string): string[] {
  const found = Array.from(joinBytes(text))
  if (!text.isWellFormed()) for (let at = 0; at < found.length; at++) if (!found[at]!.isWellFormed()) found[at] = '\ufffd'
  return found
}
