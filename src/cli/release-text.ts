import type { HookRecord, ReleaseRecord } from '../release/record.ts'
import { ansiTime, isNoTime } from './helm-time.ts'

/** What `helm status` prints; `resources` is the text below `RESOURCES:`, `chart` adds what `helm get all` tells of the chart. */
export function statusText(record: ReleaseRecord, { resources = '', chart = false } = {}): string {
  const { info } = record
  const { name = '', version = '', appVersion = '' } = record.chart?.metadata ?? {}
  return [
    `NAME: ${record.name}\n`,
    isNoTime(info.last_deployed) ? '' : `LAST DEPLOYED: ${ansiTime(info.last_deployed)}\n`,
    `NAMESPACE: ${record.namespace}\nSTATUS: ${info.status}\nREVISION: ${record.version}\n`,
    chart ? `CHART: ${name}\nVERSION: ${version}\nAPP_VERSION: ${appVersion}\n` : '',
    `DESCRIPTION: ${info.description ?? ''}\n`,
    resources && `RESOURCES:\n${resources}\n`,
    testsText(record),
  ].join('')
}

/** The end of `helm status`. */
export function notesText(record: ReleaseRecord): string {
  return record.info.notes ? `NOTES:\n${record.info.notes.trim()}\n` : ''
}

/** The hooks as `helm get hooks` prints them. */
export function hooksText(record: ReleaseRecord): string {
  return (record.hooks ?? []).map((hook) => `---\n# Source: ${hook.path}\n${hook.manifest}\n`).join('')
}

function testsText(record: ReleaseRecord): string {
  const tests = (record.hooks ?? []).filter((hook) => hook.events?.includes('test'))
  return tests.length === 0 ? 'TEST SUITE: None\n' : tests.map(testText).join('')
}

/** A test that has run; nothing for one that has not. */
function testText({ name, last_run: run }: HookRecord): string {
  if (isNoTime(run.started_at)) return ''
  const completed = isNoTime(run.completed_at) ? '0001-01-01T00:00:00Z' : run.completed_at!
  return `TEST SUITE:     ${name}\nLast Started:   ${ansiTime(run.started_at!)}\nLast Completed: ${ansiTime(completed)}\nPhase:          ${run.phase}\n`
}
