import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { outputFiles, rawOutput, templateOutput } from '../../chart/output.ts'
import { render, renderTexts } from '../../chart/render.ts'
import { isConvergeError, isStackOverflow } from '../../errors.ts'
import { chartValues } from '../chart-values.ts'
import type { KubeFlags } from '../options/kube-options.ts'
import type { RenderFlags } from '../options/render-options.ts'
import type { RepositoryFlags } from '../options/repository-options.ts'
import type { TargetFlags } from '../options/target-options.ts'
import type { ValueFlags } from '../options/value-options.ts'
import { locateChart } from '../remote-chart.ts'
import { writeOut } from '../stdout.ts'
import { readTarget, serviceValues } from '../target.ts'

export type Flags = TargetFlags &
  ValueFlags &
  RenderFlags &
  RepositoryFlags &
  KubeFlags & {
    includeCrds?: boolean
    showOnly: string[]
    hooks: boolean
    skipTests?: boolean
    isUpgrade?: boolean
    outputDir?: string
    validate?: boolean
    debug?: boolean
  }

/**
 * `converge render`: the bytes of `helm template`. Asks a cluster only with --validate. What is nested too deeply for the stack of this
 * thread is rendered again in one with more.
 */
export async function runRender(argument: string | undefined, flags: Flags): Promise<void> {
  try {
    await renderOnce(argument, flags)
  } catch (error) {
    if (!isStackOverflow(error)) throw error
    await (await import('../deep-thread.ts')).runInDeepThread(error)
  }
}

async function renderOnce(argument: string | undefined, flags: Flags): Promise<void> {
  const target = await readTarget(flags, process.cwd())
  const chart = await locateChart(argument, flags, target, process.cwd())
  const { values, secretFile } = await chartValues(flags, target, chart)
  const options = {
    chart,
    releaseName: target.release ?? 'release-name',
    namespace: target.namespace ?? 'default',
    values,
    secretFile,
    extraValues: serviceValues(target),
    kubeVersion: flags.kubeVersion,
    apiVersions: flags.apiVersions.flatMap((text) => text.split(',')),
    isUpgrade: flags.isUpgrade,
    includeCrds: flags.includeCrds,
    skipSchemaValidation: flags.skipSchemaValidation,
    fetchSchema: async (url: string) => (await import('../../cluster/remote-schema.ts')).fetchSchema(url),
    enableDns: flags.enableDns,
    renderSubchartNotes: flags.renderSubchartNotes,
  }
  const rendered = flags.validate
    ? await (await import('../cluster-render.ts')).renderOnCluster(options, flags, target)
    : await render(options).catch(async (error) => {
        // What is no YAML can be looked at only here.
        if (flags.debug && isConvergeError(error) && error.code === 'ERR_MANIFEST')
          await writeOut(rawOutput((await renderTexts(options)).files))
        throw error
      })
  const warnings = rendered.warnings.map((warning) => `${warning}\n`).join('')
  if (warnings !== '') await new Promise((resolve) => process.stderr.write(warnings, resolve))
  const output = { includeCrds: flags.includeCrds, noHooks: !flags.hooks, skipTests: flags.skipTests, showOnly: flags.showOnly }
  if (flags.outputDir === undefined) return writeOut(templateOutput(rendered, output))
  for (const file of outputFiles(rendered, output)) {
    const place = path.join(flags.outputDir, file.path)
    mkdirSync(path.dirname(place), { recursive: true })
    writeFileSync(place, file.text, { flag: file.append ? 'a' : 'w' })
    await writeOut(`wrote ${place}\n`)
  }
  await writeOut('\n')
}
