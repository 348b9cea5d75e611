import type { GuardEvent } from '../pipeline/events.ts'
import { displayName } from '../resource.ts'
import { oneLine } from './plain-text.ts'
import type { Theme } from './theme.ts'

const namesShown = 12

/** Collects what the guard does, and gives the lines to print: trouble as it comes, what was done in two or three lines at the end. */
export function createGuardText(theme: Theme): (event: GuardEvent) => string[] {
  const done = { deleted: [] as string[], restored: [] as string[], kept: [] as string[] }
  const head = `${theme.strong('Guard')}   `
  return ({ state, ref, message }) => {
    const name = ref ? displayName(ref) : ''
    switch (state) {
      case 'started':
        return []
      case 'deleted':
      case 'restored':
      case 'kept':
        if (name) done[state].push(name)
        return []
      case 'waiting':
        return message ? [head + oneLine(message)] : []
      case 'failed':
        return [`${theme.bad('Guard')}   ${name ? `${name}: ` : ''}${oneLine(message ?? 'failed')}`]
      case 'finished': {
        const lines = []
        if (done.deleted.length > 0) lines.push(`deleted ${listNames(done.deleted)}`)
        if (done.restored.length > 0) lines.push(`restored ${listNames(done.restored)}`)
        if (done.kept.length > 0) lines.push(`kept ${listNames(done.kept)}${message ? `, ${message}` : ''}`)
        if (lines.length === 0) lines.push(message ?? 'this run had created nothing')
        return lines.map((line, index) => (index === 0 ? head : '        ') + oneLine(line))
      }
    }
  }
}

function listNames(names: string[]): string {
  return names.length > namesShown ? `${names.slice(0, namesShown).join(', ')} and ${names.length - namesShown} more` : names.join(', ')
}
