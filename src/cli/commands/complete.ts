import { homedir } from 'node:os'
import path from 'node:path'
import type { Command, Option } from 'commander'
import { loadKubeconfig } from '../../cluster/kubeconfig.ts'
import { findConfig, readConfig } from '../../config/config.ts'
import { withView } from '../release-view.ts'
import { writeOut } from '../stdout.ts'

/** `converge __complete -- WORDS`: what the last word may become, one candidate a line. Says nothing where it does not know. */
export async function runComplete(program: Command, words: readonly string[]): Promise<void> {
  const candidates = await candidatesFor(program, words.length === 0 ? [''] : words).catch(() => [])
  const word = words.at(-1) ?? ''
  // Shells other than bash take `--option=value` as one word, and want it whole.
  const prefix = /^--[^=]*=/.exec(word)?.[0] ?? ''
  const typed = word === '=' ? '' : word.slice(prefix.length)
  await writeOut(
    candidates
      .filter((candidate) => candidate.startsWith(typed))
      .map((candidate) => `${prefix}${candidate}\n`)
      .join(''),
  )
}

async function candidatesFor(program: Command, words: readonly string[]): Promise<string[]> {
  const { command, given, operands } = walk(program, words.slice(0, -1))
  const word = words.at(-1)!
  // `--env=p`, `--env p`, and as bash parts it `--env = p`
  const before = words.at(-2) === '=' ? words.at(-3) : word === '=' ? words.at(-2) : words.at(-2)
  const flag = word.startsWith('--') && word.includes('=') ? word.slice(0, word.indexOf('=')) : before
  const option = findOption(command, flag)
  if (option && takesValue(option)) return valuesOf(option, given)
  if (word.startsWith('-')) return command.options.filter((candidate) => !candidate.hidden).flatMap(({ long }) => long ?? [])
  const subcommands = command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => command.commands.includes(child)) // not the help that commander adds
    .flatMap((child) => [child.name(), ...child.aliases()])
  if (subcommands.length > 0 && operands.length === 0) return subcommands
  const argument = command.registeredArguments[operands.length]
  if (argument?.argChoices) return argument.argChoices
  return argument?.name() === 'release' ? releases(given) : []
}

/** The command that the words have come to, the values of its options, and its operands. */
function walk(program: Command, words: readonly string[]) {
  let command = program
  const given = new Map<string, string>()
  const operands: string[] = []
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index]!
    const child = command.commands.find((candidate) => candidate.name() === word || candidate.aliases().includes(word))
    if (child) command = child
    else if (word.startsWith('-')) {
      const [flag = '', value] = word.split(/=(.*)/s)
      const option = findOption(command, flag)
      if (!option || !takesValue(option)) continue
      if (value === undefined && words[index + 1] === '=') index += 1
      given.set(option.long ?? flag, value ?? words[(index += 1)] ?? '')
    } else operands.push(word)
  }
  return { command, given, operands }
}

/** Options of the program are those of a deploy. */
function findOption(command: Command, flag: string | undefined): Option | undefined {
  const own = flag === undefined ? undefined : command.options.find(({ long, short }) => long === flag || short === flag)
  if (own || command.parent || flag === undefined) return own
  return command.commands.find((child) => child.name() === 'deploy')?.options.find(({ long, short }) => long === flag || short === flag)
}

function takesValue(option: Option): boolean {
  return option.required || option.optional
}

async function valuesOf(option: Option, given: ReadonlyMap<string, string>): Promise<string[]> {
  if (option.argChoices) return option.argChoices
  switch (option.long) {
    case '--kube-context': {
      const files = given.get('--kubeconfig') ?? process.env.KUBECONFIG ?? path.join(homedir(), '.kube/config')
      return [...(await loadKubeconfig(files)).contexts.keys()]
    }
    case '--env': {
      const file = given.get('--config') ?? findConfig(process.cwd())
      return file === undefined ? [] : Object.keys((await readConfig(file)).environments)
    }
    case '--release':
      return releases(given)
    case '--report':
      return ['terminal', 'lines', 'ndjson', 'junit', 'github', 'gitlab', 'html']
    default:
      return []
  }
}

/** Releases in the namespace that the line has named so far. */
function releases(given: ReadonlyMap<string, string>): Promise<string[]> {
  const flags = {
    env: given.get('--env'),
    config: given.get('--config'),
    kubeconfig: given.get('--kubeconfig'),
    kubeContext: given.get('--kube-context') ?? process.env.HELM_KUBECONTEXT,
    namespace: given.get('--namespace') ?? process.env.HELM_NAMESPACE,
    kubeAsGroup: [],
  }
  return withView(flags, async (view) => [...new Set((await view.driver().list()).map(({ name }) => name))])
}
