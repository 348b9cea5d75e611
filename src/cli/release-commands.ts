import { type Command, Option } from 'commander'
import { define, type OptionGroup } from './define.ts'
import { parseCount } from './duration.ts'
import { addKubeOptions } from './options/kube-options.ts'
import { storageOption } from './options/storage-option.ts'
import { addTargetOptions } from './options/target-options.ts'
import { outputOption } from './output-format.ts'

/** Commands that read releases, in the order of the help. */
export const releaseCommands: Record<string, (program: Command) => void> = {
  list: (program) => {
    define(program, 'list', 'list releases', [
      addTargetOptions,
      addKubeOptions,
      (command) =>
        command
          .optionsGroup('List:')
          .addOption(outputOption())
          .option('-A, --all-namespaces', 'of all namespaces')
          .option('-q, --short', 'names only')
          .option('-f, --filter <regex>', 'names that match')
          .option('-l, --selector <labels>', 'labels that match: a=b,c!=d')
          .option('--deployed', 'only deployed ones')
          .option('--failed', 'only failed ones')
          .option('--pending', 'only those that a run is at, or was when it was killed')
          .option('--superseded', 'only revisions that newer ones replaced')
          .option('--uninstalled', 'only those that were dismissed with --keep-history')
          .option('--uninstalling', 'only those that are being dismissed')
          .option('-d, --date', 'sort by time')
          .option('-r, --reverse', 'sort the other way round')
          .addOption(new Option('-m, --max <count>', 'at most so many, 0 for all').default(256).argParser(parseCount))
          .addOption(new Option('--offset <count>', 'leave out the first').default(0).argParser(parseCount))
          .option('--no-headers', 'no head above the table')
          .addOption(storageOption()),
    ])
      .alias('ls')
      .action(async (flags) => (await import('./commands/list.ts')).runList(flags))
  },

  history: (program) => {
    view(program, 'history', 'list the revisions of the release', (command) =>
      command
        .addOption(outputOption())
        .addOption(new Option('--max <count>', 'at most so many, the newest; 0 for all').default(256).argParser(parseCount)),
    )
      .alias('hist')
      .action(async (release, flags) => (await import('./commands/history.ts')).runHistory(release, flags))
  },

  status: (program) => {
    view(program, 'status', 'show the release and its objects as they are', (command) =>
      command.addOption(outputOption()).addOption(revisionOption()),
    ).action(async (release, flags) => (await import('./commands/status.ts')).runStatus(release, flags))
  },

  get: (program) => {
    const get = program.command('get').description('print a part of a revision: all, manifest, values, hooks, notes or metadata')
    get.exitOverride()
    const part = (
      name: 'all' | 'manifest' | 'values' | 'hooks' | 'notes' | 'metadata',
      description: string,
      more: OptionGroup = (command) => command,
    ) =>
      view(get, name, description, (command) => more(command.addOption(revisionOption()))).action(async (release, flags) =>
        (await import('./commands/get.ts')).runGet(name, release, flags),
      )
    part('all', 'everything that is stored of the revision')
    part('manifest', 'the manifests that were applied')
    part('values', 'the values that were given', (command) =>
      command.option('-a, --all', 'all values, those of the chart too').addOption(outputOption()),
    )
    part('hooks', 'the hooks')
    part('notes', 'the notes')
    part('metadata', 'chart, version, labels and the like', (command) => command.addOption(outputOption()))
  },
}

/** A command about one release. */
function view(parent: Command, name: string, description: string, options: OptionGroup): Command {
  return define(parent, `${name} [release]`, description, [
    (command) => options(command.optionsGroup('Options:')).addOption(storageOption()),
    addTargetOptions,
    addKubeOptions,
  ])
}

function revisionOption(): Option {
  return new Option('--revision <number>', 'of this revision (default: the last)').argParser(parseCount)
}
