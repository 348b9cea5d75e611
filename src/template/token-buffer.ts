import { type Item, type Lexer, Token } from './lexer.ts'
import type { FunctionNames } from './value.ts'

/** The tokens of a lexer with three of them that can be put back. Each body has one of its own, on the lexer of the whole text. */
export class TokenBuffer {
  private readonly lexer: Lexer
  private readonly functions: FunctionNames
  private readonly items: Item[] = []
  private peeked = 0

  /** Where a function is named `break` or `continue`, that word is no keyword. */
  constructor(lexer: Lexer, functions: FunctionNames) {
    this.lexer = lexer
    this.functions = functions
  }

  /** Where the last token begins that was read from the lexer; errors are reported there. */
  get lastPos(): number {
    return this.items[0]?.pos ?? 0
  }

  next(): Item {
    if (this.peeked > 0) this.peeked--
    else this.items[0] = this.read()
    return this.items[this.peeked]!
  }

  peek(): Item {
    if (this.peeked > 0) return this.items[this.peeked - 1]!
    this.peeked = 1
    this.items[0] = this.read()
    return this.items[0]
  }

  nextNonSpace(): Item {
    let item = this.next()
    while (item.kind === Token.Space) item = this.next()
    return item
  }

  peekNonSpace(): Item {
    const item = this.nextNonSpace()
    this.backup()
    return item
  }

  backup(): void {
    this.peeked++
  }

  /** Puts back the last token and the one before it. */
  backup2(first: Item): void {
    this.items[1] = first
    this.peeked = 2
  }

  /** Puts back the last token and the two before it. */
  backup3(second: Item, first: Item): void {
    this.items[1] = first
    this.items[2] = second
    this.peeked = 3
  }

  private read(): Item {
    const item = this.lexer.next()
    if ((item.kind === Token.Break || item.kind === Token.Continue) && this.functions.has(item.text)) item.kind = Token.Identifier
    return item
  }
}
