import type { Command, Option } from 'commander'

/**
 * Options that were not given on the command line, from the environment: `CONVERGE_<FLAG>` for each flag, `CONVERGE_<FLAG>_*` (in the byte order of the names) for
 * repeatable ones, which come before those of the command line; and Helm's own names for what they mean there.
 */
export function applyEnvironment(command: Command, env: NodeJS.ProcessEnv): void {
  const variables = command.options.map((option) => variableOf(option))
  for (const option of command.options) {
    if (!option.long) continue
    const name = variableOf(option)
    if (isRepeatable(option)) {
      // CONVERGE_SET_STRING_X belongs to --set-string, not to --set.
      const values = Object.keys(env)
        .filter(
          (key) =>
            key === name ||
            (key.startsWith(`${name}_`) &&
              !variables.some((other) => other.length > name.length && (key === other || key.startsWith(`${other}_`)))),
        )
        .sort()
        .map((key) => env[key]!)
      if (values.length === 0) continue
      const given =
        command.getOptionValueSource(option.attributeName()) === 'cli' ? (command.getOptionValue(option.attributeName()) as string[]) : []
      command.setOptionValueWithSource(option.attributeName(), [...values, ...given], 'env')
      continue
    }
    const source = command.getOptionValueSource(option.attributeName())
    if (source === 'cli') continue
    const key = [name, ...(helmNames[option.long] ?? [])].find((candidate) => env[candidate] !== undefined && env[candidate] !== '')
    if (key === undefined) continue
    command.setOptionValueWithSource(option.attributeName(), parse(command, option, key, env[key]!), 'env')
  }
}

/** Helm's variables that mean the same as one of our flags. */
export const helmNames: Record<string, string[]> = {
  '--namespace': ['HELM_NAMESPACE'],
  '--kube-context': ['HELM_KUBECONTEXT'],
  '--kube-apiserver': ['HELM_KUBEAPISERVER'],
  '--kube-token': ['HELM_KUBETOKEN'],
  '--kube-ca-file': ['HELM_KUBECAFILE'],
  '--kube-as-user': ['HELM_KUBEASUSER'],
  '--kube-tls-server-name': ['HELM_KUBETLS_SERVER_NAME'],
  '--kube-insecure-skip-tls-verify': ['HELM_KUBEINSECURE_SKIP_TLS_VERIFY'],
  '--history-max': ['HELM_MAX_HISTORY'],
  '--storage': ['HELM_DRIVER'],
}

function variableOf(option: Option): string {
  return `CONVERGE_${(option.long ?? '').replace(/^--/, '').replaceAll('-', '_').toUpperCase()}`
}

function isRepeatable(option: Option): boolean {
  return Array.isArray(option.defaultValue)
}

function parse(command: Command, option: Option, key: string, text: string): unknown {
  if (option.isBoolean() || option.negate) {
    if (/^(1|true|yes)$/i.test(text)) return !option.negate
    if (/^(0|false|no)$/i.test(text)) return option.negate
    return command.error(`error: ${key} must be true or false, not "${text}"`, { code: 'commander.environment' })
  }
  if (option.argChoices && !option.argChoices.includes(text)) {
    return command.error(`error: ${key} must be one of ${option.argChoices.join(', ')}, not "${text}"`, { code: 'commander.environment' })
  }
  if (!option.parseArg) return text
  try {
    return option.parseArg(text, undefined)
  } catch (error) {
    return command.error(`error: ${key}: ${error instanceof Error ? error.message : error}`, { code: 'commander.environment' })
  }
}
