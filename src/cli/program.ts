import { Command, Option } from 'commander'
import { applyEnvironment } from './environment.ts'
import { repeatable } from './options/collect.ts'
import { addDeployOptions } from './options/deploy-options.ts'
import { addKubeOptions } from './options/kube-options.ts'
import { addRenderOptions } from './options/render-options.ts'
import { addReportOptions } from './options/report-options.ts'
import { addTargetOptions } from './options/target-options.ts'
import { addValueOptions } from './options/value-options.ts'
import { writeOut } from './stdout.ts'
import { version } from './version.ts'

/**
 * The command line. Each command loads its code when it runs.
 * With the name of a command (an alias will not do) only that one is defined, which is all that a run needs: the whole tree takes 4 ms.
 */
export function createProgram(only?: string): Command {
  const program = new Command('converge')
  program
    .description('Deploys a Helm chart to Kubernetes and stays with it until it runs.')
    .version(version, '-V, --version')
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({ writeOut: (text) => void writeOut(text) })
    .enablePositionalOptions(false)
  program.hook('preAction', (_, command) => applyEnvironment(command, process.env))
  program.addHelpText(
    'after',
    '\n`converge [CHART]` deploys; `converge deploy --help` lists its options.\nEach option is also read from the environment: CONVERGE_<OPTION>.',
  )
  if (only !== undefined && Object.hasOwn(commands, only)) commands[only]!(program)
  else for (const addCommand of Object.values(commands)) addCommand(program)
  return program
}

