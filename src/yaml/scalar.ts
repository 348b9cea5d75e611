import { isBlankz, isBreak } from './characters.ts'
import { STR_TAG, tagOf } from './resolve.ts'

// How libyaml's emitter, in Go's translation, chooses among the styles of a scalar. Most strings of a chart are plain and short; `isPlain`
// finds that with one look, everything else takes the long way through `styleOf`.

export const PLAIN = 0
const SINGLE = 1
export const DOUBLE = 2
export const LITERAL = 3

/** What the characters of a scalar allow. */
export interface Analysis {
  plain: boolean
  single: boolean
  literal: boolean
  /** Whether it has any kind of line break. */
  multiline: boolean
}

// A regular expression, because the engine runs it as machine code from its second use on, while a loop of ours over characters is slow until
// it has been compiled. First characters that would need quotes are left out, as are double-width and unprintable ones anywhere; blanks, colons
// and number signs only where they are not indicators.
const inside = '[!-9;-~\\xa0-\\u2027\\u202a-\\ud7ff\\ue000-\\ufefe\\uff00-\\ufffd]'
const plain = new RegExp(`^[A-Za-z0-9_/$(<;=^\\\\]${inside}*(?:(?: (?!#|$)|:(?! |$))${inside}*)*$`)

/** Whether a string is surely written plain: a quick answer that errs to false. */
export function isPlain(text: string): boolean {
  if (!plain.test(text)) return false
  const c = text.charCodeAt(0)
  if (c >= 48 && c <= 57) return !looksNumeric(text)
  // The words that mean something else have at most five letters.
  return text.length > 5 || tagOf(text) === STR_TAG
}

/** Whether a text is surely written as a literal block: a quick answer that errs to false. */
export function isLiteral(text: string): boolean {
  return text.includes('\n') && !text.includes(' \n') && !text.endsWith(' ') && !/[^\n -~]/.test(text)
}

const numeric = new Uint8Array(128)
for (const c of '0123456789abcdefABCDEFxXoO_+-.:, tTZ') numeric[c.charCodeAt(0)] = 1

/** Whether all characters occur in numbers, times or base 60; only then it pays to ask what it resolves to. */
function looksNumeric(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c > 127 || numeric[c] === 0) return false
  }
  return isQuoted(text)
}

const base60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/

/** Whether a string unquoted would read back as something else, or as something else for YAML 1.1's base 60. */
function isQuoted(text: string): boolean {
  return tagOf(text) !== STR_TAG || (text.includes(':') && base60.test(text))
}

/** The style of a string that is not known to be plain; `tabs` whether a literal block may have tabs (yaml/v3). */
export function styleOf(text: string, analysis: Analysis): number {
  if (text.includes('\n')) return analysis.literal ? LITERAL : DOUBLE
  if (isQuoted(text)) return DOUBLE
  return analysis.plain ? PLAIN : analysis.single ? SINGLE : DOUBLE
}

/** Whether go-yaml writes a character as it is. It knows no character beyond the BMP. */
export function isPrintable(c: number): boolean {
  if (c < 0x7f) return c >= 0x20 || c === 10
  return c >= 0xa0 && (c < 0xd800 || (c >= 0xe000 && c <= 0xfffd && c !== 0xfeff))
}

/** Looks at every character of a scalar; `tabs` tells yaml/v3, whose literal blocks may have tabs, from yaml/v2. */
export function analyze(text: string, tabs: boolean): Analysis {
  const { length } = text
  if (length === 0) return { plain: true, single: true, literal: false, multiline: false }
  const first = text.charCodeAt(0)
  let plain = !(startsWithThree(text, '-') || startsWithThree(text, '.'))
  let single = true
  let literal = true
  let multiline = false
  let previousSpace = false
  let previousBreak = false
  let afterBlank = true
  for (let i = 0; i < length; i++) {
    const c = text.charCodeAt(i)
    if (i === 0 ? startsIndicator(text, c) : insideIndicator(text, i, c, afterBlank)) plain = false
    if (c === 9 && tabs) plain = single = false
    else if (!isPrintable(c)) plain = single = literal = false
    if (c === 32) {
      if (i === length - 1) literal = false
      if (previousBreak) single = false
      previousSpace = true
      previousBreak = false
    } else if (isBreak(c)) {
      multiline = true
      if (previousSpace) single = literal = false
      previousSpace = false
      previousBreak = true
    } else {
      previousSpace = false
      previousBreak = false
    }
    afterBlank = isBlankz(c)
  }
  if (multiline || first === 32 || text.charCodeAt(length - 1) === 32) plain = false
  return { plain, single, literal, multiline }
}

function startsWithThree(text: string, c: string): boolean {
  return text[0] === c && text[1] === c && text[2] === c
}

function isBlankAt(text: string, i: number): boolean {
  const c = text.charCodeAt(i)
  return i >= text.length || c === 32 || c === 9
}

function startsIndicator(text: string, c: number): boolean {
  switch (c) {
    case 63 /* ? */:
    case 58 /* : */:
    case 45 /* - */:
      return isBlankAt(text, 1)
    case 35 /* # */:
    case 44 /* , */:
    case 91 /* [ */:
    case 93 /* ] */:
    case 123 /* { */:
    case 125 /* } */:
    case 38 /* & */:
    case 42 /* * */:
    case 33 /* ! */:
    case 124 /* | */:
    case 62 /* > */:
    case 39 /* ' */:
    case 34 /* " */:
    case 37 /* % */:
    case 64 /* @ */:
    case 96 /* ` */:
      return true
    default:
      return false
  }
}

function insideIndicator(text: string, i: number, c: number, afterBlank: boolean): boolean {
  return (c === 58 /* : */ && isBlankAt(text, i + 1)) || (c === 35 /* # */ && afterBlank)
}
