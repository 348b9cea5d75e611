import { type Command, Option } from 'commander'
import { define } from './define.ts'
import { parseCount } from './duration.ts'
import { addTargetOptions } from './options/target-options.ts'

/** Commands around the deploy, in the order of the help. */
export const toolCommands: Record<string, (program: Command) => void> = {
  sandbox: (program) => {
    define(program, 'sandbox', 'run an embedded cluster on loopback until Ctrl-C', [
      (command) =>
        command
          .addOption(new Option('--port <number>', 'the port (default: a free one)').argParser(parseCount))
          .option('--write-kubeconfig <file>', 'where to write the kubeconfig'),
    ]).action(async (flags) => (await import('./commands/sandbox.ts')).runSandbox(flags))
  },

  config: (program) => {
    const config = program.command('config').description('the configuration file')
    config.exitOverride()
    define(config, 'show', 'print what a run would use', [addTargetOptions]).action(async (flags) =>
      (await import('./commands/config.ts')).runConfigShow(flags),
    )
    define(config, 'schema', 'print the JSON Schema of converge.yaml', []).action(async () =>
      (await import('./commands/config.ts')).runConfigSchema(),
    )
  },
}
