import { ConvergeError } from '../errors.ts'
import { converge } from './converge.ts'
import type { PlanEvent } from './events.ts'
import type { ConvergeOptions } from './options.ts'

/** What a deploy would do, without doing it. Throws a ConvergeError where it cannot be told. */
export async function plan(options: Omit<ConvergeOptions, 'action'>): Promise<PlanEvent> {
  let result: PlanEvent | undefined
  for await (const event of converge({ ...options, action: 'plan' })) {
    if (event.type === 'plan') result = event
    if (event.type === 'finished' && event.error)
      throw new ConvergeError(event.error.code, event.error.message, {
        hint: event.error.hint,
        details: event.error.details,
        location: event.error.location,
      })
  }
  return result ?? { type: 'plan', changes: [], hooks: [] }
}
