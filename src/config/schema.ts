import { z } from 'zod'
import { ConvergeError } from '../errors.ts'

/** One environment of converge.yaml. */
export interface EnvironmentConfig {
  context?: string
  namespace?: string
  release?: string
  values?: string[]
  secretValues?: string[]
  set?: Record<string, unknown>
}

export interface Config {
  /** The directory of the file; paths in it are relative to that. */
  directory: string
  file: string
  project: string
  chart?: string
  /** Values files of every environment. */
  values?: string[]
  /** The same, encrypted. */
  secretValues?: string[]
  environments: Record<string, EnvironmentConfig>
}

const dnsName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

const environment = z.strictObject({
  context: z.string().min(1).optional().describe('The kube context of this environment.'),
  namespace: z
    .string()
    .regex(dnsName, 'must be a DNS label: a-z, 0-9 and -')
    .max(63)
    .optional()
    .describe('The namespace; default <project>-<environment>.'),
  release: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/)
    .max(53)
    .optional()
    .describe('The release; default <project>-<environment>.'),
  values: z.array(z.string()).optional().describe('Values files, relative to this file; later ones win.'),
  secretValues: z.array(z.string()).optional().describe('Encrypted values files, relative to this file; they lie over all of values.'),
  set: z.record(z.string(), z.unknown()).optional().describe('Values, as a tree.'),
})

const configSchema = z.strictObject({
  project: z
    .string()
    .regex(dnsName, 'must be a DNS label: a-z, 0-9 and -')
    .max(50)
    .describe('The name of the project, the first part of release and namespace.'),
  chart: z.string().optional().describe('The directory of the chart; default .helm, chart or . beside this file.'),
  values: z.array(z.string()).optional().describe('Values files of every environment.'),
  secretValues: z.array(z.string()).optional().describe('Encrypted values files of every environment.'),
  environments: z.record(z.string().regex(dnsName), environment.nullable()).optional().describe('The environments by name.'),
})

/** The checked content of a configuration file; all mistakes in one ERR_CONFIG. */
export function checkConfig(
  content: unknown,
  file: string,
  lineOf: (path: (string | number)[]) => number,
): Omit<Config, 'directory' | 'file'> {
  const result = configSchema.safeParse(content ?? {})
  if (!result.success) {
    const issues = result.error.issues
      .map((issue) => {
        const place = issue.path.map((part) => (typeof part === 'number' ? part : String(part)))
        const text = `${place.length > 0 ? `${place.join('.')}: ` : ''}${issue.message}`
        return { line: lineOf(issue.code === 'unrecognized_keys' ? [...place, issue.keys[0]!] : place), text }
      })
      .sort((a, b) => a.line - b.line)
    throw new ConvergeError('ERR_CONFIG', `${file} is not a valid configuration`, {
      location: { file, line: issues[0]!.line },
      details: issues.map(({ line, text }) => `line ${line}: ${text}`),
      hint: 'converge config schema prints what is allowed.',
    })
  }
  const { environments = {}, ...rest } = result.data
  return { ...rest, environments: Object.fromEntries(Object.entries(environments).map(([name, value]) => [name, value ?? {}])) }
}

/** The JSON Schema of the configuration file, for editors. */
export function configJsonSchema(): unknown {
  return z.toJSONSchema(configSchema)
}
