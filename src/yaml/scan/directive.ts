import { isBlank, isBlankz, isBreak, isBreakz, isDigit, isWord } from '../characters.ts'
import type { Cursor } from './cursor.ts'
import { scanTagHandle, scanTagUri } from './tag.ts'
import { TAG_DIRECTIVE, type Token, textToken, VERSION_DIRECTIVE } from './tokens.ts'

/** A directive at the cursor, to the end of its line. */
export function scanDirective(cursor: Cursor): Token {
  const line = cursor.line
  cursor.position++
  const start = cursor.position
  while (isWord(cursor.code())) cursor.position++
  if (cursor.position === start) cursor.fail('could not find expected directive name')
  if (!isBlankz(cursor.code())) cursor.fail('found unexpected non-alphabetical character')
  const name = cursor.text.slice(start, cursor.position)
  cursor.skipBlanks()
  let token: Token
  if (name === 'YAML') {
    const major = scanVersionNumber(cursor)
    if (cursor.code() !== 46 /* . */) cursor.fail("did not find expected digit or '.' character")
    cursor.position++
    token = textToken(VERSION_DIRECTIVE, line, 0, `${major}.${scanVersionNumber(cursor)}`)
  } else if (name === 'TAG') {
    const handle = scanTagHandle(cursor, true)
    if (!isBlank(cursor.code())) cursor.fail('did not find expected whitespace')
    cursor.skipBlanks()
    const prefix = scanTagUri(cursor, '')
    if (!isBlankz(cursor.code())) cursor.fail('did not find expected whitespace or line break')
    token = textToken(TAG_DIRECTIVE, line, 0, handle, prefix)
  } else cursor.fail('found unknown directive name')
  cursor.skipBlanks()
  cursor.skipComment()
  if (!isBreakz(cursor.code())) cursor.fail('did not find expected comment or line break')
  if (isBreak(cursor.code())) cursor.skipLine()
  return token
}

function scanVersionNumber(cursor: Cursor): number {
  const start = cursor.position
  while (isDigit(cursor.code())) {
    if (cursor.position - start === 2) cursor.fail('found extremely long version number')
    cursor.position++
  }
  if (cursor.position === start) cursor.fail('did not find expected version number')
  return Number(cursor.text.slice(start, cursor.position))
}
