import { chartContent } from '../chart-content.ts'
import type { RenderFlags } from '../options/render-options.ts'
import type { ValueFlags } from '../options/value-options.ts'
import { type RunFlags, runPipelineCommand } from '../session.ts'

/** `converge plan [CHART]`: exits with 2 where there are changes and --exit-code asks for it. */
export async function runPlan(
  chart: string | undefined,
  flags: RunFlags & ValueFlags & RenderFlags & { exitCode?: boolean; savePlan?: string },
): Promise<void> {
  const finished = await runPipelineCommand(flags, 'plan', (session) => chartContent(chart, flags, session))
  if (finished?.outcome === 'planned' && flags.exitCode && finished.counts.changed > 0) process.exitCode = 2
}
