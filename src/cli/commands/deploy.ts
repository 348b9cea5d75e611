import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { requireChart } from '../../chart/load.ts'
import { ConvergeError } from '../../errors.ts'
import { contentOfPlan, parsePlan } from '../../pipeline/saved-plan.ts'
import { nearest } from '../../template/hint.ts'
import { contentFor } from '../chart-content.ts'
import type { RenderFlags } from '../options/render-options.ts'
import type { RepositoryFlags } from '../options/repository-options.ts'
import type { ValueFlags } from '../options/value-options.ts'
import { type RunFlags, runPipelineCommand } from '../session.ts'

/** `converge [CHART]`; with --plan, exactly what a saved plan says. */
export async function runDeploy(
  chart: string | undefined,
  flags: RunFlags & ValueFlags & RenderFlags & RepositoryFlags & { plan?: string },
  commands: readonly string[],
): Promise<void> {
  if (chart !== undefined && !existsSync(chart)) await requireChartNotCommand(chart, flags.repo, commands)
  await runPipelineCommand(flags, 'deploy', (session) =>
    flags.plan === undefined ? contentFor(chart, flags, session) : planContent(flags.plan),
  )
}

/** A word that is no chart may be a command with a slip in it: said before the cluster is asked. */
async function requireChartNotCommand(chart: string, repo: string | undefined, commands: readonly string[]): Promise<void> {
  const { isRemoteChart } = await import('../../repository/remote-chart.ts')
  if (isRemoteChart(chart, repo, process.env)) return
  const command = nearest(chart, commands)
  if (command === undefined) return void requireChart(chart)
  throw new ConvergeError('ERR_USAGE', `there is neither a command nor a chart "${chart}"`, { hint: `Did you mean converge ${command}?` })
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
