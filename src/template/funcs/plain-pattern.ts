/**
 * Patterns that mean the same to JavaScript as to RE2, and whose matching by trial and error is bounded: both take the leftmost match and of
 * several there the first. They are the most of what charts use, and need not wait for a library to load.
 */
export interface PlainPattern {
  /** The pattern for JavaScript. */
  regex: RegExp
  /** How many groups it captures. */
  groups: number
  /** How long a text may be for a search in it to be bounded well. */
  maxLength: number
}

/** So many steps a search may take at most; a step takes some nanoseconds. */
const maxSteps = 10_000_000
/** Longer ones are not plain. */
const maxSource = 200

/** A set of characters: a bit for each of ASCII, and bit 128 for all others together. */
type Chars = bigint
const others: Chars = 1n << 128n
const all: Chars = (1n << 129n) - 1n
const none: Chars = 0n

type Part =
  | { kind: 'chars'; chars: Chars }
  | { kind: 'anchor'; text: string }
  | { kind: 'group'; body: Part; captures: boolean }
  | { kind: 'sequence'; parts: Part[] }
  | { kind: 'choice'; parts: Part[] }
  | { kind: 'repeat'; body: Part; least: number; most: number; lazy: boolean }

/** Reads a pattern; undefined where it has anything beyond what is known to be the same, or is wrong. */
export function readPlainPattern(source: string): PlainPattern | undefined {
  if (source === '' || source.length > maxSource) return undefined
  const reader = new PatternReader(source)
  const pattern = reader.read()
  const ways = pattern && waysOf(pattern)
  if (ways === undefined) return undefined
  // A search begins at each place, and each way is tried against each atom.
  const maxLength = (maxSteps / (reader.atoms * ways.factor)) ** (1 / (ways.power + 1)) - 1
  return { regex: new RegExp(textOf(pattern!), reader.groups > 0 ? 'dgu' : 'gu'), groups: reader.groups, maxLength }
}

// Reading

const charOf = (code: number): Chars => 1n << BigInt(code)
const rangeOf = (from: number, to: number): Chars => (1n << BigInt(to + 1)) - (1n << BigInt(from))
const digits = rangeOf(0x30, 0x39)
const word = digits | rangeOf(0x41, 0x5a) | rangeOf(0x61, 0x7a) | charOf(0x5f)
const space = [...'\t\n\f\r '].reduce((chars, char) => chars | charOf(char.charCodeAt(0)), none)
const classes: Record<string, Chars> = { d: digits, w: word, s: space, D: all ^ digits, W: all ^ word, S: all ^ space }
const controls: Record<string, number> = { n: 0x0a, t: 0x09, r: 0x0d, f: 0x0c, v: 0x0b }

class PatternReader {
  groups = 0
  atoms = 0
  private counts = 0
  private at = 0
  private readonly source: string

  constructor(source: string) {
    this.source = source
  }

  read(): Part | undefined {
    const pattern = this.choice(0)
    return this.at === this.source.length ? pattern : undefined
  }

  private choice(depth: number): Part | undefined {
    const parts: Part[] = []
    do {
      const part = depth > 20 ? undefined : this.sequence(depth)
      if (part === undefined) return undefined
      parts.push(part)
    } while (this.take('|'))
    return parts.length === 1 ? parts[0] : { kind: 'choice', parts }
  }

  private sequence(depth: number): Part | undefined {
    const parts: Part[] = []
    while (this.at < this.source.length && !'|)'.includes(this.source[this.at]!)) {
      const { groups, counts } = this
      const part = this.atom(depth)
      const repeated = part && this.repeated(part, this.groups - groups, this.counts - counts)
      if (repeated === undefined) return undefined
      parts.push(repeated)
    }
    return parts.length === 0 ? undefined : { kind: 'sequence', parts }
  }

  private atom(depth: number): Part | undefined {
    this.atoms++
    const char = this.source[this.at++]!
    switch (char) {
      case '^':
      case '$':
        return { kind: 'anchor', text: char }
      case '.':
        return { kind: 'chars', chars: all ^ charOf(0x0a) }
      case '(': {
        const captures = !this.take('?:')
        if (captures) this.groups++
        const body = this.choice(depth + 1)
        return body && this.take(')') ? { kind: 'group', body, captures } : undefined
      }
      case '[':
        return this.class()
      case '\\': {
        const chars = this.escape()
        return chars === undefined ? undefined : { kind: 'chars', chars }
      }
    }
    return '*+?{}]'.includes(char) || char > '\x7f' ? undefined : { kind: 'chars', chars: charOf(char.charCodeAt(0)) }
  }

