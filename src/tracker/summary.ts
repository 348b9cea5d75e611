import { formatDuration } from './duration.ts'
import type { Incident, ResourceStatus } from './status.ts'

/** The incident that tells most: what decided, or for a Job what its Pods died of. */
export function tellingIncident(incidents: readonly Incident[]): Incident | undefined {
  const decisive = incidents.find((incident) => incident.fatal && !incident.harmless)
  const counted = incidents.filter((incident) => !incident.harmless)
  return decisive ?? counted.at(-1) ?? incidents.at(-1)
}

/** Reasons with which a Job only says that its Pods failed. */
const jobEnds = new Set(['BackoffLimitExceeded', 'PodFailurePolicy', 'MaxFailedIndexesExceeded', 'FailedIndexes'])

/**
 * One sentence that says what is wrong, without the resource's name and without a full stop: `container web exits with code 1 right after its
 * start`. `incidents` are in the order in which they were seen; without any the status says what was waited for.
 */
export function summarize(status: ResourceStatus, incidents: readonly Incident[]): string {
  const incident = tellingIncident(incidents)
  if (!incident) return unfinished(status)
  if (jobEnds.has(incident.reason)) {
    const run = incidents.filter((candidate) => candidate.harmless && candidate.container).at(-1)
    const pods = new Set(incidents.filter((candidate) => candidate.harmless).map((candidate) => candidate.pod))
    const tries = Math.max(status.progress?.failed ?? 0, pods.size, status.restarts)
    if (incident.reason.endsWith('FailedIndexes') || incident.reason === 'MaxFailedIndexesExceeded')
      return run ? `${run.message}; ${incident.message} (${incident.reason})` : `${incident.message} (${incident.reason})`
    const end = `its Job gave up${tries ? ` after ${tries === 1 ? 'one try' : `${tries} tries`}` : ''} (${incident.reason})`
    return run ? `${run.message}; ${end}` : `${end}: ${incident.message}`
  }
  switch (incident.reason) {
    case 'DeadlineExceeded':
      return deadline(incidents)
    case 'Unschedulable':
      return `no node takes Pod ${incident.pod} (Unschedulable): ${incident.message}`
    case 'FailedCreate':
      return `its Pods cannot be created (FailedCreate): ${incident.message}`
    case 'FailedMount':
    case 'FailedAttachVolume':
      return `a volume of Pod ${incident.pod} cannot be ${incident.reason === 'FailedMount' ? 'mounted' : 'attached'} (${incident.reason}): ${incident.message}`
    case 'ProgressDeadlineExceeded':
      return progressDeadline(status, incidents, incident)
    case 'Evicted':
      return `Pod ${incident.pod} was evicted: ${incident.message}`
    case 'FailedBinding':
    case 'ProvisioningFailed':
      return `it gets no volume (${incident.reason}): ${incident.message}`
    case 'Crashed':
    case 'Unhealthy':
    case 'Failed':
      return incident.message
    default:
      return withReason(incident)
  }
}

/** A Job that fails again and again until its time is over fails for what its Pods die of. */
function deadline(incidents: readonly Incident[]): string {
  const run = incidents.filter((candidate) => candidate.harmless && candidate.container).at(-1)
  const end = 'it ran longer than its activeDeadlineSeconds allow (DeadlineExceeded)'
  return run ? `${run.message}, until ${end}` : end
}

/** The reason's word after the first clause, so that it is not lost behind a runtime's long words. */
function withReason({ message, reason }: Incident): string {
  if (message.includes(reason)) return message
  const colon = message.indexOf(': ')
  return colon < 0 ? `${message} (${reason})` : `${message.slice(0, colon)} (${reason})${message.slice(colon)}`
}

function progressDeadline(status: ResourceStatus, incidents: readonly Incident[], incident: Incident): string {
  const cause = incidents.filter((candidate) => candidate !== incident).at(-1)
  const child = status.children.find((row) => row.state !== 'ready')
  const words = cause?.message ?? (child?.waitingFor ? `a Pod still waits for ${child.waitingFor}` : incident.message)
  return `it made no progress within its progressDeadlineSeconds (ProgressDeadlineExceeded): ${words}`
}

function unfinished(status: ResourceStatus): string {
  const child = status.children.find((row) => row.state !== 'ready')
  const waits = child?.waitingFor ?? status.waitingFor
  const ran = status.until === undefined ? '' : ` after ${formatDuration(status.until - status.since)}`
  if (status.state === 'failed') return `it is ${status.reason}${ran}`
  return `it is not ready: ${[child ? child.reason : status.reason, waits && `waits for ${waits}`].filter(Boolean).join(', ')}`
}
