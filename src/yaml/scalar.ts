import { isBlankz, isBreak } from './characters.ts'
import { STR_TAG, tagOf } from './resolve.ts'

// How libyaml's emitter, in Go's translation, chooses among the styles of a scalar. Most strings of a chart are plain and short; `isPlain`
// finds that in one pass, everything else takes the long way through `styleOf`.

export const PLAIN = 0
export const SINGLE = 1
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

// 0: may stand anywhere in a plain scalar. 1: not at its start, or only where it does not look like another type. 2: takes a closer look.
const classes = new Uint8Array(128).fill(2)
for (let c = 33; c < 127; c++) classes[c] = 0
for (const c of ',[]{}&*!|>\'"%@`?-+.~0123456789yYnNtTfFoO') classes[c.charCodeAt(0)] = 1
for (const c of ':#') classes[c.charCodeAt(0)] = 2

/** Whether a string is surely written plain: a quick answer that errs to false. */
export function isPlain(text: string): boolean {
  const { length } = text
  if (length === 0) return false
  const first = text.charCodeAt(0)
  if (first > 127 || classes[first] !== 0) return isPlainWord(text, first)
  return isPlainTail(text, 1)
}

/** As isPlain, for strings whose first character could make them a number, a boolean or null. */
function isPlainWord(text: string, first: number): boolean {
  // Digits and signs; the words that mean something else have at most five letters.
  if (first >= 48 && first <= 57) return !looksNumeric(text) && isPlainTail(text, 1)
  const isLetter = (first >= 97 && first <= 122) || (first >= 65 && first <= 90)
  if (!isLetter) return false
  if (text.length > 5) return isPlainTail(text, 1)
  return tagOf(text) === STR_TAG && isPlainTail(text, 1)
}

function isPlainTail(text: string, from: number): boolean {
  const { length } = text
  for (let i = from; i < length; i++) {
    const c = text.charCodeAt(i)
    if (c < 128) {
      if (classes[c] !== 2) continue
      const last = i + 1 === length
      if (c === 32) {
        // A '#' after a blank is a comment, as is one of two blanks a matter for folding.
        if (last || text.charCodeAt(i + 1) === 35) return false
      } else if (c === 58 /* : */) {
        if (last || text.charCodeAt(i + 1) === 32) return false
      } else if (c !== 35 /* # */) return false
    } else if (c >= 0xa0 && c < 0xd800) {
      if (c === 0x2028 || c === 0x2029) return false
    } else if (c < 0xe000 || c > 0xfffd || c === 0xfeff) return false
  }
  return true
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
