/** A JSON pointer below the document at a URL. */
export interface Address {
  url: string
  pointer: string
}

/** `/` and `~` escaped as in a JSON pointer. */
export function escapeToken(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1')
}

export function unescapeToken(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~')
}

/** The pointer to a value whose keys and indices are `tokens`. */
export function pointerOf(tokens: readonly string[]): string {
  return tokens.map((token) => `/${escapeToken(token)}`).join('')
}

/** `url#pointer`, with what a URL cannot hold percent-encoded. */
export function addressText({ url, pointer }: Address): string {
  return `${url}#${pointer.split('/').map(encodePathSegment).join('/')}`
}

/** Go's url.PathEscape. */
function encodePathSegment(text: string): string {
  return encodeURIComponent(text)
    .replace(/%(24|26|2B|3A|3D|40)/g, decodeURIComponent)
    .replace(/[!'()*]/g, (char) => {
      return `%${char.charCodeAt(0).toString(16).toUpperCase()}`
    })
}

/** A reference resolved against the URL that it stands in; its fragment is decoded. */
export function resolveReference(base: string, reference: string): { url: string; fragment: string } {
  const hash = reference.indexOf('#')
  const path = hash < 0 ? reference : reference.slice(0, hash)
  const fragment = hash < 0 ? '' : decodeFragment(reference.slice(hash + 1))
  if (path === '') return { url: base, fragment }
  const absolute = /^([a-z][a-z0-9+.-]*):((?:\/\/[^/?]*)?)([^?]*)(.*)$/is.exec(path)
  if (absolute) {
    const [, scheme, authority, below, query] = absolute
    return { url: `${scheme!.toLowerCase()}:${authority}${below!.startsWith('/') ? withoutDots(below!) : below}${query}`, fragment }
  }
  return { url: URL.canParse(path, base) ? new URL(path, base).href : path, fragment }
}

/** A path without `.` and `..`. */
function withoutDots(path: string): string {
  const kept: string[] = []
  const parts = path.split('/').slice(1)
  for (const part of parts) {
    if (part === '..') kept.pop()
    else if (part !== '.') kept.push(part)
  }
  const last = parts.at(-1)
  return `/${kept.join('/')}${(last === '.' || last === '..') && kept.length > 0 ? '/' : ''}`
}

function decodeFragment(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
