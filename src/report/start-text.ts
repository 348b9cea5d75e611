import type { StartedEvent } from '../pipeline/events.ts'
import type { Theme } from './theme.ts'

/** `converge shop  revision 7  production (context prod, namespace shop-production)` */
export function formatStart(event: StartedEvent, theme: Theme): string {
  const place = `context ${event.context}, namespace ${event.namespace}`
  const action = event.action === 'deploy' ? 'converge' : `converge ${event.action}`
  return `${theme.strong(`${action} ${event.release}`)}  revision ${event.revision}  ${event.environment ? `${event.environment} (${place})` : place}`
}
