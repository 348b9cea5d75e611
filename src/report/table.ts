import { lineWidth } from './line-width.ts'

const gap = 2

/** Lines of a table without borders, columns two blanks apart, no blanks at the ends of lines. Cells are of one line and may hold colours. */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const measured = rows.map((row) => row.map(lineWidth))
  const widths: number[] = []
  for (const row of measured) for (const [column, width] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, width)
  return rows.map((row, index) =>
    row
      .map((cell, column) => cell + ' '.repeat(widths[column]! - measured[index]![column]! + gap))
      .join('')
      .trimEnd(),
  )
}
