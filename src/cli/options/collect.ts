import { Option } from 'commander'

/** A repeatable option; its values are collected in order. */
export function repeatable(flags: string, description: string): Option {
  return new Option(flags, description)
    .default([] as string[], 'none')
    .argParser((value: string, before: string[] | undefined) => [...(before ?? []), value])
}
