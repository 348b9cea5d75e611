import type { Command } from 'commander'
import { repeatable } from './collect.ts'

export interface ValueFlags {
  values: string[]
  set: string[]
  setString: string[]
  setJson: string[]
  setFile: string[]
  setLiteral: string[]
  skipSchemaValidation?: boolean
  secretValues: string[]
  ignoreSecretKey?: boolean
}

/** Helm's options for values; the later one wins. */
export function addValueOptions(command: Command): Command {
  return command
    .optionsGroup('Values:')
    .addOption(repeatable('-f, --values <file>', 'values from a YAML file, - for standard input'))
    .addOption(repeatable('--set <key=value>', 'set a value: a.b=1,c[0]=x'))
    .addOption(repeatable('--set-string <key=value>', 'set a value that stays a string'))
    .addOption(repeatable('--set-json <key=json>', 'set a value from JSON'))
    .addOption(repeatable('--set-file <key=file>', 'set a value to the content of a file'))
    .addOption(repeatable('--set-literal <key=text>', 'set a value to the text as it stands'))
    .addOption(repeatable('--secret-values <file>', 'values from an encrypted YAML file, over those of --values'))
    .option('--ignore-secret-key', 'leave secret values encrypted')
    .option('--skip-schema-validation', 'do not check the values against values.schema.json')
}
