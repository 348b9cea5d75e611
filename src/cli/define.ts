import type { Command } from 'commander'

/** Adds options to a command. */
export type OptionGroup = (command: Command) => Command

/** A command with its groups of options, in the order of its help. `signature` is the name and the arguments. */
export function define(parent: Command, signature: string, description: string, groups: OptionGroup[], options = {}): Command {
  const command = parent.command(signature, options).description(description)
  command.exitOverride().showSuggestionAfterError(true)
  for (const group of groups) group(command)
  if (!command.options.some(({ long }) => long === '--debug'))
    command.optionsGroup('Output:').option('--debug', 'print stack traces of errors')
  return command
}
