import { chartContent } from '../chart-content.ts'
import type { RenderFlags } from '../options/render-options.ts'
import type { ValueFlags } from '../options/value-options.ts'
import { type RunFlags, runPipelineCommand } from '../session.ts'

/** `converge [CHART]` */
export async function runDeploy(chart: string | undefined, flags: RunFlags & ValueFlags & RenderFlags): Promise<void> {
  await runPipelineCommand(flags, 'deploy', (session) => chartContent(chart, flags, session))
}
