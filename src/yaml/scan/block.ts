import { isBlank, isBreak, isBreakz, isDigit } from '../characters.ts'
import type { Cursor } from './cursor.ts'

/** A literal or folded block scalar at the cursor; `parent` is the indentation of the collection around it. */
export function scanBlockScalar(cursor: Cursor, literal: boolean, parent: number): string {
  cursor.position++
  let chomping = 0
  let increment = 0
  // The two indicators come in either order.
  for (let i = 0; i < 2; i++) {
    const c = cursor.code()
    if (chomping === 0 && (c === 43 /* + */ || c === 45) /* - */) chomping = c === 43 ? 1 : -1
    else if (increment === 0 && isDigit(c)) {
      if (c === 48) cursor.fail('found an indentation indicator equal to 0')
      increment = c - 48
    } else break
    cursor.position++
  }
  cursor.skipBlanks()
  cursor.skipComment()
  if (!isBreakz(cursor.code())) cursor.fail('did not find expected comment or line break')
  if (isBreak(cursor.code())) cursor.skipLine()

  let indent = increment === 0 ? 0 : Math.max(parent, 0) + increment
  let value = ''
  let leadingBreak = ''
  let leadingBlank = false
  let breaks: string
  ;[breaks, indent] = scanBreaks(cursor, indent, parent)
  while (cursor.column === indent && cursor.code() !== 0) {
    const blank = isBlank(cursor.code())
    if (!literal && !leadingBlank && !blank && leadingBreak === '\n') {
      if (breaks === '') value += ' '
    } else value += leadingBreak
    value += breaks
    leadingBlank = blank
    const start = cursor.position
    while (!isBreakz(cursor.code())) cursor.position++
    value += cursor.text.slice(start, cursor.position)
    leadingBreak = cursor.code() === 0 ? '' : cursor.readLine()
    ;[breaks, indent] = scanBreaks(cursor, indent, parent)
  }
  if (cursor.code() === 0) cursor.checkWall()
  if (chomping !== -1) value += leadingBreak
  if (chomping === 1) value += breaks
  return value
}

/** Consumes indentation and empty lines of a block scalar; gives the breaks and, where it was 0, the indentation it found. */
function scanBreaks(cursor: Cursor, indent: number, parent: number): [string, number] {
  let breaks = ''
  let deepest = 0
  for (;;) {
    while ((indent === 0 || cursor.column < indent) && cursor.code() === 32) cursor.position++
    const column = cursor.column
    if (column > deepest) deepest = column
    if ((indent === 0 || column < indent) && cursor.code() === 9) {
      cursor.fail('found a tab character where an indentation space is expected')
    }
    if (!isBreak(cursor.code())) break
    breaks += cursor.readLine()
  }
  return [breaks, indent === 0 ? Math.max(deepest, parent + 1, 1) : indent]
}
