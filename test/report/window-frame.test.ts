import { describe, expect, it } from 'vitest'
import type { Event } from '../../src/pipeline/events.ts'
import { lineWidth } from '../../src/report/line-width.ts'
import { createTheme } from '../../src/report/theme.ts'
import { createWindowState, updateWindow } from '../../src/report/window.ts'
import { windowFrame } from '../../src/report/window-frame.ts'
import type { ResourceStatus } from '../../src/tracker/status.ts'
import { recordedRun } from './events-fixture.ts'

interface Size {
  columns?: number
  rows?: number
  color?: boolean
}

/** The window after some events, `seconds` after the first one. */
function frame(events: readonly Event[], seconds: number, { columns = 120, rows = 30, color = false }: Size = {}): string[] {
  const state = createWindowState()
  for (const event of events) updateWindow(state, event)
  return windowFrame(state, { theme: createTheme(color), columns, rows, now: events[0]!.at + seconds * 1000 })
}

/** The events of the failing run up to the moment before its diagnosis. */
function beforeFailure(): Event[] {
  const events = recordedRun('failure')
  const end = events.findIndex((event) => event.type === 'diagnosis')
  const start = events[0]!
  if (start.type === 'started') start.expectedMs = 24_000
  return events.slice(0, end)
}

const started: Event = {
  type: 'started',
  action: 'deploy',
  release: 'shop',
  namespace: 'default',
  revision: 2,
  context: 'x',
  at: 1_000_000,
}

function status(name: string, more: Partial<ResourceStatus> = {}): Event {
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', name, namespace: 'default' }
  const base: ResourceStatus = { ref, state: 'progressing', reason: 'rolling', restarts: 0, since: 1_000_000, incidents: 0, children: [] }
  return { type: 'status', status: { ...base, ...more }, at: 1_000_000 }
}

describe('the live window', () => {
  it('shows on a wide terminal what is not ready, the worst first', () => {
    expect(frame(beforeFailure(), 12).join('\n')).toMatchInlineSnapshot(`
      "⠹ Track  ██████████████░░░░░░░░░░  6/10 ready  12s of about 24s
        RESOURCE                STATUS    READY            UP-TO-DATE  RESTARTS  FOR  WAITING FOR
        Deployment/shop-worker  Crashed   ░░░░░░░░ 0/2     0->2/2      2         0s
        ├ Pod b4qmj             Error     0/1                          1         11s  container worker
        └ Pod t4954             Error     0/1                          1         11s  container worker
        DaemonSet/shop-agent    rolling   ░░░░░░░░ 1->0/1  1->0/1                10s  1 more Pod updated
        StatefulSet/shop-db     rolling   ████████ 1/1     1->0/1                10s  1 more Pod updated
        Job/shop-seed           running   ░░░░░░░░ 0/1                 0         10s  its completion
        └ Pod wwsj6             settling  1/1                          0         10s  its containers to keep running"
    `)
  })

  it('loses columns, not meaning, on a narrow one', () => {
    expect(frame(beforeFailure(), 12, { columns: 50 }).join('\n')).toMatchInlineSnapshot(`
      "⠹ Track  6/10 ready  12s of about 24s
        RESOURCE                STATUS    READY
        Deployment/shop-worker  Crashed   0/2
          2 restarts
        ├ Pod b4qmj             Error     0/1
            waits for container worker, 1 restart
        └ Pod t4954             Error     0/1
            waits for container worker, 1 restart
        DaemonSet/shop-agent    rolling   1->0/1
          waits for 1 more Pod updated
        StatefulSet/shop-db     rolling   1/1
          waits for 1 more Pod updated
        Job/shop-seed           running   0/1
          waits for its completion
        └ Pod wwsj6             settling  1/1
            waits for its containers to keep running"
    `)
  })

  it('counts what does not fit', () => {
    expect(frame(beforeFailure(), 30, { rows: 5 }).join('\n')).toMatchInlineSnapshot(`
      "⠹ Track  ██████████████░░░░░░░░░░  6/10 ready  30s (24s last time)
        Deployment/shop-worker  Crashed  ░░░░░░░░ 0/2     0->2/2      2         0s
        ├ Pod b4qmj             Error    0/1                          1         29s  container worker
        and 3 more"
    `)
  })

  it('says the same with colour', () => {
    const plain = frame(beforeFailure(), 12)
    const colored = frame(beforeFailure(), 12, { color: true })
    expect(colored.join('\n')).toMatch(/\u001b\[/)
    expect(colored.map((line) => line.replace(/\u001b\[[\d;]*m/g, ''))).toEqual(plain)
  })

  it('measures wide characters', () => {
    const waitingFor = '等待容器就绪，这需要一些时间 🚀 and then some more of it to be cut'
    expect(frame([started, status('web', { waitingFor })], 5, { columns: 60 }).join('\n')).toMatchInlineSnapshot(`
      "⠋ Start  ░░░░░░░░░░░░  0/1 ready  5.0s
        RESOURCE        STATUS   FOR  WAITING FOR
        Deployment/web  rolling  5s   等待容器就绪，这需要一些时…"
    `)
  })

  it.each([1, 2, 5, 12, 40].flatMap((rows) => [1, 2, 20, 40, 79, 80, 120].map((columns) => ({ rows, columns }))))(
    'is smaller than $columns x $rows',
    (size) => {
      for (const color of [false, true]) {
        const lines = frame(beforeFailure(), 12, { ...size, color })
        expect(lines.length).toBeLessThan(size.rows)
        for (const line of lines) expect(lineWidth(line)).toBeLessThan(size.columns)
      }
    },
  )

  it('shows movement since tracking began', () => {
    const events = [
      started,
      status('web', { progress: { desired: 3, ready: 1, upToDate: 0 } }),
      status('web', { progress: { desired: 3, ready: 2, upToDate: 2 } }),
    ]
    expect(frame(events, 5).join('\n')).toContain('█████░░░ 1->2/3  0->2/3')
  })

  it('is empty when the run is over', () => {
    expect(frame(recordedRun('install'), 12)).toEqual([])
  })
})
