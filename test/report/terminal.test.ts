import { stripVTControlCharacters } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { writeTree } from '../cli/files.ts'
import { cursorVisible, runInTerminal, type TerminalRun } from './terminal.ts'

// The sandbox's Pods take their time.
vi.setConfig({ testTimeout: 90_000 })

const shop = ['charts-fixtures/shop', '--sandbox']
const endless = [...shop, '--set-literal=web.script=echo web is up; exec sleep 1000', '--set=migrate.steps=1000']

let run: TerminalRun | undefined
afterEach(() => run?.kill())

describe('the live window', () => {
  it('is gone at the end, with what happened above it and the cursor back', async () => {
    run = runInTerminal(shop)
    await run.until(/^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] Track .*\d\/9 ready/m)
    expect(await run.exit).toBe(0)
    expect(run.text()).toMatch(/^ {2}✓ Deployment\/shop-web ready {2}/m)
    expect(run.text()).toMatch(/✓ shop revision 1 deployed [^\n]*$/)
    expect(run.text()).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/)
    expect(run.text().match(/^Apply /gm)).toHaveLength(1)
    expect(cursorVisible(run.raw())).toBe(true)
  })

  it('follows the terminal when it changes its size', async () => {
    run = runInTerminal(endless, { columns: 120, rows: 30 })
    await run.until(/applying migration 2/)
    run.resize(60, 30)
    await run.until(/applying migration 6/)
    run.resize(90, 30)
    await run.until(/applying migration 9/)
    // One head of the window, and not one more left behind.
    expect(run.text().match(/^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] /gm)).toHaveLength(1)
    expect(run.text().match(/RESOURCE/g)).toHaveLength(1)
  })

  it.each([
    { columns: 20, rows: 24 },
    { columns: 40, rows: 24 },
    { columns: 300, rows: 60 },
    { columns: 80, rows: 5 },
  ])('fits into $columns x $rows', async (size) => {
    run = runInTerminal(shop, size)
    expect(await run.exit).toBe(0)
    expect(run.text()).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/)
    expect(run.text().match(/^Apply /gm)).toHaveLength(1)
  })

  it('says after Ctrl-C what it does and what it removed, and gives the cursor back', async () => {
    run = runInTerminal(endless)
    await run.until(/applying migration 2/)
    run.write('\u0003')
    expect(await run.exit).toBe(130)
    expect(run.text()).toMatch(/^! stopping/m)
    expect(run.text()).toMatch(/^Guard {3}deleted .*Job\/shop-migrate/m)
    expect(run.text()).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/)
    expect(cursorVisible(run.raw())).toBe(true)
  })

  it('gives the cursor back at the second Ctrl-C too', async () => {
    run = runInTerminal(endless)
    await run.until(/applying migration 2/)
    run.write('\u0003\u0003')
    expect(await run.exit).toBe(130)
    expect(cursorVisible(run.raw())).toBe(true)
  })

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('cleans up after %s, and gives the cursor back', async (name, code) => {
    run = runInTerminal(endless)
    await run.until(/applying migration 2/)
    run.signal(name)
    expect(await run.exit).toBe(code)
    expect(run.text()).toMatch(/^Guard {3}deleted .*Job\/shop-migrate/m)
    expect(cursorVisible(run.raw())).toBe(true)
  })

  it('gives the cursor back when the program has a defect', async () => {
    const defect = writeTree({ 'defect.cjs': "process.on('SIGUSR2', () => { throw new Error('a defect') })" })
    run = runInTerminal(endless, { env: { NODE_OPTIONS: `--require=${defect}/defect.cjs` } })
    await run.until(/applying migration 2/)
    run.signal('SIGUSR2')
    expect(await run.exit).not.toBe(0)
    expect(run.text()).toMatch(/a defect/)
    expect(run.text()).not.toMatch(/^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/m)
    expect(cursorVisible(run.raw())).toBe(true)
  })

  it('leaves the terminal to the shell at Ctrl-Z, and comes back with fg', async () => {
    run = runInTerminal(endless)
    await run.until(/applying migration 2/)
    run.write('\u001a')
    await vi.waitFor(() => expect(cursorVisible(run!.raw())).toBe(true), { timeout: 10_000 })
    expect(run.text()).not.toMatch(/^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/m)
    run.signal('SIGCONT')
    await run.until(/^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] Pre-install/m)
    expect(cursorVisible(run.raw())).toBe(false)
    await run.until(/applying migration 12/)
    run.write('\u0003')
    expect(await run.exit).toBe(130)
    expect(cursorVisible(run.raw())).toBe(true)
  })

  it('has as many lines as it thinks where characters are wide, or combine', async () => {
    const words = '\u65e5\u672c\u8a9e e\u0301\u0301 \ud83d\udc69\u200d\ud83d\ude80'.repeat(12)
    run = runInTerminal([...shop, `--set-literal=web.script=echo ${words}; exec sleep 1000`], { columns: 60, rows: 24 })
    await run.until(/\u65e5\u672c\u8a9e/)
    expect(await run.exit).toBe(0)
    expect(run.text()).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/)
    expect(run.text().match(/^Apply /gm)).toHaveLength(1)
  })

  it('becomes the diagnosis when something fails', async () => {
    run = runInTerminal([...shop, '--set=worker.enabled=true', '--set-literal=worker.script=echo no queue; exit 3'])
    expect(await run.exit).toBe(1)
    expect(run.text()).toMatch(/│ Deployment\/shop-worker/)
    expect(run.text()).toMatch(/^✗ Deployment\/shop-worker failed after .*code 3/m)
    expect(run.text()).toMatch(/\| no queue/)
    expect(run.text()).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/)
    expect(cursorVisible(run.raw())).toBe(true)
  })

  it('has no colour with NO_COLOR', async () => {
    run = runInTerminal(shop, { env: { NO_COLOR: '1' } })
    expect(await run.exit).toBe(0)
    expect(run.raw()).toContain('\u001b[?25l')
    expect(run.raw()).not.toMatch(/\u001b\[[\d;]*m/)
  })

  it.each<Record<string, string>>([{ TERM: 'dumb' }, { CI: 'true', NO_COLOR: '1' }])('is plain lines with %o', async (env) => {
    run = runInTerminal(shop, { env })
    expect(await run.exit).toBe(0)
    expect(run.raw()).toBe(stripVTControlCharacters(run.raw()))
    expect(run.text()).toMatch(/✓ shop revision 1 deployed [^\n]*$/)
  })
})
