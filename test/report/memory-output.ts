import type { Output } from '../../src/report/report.ts'

/** An output that keeps what is written. */
export function memoryOutput(columns = 120, rows = 40): Output & { text: string } {
  return {
    text: '',
    write(text) {
      this.text += text
    },
    drained: () => Promise.resolve(),
    columns: () => columns,
    rows: () => rows,
  }
}
