import { createHash } from 'node:crypto'

/** Why an image name is no reference, in the runtime's words. */
export function invalidName(image: string): string {
  const { path } = split(image)
  const name = path.replace(/^library\//, '')
  return `invalid reference format${name === name.toLowerCase() ? '' : `: repository name (${name}) must be lowercase`}`
}

/** What a registry would say about an image name. The simulation knows these by their names alone. */
export type Availability = 'ok' | 'missing' | 'unreachable' | 'invalid'

export function availability(image: string): Availability {
  if (!/^[a-z0-9]+([._:/@-]+[A-Za-z0-9_]+)*$/.test(image) || /:[^/:@]*:/.test(image.replace(/^[^/]+:\d+\//, ''))) return 'invalid'
  const { host, path, tag } = split(image)
  if (path !== path.toLowerCase()) return 'invalid'
  if (/\.invalid(:\d+)?$/.test(host)) return 'unreachable'
  if (/does-?not-?exist|missing|no-such/.test(tag) || /(^|\/)(nonexistent|does-not-exist|no-such)[^/]*$/.test(path)) return 'missing'
  return 'ok'
}

export function split(image: string): { host: string; path: string; tag: string } {
  const [name = '', digest] = image.split('@')
  const first = name.split('/')[0]!
  const hasHost = name.includes('/') && (/[.:A-Z]/.test(first) || first === 'localhost')
  const host = hasHost ? first : 'docker.io'
  const rest = hasHost ? name.slice(first.length + 1) : name
  const colon = rest.lastIndexOf(':')
  const path = colon < 0 ? rest : rest.slice(0, colon)
  return {
    host,
    path: hasHost || path.includes('/') ? path : `library/${path}`,
    tag: digest ?? (colon < 0 ? 'latest' : rest.slice(colon + 1)),
  }
}

/** The image's full reference and a digest that is always the same for it. */
export function references(image: string): { image: string; imageID: string } {
  const { host, path, tag } = split(image)
  const digest = `sha256:${createHash('sha256').update(`${path}:${tag}`).digest('hex')}`
  const full = tag.startsWith('sha256:') ? `${host}/${path}@${tag}` : `${host}/${path}:${tag}`
  return { image: full, imageID: `${host}/${path}@${digest}` }
}

/** What containerd answers to a failing pull. */
export function pullError(image: string): string {
  const { host, path, tag } = split(image)
  const full = `${host}/${path}:${tag}`
  if (availability(image) === 'unreachable')
    return `failed to pull and unpack image "${full}": failed to resolve reference "${full}": failed to do request: Head "https://${host}/v2/${path}/manifests/${tag}": dial tcp: lookup ${host.replace(/:\d+$/, '')}: no such host`
  return `failed to pull and unpack image "${full}": failed to resolve reference "${full}": ${full}: not found`
}
