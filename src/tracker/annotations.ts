import type { KubeObject } from '../resource.ts'
import { parseDuration } from './duration.ts'

export type TerminationMode = 'WaitUntilResourceReady' | 'NonBlocking'
export type FailMode = 'FailWholeDeployProcessImmediately' | 'IgnoreAndContinueDeployProcess' | 'HopeUntilEndOfDeployProcess'

/** What a resource's annotations ask of the tracker. Durations are milliseconds. */
export interface TrackingSettings {
  termination: TerminationMode
  failMode: FailMode
  /** Undefined: the kind's default. */
  failuresAllowedPerReplica?: number
  /** By container; undefined: the window is computed from the probes. */
  ignoreReadinessFailuresMs: Record<string, number>
  /** Undefined: 4 minutes for kinds without Pods, unlimited for others. */
  noActivityMs?: number
  /** Undefined: what the run has, 5 s by default. */
  settleMs?: number
  logRegex?: string
  logRegexFor: Record<string, string>
  logRegexSkip?: string
  logRegexSkipFor: Record<string, string>
  skipLogs: boolean
  skipLogsForContainers: string[]
  /** Undefined: all. */
  showLogsOnlyForContainers?: string[]
  /** How many Pods of the resource stream their logs at a time. */
  showLogsOnlyForReplicas: number
  showServiceMessages: boolean
}

export interface AnnotationError {
  /** The annotation's whole key as written. */
  key: string
  value: string
  /** What is wrong with it, one sentence. */
  message: string
}

/** A literal: a clone of one takes ten times as long, and every object of a release has its own. */
const freshSettings = (): TrackingSettings => ({
  termination: 'WaitUntilResourceReady',
  failMode: 'FailWholeDeployProcessImmediately',
  ignoreReadinessFailuresMs: {},
  logRegexFor: {},
  logRegexSkipFor: {},
  skipLogs: false,
  skipLogsForContainers: [],
  showLogsOnlyForReplicas: 1,
  showServiceMessages: false,
})

export const defaultSettings: Readonly<TrackingSettings> = Object.freeze(freshSettings())

const prefixes = ['werf.io/', 'converge.dev/']

type Reader = (settings: TrackingSettings, value: string, container: string) => string | undefined

const readers: Record<string, Reader> = {
  'track-termination-mode': (settings, value) =>
    oneOf(value, ['WaitUntilResourceReady', 'NonBlocking'], (mode) => (settings.termination = mode as TerminationMode)),
  'fail-mode': (settings, value) =>
    oneOf(
      value,
      ['FailWholeDeployProcessImmediately', 'IgnoreAndContinueDeployProcess', 'HopeUntilEndOfDeployProcess'],
      (mode) => (settings.failMode = mode as FailMode),
    ),
  'failures-allowed-per-replica': (settings, value) => count(value, (number) => (settings.failuresAllowedPerReplica = number)),
  'settle-time': (settings, value) => duration(value, (ms) => (settings.settleMs = ms)),
  'no-activity-timeout': (settings, value) => duration(value, (ms) => (settings.noActivityMs = ms)),
  'ignore-readiness-probe-fails-for-': (settings, value, container) =>
    duration(value, (ms) => (settings.ignoreReadinessFailuresMs[container] = ms)),
  'log-regex': (settings, value) => text(value, () => (settings.logRegex = value)),
  'log-regex-for-': (settings, value, container) => text(value, () => (settings.logRegexFor[container] = value)),
  'log-regex-skip': (settings, value) => text(value, () => (settings.logRegexSkip = value)),
  'log-regex-skip-for-': (settings, value, container) => text(value, () => (settings.logRegexSkipFor[container] = value)),
  'skip-logs': (settings, value) => flag(value, (on) => (settings.skipLogs = on)),
  'skip-logs-for-containers': (settings, value) => names(value, (list) => (settings.skipLogsForContainers = list)),
  'show-logs-only-for-containers': (settings, value) => names(value, (list) => (settings.showLogsOnlyForContainers = list)),
  'show-logs-only-for-number-of-replicas': (settings, value) => count(value, (number) => (settings.showLogsOnlyForReplicas = number)),
  'show-service-messages': (settings, value) => flag(value, (on) => (settings.showServiceMessages = on)),
}

/** The names that `readTrackingAnnotations` knows, without prefix; those that end in a dash go on with a container's name. */
export const trackingAnnotations: readonly string[] = Object.keys(readers)

/** Names that end in a container's name; the longest first, since `log-regex-skip-for-x` also starts with `log-regex-`. */
const openNames = Object.keys(readers)
  .filter((name) => name.endsWith('-'))
  .sort((a, b) => b.length - a.length)

/**
 * Reads the `werf.io/*` tracking annotations of a manifest and their `converge.dev/*` synonyms, which win. Gives the settings, with
 * defaults for what is absent or invalid, and everything that is invalid. Patterns are not compiled here: see `checkLogPatterns`.
 */
export function readTrackingAnnotations(object: Pick<KubeObject, 'metadata'>): { settings: TrackingSettings; errors: AnnotationError[] } {
  const settings = freshSettings()
  const errors: AnnotationError[] = []
  const annotations = object.metadata.annotations
  if (!annotations) return { settings, errors }
  for (const prefix of prefixes) {
    for (const [key, raw] of Object.entries(annotations)) {
      if (!key.startsWith(prefix)) continue
      const name = key.slice(prefix.length)
      const exact = !name.endsWith('-') && Object.hasOwn(readers, name)
      const open = exact ? undefined : openNames.find((candidate) => name.startsWith(candidate))
      const reader = exact ? readers[name] : open && readers[open]
      if (!reader) continue
      const value = String(raw).trim()
      const container = open ? name.slice(open.length) : ''
      const message = open && container === '' ? 'the name of a container is missing at its end' : reader(settings, value, container)
      if (message) errors.push({ key, value, message })
    }
  }
  return { settings, errors }
}

function oneOf(value: string, allowed: string[], set: (value: string) => void): string | undefined {
  if (!allowed.includes(value)) return `it must be one of ${allowed.join(', ')}`
  set(value)
  return undefined
}

function count(value: string, set: (number: number) => void): string | undefined {
  if (!/^\d{1,9}$/.test(value)) return 'it must be a whole number that is not negative'
  set(Number(value))
  return undefined
}

function duration(value: string, set: (ms: number) => void): string | undefined {
  const ms = parseDuration(value)
  if (ms === undefined || ms < 0) return 'it must be a duration such as 30s, 5m or 1h30m'
  set(ms)
  return undefined
}

/** As Go's strconv.ParseBool. */
function flag(value: string, set: (on: boolean) => void): string | undefined {
  if (/^(1|t|T|TRUE|true|True)$/.test(value)) set(true)
  else if (/^(0|f|F|FALSE|false|False)$/.test(value)) set(false)
  else return 'it must be true or false'
  return undefined
}

function names(value: string, set: (list: string[]) => void): string | undefined {
  const list = value.split(',').map((name) => name.trim())
  if (list.some((name) => name === '')) return 'it must be names of containers with commas between them'
  set(list)
  return undefined
}

function text(value: string, set: () => void): string | undefined {
  if (value === '') return 'it must not be empty'
  set()
  return undefined
}
