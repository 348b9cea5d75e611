import type { Command, Option } from 'commander'
import { optionDescription } from './option-description.ts'

/** Options of a deploy that most people need; `converge --help` shows them since deploying is what converge does. */
const common = [
  '--env',
  '--release',
  '--namespace',
  '--kube-context',
  '--values',
  '--set',
  '--timeout',
  '--on-failure',
  '--report',
  '--no-logs',
  '--sandbox',
]

/** What `converge --help` prints below its commands. */
export function overviewText(program: Command): string {
  const deploy = program.commands.find((command) => command.name() === 'deploy')
  if (!deploy) return ''
  const options = common.flatMap((long) => deploy.options.find((option) => option.long === long) ?? [])
  const width = Math.max(...options.map((option) => option.flags.length))
  const line = (option: Option) => `  ${option.flags.padEnd(width)}  ${optionDescription(option)}`
  return [
    '',
    'Common options of a deploy (all: converge deploy --help):',
    ...options.map(line),
    '',
    "Every option is also read from the environment: CONVERGE_KUBE_CONTEXT, CONVERGE_SET_1, …; Helm's HELM_NAMESPACE,",
    'HELM_KUBECONTEXT, HELM_DRIVER, HELM_MAX_HISTORY, and KUBECONFIG and NO_COLOR hold as well.',
  ].join('\n')
}
