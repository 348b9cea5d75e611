import { displayName } from '../resource.ts'
import type { ResourceStatus } from '../tracker/status.ts'
import { formatAge } from './duration.ts'
import { lineWidth } from './line-width.ts'
import { oneLine } from './plain-text.ts'
import { progressBar } from './progress-bar.ts'
import { shortName } from './short-name.ts'
import { formatTable } from './table.ts'
import { paintState, type Theme } from './theme.ts'

export interface StatusTableOptions {
  theme: Theme
  now: number
  /** The namespace that need not be named. */
  namespace: string
  /** The status to show movement against, for `1->2/3`. */
  before?: (status: ResourceStatus) => ResourceStatus | undefined
  /** Where the table has to fit; it loses columns, not meaning. No limit when left out. */
  columns?: number
  /** Bars beside the counts. */
  bars?: boolean
}

/** A table in parts: its header, and the lines of each resource. */
export interface StatusTable {
  header: string
  groups: string[][]
}

type Column = 'RESOURCE' | 'STATUS' | 'READY' | 'UP-TO-DATE' | 'RESTARTS' | 'FOR' | 'WAITING FOR'

const order: Column[] = ['RESOURCE', 'STATUS', 'READY', 'UP-TO-DATE', 'RESTARTS', 'FOR', 'WAITING FOR']
/** What a narrow terminal does without, first to last. Restarts then stand beside the status, and what is waited for on a line of its own. */
const dispensable: Column[] = ['UP-TO-DATE', 'RESTARTS', 'FOR', 'WAITING FOR']
/** Cells that the last column is given before others have to go; it is cut, not dropped, as long as so many are left. */
const waitingWidth = 24
const childrenShown = 10
const barWidth = 8

interface Row {
  cells: Record<Column, string>
  status?: ResourceStatus
  /** The row's number among the resources. */
  group: number
  depth: number
}

/** The status table as lines: a row for each resource, its Pods as a tree below it. */
export function formatStatusTable(statuses: readonly ResourceStatus[], options: StatusTableOptions): string[] {
  const { header, groups } = layoutStatusTable(statuses, options)
  return [header, ...groups.flat()]
}

/** The status table in parts, for a window that shows as many as fit. Lines can be wider than `columns` by what the last column holds. */
export function layoutStatusTable(statuses: readonly ResourceStatus[], options: StatusTableOptions): StatusTable {
  const { theme, columns = Infinity } = options
  const rows = statuses.flatMap((status, group) => rowsOf(status, group, options))
  const shown = columnsThatFit(rows, columns)
  const [header = '', ...lines] = formatTable([
    shown.map((column) => theme.strong(column)),
    ...rows.map((row) => shown.map((column) => (column === 'STATUS' ? statusCell(row, shown) : row.cells[column]))),
  ])
  const groups: string[][] = statuses.map(() => [])
  for (const [index, row] of rows.entries()) {
    const below = shown.includes('WAITING FOR') ? [] : belowRow(row, theme)
    groups[row.group]!.push(lines[index]!, ...below)
  }
  return { header, groups }
}

function columnsThatFit(rows: readonly Row[], room: number): Column[] {
  // A column that says nothing of anything is no loss.
  let shown = order.filter((column) => column === 'RESOURCE' || column === 'STATUS' || rows.some((row) => row.cells[column] !== ''))
  const widthOf = (column: Column) => {
    const width = Math.max(column.length, ...rows.map((row) => lineWidth(column === 'STATUS' ? statusCell(row, shown) : row.cells[column])))
    return column === 'WAITING FOR' ? Math.min(waitingWidth, width) : width
  }
  for (const column of dispensable) {
    if (shown.reduce((sum, name) => sum + widthOf(name) + 2, -2) <= room) break
    shown = shown.filter((name) => name !== column)
  }
  return shown
}

/** Restarts stand beside the status where they lost their column and nothing is said below the row. */
function statusCell({ cells, status }: Row, shown: readonly Column[]): string {
  if (shown.includes('RESTARTS') || !shown.includes('WAITING FOR')) return cells.STATUS
  const restarts = restartsText(status)
  return restarts ? `${cells.STATUS} (${restarts})` : cells.STATUS
}

