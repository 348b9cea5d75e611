import type { Event, FinishedEvent, StartedEvent } from '../pipeline/events.ts'
import { displayName, keyOf } from '../resource.ts'
import type { Diagnosis } from '../tracker/diagnosis.ts'
import type { ResourceStatus } from '../tracker/status.ts'
import { formatDiagnosis } from './failure-text.ts'
import type { Report, ReportOptions } from './report.ts'
import { createTheme } from './theme.ts'

interface Case {
  suite: string
  name: string
  seconds: number
  failure?: { message: string; text: string }
}

/** JUnit XML, written at the end: a suite of hooks, one of changes, one of tracked resources; failures carry the diagnosis. */
export function createJunitReport({ output, now }: Pick<ReportOptions, 'output' | 'now'>): Report {
  const theme = createTheme(false)
  const cases: Case[] = []
  const statuses = new Map<string, ResourceStatus>()
  const diagnoses = new Map<string, Diagnosis>()
  let started: (StartedEvent & { at: number }) | undefined
  let finished: (FinishedEvent & { at: number }) | undefined

  const text = (diagnosis: Diagnosis | undefined) => (diagnosis ? formatDiagnosis(diagnosis, theme).join('\n') : '')

  function onEvent(event: Event): void {
    switch (event.type) {
      case 'started':
        started = event
        break
      case 'hook':
        if (event.state === 'succeeded' || event.state === 'failed') {
          const diagnosis = diagnoses.get(keyOf(event.ref))
          const failure = event.state === 'failed' ? { message: diagnosis?.summary ?? 'failed', text: text(diagnosis) } : undefined
          cases.push({ suite: 'hooks', name: `${event.event} ${displayName(event.ref)}`, seconds: (event.ms ?? 0) / 1000, failure })
        }
        break
      case 'change':
        cases.push({
          suite: 'changes',
          name: `${event.operation} ${displayName(event.ref)}`,
          seconds: 0,
          failure: event.state === 'failed' ? { message: event.message ?? 'failed', text: '' } : undefined,
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

  function xml(): string {
    for (const status of statuses.values()) {
      const diagnosis = diagnoses.get(keyOf(status.ref))
      const unready = status.state !== 'ready' && finished?.outcome === 'failed'
      cases.push({
        suite: 'resources',
        name: displayName(status.ref),
        seconds: ((status.until ?? finished?.at ?? now()) - status.since) / 1000,
        failure:
          status.state === 'failed' || unready
            ? { message: diagnosis?.summary ?? `not ready: ${status.waitingFor ?? status.reason}`, text: text(diagnosis) }
            : undefined,
      })
    }
    if (finished?.error)
      cases.push({
        suite: 'run',
        name: `revision ${finished.revision}`,
        seconds: finished.ms / 1000,
        failure: { message: finished.error.message, text: finished.error.details.join('\n') },
      })
    const suites = [...new Set(cases.map((item) => item.suite))].map((name) =>
      suiteXml(
        name,
        cases.filter((item) => item.suite === name),
        started,
      ),
    )
    const failures = cases.filter((item) => item.failure).length
    return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${escapeXml(`converge ${started?.release ?? finished?.release ?? ''}`)}" tests="${cases.length}" failures="${failures}" time="${((finished?.ms ?? 0) / 1000).toFixed(3)}">\n${suites.join('')}</testsuites>\n`
  }

  return {
    onEvent,
    async close() {
      output.write(xml())
      await output.drained()
    },
  }
}

function suiteXml(name: string, cases: Case[], started: (StartedEvent & { at: number }) | undefined): string {
  const time = cases.reduce((sum, item) => sum + item.seconds, 0)
  const failures = cases.filter((item) => item.failure).length
  const stamp = started ? ` timestamp="${new Date(started.at).toISOString().slice(0, 19)}"` : ''
  return `  <testsuite name="${name}" tests="${cases.length}" failures="${failures}" errors="0" time="${time.toFixed(3)}"${stamp}>\n${cases.map((item) => caseXml(item, started?.release ?? '')).join('')}  </testsuite>\n`
}

function caseXml({ suite, name, seconds, failure }: Case, release: string): string {
  const open = `    <testcase classname="${escapeXml(`${release}.${suite}`)}" name="${escapeXml(name)}" time="${seconds.toFixed(3)}"`
  if (!failure) return `${open}/>\n`
  return `${open}>\n      <failure message="${escapeXml(failure.message)}">${escapeXml(failure.text)}</failure>\n    </testcase>\n`
}

/** Text for XML 1.0: markup escaped, characters that XML forbids left out. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
}
