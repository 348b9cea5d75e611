import { configJsonSchema } from '../../config/schema.ts'
import { writeYaml } from '../../yaml/write.ts'
import type { TargetFlags } from '../options/target-options.ts'
import { findChart, readTarget } from '../target.ts'

/** `converge config show`: what a run here would use. */
export async function runConfigShow(flags: TargetFlags): Promise<void> {
  const target = await readTarget(flags, process.cwd())
  let chart: string | null
  try {
    chart = findChart(undefined, target, process.cwd())
  } catch {
    chart = null
  }
  const entries: [string, string | null][] = [
    ['file', target.config?.file ?? null],
    ['environment', target.environment ?? null],
    ['context', target.settings.context ?? null],
    ['release', target.release ?? null],
    ['namespace', target.namespace ?? null],
    ['chart', chart],
  ]
  process.stdout.write(writeYaml(new Map(entries)))
}

/** `converge config schema` */
export async function runConfigSchema(): Promise<void> {
  process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`)
}
