import { Buffer } from 'node:buffer'
import { compareStrings } from './bytes.ts'
import { formatFloat } from './float.ts'
import { goTypeOf, integerOf } from './reflect.ts'
import { GoFunc, GoObject, Int, type Value } from './value.ts'
import { address, type Flags, formatVerb } from './verbs.ts'

/** What `%v` prints: also `{{ }}`, sprig's toString and quote. nil is `<nil>`, maps are in the order of their keys. */
export function formatValue(value: Value | undefined): string {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
      return formatFloat(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'bigint':
      return value.toString()
    case 'undefined':
      return '<nil>'
  }
  if (value === null) return '<nil>'
  if (value instanceof Int) return value.value.toString()
  if (value instanceof Map) {
    const keys = [...value.keys()].sort(compareStrings)
    let text = 'map['
    for (let i = 0; i < keys.length; i++) text += `${i > 0 ? ' ' : ''}${keys[i]}:${formatInner(value.get(keys[i]!))}`
    return `${text}]`
  }
  if (Array.isArray(value)) {
    let text = '['
    for (let i = 0; i < value.length; i++) text += (i > 0 ? ' ' : '') + formatInner(value[i])
    return `${text}]`
  }
  if (value instanceof Uint8Array) return `[${decimals(value)}]`
  return value instanceof GoFunc ? address : value.toGoString()
}

/** Bytes in decimal, with blanks between. A chart that prints its context prints all its files so, for which `join()` takes three times as long. */
function decimals(bytes: Uint8Array): string {
  const text = Buffer.allocUnsafe(bytes.length * 4)
  let end = 0
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    const tens = (byte / 10) | 0
    const hundreds = (byte / 100) | 0
    if (hundreds > 0) text[end++] = 0x30 + hundreds
    if (tens > 0) text[end++] = 0x30 + tens - hundreds * 10
    text[end++] = 0x30 + byte - tens * 10
    text[end++] = 0x20
  }
  return text.toString('latin1', 0, Math.max(0, end - 1))
}

/** A value inside another: what a pointer there points to is not shown, unless it has a String method. */
function formatInner(value: Value | undefined): string {
  return value instanceof GoObject && value.kind === 'ptr' && !value.isStringer ? address : formatValue(value)
}

/**
 * What `{{ }}` prints: as `%v`, but a struct that it can take the address of by its String method (`{{ .Capabilities.KubeVersion }}`), and
 * what a pointer points to.
 */
export function printValue(value: Value): string {
  if (!(value instanceof GoObject) || value.kind === 'map') return formatValue(value)
  const string = value.method('String')
  return string ? String(string.call([], undefined as never)) : value.toGoString().replace(/^&/, '')
}

/** Go's `fmt.Sprint`: a space between two operands where neither is a string. */
export function sprint(args: readonly Value[]): string {
  let text = ''
  let afterString = true
  for (const arg of args) {
    const string = typeof arg === 'string'
    if (!string && !afterString) text += ' '
    text += formatValue(arg)
    afterString = string
  }
  return text
}

/** Go's `fmt.Sprintln`: spaces between all operands, and a newline. */
export function sprintln(args: readonly Value[]): string {
  return `${args.map(formatValue).join(' ')}\n`
}

/**
 * Go's `fmt.Sprintf`: all verbs and flags, `*`, `[n]`, and what Go prints for mistakes: `%!d(float64=3)`, `%!s(<nil>)`, `%!d(MISSING)`,
 * `%!(EXTRA int=2)`, `%!(NOVERB)`, `%!(BADWIDTH)`, `%!d(BADINDEX)`. Widths above 10^6 are ignored, as in Go.
 */
export function sprintf(format: string, args: readonly Value[]): string {
  return format.includes('%') || args.length > 0 ? new Printer(args).printf(format) : format
}

class Printer {
  private readonly args: readonly Value[]
  private out = ''
  private flags = noFlags()
  private next = 0
  private reordered = false
  private indexFits = true

  constructor(args: readonly Value[]) {
    this.args = args
  }

  printf(format: string): string {
    let i = 0
    while (i < format.length) {
      const percent = format.indexOf('%', i)
      if (percent < 0) {
        this.out += format.slice(i)
        break
      }
      this.out += format.slice(i, percent)
      i = this.directive(format, percent + 1)
    }
    if (!this.reordered && this.next < this.args.length) this.extra()
    return this.out
  }

