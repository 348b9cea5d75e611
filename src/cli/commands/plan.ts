import { writeFile } from 'node:fs/promises'
import { savePlan } from '../../pipeline/saved-plan.ts'
import { contentFor } from '../chart-content.ts'
import type { RenderFlags } from '../options/render-options.ts'
import type { ValueFlags } from '../options/value-options.ts'
import { type RunFlags, runPipelineCommand } from '../session.ts'

type Flags = RunFlags & ValueFlags & RenderFlags & { exitCode?: boolean; savePlan?: string }

/** `converge plan [CHART]`: exits with 2 where there are changes and --exit-code asks for it. The saved plan is readable by its owner alone: it holds the chart's secrets. */
export async function runPlan(chart: string | undefined, flags: Flags): Promise<void> {
  const finished = await runPipelineCommand(flags, 'plan', async (session) => {
    const content = await contentFor(chart, flags, session)
    const file = flags.savePlan
    if (file === undefined) return content
    const { cluster, namespace, target } = session
    return {
      ...content,
      async onPlan(made) {
        const plan = await savePlan({
          ...made,
          release: content.release,
          namespace,
          environment: target.environment,
          server: cluster.server,
        })
        await writeFile(file, JSON.stringify(plan), { mode: 0o600 })
      },
    }
  })
  if (finished?.outcome === 'planned' && flags.exitCode && finished.counts.changed > 0) process.exitCode = 2
}
