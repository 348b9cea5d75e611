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

  it('leaves hostile text text', async () => {
    const page = await openPage(await reported(hostileRun(), createHtmlReport))
    expect(page.console).toEqual([])
    const dom = visible(page.dom)
    expect(dom).not.toMatch(/<script/)
    expect(dom).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  })
})
