import type { Event } from '../pipeline/events.ts'
import type { ResourceRef } from '../resource.ts'
import { isPlain, plainValue } from './plain-text.ts'

let plainRef: ResourceRef | undefined

/** An event without the whole objects that it carries for the pipeline's own use: they can hold secrets; the field changes are redacted. */
export function publicEvent(event: Event): Event {
  if (event.type !== 'plan') return event
  return { ...event, changes: event.changes.map(({ desired: _desired, live: _live, ...change }) => change) }
}

/** An event as reports for people take it: without whole objects, and with nothing in it that a terminal would obey. */
export function presentableEvent(event: Event): Event {
  // A flood of lines: each is clean as it comes from the tracker, and most come from where the one before came from.
  if (event.type === 'log' && event.ref === plainRef && isPlain(event.line) && isPlain(event.pod) && isPlain(event.container)) {
    if (event.time === undefined || isPlain(event.time)) return event
  }
  if (event.type === 'log' && plainValue(event.ref) === event.ref) plainRef = event.ref
  return plainValue(publicEvent(event))
}
