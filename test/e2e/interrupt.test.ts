import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { expectFailure, expectPresentable, expectSuccess, newScenario, type Scenario } from './scenario.ts'
import { openTarget, type Target } from './target.ts'
import { idle, workloads } from './workload.ts'

// Containers start, stop and fail in their own time.
vi.setConfig({ testTimeout: 120_000 })

let target: Target

beforeAll(async () => {
  target = await openTarget()
})
afterAll(() => target?.stop())

const slow = { startSeconds: 300 }

describe('a run that is stopped', () => {
  let app: Scenario
  beforeAll(async () => {
    app = await newScenario(target)
  })
  afterAll(() => app?.remove())

  it('leaves nothing of a first install after Ctrl-C in a hook', async ({ skip }) => {
    if (!target.containers) skip('no node runs containers')
    const result = await app.deploy({ hookSeconds: 120 }, { interrupt: { when: /\| migrating/, signal: 'SIGINT' } })
    expect(result.status, result.output).toBe(130)
    expectPresentable(result)
    expect(result.output).toMatch(/stopping/i)
    expect(await app.leftovers(40)).toEqual([])
  })

  it('ends at once at a second Ctrl-C, and the next run cleans up', async ({ skip }) => {
    if (!target.containers) skip('no node runs containers')
    const again = await newScenario(target)
    try {
      const interrupt = [
        { when: /\| migrating/, signal: 'SIGINT' as const },
        { when: /press again/, signal: 'SIGINT' as const },
      ]
      const result = await again.deploy({ hookSeconds: 120 }, { interrupt })
      expect(result.status, result.output).toBe(130)
      expect(result.seconds).toBeLessThan(30)
      expect(result.output).toMatch(/left behind by revision 1, which stays pending: .*Job\/app-migrate/)
      expect(result.output).toMatch(/its journal names the \d+ objects.*converge --release app -n \S+, or converge dismiss/)
      expect(await again.inventory()).toContain('Job/app-migrate')
      expectSuccess(await again.deploy())
      expect(await again.revisions()).toEqual(['1 failed', '2 deployed'])
      expect((await again.inventory()).filter((name) => name.startsWith('Lease/'))).toEqual([])
    } finally {
      await again.remove()
    }
  })

  it('leaves nothing of a first install after Ctrl-C while it waits', async ({ skip }) => {
    if (!target.containers) skip('no node runs containers')
    const result = await app.deploy(slow, { interrupt: { when: /\| web says hello/, signal: 'SIGINT' } })
    expect(result.status, result.output).toBe(130)
    expectPresentable(result)
    expect(await app.leftovers(40)).toEqual([])
  })

  it('succeeds after that', async () => {
    const result = await app.deploy()
    expectSuccess(result)
    // Nothing has ever been installed: the chart must not take this for an upgrade.
    expect(result.output).toMatch(/Job\/app-migrate +pre-install hook/)
    expect((await app.revisions()).at(-1)).toMatch(/ deployed$/)
  })

  it('leaves nothing new of an upgrade after SIGTERM', async ({ skip }) => {
    if (!target.containers) skip('no node runs containers')
    const before = await app.inventory()
    const values = { ...slow, greeting: 'later', extras: ['banner'], worker: true }
    const result = await app.deploy(values, { interrupt: { when: /\| web says later/, signal: 'SIGTERM' } })
    expect(result.status, result.output).toBe(143)
    expectPresentable(result)
    expect(await app.inventory()).toEqual(before)
    expect((await app.revisions()).at(-1)).toMatch(/ failed$/)
    const history = await app.helm('history', 'app', '-o', 'json')
    if (history) expect(history.at(-1).status).toBe('failed')
  })

  it('leaves nothing new of an upgrade that ran out of time, and says what it waited for', async ({ skip }) => {
    if (!target.containers) skip('no node runs containers')
    const before = await app.inventory()
    const result = await app.deploy({ ...slow, greeting: 'slow', extras: ['banner'] }, { args: ['--timeout', '12s'] })
    expectFailure(result, /app-web|12s/)
    expect(result.output).toMatch(/tim(ed|e) ?out/i)
    expect(result.output).toMatch(/app-web/)
    expect(result.seconds).toBeLessThan(45)
    expect(await app.inventory()).toEqual(before)
    expect((await app.revisions()).at(-1)).toMatch(/ failed$/)
  })

  it('is followed by a run that mends', async () => {
    expectSuccess(await app.deploy({ greeting: 'mended' }))
    expect((await app.revisions()).filter((revision) => revision.endsWith(' deployed'))).toHaveLength(1)
  })
})

describe('a run that is killed', () => {
  it('is cleaned up after by the next one', async ({ skip }) => {
    if (!target.containers) skip('no node runs containers')
    const app = await newScenario(target)
    try {
      const { deployment, configMap } = workloads(target)
      const web = deployment('web', { script: `echo web is up; ${idle}` })
      expectSuccess(await app.deploy({ objects: [web] }, { chart: 'objects' }))
      const endless = deployment('endless', { script: `echo endless starts; ${idle}`, readinessProbe: { exec: { command: ['false'] } } })
      const killed = await app.deploy(
        { objects: [web, endless, configMap('orphan')] },
        { chart: 'objects', interrupt: { when: /\| endless starts/, signal: 'SIGKILL' } },
      )
      expect(killed.signal).toBe('SIGKILL')
      expect(await app.inventory()).toContain('ConfigMap/orphan')
      const result = await app.deploy({ objects: [web] }, { chart: 'objects', args: ['--lock-timeout', '60s'] })
      expectSuccess(result)
      expect(await app.inventory()).toEqual(['Deployment/web'])
      expect((await app.revisions()).at(-1)).toMatch(/ deployed$/)
      expect((await app.revisions()).filter((revision) => revision.includes('pending'))).toEqual([])
    } finally {
      await app.remove()
    }
  })
})
