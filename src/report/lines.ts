import type { Event, StageEvent } from '../pipeline/events.ts'
import { displayName } from '../resource.ts'
import { formatDuration } from './duration.ts'
import { formatDiagnosis } from './failure-text.ts'
import { formatFinish } from './finish-text.ts'
import { createGuardText } from './guard-text.ts'
import { formatLog, formatSkipped } from './log-text.ts'
import { oneLine } from './plain-text.ts'
import { formatPlan, planHeading } from './plan-text.ts'
import { createProgressTable } from './progress-table.ts'
import { presentableEvent } from './public-event.ts'
import type { Report, ReportOptions } from './report.ts'
import { createSectionPrinter, type Decoration } from './section.ts'
import { stageTitle } from './stage-title.ts'
import { formatStart } from './start-text.ts'
import { createTheme } from './theme.ts'

/** Rows of the plan in a deploy's output; `converge plan` shows all. */
const planRows = 60
/** A CI job that prints nothing for long is taken for dead: after so many milliseconds of silence it says what it waits for. */
const silenceMs = 60_000

type Printers = { [T in Event['type']]: (event: Extract<Event, { type: T }>) => void }

/**
 * Plain lines, for pipes and CI logs: what happens when it happens, every `progressMs` the rows of the status table that changed, and nothing
 * that has been said before.
 */
export function createLinesReport(options: ReportOptions, decoration: Decoration = {}): Report {
  const { output, now } = options
  const theme = createTheme(options.color)
  let verbose = false
  let namespace = ''
  let diagnosed = false
  let hooks: Extract<Event, { type: 'plan' }>['hooks'] = []
  let timer: NodeJS.Timeout | undefined
  let lastWrite = now()

  const table = createProgressTable(theme, () => namespace)
  const guardText = createGuardText(theme)
  const { print, command, open, close } = createSectionPrinter((text) => {
    lastWrite = now()
    output.write(text)
  }, decoration)
  const took = (ms: number | undefined) => (ms === undefined ? '' : `  ${theme.dim(formatDuration(ms))}`)

  function tick(): void {
    print(...table.changes(now()))
    const waiting = now() - lastWrite < silenceMs ? undefined : table.waiting()
    if (waiting) print(`  ${theme.warn('…')} still waiting for ${waiting}`)
  }

  function beginStage(event: StageEvent & { at: number }): void {
    if (!['pre-hooks', 'track', 'post-hooks'].includes(event.stage)) return
    let note = event.summary ?? ''
    if (event.stage === 'track') {
      const { total, unready } = table.counts()
      if (unready > 0) note = unready === 1 ? `1 of ${total} resources is not ready` : `${unready} of ${total} resources are not ready`
      if (options.progressMs > 0) timer = setInterval(tick, options.progressMs)
    }
    open(
      { id: event.stage, heading: `${theme.strong(stageTitle(event.stage, hooks).padEnd(note ? 7 : 0))}${note ? ` ${note}` : ''}` },
      event.at,
    )
  }

  function endStage(event: StageEvent & { at: number }): void {
    if (event.stage === 'track') {
      clearInterval(timer)
      // A live window has shown it all along.
      if (options.progressMs > 0) print(...table.changes(now()))
    }
    close(event.at)
    if (event.state === 'finished' && (event.stage === 'apply' || event.stage === 'record'))
      print(`${theme.strong(stageTitle(event.stage).padEnd(7))} ${theme.ok('✓')} ${event.summary ?? 'done'}${took(event.ms)}`)
  }

  const printers: Printers = {
    started(event) {
      namespace = event.namespace
      verbose = event.action === 'plan'
      print(formatStart(event, theme), '')
    },
    plan(event) {
      hooks = event.hooks
      for (const change of event.changes) if (change.operation === 'unchanged') table.leave(change.ref)
      open({ id: 'plan', heading: planHeading(event, theme) }, event.at)
      print(...formatPlan(event, { theme, limit: verbose ? Infinity : planRows, verbose }))
      close(event.at)
      print('')
    },
    lock(event) {
      if (event.state === 'waiting')
        print(`${theme.warn('…')} waiting for another run of this release${event.holder ? `: ${event.holder}` : ''}`)
    },
    stage: (event) => (event.state === 'started' ? beginStage(event) : endStage(event)),
    hook(event) {
      const name = displayName(event.ref)
      if (event.state === 'started') table.hide(event.ref)
      if (event.state === 'succeeded') print(`  ${theme.ok('✓')} ${name} succeeded${took(event.ms)}`)
      if (event.state === 'failed') print(`  ${theme.bad('✗')} ${name} failed${took(event.ms)}`)
    },
    change(event) {
      if (event.state === 'failed')
        print(`  ${theme.bad('✗')} ${event.operation} ${displayName(event.ref)}: ${oneLine(event.message ?? 'failed')}`)
    },
    status: (event) => table.see(event.status),
    log(event) {
      if (options.logs) print(`  ${formatLog(event, theme, options.timestamps)}`)
    },
    'logs-skipped'(event) {
      if (options.logs) print(`  ${formatSkipped(event, theme)}`)
    },
    'kube-event'(event) {
      const reason = event.warning ? theme.warn(event.reason) : event.reason
      print(`  ${theme.dim(displayName(event.ref))} ${event.object} ${reason}: ${oneLine(event.message)}`)
    },
    diagnosis(event) {
      clearInterval(timer)
      print(...table.changes(now()))
      close(event.at)
      diagnosed = true
      const status = table.statusOf(event.diagnosis.ref)
      const after = status?.until === undefined ? undefined : status.until - status.since
      print('', ...formatDiagnosis(event.diagnosis, theme, after), '')
    },
    interrupted(event) {
      print(`${theme.warn('!')} ${oneLine(event.message)}`)
    },
    guard: (event) => print(...guardText(event)),
    notes(event) {
      const lines = event.text.trimEnd().split('\n')
      print('', theme.strong('Notes'), ...lines.map((line) => `  ${line}`.trimEnd()))
    },
    warning(event) {
      print(`${theme.warn('!')} ${oneLine(event.message)}${event.hint ? theme.dim(`  ${oneLine(event.hint)}`) : ''}`)
    },
    finished(event) {
      clearInterval(timer)
      close(event.at)
      print(...formatFinish(event, theme, diagnosed))
    },
  }

  return {
    onEvent(raw) {
      const event = presentableEvent(raw)
      const printer = printers[event.type] as (event: Event) => void
      printer(event)
      if (decoration.beside) command(...decoration.beside(event))
      return output.drained()
    },
    close() {
      clearInterval(timer)
      close(now())
      return output.drained()
    },
  }
}
