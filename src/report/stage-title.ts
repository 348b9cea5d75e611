import type { PlanEvent, Stage } from '../pipeline/events.ts'

const titles: Record<Stage, string> = {
  render: 'Render',
  validate: 'Plan',
  prepare: 'Prepare',
  'pre-hooks': 'Hooks before',
  apply: 'Apply',
  record: 'Record',
  track: 'Track',
  'post-hooks': 'Hooks after',
}

/** A stage in a word or two. Stages of hooks are called by the hooks' event, `Pre-upgrade hooks`, where `hooks` are of one event. */
export function stageTitle(stage: Stage, hooks: PlanEvent['hooks'] = []): string {
  if (stage !== 'pre-hooks' && stage !== 'post-hooks') return titles[stage]
  const before = stage === 'pre-hooks'
  const events = new Set(hooks.map((hook) => hook.event).filter((event) => event.startsWith('pre-') === before))
  const [event = ''] = events
  return events.size === 1 ? `${event.charAt(0).toUpperCase()}${event.slice(1)} hooks` : titles[stage]
}
