import { hexValue, isBlankz, isWord } from '../characters.ts'
import type { Cursor } from './cursor.ts'

/** A tag at the cursor: `!<uri>`, `!suffix`, `!handle!suffix`. */
export function scanTag(cursor: Cursor): { handle: string; suffix: string } {
  let handle = ''
  let suffix = ''
  if (cursor.code(1) === 60 /* < */) {
    cursor.position += 2
    suffix = scanTagUri(cursor, '')
    if (cursor.code() !== 62 /* > */) cursor.fail("did not find the expected '>'")
    cursor.position++
  } else {
    handle = scanTagHandle(cursor, false)
    if (handle.length > 1 && handle.endsWith('!')) suffix = scanTagUri(cursor, '')
    else {
      suffix = scanTagUri(cursor, handle)
      handle = '!'
      if (suffix === '') [handle, suffix] = ['', '!']
    }
  }
  if (!isBlankz(cursor.code())) cursor.fail('did not find expected whitespace or line break')
  return { handle, suffix }
}

/** The handle of a tag: `!`, `!!`, `!x!`, or what only looks like one. `directive`: of a %TAG directive, where it must be one. */
export function scanTagHandle(cursor: Cursor, directive: boolean): string {
  const start = cursor.position
  if (cursor.code() !== 33 /* ! */) cursor.fail("did not find expected '!'")
  cursor.position++
  while (isWord(cursor.code())) cursor.position++
  if (cursor.code() === 33) cursor.position++
  else if (directive && cursor.position - start > 1) cursor.fail("did not find expected '!'")
  return cursor.text.slice(start, cursor.position)
}

/** The rest of a tag; `head` is what was read as a handle and was none. */
export function scanTagUri(cursor: Cursor, head: string): string {
  let uri = head.slice(1)
  let found = head !== ''
  for (;;) {
    const c = cursor.code()
    if (c === 37 /* % */) uri += scanUriEscapes(cursor)
    else if (isWord(c) || (c !== 0 && ";/?:@&=+$,.!~*'()[]".includes(String.fromCharCode(c)))) {
      uri += String.fromCharCode(c)
      cursor.position++
    } else break
    found = true
  }
  if (!found) cursor.fail('did not find expected tag URI')
  return uri
}

function scanUriEscapes(cursor: Cursor): string {
  const bytes: number[] = []
  let width = 1
  while (bytes.length < width) {
    const high = hexValue(cursor.code(1))
    const low = hexValue(cursor.code(2))
    if (cursor.code() !== 37 || high < 0 || low < 0) cursor.fail('did not find URI escaped octet')
    const octet = high * 16 + low
    if (bytes.length === 0) {
      width = octet < 0x80 ? 1 : octet < 0xc0 ? 0 : octet < 0xe0 ? 2 : octet < 0xf0 ? 3 : octet < 0xf8 ? 4 : 0
      if (width === 0) cursor.fail('found an incorrect leading UTF-8 octet')
    } else if ((octet & 0xc0) !== 0x80) cursor.fail('found an incorrect trailing UTF-8 octet')
    bytes.push(octet)
    cursor.position += 3
  }
  return new TextDecoder().decode(Uint8Array.from(bytes))
}
