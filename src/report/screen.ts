import { lineWidth } from './line-width.ts'
import type { TerminalOutput } from './report.ts'

const hideCursor = '\u001b[?25l'
const showCursor = '\u001b[?25h'
/** Terminals that know synchronized updates show what stands between the two at once; others ignore them. */
const beginFrame = '\u001b[?2026h'
const endFrame = '\u001b[?2026l'
const clearLine = '\u001b[K'
const clearDown = '\u001b[J'
/** Off, a line too wide by a terminal's own measure of a character is cut, and not broken, so that a frame is as high as it has lines. */
const wrapOff = '\u001b[?7l'
const wrapOn = '\u001b[?7h'

/** The end of a terminal: text scrolls above, one frame stays at the bottom. */
export interface Screen {
  /** Prints `above`, whole lines, and then the frame in place of the one before. One write. */
  draw(above: string, frame: readonly string[]): void
  /** Takes the frame away and gives the cursor back. Nothing is written after it. */
  leave(above: string): void
}

/** Takes the terminal: hides the cursor until `leave`. */
export function createScreen(output: TerminalOutput): Screen {
  let shown: readonly string[] = []
  let left = false
  output.write(hideCursor)

  /** To the frame's first line, from the line below it. A terminal that has become narrower has broken its lines. */
  function toTop(): string {
    const columns = output.columns()
    const height = shown.reduce((sum, line) => sum + Math.max(1, Math.ceil(lineWidth(line) / columns)), 0)
    return height > 0 ? `\r\u001b[${height}A` : '\r'
  }

  function frameText(frame: readonly string[]): string {
    return frame.length === 0 ? '' : `${wrapOff}${frame.map((line) => `${line}${clearLine}\n`).join('')}${wrapOn}`
  }

  return {
    draw(above, frame) {
      if (left || (above === '' && frame.length === shown.length && frame.every((line, index) => line === shown[index]))) return
      // Lines are overwritten, not cleared first, which would flicker; only what scrolls needs room.
      const text = above === '' ? frameText(frame) : clearDown + above + frameText(frame)
      output.write(`${beginFrame}${toTop()}${text}${clearDown}${endFrame}`)
      shown = frame
    },
    leave(above) {
      if (left) return
      left = true
      output.write(`${beginFrame}${toTop()}${clearDown}${above}${endFrame}${wrapOn}${showCursor}`)
    },
  }
}
