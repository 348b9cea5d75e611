import { quote } from '../quote.ts'
import { failure } from './failure.ts'

/** The four bytes of an IPv4 address in dotted form; undefined where it is none. No leading zeros, as in Go. */
export function parseAddress4(text: string): number[] | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  const bytes = parts.map((part) => (/^(0|[1-9][0-9]{0,2})$/.test(part) ? Number(part) : 256))
  return bytes.every((byte) => byte < 256) ? bytes : undefined
}

/** The sixteen bytes of an IPv6 address without a zone; undefined where it is none. */
export function parseAddress6(text: string): number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const sides = halves.map((half, index) => parseGroups(half, index === halves.length - 1))
  if (sides.some((side) => side === undefined)) return undefined
  const [left, right = []] = sides as number[][]
  const missing = 16 - left!.length - right.length
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined
  return [...left!, ...new Array<number>(missing).fill(0), ...right]
}

function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === '') return []
  const bytes: number[] = []
  const groups = text.split(':')
  for (const [index, group] of groups.entries()) {
    if (last && index === groups.length - 1 && group.includes('.')) {
      const four = parseAddress4(group)
      if (!four) return undefined
      bytes.push(...four)
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined
      const number = Number.parseInt(group, 16)
      bytes.push(number >> 8, number & 255)
    }
  }
  return bytes
}

/** Whether the text is an IPv6 address, perhaps with a zone. */
export function isAddress6(text: string): boolean {
  return parseAddress6(text.split('%')[0]!) !== undefined
}

/** Throws where the text between brackets in a URL is no address. */
export function validAddress6(text: string): void {
  const [address, zone] = text.split(/%(.*)/s)
  if (parseAddress4(address!) || (parseAddress6(address!) && zone !== '')) return
  const problem = !/[.:%]/.test(text)
    ? 'unable to parse IP'
    : zone === ''
      ? 'zone must be a non-empty string'
      : !text.includes(':')
        ? 'IPv4 address too short'
        : 'unexpected character'
  throw failure(`invalid host: ParseAddr(${quote(text)}): ${problem}`)
}
