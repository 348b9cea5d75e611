import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { ConvergeError, isConvergeError } from '../errors.ts'
import { parseYamlWithLines } from '../yaml/read.ts'
import type { Config, EnvironmentConfig } from './schema.ts'

const configNames = ['converge.yaml', 'converge.yml']

/** The configuration file here or in the nearest directory above, up to a directory that holds `.git`; undefined where there is none. */
export function findConfig(from: string): string | undefined {
  for (let directory = path.resolve(from); ; directory = path.dirname(directory)) {
    for (const name of configNames) {
      const file = path.join(directory, name)
      if (existsSync(file)) return file
    }
    if (existsSync(path.join(directory, '.git')) || path.dirname(directory) === directory) return undefined
  }
}

/** Reads and checks a configuration file. Throws ERR_CONFIG with the place of each mistake. */
export async function readConfig(file: string): Promise<Config> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new ConvergeError('ERR_CONFIG', `cannot read ${file}`, { cause, hint: 'Name an existing file with --config.' })
  }
  const { checkConfig } = await import('./schema.ts')
  const { value, lineOf } = parseText(text, file)
  return { ...checkConfig(value, file, lineOf), directory: path.dirname(path.resolve(file)), file }
}

function parseText(text: string, file: string): ReturnType<typeof parseYamlWithLines> {
  try {
    return parseYamlWithLines(text, file)
  } catch (cause) {
    if (!isConvergeError(cause)) throw cause
    throw new ConvergeError('ERR_CONFIG', `${file} is no YAML: ${cause.message}`, { cause, location: cause.location ?? { file } })
  }
}

/** The environment of that name; an unknown one is an error that names those that exist. No name: an empty one. */
export function environmentOf(config: Config | undefined, name: string | undefined): EnvironmentConfig {
  if (!config || name === undefined) return {}
  const environment = Object.hasOwn(config.environments, name) ? config.environments[name] : undefined
  if (environment) return environment
  const known = Object.keys(config.environments)
  if (known.length === 0) return {}
  throw new ConvergeError('ERR_UNKNOWN_ENVIRONMENT', `${path.basename(config.file)} has no environment "${name}"`, {
    location: { file: config.file },
    hint: `It has ${known.join(', ')}.`,
  })
}
