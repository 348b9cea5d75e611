import type { Event, FinishedEvent, GuardEvent, HookEvent, LogEvent, StageEvent, StartedEvent } from '../pipeline/events.ts'
import { displayName, keyOf, type ResourceRef } from '../resource.ts'
import type { ResourceStatus } from '../tracker/status.ts'
import { formatDuration } from './duration.ts'
import { formatDiagnosis, formatError } from './failure-text.ts'
import { formatPlan } from './plan-text.ts'
import type { Report, ReportOptions } from './report.ts'
import { formatStatusTable, shortName } from './status-table.ts'
import { createTheme } from './theme.ts'

/** What a line belongs to, for reports that fold sections (GitHub, GitLab). */
export interface Section {
  id: string
  title: string
}

/** Hooks for the formats of CI systems, which are these lines with something around them. */
export interface LinesDecoration {
  /** Lines before a section's first, and after its last line. */
  open?: (section: Section, at: number) => string[]
  close?: (section: Section, at: number) => string[]
  /** Lines that stand beside those of an event: annotations. */
  beside?: (event: Event) => string[]
}

/**
 * Plain lines, for pipes and CI logs: what happens when it happens, the status table every `progressMs` where something in it changed, and nothing
 * that has been said before.
 */
export function createLinesReport(options: ReportOptions, decoration: LinesDecoration = {}): Report {
  const { output } = options
  const theme = createTheme(options.color)
  const statuses = new Map<string, ResourceStatus>()
  const printed = new Map<string, ResourceStatus>()
  const hooks = new Set<string>()
  const untouched = new Set<string>()
  let verbose = false
  let namespace = ''
  let changed = false
  let diagnosed = false
  let timer: NodeJS.Timeout | undefined
  let section: Section | undefined
  let logContext = ''

  const print = (...lines: string[]) => output.write(lines.map((line) => `${line}\n`).join(''))

  function enter(next: Section | undefined, at: number): void {
    if (section?.id === next?.id) return
    if (section && decoration.close) print(...decoration.close(section, at))
    section = next
    if (next && decoration.open) print(...decoration.open(next, at))
  }

  function printTable(): void {
    if (!changed) return
    changed = false
    const rows = [...statuses.values()].filter((status) => {
      const before = printed.get(keyOf(status.ref))
      if (hooks.has(keyOf(status.ref)) || (status.state === 'ready' && before?.state === 'ready')) return false
      // What was left as it is, or has nothing to count, and is ready, says nothing in a table.
      if (status.state !== 'ready' || before !== undefined) return true
      return !untouched.has(keyOf(status.ref)) && (status.progress !== undefined || status.children.length > 0)
    })
    if (rows.length === 0) return
    const lines = formatStatusTable(rows, {
      theme,
      now: options.now(),
      namespace,
      before: (status) => printed.get(keyOf(status.ref)),
      columns: 140,
    })
    print(...lines.map((line, index) => `  ${theme.dim(index === 0 ? '┌' : '│')} ${line}`), `  ${theme.dim('└')}`)
    for (const status of rows) printed.set(keyOf(status.ref), status)
    logContext = ''
  }

  const printers: { [T in Event['type']]?: (event: Extract<Event, { type: T }>) => void } = {
    started(event: StartedEvent & { at: number }) {
      namespace = event.namespace
      verbose = event.action === 'plan'
      print(startLine(event, theme.strong), '')
    },
    plan(event) {
      enter({ id: 'plan', title: 'Plan' }, event.at)
      for (const change of event.changes) if (change.operation === 'unchanged') untouched.add(keyOf(change.ref))
      print(...formatPlan(event, { theme, limit: verbose ? Infinity : 60, verbose }), '')
    },
    lock(event) {
      if (event.state === 'waiting')
        print(`${theme.warn('…')} waiting for another run of this release${event.holder ? `: ${event.holder}` : ''}`)
    },
    stage(event: StageEvent & { at: number }) {
      const title = stageTitle(event.stage)
      if (event.state === 'started') {
        if (['pre-hooks', 'track', 'post-hooks'].includes(event.stage)) {
          enter({ id: event.stage, title }, event.at)
          print(`${theme.strong(title)}${event.summary ? `  ${event.summary}` : ''}`)
        }
        if (event.stage === 'track' && options.progressMs > 0) timer = setInterval(printTable, options.progressMs)
        return
      }
      if (event.stage === 'track') {
        clearInterval(timer)
        // A live window has shown it all along.
        if (options.progressMs > 0) printTable()
      }
      if (event.state === 'finished' && ['apply', 'record'].includes(event.stage)) {
        enter({ id: event.stage, title }, event.at)
        print(
          `${theme.strong(title.padEnd(7))} ${theme.ok('✓')} ${event.summary ?? ''}${event.ms === undefined ? '' : `  ${theme.dim(formatDuration(event.ms))}`}`,
        )
      }
    },
    hook(event: HookEvent) {
      const name = displayName(event.ref)
      if (event.state === 'started') hooks.add(keyOf(event.ref))
      if (event.state === 'succeeded')
        print(`  ${theme.ok('✓')} ${name} succeeded${event.ms === undefined ? '' : `  ${theme.dim(formatDuration(event.ms))}`}`)
      if (event.state === 'failed')
        print(`  ${theme.bad('✗')} ${name} failed${event.ms === undefined ? '' : `  ${theme.dim(formatDuration(event.ms))}`}`)
      logContext = ''
    },
    change(event) {
      if (event.state === 'failed') print(`  ${theme.bad('✗')} ${event.operation} ${displayName(event.ref)}: ${event.message ?? 'failed'}`)
    },
    status(event) {
      const key = keyOf(event.status.ref)
      const before = statuses.get(key)
      statuses.set(key, event.status)
      changed ||= !before || differs(before, event.status)
    },
    log(event: LogEvent) {
      if (options.logs) print(`  ${logLine(event)}`)
    },
    'logs-skipped'(event) {
      if (options.logs)
        print(theme.dim(`  ${logPrefix(event.ref, event.pod, event.container)} | ${event.lines.toLocaleString('en')} lines skipped`))
    },
    'kube-event'(event) {
      print(
        `  ${theme.dim(displayName(event.ref))} ${event.object} ${event.warning ? theme.warn(event.reason) : event.reason}: ${event.message}`,
      )
    },
    diagnosis(event) {
      clearInterval(timer)
      printTable()
      diagnosed = true
      enter({ id: 'failure', title: 'Failure' }, event.at)
      const status = statuses.get(keyOf(event.diagnosis.ref))
      const after = status?.until === undefined ? undefined : status.until - status.since
      print('', ...formatDiagnosis(event.diagnosis, theme, after), '')
    },
    interrupted(event) {
      print(`${theme.warn('!')} ${event.message}`)
    },
    guard: createGuardPrinter(print, theme),
    notes(event) {
      enter({ id: 'notes', title: 'Notes' }, event.at)
      print(
        '',
        theme.strong('Notes'),
        ...event.text
          .trimEnd()
          .split('\n')
          .map((line) => `  ${line}`.trimEnd()),
      )
    },
    warning(event) {
      print(`${theme.warn('!')} ${event.message}${event.hint ? theme.dim(`  ${event.hint}`) : ''}`)
    },
    finished(event: FinishedEvent & { at: number }) {
      enter(undefined, event.at)
      clearInterval(timer)
      print(...formatFinish(event, theme, diagnosed))
    },
  }

  function logLine(event: LogEvent): string {
    const time = options.timestamps && event.time ? `${theme.dim(event.time)} ` : ''
    return `${time}${logPrefix(event.ref, event.pod, event.container)} | ${event.line}`
  }

  function logPrefix(ref: ResourceRef, pod: string, container: string): string {
    const name = ref.kind === 'Pod' ? displayName(ref) : `${displayName(ref)} ${shortName(pod, ref.name)}`
    return theme.stream(`${pod}/${container}`, `${name} ${container}`)
  }

  return {
    onEvent(event) {
      const printer = printers[event.type] as ((event: Event) => void) | undefined
      printer?.(event)
      if (decoration.beside) print(...decoration.beside(event))
      return output.drained()
    },
    async close() {
      clearInterval(timer)
      enter(undefined, options.now())
      void logContext
      await output.drained()
    },
  }
}

