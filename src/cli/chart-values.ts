import { existsSync } from 'node:fs'
import type { ValueOptions } from '../chart/values.ts'
import type { ValueFlags } from './options/value-options.ts'
import { type Target, valueOptions } from './target.ts'

export interface ChartValues {
  values: ValueOptions
  /** The decrypted texts; `secretFile` adds to them. */
  secrets: string[]
  /** Gives templates the text of a file below the chart's secret/. */
  secretFile?: (path: string) => string
}

/** What the user says about values, and which of them are secret. The code for secrets is loaded only where there are some. */
export async function chartValues(flags: ValueFlags, target: Target, chart: string): Promise<ChartValues> {
  const values = valueOptions(flags, target)
  const isNamed = flags.secretValues.length > 0 || target.config?.secretValues || target.settings.secretValues
  if (!isNamed && !['secret-values.yaml', 'secret'].some((name) => existsSync(`${chart}/${name}`))) return { values, secrets: [] }
  const { secretFileReader, secretTexts, withSecretValues } = await import('./secret-values.ts')
  const all = withSecretValues(values, flags, target, chart)
  const secrets = secretTexts(all, flags)
  return { values: all, secrets, secretFile: secretFileReader(flags, target, chart, secrets) }
}
