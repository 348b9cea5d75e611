import type { Event } from '../pipeline/events.ts'
import { htmlScript, htmlStyle } from './html-page.ts'
import { presentableEvent } from './public-event.ts'
import type { Report, ReportOptions } from './report.ts'

/** Log lines kept for the page; a flood beyond it is counted, not kept. */
const logLimit = 20_000

/**
 * One self-contained page, written at the end: the outcome, diagnoses, a timeline of every resource and hook, the logs and the events. It asks nothing of any network.
 */
export function createHtmlReport({ output }: Pick<ReportOptions, 'output'>): Report {
  const events: unknown[] = []
  let lines = 0
  let dropped = 0
  let title = 'converge'
  return {
    onEvent(event: Event) {
      if (event.type === 'log' && ++lines > logLimit) {
        dropped++
        return
      }
      if (event.type === 'finished') title = `${event.release} revision ${event.revision} ${event.outcome}`
      events.push(presentableEvent(event))
    },
    async close() {
      output.write(page(title, events, dropped))
      await output.drained()
    },
  }
}

function page(title: string, events: unknown[], dropped: number): string {
  // `<` is the only character by which JSON could leave a script element.
  const data = JSON.stringify({ events, dropped })
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${htmlStyle}</style>
</head>
<body>
<main id="report"></main>
<script id="data" type="application/json">${data}</script>
<script>${htmlScript}</script>
</body>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