/** `converge shop  revision 7  production (context prod, namespace shop-production)` */
export function startLine(event: StartedEvent, strong: (text: string) => string): string {
  const place = `context ${event.context}, namespace ${event.namespace}`
  const action = event.action === 'deploy' ? 'converge' : `converge ${event.action}`
  return `${strong(`${action} ${event.release}`)}  revision ${event.revision}  ${event.environment ? `${event.environment} (${place})` : place}`
}

export function stageTitle(stage: StageEvent['stage']): string {
  const titles: Record<StageEvent['stage'], string> = {
    render: 'Render',
    validate: 'Plan',
    prepare: 'Prepare',
    'pre-hooks': 'Pre hooks',
    apply: 'Apply',
    record: 'Record',
    track: 'Track',
    'post-hooks': 'Post hooks',
  }
  return titles[stage]
}

/** Errors that say no more than the diagnoses before them. */
const diagnosedCodes = new Set(['ERR_NOT_READY', 'ERR_HOOK_FAILED'])

/** The closing lines of a run. A failure that was diagnosed above is not told again. */
export function formatFinish(event: FinishedEvent, theme: ReturnType<typeof createTheme>, diagnosed = false): string[] {
  const time = formatDuration(event.ms)
  const { changed, ready, restarts } = event.counts
  const name = `${event.release} revision ${event.revision}`
  switch (event.outcome) {
    case 'deployed':
      return [
        '',
        `${theme.ok('✓')} ${theme.strong(name)} deployed  ${time}  (${changed} changed, ${ready} ready, ${restarts} restart${restarts === 1 ? '' : 's'})`,
      ]
    case 'unchanged':
      return [`${theme.ok('✓')} ${theme.strong(name)} is as it should be; nothing changed  ${time}`]
    case 'dismissed':
      return ['', `${theme.ok('✓')} ${theme.strong(event.release)} dismissed  ${time}  (${changed} deleted)`]
    case 'tested':
      return ['', `${theme.ok('✓')} ${theme.strong(name)} tested  ${time}`]
    case 'planned':
      return []
    case 'failed': {
      if (event.recorded === false)
        return [
          ...(event.error ? ['', ...formatError(event.error, theme)] : []),
          `${theme.bad('✗')} ${theme.strong(event.release)} was not deployed; nothing was changed  ${time}`,
        ]
      const back =
        event.lastGoodRevision === undefined
          ? ''
          : `  Last good revision: ${event.lastGoodRevision}.  To go back to it: converge rollback ${event.lastGoodRevision}`
      return [
        ...(event.error && !(diagnosed && diagnosedCodes.has(event.error.code)) ? ['', ...formatError(event.error, theme)] : []),
        `${theme.bad('✗')} ${theme.strong(name)} failed  ${time}.${back}`,
      ]
    }
  }
}

