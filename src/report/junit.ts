import type { Event, FinishedEvent, StartedEvent } from '../pipeline/events.ts'
import { displayName, keyOf } from '../resource.ts'
import type { Diagnosis } from '../tracker/diagnosis.ts'
import type { ResourceStatus } from '../tracker/status.ts'
import { formatDiagnosis } from './failure-text.ts'
import { type JunitCase, junitXml } from './junit-xml.ts'
import { presentableEvent } from './public-event.ts'
import type { Report, ReportOptions } from './report.ts'
import { createTheme } from './theme.ts'

/** JUnit XML, written at the end: a suite of hooks, one of changes, one of tracked resources, one of the run; failures carry the diagnosis. */
export function createJunitReport({ output, now }: Pick<ReportOptions, 'output' | 'now'>): Report {
  const theme = createTheme(false)
  const cases: JunitCase[] = []
  const statuses = new Map<string, ResourceStatus>()
  const hooks = new Set<string>()
  const diagnoses = new Map<string, Diagnosis>()
  let started: (StartedEvent & { at: number }) | undefined
  let finished: (FinishedEvent & { at: number }) | undefined
  let closed = false

  function failureOf(key: string, otherwise: string): JunitCase['failure'] {
    const diagnosis = diagnoses.get(key)
    return { message: diagnosis?.summary ?? otherwise, text: diagnosis ? formatDiagnosis(diagnosis, theme).join('\n') : otherwise }
  }

  function take(event: Event): void {
    switch (event.type) {
      case 'started':
        started = event
        break
      case 'hook':
        hooks.add(keyOf(event.ref))
        if (event.state !== 'succeeded' && event.state !== 'failed') break
        cases.push({
          suite: 'hooks',
          name: `${event.event} ${displayName(event.ref)}`,
          seconds: (event.ms ?? 0) / 1000,
          failure: event.state === 'failed' ? failureOf(keyOf(event.ref), 'it failed') : undefined,
        })
        break
      case 'change':
        cases.push({
          suite: 'changes',
          name: `${event.operation} ${displayName(event.ref)}`,
          seconds: 0,
          failure: event.state === 'failed' ? { message: event.message ?? 'it failed', text: event.message ?? '' } : undefined,
        })
        break
      case 'status':
        statuses.set(keyOf(event.status.ref), event.status)
        break
      case 'diagnosis':
        diagnoses.set(keyOf(event.diagnosis.ref), event.diagnosis)
        break
      case 'finished':
        finished = event
        break
    }
  }

  function resourceCase(key: string, status: ResourceStatus): JunitCase {
    // Of a run that failed, what was not ready by then did not do what it should; of one that went well, what nobody waited for did.
    const failed = status.state === 'failed' || (status.state !== 'ready' && finished?.outcome === 'failed')
    const until = status.until ?? finished?.at ?? now()
    return {
      suite: 'resources',
      name: displayName(status.ref),
      seconds: Math.max(0, until - status.since) / 1000,
      failure: failed && !status.optional ? failureOf(key, `not ready: ${status.waitingFor ?? status.reason}`) : undefined,
    }
  }

  function xml(): string {
    const resources = [...statuses].filter(([key]) => !hooks.has(key)).map(([key, status]) => resourceCase(key, status))
    const name = finished ? `${finished.release} revision ${finished.revision}` : 'the run was broken off'
    const error = finished ? finished.error : { message: 'the run was broken off', details: [] }
    const seconds = ((finished?.at ?? now()) - (started?.at ?? now())) / 1000
    const run: JunitCase = {
      suite: 'run',
      name,
      seconds,
      failure: error && { message: error.message, text: [error.message, ...error.details].join('\n') },
    }
    const release = started?.release ?? finished?.release ?? ''
    return junitXml({ name: `converge ${release}`, release, startedAt: started?.at, seconds, cases: [...cases, ...resources, run] })
  }

  return {
    onEvent: (event) => take(presentableEvent(event)),
    close() {
      if (closed) return
      closed = true
      output.write(xml())
      return output.drained()
    },
  }
}
