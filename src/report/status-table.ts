import { displayName } from '../resource.ts'
import type { ResourceStatus } from '../tracker/status.ts'
import { formatAge } from './duration.ts'
import { formatTable } from './table.ts'
import { paintState, type Theme } from './theme.ts'

export interface StatusTableOptions {
  theme: Theme
  now: number
  /** The namespace that need not be named. */
  namespace: string
  /** What was ready at the last print, by resource, for `1->2/3`. */
  before?: (status: ResourceStatus) => ResourceStatus | undefined
  /** Columns of the terminal; narrow ones lose RESTARTS, UP-TO-DATE and FOR, in this order. */
  columns: number
}

const header = ['RESOURCE', 'STATUS', 'READY', 'UP-TO-DATE', 'RESTARTS', 'FOR', 'WAITING FOR']

/** The status table as lines: a row for each resource, its Pods as a tree below it. */
export function formatStatusTable(statuses: readonly ResourceStatus[], options: StatusTableOptions): string[] {
  const { theme } = options
  const rows: string[][] = [header.map((text) => theme.strong(text))]
  for (const status of statuses) {
    rows.push(row(resourceName(status, options), status, options))
    const children = status.children.filter((child) => child.state !== 'absent')
    const shown = children.length > 10 ? children.filter((child) => child.state !== 'ready').slice(0, 10) : children
    const hidden = children.length - shown.length
    shown.forEach((child, index) => {
      const branch = index === shown.length - 1 && hidden === 0 ? '└' : '├'
      rows.push(row(`${branch} ${child.ref.kind} ${shortName(child.ref.name, status.ref.name)}`, child, options))
    })
    if (hidden > 0) rows.push([theme.dim(`└ and ${hidden} more`), '', '', '', '', '', ''])
  }
  return formatTable(dropColumns(rows, options.columns))
}

function resourceName(status: ResourceStatus, options: StatusTableOptions): string {
  const { namespace } = status.ref
  const suffix = namespace && namespace !== options.namespace ? options.theme.dim(` in ${namespace}`) : ''
  return options.theme.name(displayName(status.ref)) + suffix
}

function row(name: string, status: ResourceStatus, options: StatusTableOptions): string[] {
  const { theme } = options
  const before = options.before?.(status)
  return [
    name,
    paintState(theme, status.state, status.reason || status.state),
    readyCell(status, before, theme),
    countCell(status.progress?.upToDate, status.progress?.desired),
    status.restarts > 0 ? theme.warn(String(status.restarts)) : status.children.length > 0 || status.ref.kind === 'Pod' ? '0' : '',
    status.state === 'ready' && status.children.length === 0 && status.ref.kind === 'Pod'
      ? ''
      : formatAge((status.until ?? options.now) - status.since),
    status.waitingFor ?? '',
  ]
}

function readyCell(status: ResourceStatus, before: ResourceStatus | undefined, theme: Theme): string {
  const progress = status.progress
  if (!progress) return ''
  const value = progress.ready ?? progress.succeeded
  if (value === undefined) return ''
  const old = before?.progress?.ready ?? before?.progress?.succeeded
  const moved = old !== undefined && old !== value ? `${old}->${value}` : String(value)
  const text = progress.desired === undefined ? moved : `${moved}/${progress.desired}`
  return value === progress.desired ? theme.ok(text) : text
}

function countCell(value: number | undefined, desired: number | undefined): string {
  if (value === undefined) return ''
  return desired === undefined ? String(value) : `${value}/${desired}`
}

/** A Pod's name without the name of what owns it. */
export function shortName(name: string, owner: string): string {
  if (!name.startsWith(`${owner}-`)) return name
  const rest = name.slice(owner.length + 1)
  const parts = rest.split('-')
  // A Deployment's Pod has its ReplicaSet's hash first, which says nothing to people.
  return parts.length === 2 && parts[1]!.length === 5 ? parts[1]! : rest
}

function dropColumns(rows: string[][], columns: number): string[][] {
  const drop = new Set<number>()
  if (columns < 100) drop.add(4)
  if (columns < 84) drop.add(3)
  if (columns < 64) drop.add(5)
  return drop.size === 0 ? rows : rows.map((cells) => cells.filter((_, index) => !drop.has(index)))
}
