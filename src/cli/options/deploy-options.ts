import { type Command, Option } from 'commander'
import { parseCount, parseDuration } from '../duration.ts'
import { type StorageFlags, storageOption } from './storage-option.ts'

export interface DeployFlags extends StorageFlags {
  createNamespace?: boolean
  timeout: number
  lockTimeout: number
  historyMax?: number
  onFailure?: 'clean' | 'rollback' | 'keep'
  takeOwnership?: boolean
  hooks?: boolean
  skipCrds?: boolean
  forceRevision?: boolean
  settle?: number
  description?: string
}

/** How a run that writes to the cluster behaves. */
export function addDeployOptions(command: Command): Command {
  return addReleaseRunOptions(command.optionsGroup('Deploy:'))
    .addOption(
      new Option(
        '--on-failure <policy>',
        'clean: delete what this run has newly created; rollback: also bring back the last good revision; keep: leave all',
      )
        .choices(['clean', 'rollback', 'keep'])
        .default('clean'),
    )
    .addOption(new Option('--history-max <count>', 'revisions to keep, 0 for all').default(10).argParser(parseCount))
    .option('--no-create-namespace', 'fail where the namespace does not exist')
    .addOption(new Option('--create-namespace').default(true).hideHelp())
    .option('--take-ownership', 'adopt objects that exist and belong to no release or to another one')
    .option('--no-hooks', 'run no hooks')
    .option('--skip-crds', 'do not apply crds/')
    .option('--force-revision', 'record a new revision also where nothing changed')
    .addOption(
      new Option('--settle <duration>', 'how long a container without readiness or startup probe must run to count as ready')
        .default(5_000, '5s')
        .argParser(parseDuration),
    )
    .option('--description <text>', 'the description of the revision')
}

/** What every run on a release has: its bounds and where its revisions are. */
export function addReleaseRunOptions(command: Command): Command {
  return command
    .addOption(new Option('--timeout <duration>', 'bound on the whole run; 0 for none').default(300_000, '5m0s').argParser(parseDuration))
    .addOption(
      new Option('--lock-timeout <duration>', 'how long to wait for another run of this release')
        .default(300_000, '5m0s')
        .argParser(parseDuration),
    )
    .addOption(storageOption())
}
