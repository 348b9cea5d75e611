import type { KubeObject } from '../../resource.ts'
import { type KindRules, type Problem, progressing, ready, type StatusContext } from '../rules.ts'
import { shorten } from './containers.ts'

/** How long an error of a comparison or a sync may last: Argo CD tries again by itself. */
const graceMs = 30_000
/** So long a status may be of an older spec; Argo CD compares within seconds. */
const staleMs = 60_000

/**
 * An Application of Argo CD is ready when it is healthy, and synced where Argo CD syncs by itself. Where a person syncs, nobody does it for
 * this run: out of sync is as far as it gets. Its conditions have no status: those there are hold.
 */
export const argoApplication: KindRules = {
  status(object, context) {
    const { health, sync, operationState } = object.status ?? {}
    if (isStale(object, context)) return progressing('progressing', 'Argo CD to compare it', { recheckAt: context.appliedAt + staleMs })
    if (operationState?.phase === 'Running' || operationState?.phase === 'Terminating')
      return progressing('syncing', operationState.message ? shorten(operationState.message) : 'its sync')
    if (sync?.status === 'OutOfSync')
      return syncsItself(object) ? progressing('OutOfSync', 'its sync') : ready('out of sync, synced by hand')
    const word: string = health?.status ?? ''
    if (word === 'Healthy' || word === 'Suspended') return ready(word)
    return progressing(word || 'progressing', health?.message ? shorten(health.message) : 'health of its resources')
  },
  problems(object, context) {
    if (isStale(object, context)) return []
    const { health, operationState, conditions } = object.status ?? {}
    const problem = (reason: string, message: unknown): Problem => ({
      key: `${object.metadata.uid}/${reason}`,
      reason,
      message: shorten(String(message || reason)),
      graceMs,
      fatal: true,
      suppliable: true,
    })
    const error = (Array.isArray(conditions) ? conditions : []).find((condition) => /Error$/.test(condition?.type))
    if (error) return [problem(error.type, error.message)]
    if (syncsItself(object) && (operationState?.phase === 'Failed' || operationState?.phase === 'Error'))
      return [problem('SyncFailed', operationState.message)]
    return health?.status === 'Degraded' ? [problem('Degraded', health.message || 'its resources are degraded')] : []
  },
}

function syncsItself(object: KubeObject): boolean {
  const automated = object.spec?.syncPolicy?.automated
  return automated !== undefined && automated !== null && automated.enabled !== false
}

/** There is no observedGeneration: what was compared tells which spec the status is about. */
function isStale(object: KubeObject, context: StatusContext): boolean {
  const { source, sources } = object.spec ?? {}
  const compared = object.status?.sync?.comparedTo
  if (!compared || context.now >= context.appliedAt + staleMs) return false
  return textOf(source) !== textOf(compared.source) || textOf(sources) !== textOf(compared.sources)
}

/** A value as text, whatever the order of its keys, and without what Argo CD leaves out when it writes: empty and unset fields. */
function textOf(value: unknown): string {
  return (
    JSON.stringify(value, (_, part) => {
      if (part === '' || part === null || part === false || part === 0) return undefined
      if (typeof part !== 'object' || Array.isArray(part)) return part
      return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
    }) ?? ''
  )
}
