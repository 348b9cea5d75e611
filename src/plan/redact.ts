import { createHash } from 'node:crypto'
import type { KubeObject } from '../resource.ts'
import type { FieldChange } from './change.ts'
import { annotation } from './lifecycle.ts'

/**
 * The changes with every secret value replaced by its length and the first 12 digits of its SHA-256, which show whether it changed and nothing else. Secret are: the
 * data of Secrets, the whole of what is annotated `werf.io/sensitive: "true"`, and the paths of `werf.io/sensitive-paths` (`$.spec.a,$.data.b`); `converge.dev/…` is the same.
 */
export function redactChanges(changes: FieldChange[], object: KubeObject): FieldChange[] {
  const isSensitive = sensitivePaths(object)
  return changes.map((change) => {
    if (!isSensitive(change.path)) return change
    return {
      path: change.path,
      ...(change.before === undefined ? {} : { before: hidden(change.before) }),
      ...(change.after === undefined ? {} : { after: hidden(change.after) }),
    }
  })
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