  /** Prints what follows a percent sign at `i - 1`, and tells where the text goes on. */
  private directive(format: string, i: number): number {
    this.flags = noFlags()
    this.indexFits = true
    for (; i < format.length; i++) {
      const char = format[i]
      if (char === '#') this.flags.sharp = true
      else if (char === '0') this.flags.zero = true
      else if (char === '+') this.flags.plus = true
      else if (char === '-') this.flags.minus = true
      else if (char === ' ') this.flags.space = true
      else break
    }
    const index = this.argNumber(format, i)
    i = index.i
    let afterIndex = index.found
    if (format[i] === '*') {
      i++
      this.flags.width = this.intArg()
      if (this.flags.width === undefined) this.out += '%!(BADWIDTH)'
      else if (this.flags.width < 0) {
        this.flags.width = -this.flags.width
        this.flags.minus = true
        this.flags.zero = false
      }
      afterIndex = false
    } else {
      const number = parseDigits(format, i)
      this.flags.width = number.value
      i = number.i
      if (afterIndex && this.flags.width !== undefined) this.indexFits = false
    }
    if (i + 1 < format.length && format[i] === '.') {
      i++
      if (afterIndex) this.indexFits = false
      const next = this.argNumber(format, i)
      i = next.i
      afterIndex = next.found
      if (format[i] === '*') {
        i++
        this.flags.precision = this.intArg()
        if (this.flags.precision !== undefined && this.flags.precision < 0) this.flags.precision = undefined
        if (this.flags.precision === undefined) this.out += '%!(BADPREC)'
        afterIndex = false
      } else {
        const number = parseDigits(format, i)
        this.flags.precision = number.value ?? 0
        i = number.i
      }
    }
    if (!afterIndex) i = this.argNumber(format, i).i
    if (i >= format.length) {
      this.out += '%!(NOVERB)'
      return i
    }
    const verb = String.fromCodePoint(format.codePointAt(i)!)
    if (verb === '%') this.out += '%'
    else if (!this.indexFits) this.out += `%!${verb}(BADINDEX)`
    else if (this.next >= this.args.length) this.out += `%!${verb}(MISSING)`
    else {
      if (verb === 'v' || verb === 'w') {
        this.flags.sharpV = this.flags.sharp
        this.flags.plusV = this.flags.plus
        this.flags.sharp = false
        this.flags.plus = false
      }
      this.out += formatVerb(this.args[this.next++]!, verb, this.flags)
    }
    return i + verb.length
  }

  private extra(): void {
    const list = this.args.slice(this.next).map((arg) => (arg === null ? '<nil>' : `${goTypeOf(arg)}=${formatValue(arg)}`))
    this.out += `%!(EXTRA ${list.join(', ')})`
  }

  /** An explicit argument index `[n]` at `i`, if there is one. */
  private argNumber(format: string, i: number): { i: number; found: boolean } {
    if (format[i] !== '[') return { i, found: false }
    this.reordered = true
    const close = format.indexOf(']', i)
    if (close < 0 || format.length - i < 3) {
      this.indexFits = false
      return { i: i + 1, found: false }
    }
    const number = parseDigits(format, i + 1, close)
    const well = number.value !== undefined && number.i === close
    if (well && number.value! >= 1 && number.value! <= this.args.length) this.next = number.value! - 1
    else this.indexFits = false
    return { i: close + 1, found: well }
  }

  /** The next argument as a width or precision. */
  private intArg(): number | undefined {
    if (this.next >= this.args.length) return undefined
    const arg = this.args[this.next++]
    const integer = integerOf(arg)
    const number = Number(integer)
    return integer !== undefined && Math.abs(number) <= 1e6 ? number : undefined
  }
}

function noFlags(): Flags {
  return {
    width: undefined,
    precision: undefined,
    minus: false,
    plus: false,
    sharp: false,
    space: false,
    zero: false,
    plusV: false,
    sharpV: false,
  }
}

function parseDigits(text: string, i: number, end = text.length): { value: number | undefined; i: number } {
  let value: number | undefined
  for (; i < end; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) break
    if (value !== undefined && value > 1e6) return { value: undefined, i: end }
    value = (value ?? 0) * 10 + digit
  }
  return { value, i }
}
