import { isBlank, isBlankz, isBreakz } from '../characters.ts'
import { YamlProblem } from '../problem.ts'

/** A place in a text, which counts lines as it moves. */
export class Cursor {
  readonly text: string
  /** Where the text ends because a character that YAML does not allow follows; Go notices that one only when it gets there. */
  private readonly wall: YamlProblem | undefined
  position = 0
  /** 0-based. */
  line = 0
  private lineStart = 0

  constructor(text: string, wall?: YamlProblem) {
    // The NULs let every look-ahead of up to four characters go unchecked.
    this.text = `${text}\0\0\0\0`
    this.wall = wall
    if (text.charCodeAt(0) === 0xfeff) this.lineStart = this.position = 1
  }

  fail(message: string): never {
    throw new YamlProblem(message, this.line === 0 ? 0 : this.line + 1, this.line + 1, this.column)
  }

  /** To be called where the end of the text matters: it may be one that Go does not get to. */
  checkWall(): void {
    if (this.wall) throw this.wall
  }

  code(offset = 0): number {
    return this.text.charCodeAt(this.position + offset)
  }

  get column(): number {
    return this.position - this.lineStart
  }

  atDocumentIndicator(): boolean {
    const c = this.code()
    return (c === 45 || c === 46) && this.code(1) === c && this.code(2) === c && isBlankz(this.code(3))
  }

  skipLine(): void {
    this.position += this.code() === 13 && this.code(1) === 10 ? 2 : 1
    this.endLine()
  }

  /** Takes what was read of the current line for all of it. */
  endLine(): void {
    this.line++
    this.lineStart = this.position
  }

  /** Consumes a line break and gives it as content has it: everything is `\n` but LS and PS. */
  readLine(): string {
    const c = this.code()
    this.skipLine()
    return c === 0x2028 ? '\u2028' : c === 0x2029 ? '\u2029' : '\n'
  }

  skipBlanks(): void {
    while (isBlank(this.code())) this.position++
  }

  skipComment(): void {
    if (this.code() === 35 /* # */) while (!isBreakz(this.code())) this.position++
  }
}
