import { keyOf } from '../resource.ts'
import type { ResourceStatus } from '../tracker/status.ts'
import { formatDuration } from './duration.ts'
import { cutLine } from './line-width.ts'
import { progressBar } from './progress-bar.ts'
import { stageTitle } from './stage-title.ts'
import { layoutStatusTable } from './status-table.ts'
import type { Theme } from './theme.ts'
import type { WindowState } from './window.ts'

export interface FrameOptions {
  theme: Theme
  columns: number
  rows: number
  now: number
}

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
/** The part of a terminal's rows that the window may take; the rest is for logs. */
const share = 0.6
/** Below so many lines a table's header is a luxury. */
const headerFrom = 4

/**
 * The window as lines, each narrower than the terminal and all of them together lower; empty when there is nothing to show. Pure: the same state and time make the same
 * frame.
 */
export function windowFrame(state: WindowState, options: FrameOptions): string[] {
  const { columns, rows } = options
  if (state.finished || state.startedAt === 0 || rows < 2 || columns < 2) return []
  const height = Math.min(rows - 1, Math.max(5, Math.floor(rows * share)))
  return [headLine(state, options), ...body(state, options, height - 1)].map((line) => cutLine(line, columns - 1))
}

function headLine(state: WindowState, { theme, columns, now }: FrameOptions): string {
  const tracked = resourcesOf(state)
  const ready = tracked.filter((status) => status.state === 'ready').length
  const begun = hasBegun(tracked)
  const parts = [`${theme.name(spinner[Math.floor(now / 100) % spinner.length]!)} ${titleOf(state, theme)}`]
  if (begun && columns >= 60) parts.push(progressBar(ready, tracked.length, Math.min(24, columns - 48), theme))
  if (begun) parts.push(`${ready}/${tracked.length} ready`)
  parts.push(theme.dim(timeText(now - state.startedAt, state.expectedMs)))
  if (state.activity) parts.push(state.activity)
  return parts.join('  ')
}

function titleOf(state: WindowState, theme: Theme): string {
  if (state.guarding) return theme.warn('Guard')
  if (state.stopping) return theme.warn('Stopping')
  return theme.strong(state.stage ? stageTitle(state.stage, state.plannedHooks) : 'Start')
}

/** `12s`, `12s of about 24s`, `31s (24s last time)` */
function timeText(elapsedMs: number, expectedMs: number | undefined): string {
  const elapsed = formatDuration(elapsedMs)
  if (expectedMs === undefined) return elapsed
  const expected = formatDuration(expectedMs)
  return elapsedMs <= expectedMs ? `${elapsed} of about ${expected}` : `${elapsed} (${expected} last time)`
}

/** The table of what is not ready yet, the worst first, as much of it as fits into `room` lines. */
function body(state: WindowState, { theme, columns, now }: FrameOptions, room: number): string[] {
  const open = openResources(state)
  if (open.length === 0 || room < 1) return []
  const { header, groups } = layoutStatusTable(open.slice(0, room), {
    theme,
    now,
    namespace: state.namespace,
    before: (status) => state.first.get(keyOf(status.ref)),
    columns: columns - 3,
    bars: columns >= 80,
  })
  const lines = room >= headerFrom ? [header] : []
  let shown = 0
  for (const group of groups) {
    // The last line is for the number of those that did not fit, unless there will be none.
    const left = room - lines.length - (shown === open.length - 1 ? 0 : 1)
    if (group.length > left && shown > 0) break
    lines.push(...group.slice(0, Math.max(1, left)))
    shown++
  }
  if (shown < open.length && lines.length < room) lines.push(theme.dim(`and ${open.length - shown} more`))
  return lines.map((line) => `  ${line}`)
}

function resourcesOf(state: WindowState): ResourceStatus[] {
  return [...state.statuses].filter(([key]) => !state.hooks.has(key)).map(([, status]) => status)
}

/** Before the apply all wait for the same, which is not worth a table. */
function hasBegun(statuses: readonly ResourceStatus[]): boolean {
  return statuses.some((status) => status.state !== 'waiting')
}

function openResources(state: WindowState): ResourceStatus[] {
  if (state.guarding) return []
  const begun = hasBegun(resourcesOf(state))
  return [...state.statuses]
    .filter(([key, status]) => status.state !== 'ready' && status.state !== 'absent' && (begun || state.hooks.has(key)))
    .map(([, status]) => status)
    .sort(worstFirst)
}

function worstFirst(a: ResourceStatus, b: ResourceStatus): number {
  return weightOf(a) - weightOf(b) || a.since - b.since || (a.ref.name < b.ref.name ? -1 : 1)
}

function weightOf(status: ResourceStatus): number {
  if (status.state === 'failed') return 0
  if (status.incidents > 0) return 1
  return status.state === 'waiting' ? 3 : 2
}
