import { createHash } from 'node:crypto'
import type { Event } from '../pipeline/events.ts'
import { displayName } from '../resource.ts'
import type { Diagnosis } from '../tracker/diagnosis.ts'
import { formatDuration } from './duration.ts'
import { htmlScript, htmlStyle } from './html-assets.ts'
import { describeRow, type Mark, type Span, type TimelineRow } from './html-timeline.ts'

type EventOf<T extends Event['type']> = Extract<Event, { type: T }>

export interface PageContent {
  started?: EventOf<'started'>
  plan?: EventOf<'plan'>
  finished?: EventOf<'finished'>
  rows: ReadonlyMap<string, TimelineRow>
  diagnoses: Diagnosis[]
  guard: EventOf<'guard'>[]
  events: EventOf<'kube-event'>[]
  warnings: EventOf<'warning'>[]
  notes?: string
  logs: EventOf<'log'>[]
  /** Log lines that are not on the page. */
  dropped: number
  from: number
  to: number
}

/** The report as a page that is whole without its script, which only filters the logs. Every text of others goes through `text`. */
export function htmlPage(content: PageContent): string {
  const { finished, started, from } = content
  const title = finished ? `${finished.release} revision ${finished.revision} ${finished.outcome}` : 'converge: a run that did not end'
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${createHash('sha256').update(htmlScript).digest('base64')}'`
  const about = [
    started?.environment,
    started && `context ${started.context}`,
    started && `namespace ${started.namespace}`,
    started?.chart && `chart ${started.chart}`,
    formatDuration(content.to - from),
    from && new Date(from).toISOString(),
  ]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${text(title)}</title>
<style>${htmlStyle}</style>
</head>
<body>
<main>
<h1 class="${finished && finished.outcome !== 'failed' ? 'ok' : 'bad'}">${text(title)}</h1>
<div class="dim">${text(about.filter(Boolean).join(' · '))}</div>
${failure(finished?.error)}${content.diagnoses.map(diagnosis).join('')}${warnings(content)}
${timeline(content)}${changes(content.plan)}${guard(content.guard)}${kubeEvents(content)}${logs(content)}${notes(content.notes)}
</main>
<script>${htmlScript}</script>
</body>
</html>
`
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** A text as a text, in an element or within the quotes of an attribute. */
function text(value: unknown): string {
  return String(value ?? '').replace(/[&<>"']/g, (sign) => entities[sign]!)
}

function section(title: string, body: string, { open = true } = {}): string {
  return body === '' ? '' : `<details${open ? ' open' : ''}><summary><h2>${text(title)}</h2></summary>\n${body}</details>\n`
}

function table(rows: string[][]): string {
  return `<table>${rows.map((cells) => `<tr>${cells.join('')}</tr>\n`).join('')}</table>\n`
}

function cell(value: unknown, style = ''): string {
  return `<td${style ? ` class="${style}"` : ''}>${text(value)}</td>`
}

function failure(error: NonNullable<PageContent['finished']>['error']): string {
  if (!error) return ''
  const details = error.details.map((detail) => `<div>${text(detail)}</div>`).join('')
  const { file, line } = error.location ?? {}
  const place = file ? `<div class="dim">${text(line ? `${file}:${line}` : file)}</div>` : ''
  return `<div class="card"><strong class="bad">${text(error.message)}</strong>${place}${details}${hint(error.hint)}</div>\n`
}

function hint(words: string | undefined): string {
  return words ? `<div>Hint: ${text(words)}</div>` : ''
}

function diagnosis({ ref, summary, chain, extent, facts, logs: tail, events, hint: advice }: Diagnosis): string {
  const lines = tail ? `<div class="dim">last lines of ${text(tail.container)}</div><pre>${tail.lines.map(text).join('\n')}</pre>` : ''
  return `<div class="card"><strong>${text(displayName(ref))}: </strong><span class="bad">${text(summary)}</span>
<div class="dim">${text(chain.join(' > '))}${extent ? `, ${text(extent)}` : ''}</div>
${table(facts.map((fact) => [cell(fact.label, 'dim'), cell(fact.text)]))}${lines}
${events.map((event) => `<div>${text(event.reason)}: ${text(event.message)}</div>`).join('')}${hint(advice)}</div>
`
}

function warnings({ warnings: all }: PageContent): string {
  return all.map((event) => `<div class="warn">! ${text(event.message)} <span class="dim">${text(event.hint)}</span></div>\n`).join('')
}

/** Units of the pictures' width. */
const width = 1000
const legend: [Mark['kind'], string][] = [
  ['log', 'first line of a log'],
  ['event', 'event'],
  ['warning', 'warning'],
  ['restart', 'restart'],
  ['failure', 'failure'],
]

function timeline({ rows, from, to }: PageContent): string {
  if (rows.size === 0) return ''
  const whole = Math.max(1, to - from)
  const x = (at: number) => ((Math.min(Math.max(at, from), from + whole) - from) / whole) * width
  const number = (value: number) => String(Math.round(value * 10) / 10)
  const bar = ({ from: begin, to: end = to, state, title }: Span) =>
    `<rect class="bar ${text(state)}" x="${number(x(begin))}" width="${number(Math.max(2, x(end) - x(begin)))}" height="16"><title>${text(`${state}: ${title}, ${formatDuration(end - begin)}`)}</title></rect>`
  const mark = ({ at, kind, title }: Mark) =>
    `<rect class="mark ${kind}" x="${number(Math.min(width - 3, x(at)))}" width="3" height="16"><title>${text(`${formatDuration(at - from)} ${title}`)}</title></rect>`
  const row = (item: TimelineRow) => {
    const last = item.spans.find(({ state }) => state === 'ready' || state === 'failed') ?? item.spans.at(-1)
    const done = last ? formatDuration((last.state === 'hook' ? (last.to ?? to) : last.from) - from) : ''
    return `<div class="row"><div class="name" title="${text(item.name)}">${text(item.name)}</div><svg viewBox="0 0 ${width} 16" preserveAspectRatio="none" role="img" aria-label="${text(describeRow(item, from, to))}">${item.spans.map(bar).join('')}${item.marks.map(mark).join('')}</svg><div class="dim">${done}</div></div>\n`
  }
  const used = new Set([...rows.values()].flatMap(({ marks }) => marks.map(({ kind }) => kind)))
  const keys = legend.filter(([kind]) => used.has(kind)).map(([kind, words]) => `<span class="key ${kind}"></span> ${words}`)
  const scale = `<div class="row dim"><div></div><div class="scale"><span>0s</span><span>${formatDuration(whole / 2)}</span><span>${formatDuration(whole)}</span></div><div></div></div>\n`
  return section('Timeline', `${[...rows.values()].map(row).join('')}${scale}<div class="dim">${keys.join(' ')}</div>\n`)
}

function changes(plan: PageContent['plan']): string {
  if (!plan) return ''
  const moved = plan.changes.filter(({ operation }) => operation !== 'unchanged')
  const show = (value: unknown) => (value === undefined ? '' : JSON.stringify(value))
  const rows = moved.map(({ operation, ref, reason, fields = [] }) => {
    const style = operation === 'delete' || operation === 'recreate' ? 'bad' : operation === 'create' ? 'ok' : 'warn'
    const lines = fields.map(({ path, before, after }) => {
      const old = before === undefined ? '' : `${show(before)} → `
      return `<div>${text(`${path}: ${old}${after === undefined ? 'removed' : show(after)}`)}</div>`
    })
    return [cell(operation, style), cell(displayName(ref)), `<td class="dim">${text(reason)}${lines.join('')}</td>`]
  })
  const same = plan.changes.length - moved.length
  return section('Changes', `${rows.length > 0 ? table(rows) : ''}<div class="dim">${same} unchanged</div>\n`, { open: rows.length <= 50 })
}

function guard(events: PageContent['guard']): string {
  const rows = events.flatMap(({ ref, state, message }) => (ref ? [[cell(state), cell(displayName(ref)), cell(message, 'dim')]] : []))
  return rows.length === 0 ? '' : section('Guard', table(rows))
}

function kubeEvents({ events, from }: PageContent): string {
  const rows = events.map(({ at, object, reason, message, warning }) => [
    cell(formatDuration(at - from), 'dim'),
    cell(object),
    cell(reason, warning ? 'warn' : ''),
    cell(message),
  ])
  return rows.length === 0 ? '' : section('Events', table(rows))
}

function logs({ logs: all, dropped, from }: PageContent): string {
  if (all.length === 0) return ''
  const lines = all.map(({ at, pod, container, line }) => text(`${formatDuration(at - from).padStart(7)}  ${pod} ${container} | ${line}`))
  const missing = dropped > 0 ? `<div class="dim">${dropped.toLocaleString('en')} earlier lines are not here</div>\n` : ''
  const filter = '<input id="filter" hidden placeholder="Filter by Pod, container or text" aria-label="Filter the logs">'
  return section('Logs', `${missing}${filter}<pre id="logs">${lines.join('\n')}</pre>\n`)
}

function notes(words: string | undefined): string {
  return words ? section('Notes', `<pre>${text(words)}</pre>\n`, { open: false }) : ''
}
