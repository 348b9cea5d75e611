import type { Option } from 'commander'

/** What the help says of an option: its description, its choices, its default where it has one that is worth telling. */
export function optionDescription({ description, argChoices, defaultValue, defaultValueDescription, negate }: Option): string {
  const notes: string[] = []
  // A description that explains each choice has named them.
  if (argChoices && !argChoices.every((choice) => description.includes(`${choice}:`))) notes.push(argChoices.join(', '))
  const isTold = defaultValue !== undefined && typeof defaultValue !== 'boolean' && !Array.isArray(defaultValue) && !negate
  if (isTold) notes.push(`default: ${defaultValueDescription ?? defaultValue}`)
  return notes.length > 0 ? `${description} (${notes.join('; ')})` : description
}
