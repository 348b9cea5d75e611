// The patterns stand where they are used: making one with a Unicode class takes 0.1 ms, also of a run that needs none.
function isLetter(c: number): boolean {
  return c < 128 ? (c >= 97 && c <= 122) || (c >= 65 && c <= 90) : /\p{L}/u.test(String.fromCodePoint(c))
}

function isDigit(c: number): boolean {
  return c < 128 ? c >= 48 && c <= 57 : /\p{Nd}/u.test(String.fromCodePoint(c))
}

// For keys of these characters go-yaml's order is that of code points, which the engine sorts by itself. An underscore is not among them: it
// stands between upper and lower case.
const simple = /^[A-Za-z./-]*$/
const isSimple = (key: string): boolean => simple.test(key)

/** Whether simple keys stand in order already. */
function isSorted(keys: string[]): boolean {
  for (let i = 1; i < keys.length; i++) if (keys[i - 1]! > keys[i]! || !isSimple(keys[i]!)) return false
  return keys.length < 2 || isSimple(keys[0]!)
}

/** The keys in the order of go.yaml.in/yaml/v2: numbers inside keys count as numbers, and what is no letter comes before letters. */
export function sortKeys(keys: string[]): string[] {
  return isSorted(keys) ? keys : keys.every(isSimple) ? keys.sort() : keys.sort(compareKeys)
}

/** The same for yaml/v3, where after digits a letter comes first (`1a` before `19`). */
export function sortKeysPretty(keys: string[]): string[] {
  return isSorted(keys) ? keys : keys.every(isSimple) ? keys.sort() : keys.sort(compareKeysPretty)
}

/**
 * go-yaml's order is not transitive (`-10`, `-9a`, ...), so for some sets of keys Helm's own output differs from run to run; there, any order
 * of ours is as good.
 */
function compareKeys(a: string, b: string): number {
  return compare(a, b, false)
}

function compareKeysPretty(a: string, b: string): number {
  return compare(a, b, true)
}

function compare(a: string, b: string, pretty: boolean): number {
  const length = Math.min(a.length, b.length)
  let i = 0
  let x = 0
  let y = 0
  for (; i < length; i++) {
    x = a.charCodeAt(i)
    y = b.charCodeAt(i)
    if (x !== y) break
  }
  if (i === length) return a.length - b.length
  if (x > 127 || y > 127) {
    // Go compares characters, not halves of surrogate pairs.
    if (i > 0 && ((x & 0xfc00) === 0xdc00 || (y & 0xfc00) === 0xdc00) && (a.charCodeAt(i - 1) & 0xfc00) === 0xd800) i--
    x = a.codePointAt(i)!
    y = b.codePointAt(i)!
  }
  const xLetter = isLetter(x)
  const yLetter = isLetter(y)
  if (xLetter && yLetter) return x - y
  if (xLetter || yLetter) {
    const lettersFirst = pretty && i > 0 && isDigit(a.charCodeAt(i - 1))
    return xLetter === lettersFirst ? -1 : 1
  }
  return compareNumbers(a, b, i) || x - y
}

/** Compares the runs of digits at `start`, which may be empty, by value and then by length. */
function compareNumbers(a: string, b: string, start: number): number {
  // Where the difference begins with a zero inside a number, what stands before it must weigh in.
  let prefix = 0
  if (a[start] === '0' || b[start] === '0') {
    for (let j = start - 1; j >= 0 && isDigit(a.charCodeAt(j)); j--) {
      if (a[j] !== '0') {
        prefix = 1
        break
      }
    }
  }
  const aEnd = digitsEnd(a, start)
  const bEnd = digitsEnd(b, start)
  if (aEnd - start < 15 && bEnd - start < 15) {
    return digitsValue(a, start, aEnd, prefix) - digitsValue(b, start, bEnd, prefix) || aEnd - bEnd
  }
  const x = wrappedValue(a, start, aEnd, prefix)
  const y = wrappedValue(b, start, bEnd, prefix)
  return x < y ? -1 : x > y ? 1 : aEnd - bEnd
}

function digitsEnd(text: string, start: number): number {
  let end = start
  while (end < text.length && isDigit(text.charCodeAt(end))) end++
  return end
}

function digitsValue(text: string, start: number, end: number, prefix: number): number {
  let value = prefix
  for (let i = start; i < end; i++) value = value * 10 + text.charCodeAt(i) - 48
  return value
}

/** Long numbers overflow int64 in Go. */
function wrappedValue(text: string, start: number, end: number, prefix: number): bigint {
  let value = BigInt(prefix)
  for (let i = start; i < end; i++) value = BigInt.asIntN(64, value * 10n + BigInt(text.charCodeAt(i) - 48))
  return value
}
