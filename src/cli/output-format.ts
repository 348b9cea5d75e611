import { Option } from 'commander'
import { goJson } from '../release/go-json.ts'
import { writeYaml } from '../yaml/write.ts'
import { helmTable } from './helm-table.ts'
import { writeOut } from './stdout.ts'

export type OutputFormat = 'table' | 'json' | 'yaml'

/** `-o`, of the commands that show releases. */
export function outputOption(): Option {
  return new Option('-o, --output <format>', 'the form of the output').choices(['table', 'json', 'yaml']).default('table')
}

/** Prints data in the form that -o asks for; `rows` makes the table, its first row the head. */
export function printAs(format: OutputFormat | undefined, data: unknown, rows: () => string[][]): Promise<void> {
  return format === 'json' || format === 'yaml' ? printData(format, data) : writeOut(helmTable(rows()))
}

/** Prints data as Helm writes it: JSON with plain objects in their own order and Maps as they are sorted, YAML sorted by key. */
export function printData(format: 'json' | 'yaml', data: unknown): Promise<void> {
  return writeOut(format === 'json' ? `${goJson(data)}\n` : writeYaml(data))
}
