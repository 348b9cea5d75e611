import { Command } from 'commander'
import { deployCommands } from './deploy-commands.ts'
import { applyEnvironment } from './environment.ts'
import { optionDescription } from './option-description.ts'
import { overviewText } from './overview-text.ts'
import { releaseCommands } from './release-commands.ts'
import { writeOut } from './stdout.ts'
import { toolCommands } from './tool-commands.ts'
import { version } from './version.ts'

const groups: [string, Record<string, (program: Command) => void>][] = [
  ['Deploy:', deployCommands],
  ['Releases:', releaseCommands],
  ['Tools:', toolCommands],
]

/**
 * The command line. Each command loads its code when it runs.
 * With the name of a command (an alias will not do) only that one is defined, which is all that a run needs: the whole tree takes 4 ms.
 */
export function createProgram(only?: string): Command {
  const program = new Command('converge')
  program
    .description('Deploys a Helm chart to Kubernetes and stays with it until it runs.')
    .usage('[CHART] [options]\n       converge COMMAND [options]')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this; after a command, its options')
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureHelp({ showGlobalOptions: false, optionDescription })
    .configureOutput({ writeOut: (text) => void writeOut(text) })
    .enablePositionalOptions(false)
  program.hook('preAction', (_, command) => applyEnvironment(command, process.env))
  program.addHelpText('after', () => overviewText(program))
  const chosen = only === undefined ? undefined : groups.find(([, commands]) => Object.hasOwn(commands, only))
  if (chosen) {
    chosen[1][only!]!(program)
    return program
  }
  for (const [title, commands] of groups) {
    program.commandsGroup(title)
    for (const addCommand of Object.values(commands)) addCommand(program)
  }
  program
    .command('__complete [words...]', { hidden: true })
    .action(async (words) => (await import('./commands/complete.ts')).runComplete(program, words))
  program.helpCommand('help [command]', 'print the options of a command')
  return program
}
