import { type Condition, conditionOf, type KindRules, progressing, ready, type StatusContext } from '../rules.ts'
import { shorten } from './containers.ts'

/** Phases in which CloudNativePG does not go on before somebody changes something. */
const endPhases = new Set([
  'Cluster is unrecoverable and needs manual intervention',
  'Cluster is in an unrecoverable state, needs manual intervention',
  'Cluster cannot proceed to reconciliation due to an unknown plugin being required',
  'Cluster cannot proceed to reconciliation due to an error while interacting with plugins',
  'Cluster has incomplete or invalid image catalog',
  'Cluster cannot execute instance online upgrade due to missing architecture binary',
  'Unable to create required cluster objects',
])
/** There is no observedGeneration: so long the operator has to begin with a change. */
const noticeMs = 2_000

/** A Cluster of CloudNativePG, by its phase, which is a sentence, and its instances. */
export const postgresCluster: KindRules = {
  status(object, context) {
    const { phase, phaseReason, readyInstances = 0, instances } = object.status ?? {}
    const desired: number = object.spec?.instances ?? instances ?? 1
    const progress = { desired, ready: readyInstances }
    const hibernation: Condition | undefined = conditionOf(object, 'cnpg.io/hibernation')
    if (hibernation?.status === 'True') return ready('hibernated', { progress })
    if (phase === 'Waiting for user action') return ready('waits for user action', { progress })
    if (phase === 'Cluster in healthy state' && readyInstances >= desired) {
      const noticed = noticedAt(object.metadata.generation, context)
      if (noticed > context.now) return progressing('progressing', 'its operator', { progress, recheckAt: noticed })
      return ready('healthy', { progress })
    }
    const words = phaseReason && phaseReason !== phase ? shorten(phaseReason) : 'its instances'
    return progressing(phase ? shorten(phase) : 'progressing', words, { progress })
  },
  problems(object) {
    const { phase, phaseReason } = object.status ?? {}
    if (!endPhases.has(phase)) return []
    const message = shorten(phaseReason ? `${phase}: ${phaseReason}` : phase)
    return [{ key: `${object.metadata.uid}/${phase}`, reason: 'Failed', message, graceMs: 15_000, fatal: true, suppliable: true }]
  },
}

/** A first generation has no older status that could be taken for its own. */
function noticedAt(generation: number | undefined, context: StatusContext): number {
  return (generation ?? 1) > 1 ? context.appliedAt + noticeMs : 0
}
