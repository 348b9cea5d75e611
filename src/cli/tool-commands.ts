import { Argument, type Command, Option } from 'commander'
import { define } from './define.ts'
import { parseCount } from './duration.ts'
import { addRenderOptions } from './options/render-options.ts'
import { addAccessOptions } from './options/repository-options.ts'
import { addTargetOptions } from './options/target-options.ts'
import { addValueOptions } from './options/value-options.ts'

/** Commands around the deploy, in the order of the help. */
export const toolCommands: Record<string, (program: Command) => void> = {
  lint: (program) => {
    define(program, 'lint [chart]', 'look for mistakes in a chart: metadata, values, templates, manifests', [
      (command) =>
        command
          .optionsGroup('Lint:')
          .option('--strict', 'fail on warnings too')
          .option('--quiet', 'print only warnings and errors')
          .option('--with-subcharts', 'lint the charts in charts/ too')
          .option('--debug', 'print stacks of errors'),
      addTargetOptions,
      addValueOptions,
      addRenderOptions,
    ]).action(async (chart, flags) => (await import('./commands/lint.ts')).runLint(chart, flags))
  },

  dependency: (program) => {
    const dependency = program.command('dependency').alias('dep').description('the charts that a chart depends on').exitOverride()
    const verb = (name: 'list' | 'build' | 'update', description: string) =>
      define(
        dependency,
        `${name} [chart]`,
        description,
        name === 'list' ? [addTargetOptions] : [addTargetOptions, addAccessOptions],
      ).action(async (chart, flags) => (await import('./commands/dependency.ts')).runDependency(name, chart, flags))
    verb('list', 'list them, and whether they are in charts/')
    verb('build', 'put into charts/ what Chart.lock names')
    verb('update', 'put into charts/ the newest versions that Chart.yaml allows, and write Chart.lock')
  },

  secret: (program) => {
    const secret = program.command('secret').description('values and files that are encrypted in the repository').exitOverride()
    const output = (command: Command) =>
      command.optionsGroup('Secret:').option('-o, --output <file>', 'where to write; default standard output')
    const whole = (command: Command) => command.optionsGroup('Secret:').option('--whole', 'the file as a whole, also where it is YAML')
    const load = () => import('./commands/secret.ts')
    define(secret, 'generate-key', 'print a new key', [output]).action(async (flags) => (await load()).runGenerateKey(flags))
    for (const verb of ['encrypt', 'decrypt'] as const)
      define(secret, `${verb} [file]`, `${verb} the values of a YAML file, another file, or standard input`, [
        output,
        whole,
        addTargetOptions,
      ]).action(async (file, flags) => (await load()).runCrypt(verb, file, flags))
    define(secret, 'edit <file>', 'decrypt, open in $EDITOR, encrypt', [whole, addTargetOptions]).action(async (file, flags) =>
      (await load()).runEdit(file, flags),
    )
    define(secret, 'rotate [files...]', 'encrypt anew with another key (the old one in CONVERGE_OLD_SECRET_KEY)', [
      addTargetOptions,
    ]).action(async (files, flags) => (await load()).runRotate(files, flags))
  },

  sandbox: (program) => {
    define(program, 'sandbox', 'run an embedded cluster on loopback until Ctrl-C', [
      (command) =>
        command
          .addOption(new Option('--port <number>', 'the port (default: a free one)').argParser(parseCount))
          .option('--write-kubeconfig <file>', 'where to write the kubeconfig'),
    ]).action(async (flags) => (await import('./commands/sandbox.ts')).runSandbox(flags))
  },

  completion: (program) => {
    define(program, 'completion', 'print the script that completes commands in a shell: source <(converge completion bash)', [])
      .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish', 'powershell']))
      .action(async (shell: string) => {
        const [{ completionScripts }, { writeOut }] = await Promise.all([import('./completion-scripts.ts'), import('./stdout.ts')])
        return writeOut(completionScripts[shell]!)
      })
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
