import { isBlank, trimLeft } from './text.ts'

/**
 * Splits rendered text into its documents as Helm 4.2.3 does: at `---` on the start of a line, whatever follows it, with the white space
 * around it; so only the last document keeps the spaces at its end. Blank documents are left out.
 */
export function splitDocuments(text: string): string[] {
  const rest = trimLeft(text)
  const documents: string[] = []
  const add = (document: string) => {
    if (!isBlank(document)) documents.push(trimLeft(document))
  }
  let start = rest.startsWith('---') ? skipSpaces(rest, 3) : 0
  for (;;) {
    const found = rest.indexOf('\n---', start)
    if (found < 0) break
    let end = found
    while (end > start && isRegexpSpace(rest.charCodeAt(end - 1))) end--
    add(rest.slice(start, end))
    start = skipSpaces(rest, found + 4)
  }
  add(rest.slice(start))
  return documents
}

function skipSpaces(text: string, from: number): number {
  let i = from
  while (i < text.length && isRegexpSpace(text.charCodeAt(i))) i++
  return i
}

/** RE2's `\s`. */
function isRegexpSpace(unit: number): boolean {
  return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d && unit !== 0x0b)
}
