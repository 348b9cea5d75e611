import type { Event } from '../pipeline/events.ts'
import { plainValue } from './plain-text.ts'

/** An event without the whole objects that it carries for the pipeline's own use: they can hold secrets; the field changes are redacted. */
export function publicEvent(event: Event): Event {
  if (event.type !== 'plan') return event
  return { ...event, changes: event.changes.map(({ desired: _desired, live: _live, ...change }) => change) }
}

/** An event as reports for people take it: without whole objects, and with nothing in it that a terminal would obey. */
export function presentableEvent(event: Event): Event {
  return plainValue(publicEvent(event))
}
