import stringWidth from 'string-width'

/** A table as Helm prints one: cells padded to the width of their column and parted by tabs; the last column is padded too. */
export function helmTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => stringWidth(row[column]!))))
  return rows.map((row) => `${row.map((cell, column) => cell + ' '.repeat(widths[column]! - stringWidth(cell))).join('\t')}\n`).join('')
}