  private take(text: string): boolean {
    const found = this.source.startsWith(text, this.at)
    if (found) this.at += text.length
    return found
  }

  private escape(): Chars | undefined {
    const char = this.source[this.at++] ?? ''
    if (Object.hasOwn(classes, char)) return classes[char]
    if (Object.hasOwn(controls, char)) return charOf(controls[char]!)
    return /^[!-/:-@[-`{-~]$/.test(char) ? charOf(char.charCodeAt(0)) : undefined
  }

  private class(): Part | undefined {
    const negated = this.take('^')
    let chars = none
    for (let first = true; first || !this.take(']'); first = false) {
      const from = this.classChar()
      if (from === undefined) return undefined
      if (this.source[this.at] !== '-' || this.source[this.at + 1] === ']' || !isSingle(from)) {
        chars |= from
        continue
      }
      this.at++
      const to = this.classChar()
      if (to === undefined || !isSingle(to) || to < from) return undefined
      chars |= to * 2n - from
    }
    if (negated) chars ^= all
    return chars === none ? undefined : { kind: 'chars', chars }
  }

  private classChar(): Chars | undefined {
    const char = this.source[this.at++] ?? ''
    if (char === '\\') return this.escape()
    return char === '' || char === '[' || char === ']' || char > '\x7f' ? undefined : charOf(char.charCodeAt(0))
  }

  /** A part with what says how often it stands; `groups` and `counts` are how many of them are inside. */
  private repeated(body: Part, groups: number, counts: number): Part | undefined {
    const bounds = this.bounds()
    if (!bounds) return body
    const lazy = this.take('?')
    // Go takes no second one, and reads other braces as text.
    if ('*+?{'.includes(this.source[this.at] ?? 'x')) return undefined
    const { least, most, counted } = bounds
    // What can be empty is repeated by other rules, and groups in what is repeated keep what they had by others.
    // Counts in counts have a bound of their own.
    const own = body.kind === 'group' && body.captures ? 1 : 0
    if (counted && this.counts++ >= 0 && counts > 0) return undefined
    if (most < least || most === 0 || firstOf(body).empty || (most > 1 && groups > own)) return undefined
    return { kind: 'repeat', body, least, most, lazy }
  }

  /** `*`, `+`, `?`, `{2}`, `{2,}`, `{2,4}`; undefined where nothing is repeated. */
  private bounds(): { least: number; most: number; counted: boolean } | undefined {
    if (this.take('*')) return { least: 0, most: Number.POSITIVE_INFINITY, counted: false }
    if (this.take('+')) return { least: 1, most: Number.POSITIVE_INFINITY, counted: false }
    if (this.take('?')) return { least: 0, most: 1, counted: false }
    if (this.source[this.at] !== '{') return undefined
    const match = /^\{(\d{1,3})(?:(,)(\d{1,3})?)?\}/.exec(this.source.slice(this.at, this.at + 11))
    if (!match) return undefined
    this.at += match[0].length
    const [, count, comma, limit] = match
    const least = Number(count)
    return { least, most: limit ? Number(limit) : comma ? Number.POSITIVE_INFINITY : least, counted: true }
  }
}

function isSingle(chars: Chars): boolean {
  return (chars & (chars - 1n)) === none
}

// Bounds

/** The characters that a part can begin with, and whether it can be empty. */
function firstOf(part: Part): { chars: Chars; empty: boolean } {
  switch (part.kind) {
    case 'chars':
      return { chars: part.chars, empty: false }
    case 'anchor':
      return { chars: none, empty: true }
    case 'group':
      return firstOf(part.body)
    case 'repeat': {
      const { chars, empty } = firstOf(part.body)
      return { chars, empty: empty || part.least === 0 }
    }
    case 'choice':
      return part.parts.map(firstOf).reduce((one, other) => ({ chars: one.chars | other.chars, empty: one.empty || other.empty }))
    case 'sequence':
      return sequenceFirst(part.parts, none)
  }
}

/** What a sequence begins with where `follow` can come behind it. */
function sequenceFirst(parts: readonly Part[], follow: Chars): { chars: Chars; empty: boolean } {
  let chars = none
  for (const part of parts) {
    const first = firstOf(part)
    chars |= first.chars
    if (!first.empty) return { chars, empty: false }
  }
  return { chars: chars | follow, empty: true }
}

/** Whether the next character alone decides each step, where `follow` can come behind the part. There a search tries each place once. */
function isDecided(part: Part, follow: Chars): boolean {
  switch (part.kind) {
    case 'chars':
    case 'anchor':
      return true
    case 'group':
      return isDecided(part.body, follow)
    case 'repeat': {
      const { chars } = firstOf(part.body)
      return (part.least === part.most || (chars & follow) === none) && isDecided(part.body, part.most > 1 ? chars | follow : follow)
    }
    case 'choice': {
      let before = none
      for (const each of part.parts) {
        const first = firstOf(each)
        const chars = first.empty ? first.chars | follow : first.chars
        if ((chars & before) !== none || !isDecided(each, follow)) return false
        before |= chars
      }
      return true
    }
    case 'sequence':
      return part.parts.every((each, i) => isDecided(each, sequenceFirst(part.parts.slice(i + 1), follow).chars))
  }
}

/** A bound of the form `factor * (length of the text + 1) ** power`. */
interface Ways {
  factor: number
  power: number
}

const one: Ways = { factor: 1, power: 0 }
const linear: Ways = { factor: 1, power: 1 }

/** A bound of the ways in which a part matches from one place in a text; undefined where none is known. */
function waysOf(part: Part): Ways | undefined {
  const ways = productOf(part)
  return ways?.power !== 0 && isDecided(part, none) ? linear : ways
}

function productOf(part: Part): Ways | undefined {
  switch (part.kind) {
    case 'chars':
    case 'anchor':
      return one
    case 'group':
      return productOf(part.body)
    case 'repeat': {
      if (part.most > 1) return isDecided(part, none) ? linear : undefined
      const ways = waysOf(part.body)
      return ways && { factor: ways.factor + 1, power: ways.power }
    }
    case 'choice': {
      const sum = { factor: 0, power: 0 }
      for (const each of part.parts) {
        const ways = waysOf(each)
        if (ways === undefined) return undefined
        sum.factor += ways.factor
        sum.power = Math.max(sum.power, ways.power)
      }
      return sum
    }
    case 'sequence': {
      // A run of parts that is decided counts once.
      const product = { factor: 1, power: 0 }
      for (let from = 0, to = 0; from < part.parts.length; from = to) {
        const run = (end: number): Part => ({ kind: 'sequence', parts: part.parts.slice(from, end) })
        for (to = from + 1; to < part.parts.length && isDecided(run(to + 1), none); ) to++
        const ways = to === from + 1 ? waysOf(part.parts[from]!) : linear
        if (ways === undefined) return undefined
        product.factor *= ways.factor
        product.power += ways.power
      }
      return product
    }
  }
}

// Writing

function textOf(part: Part): string {
  switch (part.kind) {
    case 'chars':
      return classText(part.chars)
    case 'anchor':
      return part.text
    case 'group':
      return `(${part.captures ? '' : '?:'}${textOf(part.body)})`
    case 'sequence':
      return part.parts.map(textOf).join('')
    case 'choice':
      return part.parts.map(textOf).join('|')
    case 'repeat':
      return `${textOf(part.body)}{${part.least},${part.most === Number.POSITIVE_INFINITY ? '' : part.most}}${part.lazy ? '?' : ''}`
  }
}

function classText(chars: Chars): string {
  const negated = (chars & others) !== none
  const bits = negated ? chars ^ all : chars
  // From the highest character down.
  const digits = bits.toString(2)
  let text = ''
  for (let from = digits.indexOf('1'); from >= 0; ) {
    const gap = digits.indexOf('0', from)
    const end = gap < 0 ? digits.length : gap
    text += rangeText(digits.length - end, digits.length - 1 - from)
    from = digits.indexOf('1', end)
  }
  return `[${negated ? '^' : ''}${text}]`
}

function rangeText(from: number, to: number): string {
  return to === from ? hexText(from) : `${hexText(from)}-${hexText(to)}`
}

function hexText(code: number): string {
  return `\\x${code.toString(16).padStart(2, '0')}`
}
