import { displayName } from '../resource.ts'
import { formatDuration } from './duration.ts'
import { createLinesReport } from './lines.ts'
import { oneLine } from './plain-text.ts'
import { presentableEvent } from './public-event.ts'
import type { Report, ReportOptions, TerminalOutput } from './report.ts'
import { createScreen } from './screen.ts'
import { createTheme } from './theme.ts'
import { createWindowState, updateWindow } from './window.ts'
import { windowFrame } from './window-frame.ts'

/** Milliseconds between two frames at the least, and how often times move on where nothing else does. */
const frameMs = 80
const tickMs = 250
/** A flood of lines goes out in pieces of so many characters, and waits for the terminal. */
const pieceLength = 64 * 1024

/**
 * For a terminal: what the plain report prints scrolls above, and one window at the bottom redraws in place. Each write is one synchronized frame, so that nothing tears.
 * The cursor is back whatever happens, and the window gone: at the end, after a crash, while the process is stopped by Ctrl-Z.
 */
export function createTerminalReport(options: ReportOptions & { output: TerminalOutput }): Report {
  const { output, now } = options
  const theme = createTheme(options.color)
  const state = createWindowState()
  let screen = createScreen(output)
  let above = ''
  let lastFrame = 0
  let pending: NodeJS.Timeout | undefined
  let closed = false

  const lines = createLinesReport({
    ...options,
    output: { ...output, write: (text) => void (above += text), drained: () => undefined },
    progressMs: 0,
  })

  function draw(): void {
    if (closed) return
    clearTimeout(pending)
    pending = undefined
    lastFrame = now()
    screen.draw(above, windowFrame(state, { theme, columns: output.columns(), rows: output.rows(), now: lastFrame }))
    above = ''
  }

  function schedule(): void {
    if (!closed) pending ??= setTimeout(draw, Math.max(0, lastFrame + frameMs - now())).unref()
  }

  function leave(): void {
    if (closed) return
    closed = true
    screen.leave(above)
    above = ''
    clearInterval(ticker)
    clearTimeout(pending)
    for (const end of endings) end()
  }

  /** Ctrl-Z: the shell gets its cursor, and afterwards there is a new frame below whatever it wrote. */
  function suspend(): void {
    screen.leave(above)
    above = ''
    process.once('SIGCONT', () => {
      screen = createScreen(output)
      draw()
    })
    process.kill(process.pid, 'SIGSTOP')
  }

  const ticker = setInterval(draw, tickMs).unref()
  const endings = [
    output.onResize(draw),
    output.intercept((text) => {
      above += text.endsWith('\n') ? text : `${text}\n`
      schedule()
    }),
    listen('exit', leave),
    listen('uncaughtExceptionMonitor', leave),
    listen('SIGTSTP', suspend),
  ]

  return {
    async onEvent(raw) {
      const event = presentableEvent(raw)
      const ready = updateWindow(state, event)
      await lines.onEvent(event)
      if (ready) {
        const time = theme.dim(formatDuration((ready.until ?? now()) - ready.since))
        above += `  ${theme.ok('✓')} ${theme.name(displayName(ready.ref))} ${oneLine(ready.reason)}  ${time}\n`
      }
      if (event.type === 'finished' || event.type === 'interrupted') draw()
      else schedule()
      if (above.length <= pieceLength) return
      draw()
      await output.drained()
    },
    close() {
      // Within one turn, since a second Ctrl-C ends the process right after this.
      void lines.close()
      leave()
      return output.drained()
    },
  }
}

function listen(event: 'exit' | 'uncaughtExceptionMonitor' | 'SIGTSTP', listener: () => void): () => void {
  const emitter: NodeJS.EventEmitter = process
  emitter.on(event, listener)
  return () => void emitter.off(event, listener)
}
