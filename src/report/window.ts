import type { Event, Stage } from '../pipeline/events.ts'
import { keyOf } from '../resource.ts'
import type { ResourceStatus } from '../tracker/status.ts'
import { formatDuration } from './duration.ts'
import { cutLine } from './line-width.ts'
import { stageTitle } from './lines.ts'
import { formatStatusTable } from './status-table.ts'
import type { Theme } from './theme.ts'

/** All that the live window shows. */
export interface WindowState {
  release: string
  namespace: string
  startedAt: number
  expectedMs?: number
  stage?: Stage
  /** What is being done now where the stage does not say it: a hook, the guard. */
  activity?: string
  statuses: Map<string, ResourceStatus>
  /** Keys of hooks: shown while they run, and not part of what has to become ready. */
  hooks: Set<string>
  stopping: boolean
  finished: boolean
}

export function createWindowState(): WindowState {
  return { release: '', namespace: '', startedAt: 0, statuses: new Map(), hooks: new Set(), stopping: false, finished: false }
}

/** Takes an event in. Gives the statuses that have just become ready, which leave the window. */
export function updateWindow(state: WindowState, event: Event): ResourceStatus | undefined {
  switch (event.type) {
    case 'started':
      Object.assign(state, { release: event.release, namespace: event.namespace, startedAt: event.at, expectedMs: event.expectedMs })
      return undefined
    case 'stage':
      if (event.state === 'started') {
        state.stage = event.stage
        state.activity = undefined
      }
      return undefined
    case 'hook':
      state.hooks.add(keyOf(event.ref))
      if (event.state !== 'started') state.statuses.delete(keyOf(event.ref))
      state.activity = event.state === 'started' ? `${event.event} hook ${event.ref.kind}/${event.ref.name}` : undefined
      return undefined
    case 'lock':
      state.activity =
        event.state === 'waiting' ? `waiting for another run of this release${event.holder ? `: ${event.holder}` : ''}` : undefined
      return undefined
    case 'interrupted':
      state.stopping = true
      state.activity = event.message
      return undefined
    case 'guard':
      if (event.state === 'started') state.activity = 'cleaning up'
      if (event.state === 'deleted' && event.ref) state.activity = `deleting ${event.ref.kind}/${event.ref.name}`
      return undefined
    case 'status': {
      const key = keyOf(event.status.ref)
      const before = state.statuses.get(key)
      state.statuses.set(key, event.status)
      if (state.hooks.has(key) || event.status.state !== 'ready' || before?.state === 'ready') return undefined
      // What is ready as soon as it is there, and has nothing to count, is not worth a line.
      return event.status.progress || event.status.children.length > 0 ? event.status : undefined
    }
    case 'finished':
      state.finished = true
      return undefined
    default:
      return undefined
  }
}

export interface FrameOptions {
  theme: Theme
  columns: number
  rows: number
  now: number
}

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/** The window as lines, none wider than the terminal; empty when there is nothing left to show. Pure. */
export function windowFrame(state: WindowState, { theme, columns, rows, now }: FrameOptions): string[] {
  if (state.finished || state.startedAt === 0) return []
  const all = [...state.statuses.entries()]
  const statuses = all.filter(([key]) => !state.hooks.has(key)).map(([, status]) => status)
  const begun = statuses.some((status) => status.state !== 'waiting')
  const ready = statuses.filter((status) => status.state === 'ready').length
  const sign = spinner[Math.floor(now / 100) % spinner.length]!
  const elapsed = formatDuration(now - state.startedAt)
  const time = state.expectedMs === undefined ? elapsed : `${elapsed} of about ${formatDuration(state.expectedMs)}`
  const title = state.stopping ? theme.warn('Stopping') : theme.strong(state.stage ? stageTitle(state.stage) : 'Start')
  const bar = !begun || columns < 50 ? '' : `  ${progressBar(ready, statuses.length, Math.min(24, columns - 44), theme)}`
  const count = !begun ? '' : `  ${ready}/${statuses.length} ready`
  const head = `${theme.name(sign)} ${title}${bar}${count}  ${theme.dim(time)}${state.activity ? `  ${state.activity}` : ''}`
  const open = all
    .filter(([key, status]) => status.state !== 'ready' && status.state !== 'absent' && (begun || state.hooks.has(key)))
    .map(([, status]) => status)
    .sort(worstFirst)
  const room = Math.max(3, Math.min(rows - 2, Math.floor(rows * 0.6))) - 2
  const shown: ResourceStatus[] = []
  let used = 0
  for (const status of open) {
    const height = 1 + Math.min(10, status.children.length)
    if (used + height > room && shown.length > 0) break
    shown.push(
      used + height > room
        ? { ...status, children: status.children.filter((child) => child.state !== 'ready').slice(0, Math.max(0, room - 1)) }
        : status,
    )
    used += height
  }
  const table = shown.length === 0 ? [] : formatStatusTable(shown, { theme, now, namespace: state.namespace, columns: columns - 2 })
  const more = open.length > shown.length ? [theme.dim(`and ${open.length - shown.length} more`)] : []
  return [head, ...[...table, ...more].slice(0, rows - 2).map((line) => `  ${line}`)].map((line) => cutLine(line, columns - 1))
}

function progressBar(ready: number, total: number, width: number, theme: Theme): string {
  const full = Math.round((ready / total) * width)
  return theme.ok('█'.repeat(full)) + theme.dim('░'.repeat(Math.max(0, width - full)))
}

function worstFirst(a: ResourceStatus, b: ResourceStatus): number {
  const weight = (status: ResourceStatus) => (status.state === 'failed' ? 0 : status.incidents > 0 ? 1 : status.state === 'waiting' ? 2 : 3)
  return weight(a) - weight(b) || a.since - b.since || (a.ref.name < b.ref.name ? -1 : 1)
}
