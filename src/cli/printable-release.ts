import { sortedMaps } from '../release/go-json.ts'
import type { ReleaseRecord } from '../release/record.ts'
import { isNoTime } from './helm-time.ts'

/** A revision as `helm status -o json` prints it: without the chart, with the live objects. */
export function printableRelease(record: ReleaseRecord, resources: ReadonlyMap<string, readonly object[]>): unknown {
  const { info } = record
  return {
    name: record.name,
    info: {
      first_deployed: info.first_deployed,
      last_deployed: info.last_deployed,
      deleted: isNoTime(info.deleted) ? undefined : info.deleted,
      description: info.description || undefined,
      status: info.status || undefined,
      rollback_revision: info.rollback_revision || undefined,
      notes: info.notes || undefined,
      resources: resources.size === 0 ? undefined : sortedMaps(resources),
    },
    config: isEmpty(record.config) ? undefined : sortedMaps(record.config),
    manifest: record.manifest || undefined,
    hooks: record.hooks && record.hooks.length > 0 ? record.hooks.map(printableHook) : undefined,
    version: record.version,
    namespace: record.namespace || undefined,
    apply_method: record.apply_method || undefined,
  }
}

function printableHook(hook: NonNullable<ReleaseRecord['hooks']>[number]) {
  const { started_at, completed_at, phase } = hook.last_run ?? { phase: '' }
  return {
    ...hook,
    last_run: {
      started_at: isNoTime(started_at) ? undefined : started_at,
      completed_at: isNoTime(completed_at) ? undefined : completed_at,
      phase,
    },
  }
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === 'object' && Object.keys(value).length === 0)
}
