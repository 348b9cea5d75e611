import stringWidth from 'string-width'

const colorCode = /\u001b\[[0-9;]*m/g
const segmenter = new Intl.Segmenter()
const narrow = /^[\u0020-\u007e]*$/

/** The cells that a line takes on a terminal: two for East Asian wide characters and emoji, none for colours. */
export function lineWidth(line: string): number {
  const text = line.includes('\u001b') ? line.replace(colorCode, '') : line
  return narrow.test(text) ? text.length : stringWidth(text)
}

/** The line cut to `columns` cells, colours kept and closed, with `…` where something was cut. */
export function cutLine(line: string, columns: number): string {
  if (lineWidth(line) <= columns) return line
  if (columns < 1) return ''
  let text = ''
  let width = 0
  let at = 0
  for (const match of [...line.matchAll(colorCode), undefined]) {
    for (const { segment } of segmenter.segment(line.slice(at, match?.index ?? line.length))) {
      const cells = stringWidth(segment)
      if (width + cells > columns - 1) return `${text}…${line.includes('\u001b[') ? '\u001b[0m' : ''}`
      text += segment
      width += cells
    }
    if (match) {
      text += match[0]
      at = match.index + match[0].length
    }
  }
  return text
}
