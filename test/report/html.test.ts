import { describe, expect, it, vi } from 'vitest'
import { createHtmlReport } from '../../src/report/html.ts'
import { hasBrowser, openPage } from './browser.ts'
import { hostileRun, recordedRun, reported } from './events-fixture.ts'

// A browser takes its time to start.
vi.setConfig({ testTimeout: 90_000 })

const strip = (html: string) => html.replace(/<[^>]*>/g, '')
/** What a person sees of the page: its scripts, which hold the data, left out. */
const visible = (dom: string) => dom.replace(/<script[\s\S]*?<\/script>/g, '')

describe.skipIf(!hasBrowser)('the HTML report in Chromium', () => {
  it('shows the outcome, the failure, and a row of the timeline for each resource and hook', async () => {
    const events = recordedRun('failure')
    const page = await openPage(await reported(events, createHtmlReport))
    expect(page.console).toEqual([])
    expect(page.dom).toContain('<title>shop revision 3 failed</title>')
    const dom = visible(page.dom)
    expect(strip(/<h1[\s\S]*?<\/h1>/.exec(dom)?.[0] ?? '')).toBe('shop revision 3 failed')
    expect(dom).toMatch(/class="card"[\s\S]*container worker exits with code 1 right after its start/)
    expect(dom).toContain('Error: REDIS_PASSWORD is not set')
    const rows = [...dom.matchAll(/<div class="row"><div class="name" title="([^"]*)"/g)].map(([, name]) => name)
    expect(rows).toContain('Deployment/shop-worker')
    expect(rows).toContain('Job/shop-migrate (pre-upgrade)')
    expect(new Set(rows).size).toBe(rows.length)
    expect(dom).toMatch(/class="bar failed"/)
  })

  it.each([true, false])('has marks of logs, events, restarts and failures in their rows, with scripts: %s', async (scripts) => {
    const html = await reported(recordedRun('failure'), createHtmlReport)
    const page = await openPage(scripts ? html : html.replace(/<script[\s\S]*?<\/script>/, ''))
    const dom = visible(page.dom)
    const row = [...dom.matchAll(/<div class="row">[\s\S]*?<\/svg>/g)]
      .map(([html]) => html)
      .find((html) => html.includes('title="Deployment/shop-worker"'))!
    expect(row).toMatch(/<rect class="mark failure"[^>]*><title>[^<]*container worker exits with code 1/)
    expect(row).toMatch(/<rect class="mark log"[^>]*><title>[^<]*first line of shop-worker-/)
    expect(row).toMatch(/<rect class="mark restart"/)
    expect(row).toMatch(/<rect class="bar progressing"[^>]*><title>progressing: /)
    expect(row).toMatch(/<svg [^>]*aria-label="[^"]*failed from /)
    expect(dom).toMatch(/<details open=""><summary><h2>Logs<\/h2><\/summary>[\s\S]*REDIS_PASSWORD is not set/)
    expect(/<input id="filter"[^>]*>/.exec(dom)?.[0].includes('hidden')).toBe(!scripts)
  })

  it('keeps the newest lines of a flood, and counts the others', async () => {
    const [first] = recordedRun('failure').filter((event) => event.type === 'log')
    const flood = Array.from({ length: 45_000 }, (_, line) => ({ ...first!, line: `line ${line}` }))
    const html = await reported(flood, createHtmlReport)
    expect(html.match(/ \| line \d+/g)).toHaveLength(20_000)
    expect(html).toContain('| line 44999')
    expect(html).toContain('25,000 earlier lines are not here')
  })

  it('leaves hostile text text', async () => {
    const page = await openPage(await reported(hostileRun(), createHtmlReport))
    expect(page.console).toEqual([])
    const dom = visible(page.dom)
    expect(dom).not.toMatch(/<script/)
    expect(dom).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  })
})
