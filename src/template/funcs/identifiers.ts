import { isLetter, isNumber, isPunctuation, isSpace, isUpper, lowerRune, runes, upperRune } from './characters.ts'

/** Rules of xstrings 1.5.0 for words in identifiers. */

const isConnector = (rune: string): boolean => rune === '-' || rune === '_' || isSpace(rune)

/** Words joined, each with its first letter in upper case; connectors at the ends and all but one of a run of them stay. */
export function pascalCase(text: string): string {
  const all = runes(text)
  let at = 0
  let result = ''
  while (at < all.length && isConnector(all[at]!)) result += all[at++]
  // xstrings forgets that it has already written a connector that ends the text.
  if (at === all.length) return all.length === 0 ? '' : result + all[all.length - 1]!
  let lowering = isUpper(all[at]!)
  let current = upperRune(all[at]!)
  for (at++; at < all.length; at++) {
    const previous = current
    current = all[at]!
    if (isConnector(previous)) {
      if (isConnector(current)) {
        result += previous
        continue
      }
      lowering = isUpper(current)
      current = upperRune(current)
      continue
    }
    if (lowering) {
      if (isUpper(current)) current = lowerRune(current)
      else lowering = false
    }
    result += previous
  }
  return result + current
}

type Kind = 'none' | 'number' | 'upper' | 'alphabet' | 'connector' | 'punctuation' | 'other'

interface Word {
  kind: Kind
  text: string
  /** Index of the rune after the word. */
  end: number
}

/** Splits at changes of case and at connectors, and joins the words in lower case with `connector` between them. */
export function delimited(text: string, connector: string): string {
  const all = runes(text)
  if (all.length === 0) return ''
  let result = ''
  let word = nextWord(all, 0) as Word
  const write = (kind: Kind, content: string): void => {
    result += kind === 'upper' || kind === 'connector' ? lowered(content, connector) : content
  }
  const advance = (): void => {
    word = nextWord(all, word.end)
  }
  const writeAlphanumeric = (): void => {
    while (word.kind === 'alphabet' || word.kind === 'number') {
      write(word.kind, word.text)
      advance()
    }
  }
  const writeConnector = (): void => {
    if (word.kind !== 'connector' && word.kind !== 'punctuation' && word.kind !== 'none') result += connector
  }
  while (word.end < all.length) {
    const previous = word
    if (previous.kind !== 'connector') write(previous.kind, previous.text)
    advance()
    if (previous.kind === 'number') {
      writeAlphanumeric()
      writeConnector()
    } else if (previous.kind === 'connector') write('connector', previous.text)
    else if (previous.kind !== 'punctuation') {
      if (word.kind !== 'number') {
        writeConnector()
        continue
      }
      if (word.end >= all.length) continue
      const number = word
      word = nextWord(all, number.end)
      if (word.kind !== 'alphabet') {
        // The number belongs to the word before it: Bld4Floor is bld4_floor.
        write('number', number.text)
        writeConnector()
        continue
      }
      // Lower case after the number: the number begins a word, HTTP2xx is http_2xx.
      result += connector
      write('number', number.text)
      writeAlphanumeric()
      writeConnector()
    }
  }
  write(word.kind, word.text)
  return result
}

function lowered(content: string, connector: string): string {
  let result = ''
  for (const rune of content) result += isConnector(rune) ? connector : isUpper(rune) ? lowerRune(rune) : rune
  return result
}

/** Letters other than the Chinese, Japanese and Korean characters that xstrings knows. */
function isAlphabet(rune: string): boolean {
  if (!isLetter(rune)) return false
  const code = rune.codePointAt(0)!
  if (code < 0x3400) return true
  return !((code >= 0x4e00 && code <= 0x9fcc) || code <= 0x4d85 || (code >= 0x20000 && code <= 0x2b81d))
}

function nextWord(all: readonly string[], start: number): Word {
  const first = all[start]
  if (first === undefined) return { kind: 'none', text: '', end: start }
  let end = start + 1
  const take = (accepts: (rune: string) => boolean): void => {
    while (end < all.length && accepts(all[end]!)) end++
  }
  const word = (kind: Kind): Word => ({ kind, text: all.slice(start, end).join(''), end })
  if (isConnector(first)) {
    take(isConnector)
    return word('connector')
  }
  if (isPunctuation(first)) {
    take(isPunctuation)
    return word('punctuation')
  }
  if (isUpper(first)) {
    const second = all[end]
    if (second !== undefined && isUpper(second)) {
      take(isUpper)
      // HTTPStatus is HTTP and Status: the last capital belongs to the next word.
      if (end < all.length && isAlphabet(all[end]!)) end--
    } else take((rune) => isAlphabet(rune) && !isUpper(rune))
    return word('upper')
  }
  if (isAlphabet(first)) {
    take((rune) => isAlphabet(rune) && !isUpper(rune))
    return word('alphabet')
  }
  if (isNumber(first)) {
    take(isNumber)
    return word('number')
  }
  take((rune) => !isConnector(rune) && !isAlphabet(rune) && !isNumber(rune) && !isPunctuation(rune))
  return word('other')
}
