/** What a Go expression of a test table is: a literal, or something that only Go can evaluate. */
export type GoExpr =
  | string
  | { kind: 'number'; text: string }
  | { kind: 'char'; text: string }
  | { kind: 'name'; name: string }
  | { kind: 'call'; name: string; args: GoExpr[] }
  | GoComposite
  | { kind: 'other' }

export interface GoComposite {
  kind: 'composite'
  type: string
  items: { key?: GoExpr; value: GoExpr }[]
}

interface GoToken {
  kind: 'string' | 'char' | 'number' | 'name' | 'mark'
  text: string
}

const tokenShape =
  /\s+|\/\/[^\n]*|\/\*.*?\*\/|(`[^`]*`|"(?:\\.|[^"\\\n])*")|('(?:\\.|[^'\\\n])+')|(\d[\w.]*)|([\p{L}_][\p{L}\p{Nd}_]*(?:\.[\p{L}_]\w*)*)|(.)/gsu

function tokensOf(source: string): GoToken[] {
  const tokens: GoToken[] = []
  for (const match of source.matchAll(tokenShape)) {
    const at = match.slice(1).findIndex((part) => part !== undefined)
    if (at >= 0) tokens.push({ kind: (['string', 'char', 'number', 'name', 'mark'] as const)[at]!, text: match[0] })
  }
  return tokens
}

/** The rows of `var NAME = []T{ … }` in a Go file; a row that is more than literals, names and calls is undefined. */
export function readTable(source: string, name: string): (GoExpr[] | undefined)[] {
  const start = source.search(new RegExp(`^var ${name} = `, 'm'))
  if (start < 0) throw new Error(`there is no ${name}`)
  const tokens = tokensOf(source.slice(source.indexOf('{\n', start)))
  const rows: (GoExpr[] | undefined)[] = []
  let at = 1
  while (tokens[at]!.text === '{') {
    const end = closing(tokens, at)
    try {
      rows.push(new Reader(tokens.slice(at, end + 1)).body('').items.map(({ value }) => value))
    } catch {
      rows.push(undefined)
    }
    at = end + 2
  }
  return rows
}

/** The expression that a Go file gives to a name: `name = …`. */
export function readValue(source: string, pattern: RegExp): GoExpr {
  const match = pattern.exec(source)
  if (!match) throw new Error(`nothing matches ${pattern}`)
  return new Reader(
    tokensOf(
      source
        .slice(match.index + match[0].length)
        .split(/\n\}?\n/)[0]!
        .concat('\n}'),
    ),
  ).value()
}

/** A Go string literal's text. */
export function goString(literal: string): string {
  if (literal[0] === '`') return literal.slice(1, -1)
  const simple: Record<string, string> = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\', a: '\x07', b: '\b', f: '\f', v: '\v' }
  return literal.slice(1, -1).replace(/\\(x..|u....|U.{8}|[0-7]{3}|.)/g, (_, code: string) => {
    if (simple[code] !== undefined) return simple[code]
    const octal = /^[0-7]/.test(code)
    return String.fromCodePoint(Number.parseInt(octal ? code : code.slice(1), octal ? 8 : 16))
  })
}

function closing(tokens: GoToken[], open: number): number {
  let depth = 0
  for (let at = open; at < tokens.length; at++) {
    const { kind, text } = tokens[at]!
    if (kind !== 'mark') continue
    if ('{(['.includes(text)) depth++
    if ('})]'.includes(text) && --depth === 0) return at
  }
  throw new Error('a bracket is not closed')
}

class Reader {
  private readonly tokens: GoToken[]
  private at = 0

  constructor(tokens: GoToken[]) {
    this.tokens = tokens
  }

  body(type: string): GoComposite {
    this.take('{')
    const items: { key?: GoExpr; value: GoExpr }[] = []
    while (!this.is('}')) {
      const value = this.value()
      if (this.is(':')) {
        this.take(':')
        items.push({ key: value, value: this.valueOrOther() })
      } else items.push({ value })
      if (!this.is('}')) this.take(',')
    }
    this.take('}')
    return { kind: 'composite', type, items }
  }

  value(): GoExpr {
    const first = this.operand()
    if (typeof first !== 'string' || !this.is('+')) return first
    this.take('+')
    const rest = this.value()
    if (typeof rest !== 'string') throw new Error('a sum of more than strings')
    return first + rest
  }

  /** A value; what is none that can be read is skipped. */
  private valueOrOther(): GoExpr {
    const start = this.at
    try {
      const value = this.value()
      if (this.is(',') || this.is('}')) return value
    } catch {}
    this.at = start
    while (!this.is(',') && !this.is('}')) {
      const bracket = ['{', '(', '['].some((mark) => this.is(mark))
      this.at = bracket ? closing(this.tokens, this.at) + 1 : this.at + 1
    }
    return { kind: 'other' }
  }

  private operand(): GoExpr {
    const token = this.tokens[this.at]
    if (!token) throw new Error('the source ends')
    if (token.kind === 'string') {
      this.at++
      return goString(token.text)
    }
    if (token.kind === 'char' || token.kind === 'number') {
      this.at++
      return { kind: token.kind, text: token.text }
    }
    if (token.text === '-') {
      this.at++
      const value = this.operand()
      if (typeof value === 'string' || value.kind !== 'number') throw new Error('a minus before no number')
      return { kind: 'number', text: `-${value.text}` }
    }
    if (token.text === '{') return this.body('')
    const type = this.type()
    if (this.is('{')) return this.body(type)
    if (!this.is('(')) return { kind: 'name', name: type }
    this.take('(')
    const args: GoExpr[] = []
    while (!this.is(')')) {
      args.push(this.value())
      if (this.is(',')) this.take(',')
    }
    this.take(')')
    return { kind: 'call', name: type, args }
  }

  private type(): string {
    const token = this.tokens[this.at++]!
    if (token.text === '&' || token.text === '*') return token.text + this.type()
    if (token.text === '[') {
      const close = closing(this.tokens, this.at - 1)
      const size = this.tokens
        .slice(this.at, close)
        .map(({ text }) => text)
        .join('')
      this.at = close + 1
      return `[${size}]${this.type()}`
    }
    if (token.kind !== 'name' || token.text === 'struct' || token.text === 'func') throw new Error(`no literal: ${token.text}`)
    if (token.text !== 'map') return token.text
    return `map${this.type()}`
  }

  private is(text: string): boolean {
    const token = this.tokens[this.at]
    return token?.kind === 'mark' && token.text === text
  }

  private take(text: string): void {
    if (!this.is(text)) throw new Error(`${text} is missing`)
    this.at++
  }
}