/** In the order of the help. */
const commands: Record<string, (program: Command) => void> = {
  deploy: (program) => {
    define(program, 'deploy', '[chart]', 'deploy the chart (the default command)', { isDefault: true }, [
      addTargetOptions,
      addKubeOptions,
      addValueOptions,
      addRenderOptions,
      addDeployOptions,
      addReportOptions,
      (command) => command.optionsGroup('Deploy:').option('--plan <file>', 'apply a plan saved by `converge plan --save-plan`'),
    ]).action(async (chart, flags) => (await import('./commands/deploy.ts')).runDeploy(chart, flags))
  },

  render: (program) => {
    define(program, 'render', '[chart]', 'print the manifests, as `helm template` does', {}, [
      addTargetOptions,
      addValueOptions,
      addRenderOptions,
      (command) =>
        command
          .option('--include-crds', 'print crds/ too')
          .addOption(repeatable('-s, --show-only <file>', 'print only the manifests of this template'))
          .option('--no-hooks', 'leave out hooks')
          .option('--skip-tests', 'leave out test hooks')
          .option('--is-upgrade', 'render as for an upgrade')
          .option('--output-dir <dir>', 'write files instead of printing')
          .option('--validate', 'ask the cluster for its version, its kinds and `lookup`'),
      addKubeOptions,
      (command) => command.optionsGroup('Output:').option('--debug', 'print what was rendered also when it is not valid YAML'),
    ]).action(async (chart, flags) => (await import('./commands/render.ts')).runRender(chart, flags))
  },

  plan: (program) => {
    define(program, 'plan', '[chart]', 'show what a deploy would change, touch nothing', {}, [
      addTargetOptions,
      addKubeOptions,
      addValueOptions,
      addRenderOptions,
      addDeployOptions,
      addReportOptions,
      (command) =>
        command
          .optionsGroup('Plan:')
          .option('--exit-code', 'exit with 2 where there are changes')
          .option('--save-plan <file>', 'save the plan for `converge deploy --plan`'),
    ]).action(async (chart, flags) => (await import('./commands/plan.ts')).runPlan(chart, flags))
  },

  rollback: (program) => {
    define(program, 'rollback', '[revision]', 'go back to a revision (default: the last good one before this)', {}, [
      addTargetOptions,
      addKubeOptions,
      addDeployOptions,
      addReportOptions,
    ]).action(async (revision, flags) => (await import('./commands/rollback.ts')).runRollback(revision, flags))
  },

  dismiss: (program) => {
    define(program, 'dismiss', '', 'delete the release and all that belongs to it', {}, [
      addTargetOptions,
      addKubeOptions,
      addDeployOptions,
      addReportOptions,
      (command) =>
        command
          .optionsGroup('Dismiss:')
          .option('--keep-history', 'keep the revisions, marked as uninstalled')
          .option('--with-namespace', 'delete the namespace too')
          .option('--ignore-not-found', 'succeed where there is no such release'),
    ]).action(async (flags) => (await import('./commands/dismiss.ts')).runDismiss(flags))
  },

  test: (program) => {
    define(program, 'test', '', 'run the test hooks of the release', {}, [
      addTargetOptions,
      addKubeOptions,
      addDeployOptions,
      addReportOptions,
      (command) =>
        command
          .optionsGroup('Test:')
          .addOption(repeatable('--filter <name=value>', 'run only (name=x) or leave out (!name=x) tests by name')),
    ]).action(async (flags) => (await import('./commands/test.ts')).runTest(flags))
  },

  list: (program) => {
    define(program, 'list', '', 'list releases', {}, [
      addTargetOptions,
      addKubeOptions,
      (command) =>
        command
          .optionsGroup('List:')
          .addOption(formatOption())
          .option('-A, --all-namespaces', 'of all namespaces')
          .option('-q, --short', 'names only')
          .option('--filter <regex>', 'names that match'),
    ])
      .alias('ls')
      .action(async (flags) => (await import('./commands/list.ts')).runList(flags))
  },

  history: (program) => {
    define(program, 'history', '', 'list the revisions of the release', {}, [
      addTargetOptions,
      addKubeOptions,
      (command) => command.optionsGroup('History:').addOption(formatOption()).option('--max <count>', 'at most so many', '256'),
    ]).action(async (flags) => (await import('./commands/history.ts')).runHistory(flags))
  },

  status: (program) => {
    define(program, 'status', '', 'show the release as it is', {}, [
      addTargetOptions,
      addKubeOptions,
      (command) => command.optionsGroup('Status:').addOption(formatOption()).option('--revision <number>', 'of this revision'),
    ]).action(async (flags) => (await import('./commands/status.ts')).runStatus(flags))
  },

  get: (program) => {
    define(program, 'get', '<what>', 'print manifest, values, hooks, notes, metadata or all of a revision', {}, [
      addTargetOptions,
      addKubeOptions,
      (command) =>
        command
          .optionsGroup('Get:')
          .addOption(formatOption())
          .option('--revision <number>', 'of this revision')
          .option('-a, --all', 'all values, not only those that were given'),
    ]).action(async (what, flags) => (await import('./commands/get.ts')).runGet(what, flags))
  },

  sandbox: (program) => {
    const sandbox = program.command('sandbox').description('run an embedded cluster on loopback until Ctrl-C')
    sandbox
      .option('--port <number>', 'the port (default: a free one)')
      .option('--write-kubeconfig <file>', 'where to write the kubeconfig')
      .exitOverride()
      .action(async (flags) => (await import('./commands/sandbox.ts')).runSandbox(flags))
  },

  config: (program) => {
    const config = program.command('config').description('the configuration file')
    define(config, 'show', '', 'print what a run would use', {}, [addTargetOptions]).action(async (flags) =>
      (await import('./commands/config.ts')).runConfigShow(flags),
    )
    config
      .command('schema')
      .description('print the JSON Schema of converge.yaml')
      .action(async () => (await import('./commands/config.ts')).runConfigSchema())
  },
}

function formatOption(): Option {
  return new Option('-o, --output <format>', 'table, json or yaml').choices(['table', 'json', 'yaml']).default('table')
}

type OptionGroup = (command: Command) => Command

function define(
  parent: Command,
  name: string,
  argument: string,
  description: string,
  options: { isDefault?: boolean },
  groups: OptionGroup[],
): Command {
  const command = parent.command(argument === '' ? name : `${name} ${argument}`, options).description(description)
  command.exitOverride().showSuggestionAfterError(true)
  for (const group of groups) group(command)
  return command
}
