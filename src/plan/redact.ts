import { createHash } from 'node:crypto'
import type { KubeObject } from '../resource.ts'
import type { FieldChange } from './change.ts'
import { annotation } from './lifecycle.ts'

/**
 * The changes with every secret value replaced by its length and the first 12 digits of its SHA-256, which show whether it changed and nothing else. Secret are: the
 * data of Secrets, what holds one of `secrets`, the whole of what is annotated `werf.io/sensitive: "true"`, and the paths of `werf.io/sensitive-paths` (`$.spec.a,$.data.b`); `converge.dev/…` is the same.
 */
export function redactChanges(changes: FieldChange[], object: KubeObject, secrets: readonly string[] = []): FieldChange[] {
  const isSensitive = sensitivePaths(object)
  return changes.map((change) => {
    const { path, before, after } = change
    // What a secret value takes the place of was one too.
    if (!isSensitive(path) && !holdsSecret(before, secrets) && !holdsSecret(after, secrets)) return change
    return {
      path: change.path,
      ...(change.before === undefined ? {} : { before: hidden(change.before) }),
      ...(change.after === undefined ? {} : { after: hidden(change.after) }),
    }
  })
}

/** Shorter ones would hide half of every text. */
const shortest = 6

/**
 * A JSON value without secret texts: they, and each line of those that have several, are replaced wherever they stand in a string, keys included. Those shorter than six
 * characters are left. Gives the value itself where it holds none.
 */
export function withoutSecrets<T>(value: T, secrets: readonly string[]): T {
  const wanted = secrets
    .flatMap((secret) => [secret, ...secret.split('\n').map((line) => line.trim())])
    .filter((text) => text.length >= shortest)
    .sort((a, b) => b.length - a.length)
  return wanted.length === 0 ? value : mask(value, wanted)
}

function mask<T>(value: T, secrets: readonly string[]): T {
  if (typeof value === 'string') return secrets.reduce<string>((text, secret) => text.replaceAll(secret, '<hidden>'), value) as T
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items = value.map((item) => mask(item, secrets))
    return items.every((item, index) => item === value[index]) ? value : (items as T)
  }
  const entries = Object.entries(value)
  const masked = entries.map(([key, item]) => [mask(key, secrets), mask(item, secrets)] as const)
  return masked.every(([key, item], index) => key === entries[index]![0] && item === entries[index]![1])
    ? value
    : (Object.fromEntries(masked) as T)
}

function holdsSecret(value: unknown, secrets: readonly string[]): boolean {
  if (value === undefined) return false
  return withoutSecrets(value, secrets) !== value || secrets.includes(value as string)
}

function sensitivePaths(object: KubeObject): (path: string) => boolean {
  const paths = annotation(object, 'sensitive-paths')
  if (paths !== undefined) {
    const prefixes = paths
      .split(/(?<!\\),/)
      .map((path) =>
        path
          .trim()
          .replaceAll('\\,', ',')
          .replace(/^\$\.?/, ''),
      )
      .filter((path) => path !== '')
    return (path) =>
      prefixes.some(
        (prefix) => path === prefix || path.startsWith(`${prefix}.`) || path.startsWith(`${prefix}[`) || prefix.startsWith(`${path}.`),
      )
  }
  const sensitive = annotation(object, 'sensitive')
  if (sensitive !== undefined) return /^(1|t|true)$/i.test(sensitive) ? (path) => !path.startsWith('metadata') : () => false
  if (object.kind !== 'Secret') return () => false
  return (path) => path === 'data' || path === 'stringData' || /^(data|stringData)[.[]/.test(path)
}

function hidden(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return `<hidden ${Buffer.byteLength(text)} bytes, hash ${createHash('sha256').update(text).digest('hex').slice(0, 12)}>`
}
