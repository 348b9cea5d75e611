import { resolvePlain, type Scalar } from '../resolve.ts'
import { giveUp } from './lines.ts'
import { finite, Scalars, starts } from './scalars.ts'

/** Reads flow collections, over any number of lines. */
export class Flow extends Scalars {
  protected flow(from: number): unknown {
    this.enter()
    const value = this.text.charCodeAt(from) === 91 ? this.flowSequence(from + 1) : this.flowMapping(from + 1)
    this.depth--
    return value
  }

  protected skipFlowBlanks(from: number): number {
    let i = from
    let c = this.text.charCodeAt(i)
    while (c === 32 || c === 10) c = this.text.charCodeAt(++i)
    // A line may begin with a document's end; comments and tabs are rare.
    if (c === 35 || c === 9 || !(c >= 0) || ((c === 45 || c === 46) && this.text.charCodeAt(i - 1) === 10)) giveUp()
    return i
  }

  protected flowSequence(from: number): unknown[] {
    const items: unknown[] = []
    let i = this.skipFlowBlanks(from)
    while (this.text.charCodeAt(i) !== 93) {
      items.push(this.flowNode(i))
      i = this.skipFlowBlanks(this.after)
      const c = this.text.charCodeAt(i)
      if (c === 44) i = this.skipFlowBlanks(i + 1)
      else if (c !== 93) giveUp()
    }
    this.after = i + 1
    return items
  }

  protected flowMapping(from: number): unknown {
    const map = this.objects ? undefined : new Map<string, unknown>()
    const object: Record<string, unknown> = {}
    let i = this.skipFlowBlanks(from)
    while (this.text.charCodeAt(i) !== 125) {
      const key = this.flowKey(i)
      i = this.skipFlowBlanks(this.after)
      let value: unknown = null
      let c = this.text.charCodeAt(i)
      if (c !== 44 && c !== 125) {
        value = this.flowNode(i)
        i = this.skipFlowBlanks(this.after)
        c = this.text.charCodeAt(i)
      }
      if (map !== undefined) map.set(key, value)
      else if (key === '__proto__') giveUp()
      else object[key] = value
      if (c === 44) i = this.skipFlowBlanks(i + 1)
      else if (c !== 125) giveUp()
    }
    this.after = i + 1
    return map ?? object
  }

  /** A key and its colon, on one line. */
  protected flowKey(from: number): string {
    const { text } = this
    const c = text.charCodeAt(from)
    const quoted = c === 34 || c === 39
    const key = quoted ? this.quoted(from, c) : this.flowPlain(from, true)
    if (quoted ? this.after > this.lineEnd(from) : key === '<<') giveUp()
    const colon = this.skipSpaces(this.after)
    if (text.charCodeAt(colon) !== 58 || colon - from > 1000 || typeof key !== 'string') giveUp()
    this.after = colon + 1
    return key
  }

  protected flowNode(from: number): unknown {
    const c = this.text.charCodeAt(from)
    if (c === 34 || c === 39) return this.quoted(from, c)
    return c === 91 || c === 123 ? this.flow(from) : this.flowPlain(from, this.exact)
  }

  protected flowPlain(from: number, exact: boolean): Scalar {
    const { text } = this
    let c = text.charCodeAt(from)
    if (c < 128 && starts[c] === 0 && (c !== 45 || this.isBlankAt(from + 1))) giveUp()
    let i = from
    let end = from
    for (; ; c = text.charCodeAt(++i)) {
      if (c === 44 || c === 93 || c === 125 || c === 10) break
      if (c === 58 && this.isBlankAt(i + 1)) break
      if (c === 63 || c === 91 || c === 123 || c === 9 || !(c >= 0)) giveUp()
      if (c === 35 && text.charCodeAt(i - 1) === 32) giveUp()
      if (c !== 32) end = i + 1
    }
    this.after = i
    return finite(resolvePlain(text.slice(from, end), exact))
  }
}
