import { type Command, Option } from 'commander'
import { parseDuration } from '../duration.ts'
import { repeatable } from './collect.ts'

export interface ReportFlags {
  report: string[]
  progress: number
  logs: boolean
  timestamps?: boolean
  color?: string
  debug?: boolean
}

/** What is printed, and how. */
export function addReportOptions(command: Command): Command {
  return command
    .optionsGroup('Output:')
    .addOption(
      repeatable('--report <format[=file]>', 'terminal, lines, ndjson, junit, github, gitlab or html; to a file where one is named'),
    )
    .addOption(
      new Option('--progress <duration>', 'time between two status tables on plain output, 0 for none')
        .default(5000, '5s')
        .argParser(parseDuration),
    )
    .option('--no-logs', 'do not print the logs of Pods')
    .option('--timestamps', 'start each log line with its time')
    .addOption(new Option('--color <when>', 'colour the output').choices(['auto', 'always', 'never']))
    .option('--debug', 'print stack traces of errors')
}
