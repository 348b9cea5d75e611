import type { Command } from 'commander'
import { define } from './define.ts'
import { repeatable } from './options/collect.ts'
import { addDeployOptions, addReleaseRunOptions } from './options/deploy-options.ts'
import { addKubeOptions } from './options/kube-options.ts'
import { addRenderOptions } from './options/render-options.ts'
import { addReportOptions } from './options/report-options.ts'
import { addRepositoryOptions } from './options/repository-options.ts'
import { addTargetOptions } from './options/target-options.ts'
import { addValueOptions } from './options/value-options.ts'

/** Commands that render a chart or change a release, in the order of the help. */
export const deployCommands: Record<string, (program: Command) => void> = {
  deploy: (program) => {
    define(
      program,
      'deploy [chart]',
      'deploy the chart (the default command)',
      [
        addTargetOptions,
        addKubeOptions,
        addValueOptions,
        addRenderOptions,
        addRepositoryOptions,
        addDeployOptions,
        (command) => command.option('--plan <file>', 'apply a plan saved by `converge plan --save-plan`'),
        addReportOptions,
      ],
      { isDefault: true },
    ).action(async (chart, flags, command) => {
      const names = command.parent.commands.flatMap((other: Command) => [other.name(), ...other.aliases()])
      return (await import('./commands/deploy.ts')).runDeploy(chart, flags, names)
    })
  },

  // What fingers are used to.
  install: (program) => refuseHelmCommand(program, 'install'),
  upgrade: (program) => refuseHelmCommand(program, 'upgrade'),

  render: (program) => {
    define(program, 'render [chart]', 'print the manifests, as `helm template` does', [
      addTargetOptions,
      addValueOptions,
      addRenderOptions,
      addRepositoryOptions,
      (command) =>
        command
          .optionsGroup('Templates:')
          .option('--include-crds', 'print crds/ too')
          .addOption(repeatable('-s, --show-only <file>', 'print only the manifests of this template'))
          .option('--no-hooks', 'leave out hooks')
          .option('--skip-tests', 'leave out test hooks')
          .option('--is-upgrade', 'render as for an upgrade')
          .option('--output-dir <dir>', 'write files instead of printing')
          .option('--validate', 'ask the cluster for its version, its kinds, `lookup`, and whether the manifests fit its schemas'),
      addKubeOptions,
      (command) =>
        command.optionsGroup('Output:').option('--debug', 'print what was rendered also when it is not valid YAML, and stacks of errors'),
    ])
      .alias('template')
      .action(async (chart, flags) => (await import('./commands/render.ts')).runRender(chart, flags))
  },

  plan: (program) => {
    define(program, 'plan [chart]', 'show what a deploy would change, touch nothing', [
      addTargetOptions,
      addKubeOptions,
      addValueOptions,
      addRenderOptions,
      addRepositoryOptions,
      addDeployOptions,
      (command) =>
        command
          .optionsGroup('Plan:')
          .option('--exit-code', 'exit with 2 where there are changes')
          .option('--save-plan <file>', 'save the plan for `converge deploy --plan`'),
      addReportOptions,
    ])
      .alias('diff')
      .action(async (chart, flags) => (await import('./commands/plan.ts')).runPlan(chart, flags))
  },

  rollback: (program) => {
    define(program, 'rollback [revision]', 'go back to a revision (default: the last good one before this)', [
      addTargetOptions,
      addKubeOptions,
      addDeployOptions,
      addReportOptions,
    ]).action(async (revision, flags) => (await import('./commands/rollback.ts')).runRollback(revision, flags))
  },

  dismiss: (program) => {
    define(program, 'dismiss [release]', 'delete the release and all that belongs to it', [
      addTargetOptions,
      addKubeOptions,
      (command) =>
        addReleaseRunOptions(command.optionsGroup('Dismiss:'))
          .option('--no-hooks', 'run no hooks')
          .option('--description <text>', 'the description of the revision')
          .option('--keep-history', 'keep the revisions, marked as uninstalled')
          .option('--with-namespace', 'delete the namespace too')
          .option('--ignore-not-found', 'succeed where there is no such release'),
      addReportOptions,
    ])
      .alias('uninstall')
      .action(async (release, flags) => (await import('./commands/dismiss.ts')).runDismiss(release, flags))
  },

  test: (program) => {
    define(program, 'test [release]', 'run the test hooks of the release', [
      addTargetOptions,
      addKubeOptions,
      (command) =>
        addReleaseRunOptions(command.optionsGroup('Test:')).addOption(
          repeatable('--filter <name=value>', 'run only (name=x) or leave out (!name=x) tests by name'),
        ),
      addReportOptions,
    ]).action(async (release, flags) => (await import('./commands/test.ts')).runTest(release, flags))
  },
}

function refuseHelmCommand(program: Command, name: string): void {
  program
    .command(`${name} [words...]`, { hidden: true })
    .allowUnknownOption()
    .helpOption(false)
    .action(async () => {
      const { ConvergeError } = await import('../errors.ts')
      throw new ConvergeError('ERR_USAGE', `converge has no ${name}: deploying is one command, for the first time and for every other`, {
        hint: 'converge CHART --release NAME --namespace NAMESPACE; -f, --set and --timeout are as in Helm.',
      })
    })
}
