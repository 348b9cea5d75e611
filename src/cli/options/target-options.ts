import type { Command } from 'commander'

export interface TargetFlags {
  release?: string
  namespace?: string
  env?: string
  config?: string
}

/** What is deployed where, in names. */
export function addTargetOptions(command: Command): Command {
  return command
    .optionsGroup('Target:')
    .option('--env <name>', 'the environment of converge.yaml; also .Values.global.env')
    .option('--release <name>', 'the release (default: <project>-<env>)')
    .option('-n, --namespace <name>', "the namespace (default: the environment's, or <project>-<env>, or the kube context's)")
    .option('--config <file>', 'the configuration file (default: converge.yaml here or above)')
}
