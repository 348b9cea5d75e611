import { formatTable } from '../report/table.ts'
import { writeYaml } from '../yaml/write.ts'
import { writeOut } from './stdout.ts'

export type OutputFormat = 'table' | 'json' | 'yaml'

/** Prints data in the form that -o asks for; `rows` makes the table, its first row the head. */
export function printAs(format: OutputFormat | undefined, data: unknown, rows: () => string[][]): Promise<void> {
  if (format === 'json') return writeOut(`${JSON.stringify(data)}\n`)
  if (format === 'yaml') return writeOut(toYaml(data))
  return writeOut(`${formatTable(rows()).join('\n')}\n`)
}

/** JSON data as YAML, as Helm writes it. */
export function toYaml(data: unknown): string {
  return writeYaml(data as never)
}
