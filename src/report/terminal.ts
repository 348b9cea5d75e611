import { displayName } from '../resource.ts'
import { formatDuration } from './duration.ts'
import { createLinesReport } from './lines.ts'
import type { Output, Report, ReportOptions } from './report.ts'
import { createTheme } from './theme.ts'
import { createWindowState, updateWindow, windowFrame } from './window.ts'

const hideCursor = '\u001b[?25l'
const showCursor = '\u001b[?25h'
const beginFrame = '\u001b[?2026h'
const endFrame = '\u001b[?2026l'
const clearDown = '\u001b[0J'

/** Milliseconds between two frames at the least, and how often times move on where nothing else does. */
const frameMs = 80
const tickMs = 500

/**
 * For a terminal: what the plain report prints scrolls above, and one window at the bottom redraws in place. Each write is one synchronized frame, so that nothing tears.
 * The cursor is back whatever happens.
 */
export function createTerminalReport(options: ReportOptions): Report {
  const { output } = options
  const theme = createTheme(options.color)
  const state = createWindowState()
  let height = 0
  let above = ''
  let lastFrame = 0
  let pending: NodeJS.Timeout | undefined
  let closed = false

  const scroll: Output = { ...output, write: (text) => void (above += text), drained: async () => {} }
  const lines = createLinesReport({ ...options, output: scroll, progressMs: 0 })
  const ticker = setInterval(() => draw(), tickMs)
  const restore = () => process.stdout.isTTY && process.stdout.write(showCursor)
  process.on('exit', restore)
  output.write(hideCursor)

  function draw(): void {
    if (closed) return
    clearTimeout(pending)
    pending = undefined
    lastFrame = options.now()
    const frame = windowFrame(state, { theme, columns: output.columns(), rows: output.rows(), now: options.now() })
    const up = height > 0 ? `\r\u001b[${height}A` : '\r'
    output.write(`${beginFrame}${up}${clearDown}${above}${frame.map((line) => `${line}\n`).join('')}${endFrame}`)
    above = ''
    height = frame.length
  }

  function schedule(): void {
    if (pending || closed) return
    pending = setTimeout(draw, Math.max(0, lastFrame + frameMs - options.now()))
  }

  return {
    async onEvent(event) {
      const ready = updateWindow(state, event)
      await lines.onEvent(event)
      if (ready)
        above += `  ${theme.ok('✓')} ${theme.name(displayName(ready.ref))} ${ready.reason}  ${theme.dim(formatDuration((ready.until ?? options.now()) - ready.since))}\n`
      if (event.type === 'finished' || event.type === 'interrupted') draw()
      else schedule()
      // A flood of lines goes out in pieces, and waits for the terminal.
      if (above.length > 64 * 1024) {
        draw()
        await output.drained()
      }
    },
    async close() {
      await lines.close()
      state.finished = true
      draw()
      closed = true
      clearInterval(ticker)
      clearTimeout(pending)
      process.off('exit', restore)
      output.write(showCursor)
      await output.drained()
    },
  }
}
