import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { environmentOf, findConfig, readConfig } from '../config/config.ts'
import type { Config, EnvironmentConfig } from '../config/schema.ts'
import { ConvergeError } from '../errors.ts'
import type { GoMap, Value } from '../template/value.ts'
import { checkNamespace, checkReleaseName } from './names.ts'
import type { TargetFlags } from './options/target-options.ts'
import type { ValueFlags } from './options/value-options.ts'

/** What a command is about, from flags, converge.yaml and defaults. */
export interface Target {
  config?: Config
  environment?: string
  settings: EnvironmentConfig
  /** undefined: the namespace of the kube context. */
  namespace?: string
  /** undefined: the name of the chart. */
  release?: string
}

/** Reads the configuration file, if there is one, and names environment, release and namespace. */
export async function readTarget(flags: TargetFlags, cwd: string): Promise<Target> {
  const file = flags.config ?? findConfig(cwd)
  const config = file === undefined ? undefined : await readConfig(file)
  const environment = flags.env
  const settings = environmentOf(config, environment)
  const name = config && [config.project, environment].filter((part) => part !== undefined).join('-')
  const release = flags.release ?? settings.release ?? name
  const namespace = flags.namespace ?? settings.namespace ?? name
  if (release !== undefined) checkReleaseName(release, release === name)
  if (namespace !== undefined) checkNamespace(namespace, namespace === name)
  return { config, environment, settings, release, namespace }
}

/** The chart directory or archive: the argument, else converge.yaml, else `.helm`, `chart` or `.` */
export function findChart(argument: string | undefined, target: Target, cwd: string): string {
  if (argument !== undefined) return argument
  const base = target.config?.directory ?? cwd
  if (target.config?.chart !== undefined) return path.resolve(base, target.config.chart)
  const places = ['.helm', 'chart', '.']
  const found = places.find((place) => existsSync(path.join(base, place, 'Chart.yaml')))
  if (found !== undefined) return path.resolve(base, found)
  throw new ConvergeError('ERR_CHART_NOT_FOUND', `no chart in ${path.relative(cwd, base) || '.'}`, {
    hint: `Looked for Chart.yaml in ${places.join(', ')}. Name the chart: converge CHART.`,
  })
}

/** Values of a run: those of converge.yaml, of the environment, then those of the command line. */
export function valueOptions(flags: ValueFlags, target: Target) {
  const base = target.config?.directory ?? ''
  const fromConfig = [...(target.config?.values ?? []), ...(target.settings.values ?? [])].map((file) => path.resolve(base, file))
  const missing = fromConfig.find((file) => !existsSync(file) || !statSync(file).isFile())
  if (missing !== undefined) {
    throw new ConvergeError('ERR_VALUES', `values file ${missing} does not exist`, {
      location: { file: target.config!.file },
      hint: 'Correct `values` in the configuration file.',
    })
  }
  return {
    files: [...fromConfig, ...flags.values.flatMap((value) => value.split(','))],
    set: flags.set,
    setString: flags.setString,
    setJson: [...(target.settings.set ? [JSON.stringify(target.settings.set)] : []), ...flags.setJson],
    setFile: flags.setFile,
    setLiteral: flags.setLiteral,
  }
}

/** Values that every chart gets below what the user sets: `global.env`, and werf's `werf.env`; nothing without an environment. */
export function serviceValues(target: Target): GoMap | undefined {
  if (target.environment === undefined) return undefined
  const env = target.environment
  return new Map<string, Value>([
    ['global', new Map([['env', env]])],
    ['werf', new Map([['env', env], ...(target.config ? [['name', target.config.project] as const] : [])])],
  ])
}

/** The release that a command is about; an error that says how to name it where nothing does. */
export function requireRelease(target: Target): string {
  if (target.release !== undefined) return target.release
  throw new ConvergeError('ERR_USAGE', 'which release?', { hint: 'Name it with --release, or run in a directory with converge.yaml.' })
}
