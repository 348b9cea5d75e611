import { readFile } from 'node:fs/promises'
import { ConvergeError } from '../../errors.ts'
import { contentOfPlan, parsePlan } from '../../pipeline/saved-plan.ts'
import { chartContent } from '../chart-content.ts'
import type { RenderFlags } from '../options/render-options.ts'
import type { ValueFlags } from '../options/value-options.ts'
import { type RunFlags, runPipelineCommand } from '../session.ts'

/** `converge [CHART]`; with --plan, exactly what a saved plan says. */
export async function runDeploy(chart: string | undefined, flags: RunFlags & ValueFlags & RenderFlags & { plan?: string }): Promise<void> {
  await runPipelineCommand(flags, 'deploy', (session) =>
    flags.plan === undefined ? chartContent(chart, flags, session) : planContent(flags.plan),
  )
}

async function planContent(file: string) {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ConvergeError('ERR_PLAN_INVALID', `cannot read the plan ${file}`, {
      cause,
      hint: 'Make one with converge plan --save-plan FILE.',
    })
  })
  const savedPlan = parsePlan(text, file)
  return { release: savedPlan.release, namespace: savedPlan.namespace, savedPlan, content: () => contentOfPlan(savedPlan) }
}
