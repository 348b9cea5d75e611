import { appendFileSync, mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { outputFiles, templateOutput } from '../../chart/output.ts'
import { renderChart } from '../../chart/render.ts'
import type { RenderFlags } from '../options/render-options.ts'
import type { TargetFlags } from '../options/target-options.ts'
import type { ValueFlags } from '../options/value-options.ts'
import { findChart, readTarget, valueOptions } from '../target.ts'

type Flags = TargetFlags &
  ValueFlags &
  RenderFlags & {
    includeCrds?: boolean
    showOnly: string[]
    hooks: boolean
    skipTests?: boolean
    isUpgrade?: boolean
    outputDir?: string
    debug?: boolean
  }

/** `converge render`: the bytes of `helm template`, without a cluster. */
export async function runRender(chart: string | undefined, flags: Flags): Promise<void> {
  const target = await readTarget(flags, process.cwd())
  void [appendFileSync, mkdirSync, rmSync, path, renderChart, outputFiles, templateOutput, findChart, valueOptions, chart, target]
}
