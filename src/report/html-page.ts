/** The look of the report; light and dark by the reader's system. */
export const htmlStyle = `
:root { color-scheme: light dark; --ok: #1a7f37; --bad: #cf222e; --warn: #9a6700; --dim: #6e7781; --line: #8884; }
body { font: 14px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 1100px; margin: 0 auto; padding: 24px; }
h1 { font-size: 22px; margin: 0 0 4px; } h2 { font-size: 16px; margin: 28px 0 8px; }
.ok { color: var(--ok); } .bad { color: var(--bad); } .warn { color: var(--warn); } .dim { color: var(--dim); }
pre { font: 12px/1.45 ui-monospace, monospace; overflow: auto; max-height: 480px; margin: 0; padding: 10px; border: 1px solid var(--line); border-radius: 6px; white-space: pre-wrap; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: 3px 8px 3px 0; vertical-align: top; border-bottom: 1px solid var(--line); }
.row { display: grid; grid-template-columns: 280px 1fr 70px; gap: 10px; align-items: center; padding: 2px 0; }
.row .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.track { position: relative; height: 16px; background: var(--line); border-radius: 3px; }
.bar { position: absolute; top: 0; bottom: 0; border-radius: 3px; min-width: 2px; }
.bar.waiting, .bar.progressing { background: #d4a72c; } .bar.ready, .bar.succeeded { background: #2da44e; } .bar.failed { background: #cf222e; } .bar.hook { background: #8250df; }
.card { border: 1px solid var(--bad); border-radius: 6px; padding: 12px 16px; margin: 8px 0; }
input { font: inherit; width: 100%; box-sizing: border-box; padding: 4px 8px; margin-bottom: 6px; }
`

