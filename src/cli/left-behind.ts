import type { Action, Event } from '../pipeline/events.ts'
import { displayName, keyOf, type ResourceRef } from '../resource.ts'

const namesShown = 8

/** Follows a run's events to say at any moment what would be left of it if it ended there. */
export interface LeftBehind {
  onEvent(event: Event): void
  /** Lines for a person, the last of them with the command that mends it. None before the run has begun. */
  lines(): string[]
}

export function createLeftBehind(): LeftBehind {
  let run: { action: Action; release: string; namespace: string; revision: number } | undefined
  let begun = false
  let announced = 0
  const created = new Map<string, ResourceRef>()
  const leaving = new Map<string, ResourceRef>()
  const changed = new Set<string>()

  return {
    onEvent(event) {
      switch (event.type) {
        case 'started':
          run = event
          break
        case 'plan':
          announced = event.changes.filter(({ operation }) => operation === 'create').length + event.hooks.length
          break
        case 'stage':
          if (event.stage === 'prepare' && event.state === 'finished') begun = true
          if (run?.action === 'dismiss' && event.stage !== 'validate' && event.state === 'started') begun = true
          break
        case 'change':
          if (event.state !== 'done') break
          if (event.operation === 'create') created.set(keyOf(event.ref), event.ref)
          else if (event.operation !== 'unchanged' && event.operation !== 'keep') changed.add(keyOf(event.ref))
          break
        case 'hook':
          if (event.state === 'started') created.set(keyOf(event.ref), event.ref)
          if (event.state === 'deleted') created.delete(keyOf(event.ref))
          break
        case 'guard':
          // The server has taken the deletion; that it is done nobody has seen yet.
          if (event.state === 'deleted' && event.ref) {
            created.delete(keyOf(event.ref))
            leaving.set(keyOf(event.ref), event.ref)
          }
          if (event.state === 'finished') leaving.clear()
          break
      }
    },
    lines() {
      if (!run) return []
      const { action, release, namespace, revision } = run
      const target = `--release ${release} -n ${namespace}`
      if (action === 'dismiss')
        return begun ? [`${release} is dismissed in part. To go on: converge dismiss ${target}`] : [`nothing of ${release} was deleted`]
      if (action === 'test') return created.size === 0 ? [] : [`left running: ${listed([...created.values()])}`]
      if (!begun) return action === 'plan' ? [] : [`nothing of ${release} was changed`]
      const new_ = created.size === 0 ? 'nothing that is new so far' : listed([...created.values()])
      const more = `${changed.size > 0 ? `, and ${changed.size} changed` : ''}${leaving.size > 0 ? `; being deleted: ${listed([...leaving.values()])}` : ''}`
      return [
        `left behind by revision ${revision}, which stays pending: ${new_}${more}`,
        `its journal names the ${announced} objects that it was to create: the next run removes what there is of them. To do that now: converge ${target}, or converge dismiss ${target}`,
      ]
    },
  }
}

function listed(refs: readonly ResourceRef[]): string {
  const names = refs.slice(0, namesShown).map(displayName)
  return refs.length > namesShown ? `${names.join(', ')} and ${refs.length - namesShown} more` : names.join(', ')
}
