import type { KubeObject } from '../../resource.ts'
import { type Condition, failed, isUnobserved, type KindRules, type Problem, progressing, ready, type StatusContext } from '../rules.ts'
import type { Status } from '../status.ts'
import { shorten } from './containers.ts'

/** How long an object of an unknown kind may take to get its first status before it counts as a kind that has none. */
const stabilizeMs = 2_000

const goodConditions = words(
  'ready success succeeded complete completed finished finalized done available running ok active live healthy started initialized approved established',
)
const phaseFields = ['phase', 'currentPhase', 'state', 'currentState', 'status', 'currentStatus', 'health', 'currentHealth']
const readyWords = words(
  'ready success succeeded complete completed finished finalized done available running ok active live healthy started initialized approved bound valid green',
)
const pendingWords = words(
  'creating updating waiting awaiting pending finishing starting readying inprogress progressing initialization initializing approving unknown yellow provisioning reconciling',
)
const failedWords = words('failure failed abort aborted terminated error errored rejection rejected invalid red degraded')

/**
 * Any kind that nothing else is known of, by what its status says, the first of: observedGeneration; the conditions Stalled, Failed and
 * Reconciling; a condition that means ready; a field such as `status.phase`. An object without any of these is ready when it has been
 * there for 2 s.
 */
export const generic: KindRules = {
  status: genericStatus,
  problems: (object) => stalledProblems(object),
}

function genericStatus(object: KubeObject, context: StatusContext): Status {
  if (object.metadata.deletionTimestamp) return progressing('terminating', 'its end')
  const { status } = object
  const observed = status?.observedGeneration
  if (typeof observed === 'number' && isUnobserved(object)) return progressing('progressing', 'its controller')
  const byCondition = conditionStatus(object)
  if (byCondition) return byCondition
  const byPhase = phaseStatus(object)
  if (byPhase) return byPhase
  const stableAt = context.appliedAt + stabilizeMs
  return context.now < stableAt && !hasContent(status) ? progressing('applied', 'a first status', { recheckAt: stableAt }) : ready('ready')
}

/** The status that an object's conditions give, or undefined where it has none that is known. */
export function conditionStatus(object: KubeObject): Status | undefined {
  const conditions = currentConditions(object)
  const find = (type: string) => conditions.find((condition) => condition.type.toLowerCase() === type)
  const stalled = find('stalled')
  if (stalled?.status === 'True') return progressing(stalled.reason ?? 'Stalled', shorten(stalled.message ?? ''))
  const reconciling = find('reconciling')
  if (reconciling?.status === 'True') return progressing(reconciling.reason ?? 'reconciling', shorten(reconciling.message ?? ''))
  const good = find('ready') ?? conditions.find((condition) => goodConditions.has(normalize(condition.type)))
  if (!good) return undefined
  if (good.status === 'True') return ready(good.type === 'Ready' ? 'ready' : good.type.toLowerCase())
  return progressing(good.reason || `not ${good.type}`, good.message ? shorten(good.message) : `condition ${good.type}`)
}

function phaseStatus(object: KubeObject): Status | undefined {
  for (const field of phaseFields) {
    const value = object.status?.[field]
    if (typeof value !== 'string' || value === '') continue
    const word = normalize(value)
    if (readyWords.has(word)) return ready(value)
    if (failedWords.has(word)) return failed(value)
    if (pendingWords.has(word)) return progressing(value, `status.${field}`)
  }
  return undefined
}

function stalledProblems(object: KubeObject): Problem[] {
  const stalled = currentConditions(object).find((condition) => condition.type === 'Stalled' && condition.status === 'True')
  if (!stalled) return []
  const reason = stalled.reason ?? 'Stalled'
  return [
    { key: `${object.metadata.uid}/${reason}`, reason, message: shorten(stalled.message ?? 'it is stalled'), graceMs: 5_000, fatal: true },
  ]
}

/** Conditions that speak of the newest generation. */
export function currentConditions(object: KubeObject): Condition[] {
  const conditions: unknown = object.status?.conditions
  if (!Array.isArray(conditions)) return []
  const generation = object.metadata.generation ?? 0
  return conditions.filter((condition) => typeof condition?.type === 'string' && (condition.observedGeneration || generation) >= generation)
}

function hasContent(status: unknown): boolean {
  return typeof status === 'object' && status !== null && Object.keys(status).length > 0
}

function normalize(word: string): string {
  return word.replace(/[\s_-]/g, '').toLowerCase()
}

function words(text: string): Set<string> {
  return new Set(text.split(' '))
}
