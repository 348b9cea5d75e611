import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import type { RenderOptions } from '../../chart/render.ts'
import { ConvergeError } from '../../errors.ts'
import { excerpt, placeText } from '../../pipeline/findings.ts'
import { chartValues } from '../chart-values.ts'
import { type Finding, lintChart } from '../lint-chart.ts'
import type { RenderFlags } from '../options/render-options.ts'
import type { TargetFlags } from '../options/target-options.ts'
import type { ValueFlags } from '../options/value-options.ts'
import { writeOut } from '../stdout.ts'
import { findChart, readTarget, serviceValues } from '../target.ts'

type Flags = TargetFlags & ValueFlags & RenderFlags & { strict?: boolean; quiet?: boolean; withSubcharts?: boolean }

/** `converge lint [CHART]`: what `helm lint` looks at, each finding with its file and line. Errors, and with --strict warnings, fail it. */
export async function runLint(argument: string | undefined, flags: Flags): Promise<void> {
  const target = await readTarget(flags, process.cwd())
  const chart = findChart(argument, target, process.cwd())
  const charts = flags.withSubcharts ? [chart, ...subcharts(chart)] : [chart]
  let failed = 0
  for (const location of charts) {
    const { values, secretFile } = await chartValues(flags, target, chart)
    const options: RenderOptions = {
      chart: location,
      releaseName: target.release ?? 'test-release',
      namespace: target.namespace ?? 'default',
      values,
      secretFile,
      extraValues: serviceValues(target),
      kubeVersion: flags.kubeVersion,
      apiVersions: flags.apiVersions.flatMap((text) => text.split(',')),
      skipSchemaValidation: flags.skipSchemaValidation,
      enableDns: flags.enableDns,
    }
    const findings = await lintChart(options)
    const isBad = findings.some(({ level }) => level === 'ERROR' || (flags.strict && level === 'WARNING'))
    if (isBad) failed += 1
    const shown = flags.quiet ? findings.filter(({ level }) => level !== 'INFO') : findings
    if (!flags.quiet || shown.length > 0)
      await writeOut(
        `==> Linting ${path.relative(process.cwd(), location) || '.'}\n${shown.map((finding) => `${text(finding)}\n`).join('')}\n`,
      )
  }
  if (failed > 0) throw new ConvergeError('ERR_LINT', `${charts.length} chart(s) linted, ${failed} chart(s) failed`)
  if (!flags.quiet) await writeOut(`${charts.length} chart(s) linted, 0 chart(s) failed\n`)
}

function text({ level, file, line, message, place }: Finding): string {
  const at = place ? placeText(place) : line === undefined ? file : `${file}:${line}`
  return [`[${level}] ${at}: ${message.split('\n').join('\n    ')}`, ...(place ? excerpt(place) : [])].join('\n')
}

function subcharts(chart: string): string[] {
  const directory = path.join(chart, 'charts')
  if (!existsSync(directory)) return []
  return readdirSync(directory)
    .filter((name) => name.endsWith('.tgz') || existsSync(path.join(directory, name, 'Chart.yaml')))
    .map((name) => path.join(directory, name))
}
