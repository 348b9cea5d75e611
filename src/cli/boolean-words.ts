import { type Command, Option } from 'commander'
import { ConvergeError } from '../errors.ts'

const truths: Record<string, boolean> = {}
for (const word of ['1', 't', 'T', 'true', 'TRUE', 'True']) truths[word] = true
for (const word of ['0', 'f', 'F', 'false', 'FALSE', 'False']) truths[word] = false

/**
 * Helm's pflag takes `--include-crds=false` and `-q=1`; commander knows options that are there or not. Gives the words with such options as
 * `--include-crds` or its opposite, which the command gets where it has none. What Go takes for a truth value is Go's rule.
 * @throws ConvergeError ERR_USAGE for any other value
 */
export function spellBooleans(program: Command, words: readonly string[]): string[] {
  const command = commandOf(program, words)
  const end = words.indexOf('--')
  return words.map((word, index) => {
    const match = /^(-[A-Za-z]|--[^=]+)=(.*)$/s.exec(word)
    if (!match || (end >= 0 && index > end)) return word
    const [, name, value] = match as unknown as [string, string, string]
    const option = command.options.find(({ long, short }) => long === name || short === name)
    if (!option?.long || !(option.isBoolean() || option.negate)) return word
    if (!Object.hasOwn(truths, value)) {
      throw new ConvergeError('ERR_USAGE', `invalid argument ${JSON.stringify(value)} for "${name}" flag: it takes true or false`)
    }
    return truths[value] ? option.long : oppositeOf(command, option)
  })
}

function oppositeOf(command: Command, option: Option): string {
  const opposite = option.negate ? option.long!.replace('--no-', '--') : option.long!.replace('--', '--no-')
  if (!command.options.some(({ long }) => long === opposite)) command.addOption(new Option(opposite).hideHelp())
  return opposite
}

/** The command that the first words name, or the default one. */
function commandOf(program: Command, words: readonly string[]): Command {
  let command = program
  for (const word of words) {
    const next = command.commands.find((other) => other.name() === word || other.aliases().includes(word))
    if (!next) break
    command = next
  }
  return command === program ? (program.commands.find((other) => other.name() === 'deploy') ?? program) : command
}
