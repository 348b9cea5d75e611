import { createHash } from 'node:crypto'
import type { Dependency } from '../chart/metadata.ts'
import { goJson } from '../release/go-json.ts'

type Locked = Pick<Dependency, 'name' | 'version' | 'repository'>

/** The digest of Chart.lock: of what Chart.yaml asks for and what was found for it, as Helm computes it. */
export function lockDigest(wanted: readonly Dependency[], locked: readonly Locked[]): string {
  const text = goJson([wanted.map((dependency) => fields(dependency)), locked.map((dependency) => fields(dependency))])
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}

/** Go's struct: in this order, without what is empty but for the name and the repository. */
function fields(dependency: Locked & Partial<Dependency>) {
  const { name, version, repository, condition, tags, enabled, importValues, alias } = dependency
  return {
    name,
    version: version || undefined,
    repository,
    condition: condition || undefined,
    tags: tags?.length ? tags : undefined,
    enabled: enabled || undefined,
    'import-values': importValues?.length ? importValues : undefined,
    alias: alias || undefined,
  }
}
