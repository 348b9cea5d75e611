import type { Command, Option } from 'commander'
import { helmNames } from './environment.ts'
import type { PlainOption, PlainOptions } from './plain-words.ts'

/** The options of a command that `readPlainWords` can read: all but those with a check of their own. */
export function plainOptionsOf(command: Command): PlainOptions {
  const byWord: PlainOptions['byWord'] = {}
  for (const option of command.options) {
    const takes = takenBy(option)
    if (takes === undefined) continue
    for (const word of [option.long, option.short]) if (word) byWord[word] = { name: option.attributeName(), takes }
  }
  const variables = command.options.flatMap(({ long }) => helmNames[long ?? ''] ?? [])
  // `--no-hooks` alone makes hooks true; commander sees to that when it reads the words.
  const negated = command.options.filter((option) => option.negate && command.getOptionValue(option.attributeName()) === undefined)
  const defaults = {
    ...command.opts(),
    ...Object.fromEntries(negated.map((option) => [option.attributeName(), option.defaultValue ?? true])),
  }
  return { byWord, defaults, variables }
}

function takenBy(option: Option): PlainOption['takes'] | undefined {
  if (Array.isArray(option.defaultValue)) return 'values'
  if (option.parseArg || option.argChoices || option.optional || option.variadic) return undefined
  return option.required ? 'value' : !option.negate
}
