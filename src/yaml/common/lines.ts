import { MAX_DEPTH } from '../scan/scanner.ts'

/** How the values are to look; see Shape in decode.ts, of which this is the part that does not need Go's types of keys. */
export interface Form {
  /** Plain objects in place of Maps. */
  objects: boolean
  /** Integers as bigint. */
  exact: boolean
}

/** Thrown, and caught by readCommon, where a text is not common. */
export const uncommon = { uncommon: true }

export function giveUp(): never {
  throw uncommon
}

// Empty lines and comments, and the indentation of the line after them.
const margin = /(?:[ ]*(?:#[^\n]*)?\n)*[ ]*/y

/** Goes over the lines of a text that have content. */
export class Lines {
  protected readonly text: string
  protected readonly objects: boolean
  protected readonly exact: boolean
  protected readonly tabs: boolean
  protected depth = 0
  /** The line with content at hand: where its first character is, at which column, where it ends. The column is -1 after the last one. */
  protected start = 0
  protected column = 0
  protected lastEnd = -1

  constructor(text: string, form: Form) {
    this.text = text
    this.objects = form.objects
    this.exact = form.exact
    this.tabs = text.includes('\t')
  }

  protected get end(): number {
    if (this.lastEnd === -1) this.lastEnd = this.lineEnd(this.start)
    return this.lastEnd
  }

  protected lineEnd(from: number): number {
    const end = this.text.indexOf('\n', from)
    return end === -1 ? this.text.length : end
  }

  /** Goes to the first line from `from` on that has more than blanks and a comment. */
  protected nextLine(from: number): void {
    margin.lastIndex = from
    margin.test(this.text)
    const start = from < this.text.length ? margin.lastIndex : this.text.length
    this.goTo(start, start - this.text.lastIndexOf('\n', start - 1) - 1)
  }

  /** Goes to the line whose first character that is not a blank is at `start`. */
  protected goTo(start: number, column: number): void {
    const c = this.text.charCodeAt(start)
    if (c === 9) giveUp()
    this.start = start
    this.lastEnd = -1
    this.column = column
    if (c > 46 || (c !== 35 && c >= 0 && column > 0)) return
    // NaN is the end of the text, and a comment can only be its last line.
    if (!(c >= 0) || c === 35) {
      this.start = this.text.length
      this.column = -1
    } else if ((c === 45 || c === 46) && this.isDocumentMarker(start)) this.column = -1
  }

  protected isDocumentMarker(i: number): boolean {
    if (!this.text.startsWith('---', i) && !this.text.startsWith('...', i)) return false
    const c = this.text.charCodeAt(i + 3)
    return c === 32 || c === 10 || c === 9 || !(c >= 0)
  }

  protected isDash(i: number): boolean {
    if (this.text.charCodeAt(i) !== 45) return false
    const c = this.text.charCodeAt(i + 1)
    return c === 32 || c === 10 || !(c >= 0)
  }

  protected isBlankAt(i: number): boolean {
    const c = this.text.charCodeAt(i)
    return c === 32 || c === 10 || c === 9 || !(c >= 0)
  }

  protected skipSpaces(from: number): number {
    let i = from
    while (this.text.charCodeAt(i) === 32) i++
    if (this.tabs && this.text.charCodeAt(i) === 9) giveUp()
    return i
  }

  /** Whether nothing but a comment follows on the line; `i` comes after a blank. */
  protected isLineOver(i: number): boolean {
    return i >= this.end || this.text.charCodeAt(i) === 35
  }

  /** Only blanks and a comment may follow on the line. */
  protected expectTail(from: number): void {
    const i = this.skipSpaces(from)
    if (i < this.end && (i === from || this.text.charCodeAt(i) !== 35)) giveUp()
  }

  protected enter(): void {
    if (++this.depth > MAX_DEPTH) giveUp()
  }
}