/** Collects what the guard did and prints it in two lines when it is done. */
export function createGuardPrinter(
  print: (...lines: string[]) => void,
  theme: ReturnType<typeof createTheme>,
): (event: GuardEvent) => void {
  const done = { deleted: [] as string[], restored: [] as string[], kept: [] as string[] }
  return (event) => {
    const name = event.ref ? displayName(event.ref) : ''
    if (event.state === 'deleted') done.deleted.push(name)
    else if (event.state === 'restored') done.restored.push(name)
    else if (event.state === 'kept') done.kept.push(name)
    else if (event.state === 'waiting') print(`${theme.strong('Guard')}   ${event.message}`)
    else if (event.state === 'failed') print(`${theme.bad('Guard')}   ${name ? `${name}: ` : ''}${event.message ?? 'failed'}`)
    else if (event.state === 'finished') {
      const lines: string[] = []
      if (done.deleted.length > 0) lines.push(`deleted ${listNames(done.deleted)}`)
      if (done.restored.length > 0) lines.push(`restored ${listNames(done.restored)}`)
      if (done.kept.length > 0) lines.push(`kept ${listNames(done.kept)}${event.message ? `, ${event.message}` : ''}`)
      if (lines.length === 0) lines.push(event.message ?? 'this run had created nothing')
      for (const [index, line] of lines.entries()) print(`${index === 0 ? theme.strong('Guard') : '     '}   ${line}`)
    }
  }
}

function listNames(names: string[]): string {
  return names.length > 12 ? `${names.slice(0, 12).join(', ')} and ${names.length - 12} more` : names.join(', ')
}

function differs(a: ResourceStatus, b: ResourceStatus): boolean {
  return JSON.stringify(a) !== JSON.stringify(b)
}
