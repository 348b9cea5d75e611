import { structuredPatch } from 'diff'
import type { PlanEvent } from '../pipeline/events.ts'
import type { Change, FieldChange, Operation } from '../plan/change.ts'
import { displayName } from '../resource.ts'
import { operationSigns, paintOperation, type Theme } from './theme.ts'

const order: Operation[] = ['create', 'adopt', 'update', 'recreate', 'delete', 'keep', 'unchanged']

/** `3 create, 2 update, 14 unchanged`; `nothing` where there is nothing at all. */
export function summarizeChanges(changes: readonly Pick<Change, 'operation'>[]): string {
  const counts = new Map<Operation, number>()
  for (const { operation } of changes) counts.set(operation, (counts.get(operation) ?? 0) + 1)
  return (
    order
      .filter((operation) => counts.has(operation))
      .map((operation) => `${counts.get(operation)} ${operation}`)
      .join(', ') || 'nothing'
  )
}

export interface PlanTextOptions {
  theme: Theme
  /** All fields of each change with their values (`converge plan`), not only a summary. */
  verbose?: boolean
  /** At most so many rows; the rest is counted. */
  limit?: number
}

/** `Plan  3 create, 2 update, 14 unchanged, 1 hook` */
export function planHeading(plan: PlanEvent, theme: Theme): string {
  const { length } = plan.hooks
  return `${theme.strong('Plan')}  ${summarizeChanges(plan.changes)}${length > 0 ? `, ${length} hook${length > 1 ? 's' : ''}` : ''}`
}

/** The rows of the plan: what moves, one row each, hooks last; what stays as it is is only counted in the heading. */
export function formatPlan(plan: PlanEvent, { theme, verbose = false, limit = Infinity }: PlanTextOptions): string[] {
  const moving = plan.changes
    .filter((change) => change.operation !== 'unchanged')
    .sort((a, b) => order.indexOf(a.operation) - order.indexOf(b.operation))
  const rows = [
    ...moving.map((change) => ({
      sign: operationSigns[change.operation],
      operation: change.operation,
      name: displayName(change.ref),
      note: note(change),
    })),
    ...plan.hooks.map((hook) => ({ sign: '+', operation: 'create' as Operation, name: displayName(hook.ref), note: `${hook.event} hook` })),
  ]
  const width = Math.min(48, Math.max(0, ...rows.map((row) => row.name.length)))
  const lines: string[] = []
  rows.slice(0, limit).forEach((row, index) => {
    lines.push(
      `  ${paintOperation(theme, row.operation, row.sign)} ${row.note ? row.name.padEnd(width) : row.name}${row.note ? `  ${theme.dim(row.note)}` : ''}`,
    )
    const change = moving[index]
    if (verbose && change && index < moving.length) lines.push(...formatFields(change.fields, theme))
  })
  if (rows.length > limit) lines.push(theme.dim(`  and ${rows.length - limit} more`))
  return lines
}

function formatFields(fields: readonly FieldChange[], theme: Theme): string[] {
  return fields.flatMap(({ path, before, after }) => {
    if (before === undefined) return [`      ${theme.ok(`+ ${path}: ${show(after)}`)}`]
    if (after === undefined) return [`      ${theme.bad(`- ${path}: ${show(before)}`)}`]
    if (isText(before) && isText(after)) return [`      ${theme.warn(`~ ${path}:`)}`, ...textDiff(before, after, theme)]
    return [`      ${theme.warn(`~ ${path}:`)} ${show(before)} ${theme.dim('->')} ${show(after)}`]
  })
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.includes('\n')
}

/** The hunks of a text that changed, three lines of context around each. */
function textDiff(before: string, after: string, theme: Theme): string[] {
  const { hunks } = structuredPatch('', '', before, after, '', '', { context: 3 })
  return hunks.flatMap((hunk) => [
    theme.dim(`        @@ line ${hunk.newStart}`),
    ...hunk.lines.map((line) => `        ${line.startsWith('+') ? theme.ok(line) : line.startsWith('-') ? theme.bad(line) : line}`),
  ])
}

function note(change: Change): string {
  if (change.reason) return change.reason
  const images = change.fields.filter((field) => /(^|\.)image$/.test(field.path) && field.before !== undefined && field.after !== undefined)
  const parts = images.slice(0, 2).map((field) => `image ${shortImage(field.before)} -> ${shortImage(field.after)}`)
  const rest = change.fields.filter((field) => !images.includes(field))
  const removed = rest.filter((field) => field.after === undefined).length
  const changed = rest.length - removed
  const noun = rest.length > 0 && rest.every((field) => /^(data|stringData|binaryData)[.[]/.test(field.path)) ? 'key' : 'field'
  if (changed > 0) parts.push(`${changed} ${noun}${changed > 1 ? 's' : ''} changed`)
  if (removed > 0) parts.push(changed > 0 ? `${removed} removed` : `${removed} ${noun}${removed > 1 ? 's' : ''} removed`)
  return parts.join(', ')
}

function shortImage(image: unknown): string {
  const text = String(image)
  return text.length > 48 ? `…${text.slice(-47)}` : text
}

function show(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  const line = text.includes('\n') ? `${JSON.stringify(text)}` : text
  return line.length > 160 ? `${line.slice(0, 159)}…` : line
}
