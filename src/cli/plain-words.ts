/** The options of a command as data, for runs that need no more of commander than that: its code and its objects take 7 ms of a start. */
export interface PlainOptions {
  /** By the words that name them: `--set`, `-s`. */
  byWord: Record<string, PlainOption>
  /** What a run without options has. */
  defaults: Record<string, unknown>
  /** Helm's variables that set some of them. */
  variables: string[]
}

export interface PlainOption {
  /** The name among the flags. */
  name: string
  /** Whether a value follows, whether there may be several of it; else what it sets. */
  takes: 'value' | 'values' | boolean
}

/**
 * Reads the words of a command line as commander does where they are plain: known options, each with its value, and at most one argument.
 * undefined where they are not, or where the environment may set options; commander has to see to it then.
 */
export function readPlainWords(
  words: readonly string[],
  { byWord, defaults, variables }: PlainOptions,
  env: NodeJS.ProcessEnv,
): { argument: string | undefined; flags: Record<string, unknown> } | undefined {
  for (const key in env) if (key.startsWith('CONVERGE_') || variables.includes(key)) return undefined
  const flags: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(defaults)) flags[name] = Array.isArray(value) ? [...value] : value
  let argument: string | undefined
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    if (!word.startsWith('-')) {
      if (argument !== undefined) return undefined
      argument = word
      continue
    }
    const equals = word.startsWith('--') ? word.indexOf('=') : -1
    const name = equals < 0 ? word : word.slice(0, equals)
    if (!Object.hasOwn(byWord, name)) return undefined
    const option = byWord[name]!
    if (typeof option.takes === 'boolean') {
      if (equals >= 0) return undefined
      flags[option.name] = option.takes
      continue
    }
    const value = equals < 0 ? words[++i] : word.slice(equals + 1)
    if (value === undefined || (equals < 0 && value.startsWith('-'))) return undefined
    if (option.takes === 'value') flags[option.name] = value
    else (flags[option.name] as string[]).push(value)
  }
  return { argument, flags }
}