/** What a row says below itself where there is no room beside it. */
function belowRow({ cells, status, depth }: Row, theme: Theme): string[] {
  const waiting = cells['WAITING FOR']
  const parts = [waiting && `${theme.dim('waits for')} ${waiting}`, restartsText(status)].filter((part) => part !== '')
  return parts.length > 0 ? [`${'  '.repeat(depth + 1)}${parts.join(', ')}`] : []
}

function restartsText(status: ResourceStatus | undefined): string {
  const count = status?.restarts ?? 0
  return count === 0 ? '' : `${count} restart${count === 1 ? '' : 's'}`
}

function rowsOf(status: ResourceStatus, group: number, options: StatusTableOptions): Row[] {
  const { theme } = options
  const children = status.children.filter((child) => child.state !== 'absent')
  const shown = children.length > childrenShown ? children.filter((child) => child.state !== 'ready').slice(0, childrenShown) : children
  const hidden = children.length - shown.length + (status.hiddenChildren ?? 0)
  const rows: Row[] = [{ cells: cellsOf(resourceName(status, options), status, options), status, group, depth: 0 }]
  for (const [index, child] of shown.entries()) {
    const branch = index === shown.length - 1 && hidden === 0 ? '└' : '├'
    const name = `${branch} ${child.ref.kind} ${shortName(child.ref.name, status.ref.name)}`
    rows.push({ cells: cellsOf(name, child, options), status: child, group, depth: 1 })
  }
  if (hidden > 0) {
    const cells = Object.fromEntries(order.map((column) => [column, ''])) as Row['cells']
    rows.push({ cells: { ...cells, RESOURCE: theme.dim(`└ and ${hidden} more`) }, group, depth: 1 })
  }
  return rows
}

function resourceName(status: ResourceStatus, options: StatusTableOptions): string {
  const { namespace } = status.ref
  const suffix = namespace && namespace !== options.namespace ? options.theme.dim(` in ${namespace}`) : ''
  return options.theme.name(displayName(status.ref)) + suffix
}

function cellsOf(name: string, status: ResourceStatus, options: StatusTableOptions): Row['cells'] {
  const { theme } = options
  const isPod = status.ref.kind === 'Pod'
  const old = options.before?.(status)?.progress
  const { desired, upToDate } = status.progress ?? {}
  const restartable = status.children.length > 0 || isPod
  return {
    RESOURCE: name,
    STATUS: paintState(theme, status.state, oneLine(status.reason || status.state)),
    READY: readyCell(status, old, options),
    'UP-TO-DATE': countCell(upToDate, old?.upToDate, desired),
    RESTARTS: status.restarts > 0 ? theme.warn(String(status.restarts)) : restartable ? '0' : '',
    // How long a Pod that is ready has been so is not what anybody waits for.
    FOR: isPod && status.state === 'ready' && status.children.length === 0 ? '' : formatAge((status.until ?? options.now) - status.since),
    'WAITING FOR': oneLine(status.waitingFor ?? ''),
  }
}

function readyCell(status: ResourceStatus, before: ResourceStatus['progress'], options: StatusTableOptions): string {
  const { progress, ref } = status
  const value = progress?.ready ?? progress?.succeeded
  if (!progress || value === undefined) return ''
  const text = countCell(value, before?.ready ?? before?.succeeded, progress.desired)
  const painted = value === progress.desired ? options.theme.ok(text) : text
  // A bar for each Pod would be noise below that of its owner.
  if (!options.bars || progress.desired === undefined || ref.kind === 'Pod') return painted
  return `${progressBar(value, progress.desired, barWidth, options.theme)} ${painted}`
}

function countCell(value: number | undefined, old: number | undefined, desired: number | undefined): string {
  if (value === undefined) return ''
  const moved = old !== undefined && old !== value ? `${old}->${value}` : String(value)
  return desired === undefined ? moved : `${moved}/${desired}`
}
