import { isBlank, isBlankz, isBreak } from '../characters.ts'
import type { Cursor } from './cursor.ts'

/**
 * A plain scalar at the cursor, whose further lines must be indented by `indent` outside of flow collections. `ended` tells that it went on to
 * the start of another line, where a key may follow.
 */
export function scanPlainScalar(cursor: Cursor, indent: number, flow: boolean): { value: string; ended: boolean } {
  const text = cursor.text
  let value = ''
  // Where the part of the current line that belongs to the value begins, and where its last non-blank character ends.
  let start = cursor.position
  let end = start
  let pending = ''
  let folding = false
  for (;;) {
    if (cursor.column === 0 && cursor.atDocumentIndicator()) break
    let c = cursor.code()
    if (c === 35 /* # */) break
    const from = cursor.position
    let position = from
    while (!isBlankz(c)) {
      if (c === 58 /* : */) {
        if (isBlankz(text.charCodeAt(position + 1))) break
      } else if (flow && (c === 44 || c === 63 || c === 91 || c === 93 || c === 123 || c === 125)) break
      c = text.charCodeAt(++position)
    }
    cursor.position = position
    if (position > from) {
      if (folding) {
        value += pending
        start = from
        folding = false
      }
      end = position
    }
    if (!(isBlank(c) || isBreak(c))) break
    let first = ''
    let more = ''
    for (; isBlank(c) || isBreak(c); c = cursor.code()) {
      if (isBlank(c)) {
        if (folding && c === 9 && cursor.column < indent) cursor.fail('found a tab character that violates indentation')
        cursor.position++
      } else if (folding) more += cursor.readLine()
      else {
        value += text.slice(start, end)
        first = cursor.readLine()
        folding = true
      }
    }
    if (folding) pending = first === '\n' ? (more === '' ? ' ' : more) : first + more
    if (!flow && cursor.column < indent) break
  }
  return folding ? { value, ended: true } : { value: value + text.slice(start, end), ended: false }
}