/** Builds the page from the events, by text nodes only: nothing that a cluster says becomes markup. */
export const htmlScript = `
(() => {
const { events, dropped } = JSON.parse(document.getElementById('data').textContent)
const root = document.getElementById('report')
const el = (tag, cls, ...kids) => { const e = document.createElement(tag); if (cls) e.className = cls; for (const k of kids) e.append(k); return e }
const name = (ref) => ref.kind + '/' + ref.name
const secs = (ms) => (ms / 1000).toFixed(1) + 's'
const find = (type) => events.find((e) => e.type === type)
const all = (type) => events.filter((e) => e.type === type)
const start = find('started'), end = find('finished'), plan = find('plan')
const from = (start || events[0] || { at: 0 }).at, to = Math.max(from + 1, (end || events[events.length - 1] || { at: 1 }).at)
const section = (title, ...kids) => { if (kids.length) root.append(el('h2', '', title), ...kids) }

if (end) {
  root.append(el('h1', end.outcome === 'failed' ? 'bad' : 'ok', end.release + ' revision ' + end.revision + ' ' + end.outcome))
  root.append(el('div', 'dim', [start && start.environment, start && 'context ' + start.context, 'namespace ' + end.namespace, secs(end.ms), new Date(from).toISOString()].filter(Boolean).join(' · ')))
  if (end.error) { const card = el('div', 'card', el('strong', 'bad', end.error.message)); for (const d of end.error.details || []) card.append(el('div', '', d)); if (end.error.hint) card.append(el('div', 'dim', end.error.hint)); root.append(card) }
}
for (const { diagnosis: d } of all('diagnosis')) {
  const card = el('div', 'card', el('strong', '', name(d.ref) + ': '), el('span', 'bad', d.summary), el('div', 'dim', d.chain.join(' > ') + (d.extent ? ', ' + d.extent : '')))
  const facts = el('table'); for (const f of d.facts) facts.append(el('tr', '', el('td', 'dim', f.label), el('td', '', f.text))); card.append(facts)
  if (d.logs) card.append(el('div', 'dim', 'last lines of ' + d.logs.container), el('pre', '', d.logs.lines.join('\\n')))
  for (const e of d.events) card.append(el('div', '', e.reason + ': ' + e.message))
  if (d.hint) card.append(el('div', '', 'Hint: ' + d.hint))
  root.append(card)
}

const rows = new Map()
const rowOf = (key) => { let r = rows.get(key); if (!r) { r = { name: key, spans: [] }; rows.set(key, r) } return r }
for (const e of events) {
  if (e.type === 'hook') { const r = rowOf(name(e.ref) + ' (' + e.event + ')'); if (e.state === 'started') r.spans.push({ from: e.at, cls: 'hook' }); else { const last = r.spans[r.spans.length - 1]; if (last && !last.to) { last.to = e.at; if (e.state === 'failed') last.cls = 'failed' } } }
  if (e.type === 'status') { const r = rowOf(name(e.status.ref)); const last = r.spans[r.spans.length - 1]; if (!last || last.cls !== e.status.state) { if (last && !last.to) last.to = e.at; r.spans.push({ from: e.at, cls: e.status.state, title: e.status.reason }) } }
}
const timeline = el('div')
for (const r of rows.values()) {
  const track = el('div', 'track')
  for (const s of r.spans) { const b = el('div', 'bar ' + s.cls); const end = s.to || to; b.style.left = (100 * (s.from - from) / (to - from)) + '%'; b.style.width = (100 * (end - s.from) / (to - from)) + '%'; b.title = s.cls + (s.title ? ': ' + s.title : '') + ', ' + secs(end - s.from); track.append(b) }
  const label = el('div', 'name', r.name); label.title = r.name
  const done = r.spans.find((s) => s.cls === 'ready' || s.cls === 'failed') || r.spans[r.spans.length - 1]
  timeline.append(el('div', 'row', label, track, el('div', 'dim', done ? secs((done.cls === 'hook' ? done.to || to : done.from) - from) : '')))
}
if (rows.size) section('Timeline', timeline)

if (plan) {
  const table = el('table')
  for (const c of plan.changes.filter((c) => c.operation !== 'unchanged')) {
    const fields = el('td', 'dim', c.reason || '')
    for (const f of c.fields || []) fields.append(el('div', '', f.path + ': ' + (f.before === undefined ? '' : JSON.stringify(f.before) + ' → ') + (f.after === undefined ? 'removed' : JSON.stringify(f.after))))
    table.append(el('tr', '', el('td', c.operation === 'delete' ? 'bad' : c.operation === 'create' ? 'ok' : 'warn', c.operation), el('td', '', name(c.ref)), fields))
  }
  const same = plan.changes.filter((c) => c.operation === 'unchanged').length
  section('Changes', table, el('div', 'dim', same + ' unchanged'))
}
const guard = all('guard').filter((g) => g.ref)
if (guard.length) { const table = el('table'); for (const g of guard) table.append(el('tr', '', el('td', '', g.state), el('td', '', name(g.ref)), el('td', 'dim', g.message || ''))); section('Guard', table) }
const kube = all('kube-event')
if (kube.length) { const table = el('table'); for (const e of kube) table.append(el('tr', '', el('td', 'dim', secs(e.at - from)), el('td', '', e.object), el('td', e.warning ? 'warn' : '', e.reason), el('td', '', e.message))); section('Events', table) }
const logs = all('log')
if (logs.length) {
  const pre = el('pre'), filter = el('input'); filter.placeholder = 'Filter by Pod, container or text'
  const lines = logs.map((l) => secs(l.at - from).padStart(7) + '  ' + l.pod + ' ' + l.container + ' | ' + l.line)
  const show = () => { const q = filter.value.toLowerCase(); pre.textContent = lines.filter((l) => l.toLowerCase().includes(q)).join('\\n') }
  filter.addEventListener('input', show); show()
  section('Logs', filter, pre); if (dropped) root.append(el('div', 'dim', dropped + ' more lines were not kept'))
}
for (const w of all('warning')) root.append(el('div', 'warn', w.message))
})()
`
