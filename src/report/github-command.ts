/**
 * A workflow command. Data and properties are escaped by GitHub's rules:
 * https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
 */
export function workflowCommand(name: string, properties: Record<string, string | number | undefined>, message: string): string {
  const list = Object.entries(properties)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${escapeProperty(String(value))}`)
  return `::${name}${list.length > 0 ? ` ${list.join(',')}` : ''}::${escapeData(message)}`
}

/**
 * Text that holds no workflow command. The runner takes a line for one that starts with `::` after blanks, and, in an older form, one that holds `##[` anywhere. The first
 * is quoted, the second torn apart by a blank: characters without width would not do, since the runner compares by the rules of a language, which skip some of those.
 * `::stop-commands::` would do as well, with two lines of noise around each of our own commands.
 */
export function withoutCommands(text: string): string {
  return text.includes('::') || text.includes('##[') ? text.replace(/^(?=\s*::)/gm, '| ').replaceAll('##[', '## [') : text
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
