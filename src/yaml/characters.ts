/**
 * Character classes of go-yaml's scanner, as predicates of UTF-16 code units. 0 stands for the end of the text: a NUL inside the text is
 * refused before scanning. YAML 1.1 has three line breaks beyond ASCII: NEL, LS and PS.
 */
export const isBreak = (c: number): boolean => c === 10 || c === 13 || c === 0x85 || c === 0x2028 || c === 0x2029
export const isBlank = (c: number): boolean => c === 32 || c === 9
export const isBreakz = (c: number): boolean => c === 10 || c === 0 || c === 13 || c === 0x85 || c === 0x2028 || c === 0x2029
export const isBlankz = (c: number): boolean => c === 32 || c === 9 || isBreakz(c)
export const isDigit = (c: number): boolean => c >= 48 && c <= 57
/** Letters, digits, `_` and `-`: what anchors and tag handles are made of. */
export const isWord = (c: number): boolean => (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 48 && c <= 57) || c === 95 || c === 45

/** The value of a hexadecimal digit, or -1. */
export function hexValue(c: number): number {
  if (c >= 48 && c <= 57) return c - 48
  if (c >= 65 && c <= 70) return c - 55
  if (c >= 97 && c <= 102) return c - 87
  return -1
}
