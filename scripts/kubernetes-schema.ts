/**
 * Writes src/plan/kubernetes.json: the kinds of one Kubernetes version and the types of their fields, for looking at manifests where there is no cluster.
 * Source: /openapi/v3 and the discovery of a running API server of that version with its default APIs.
 *
 *   KUBECONFIG=... node scripts/kubernetes-schema.ts [CONTEXT]
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const kubectl = process.env.KUBECTL ?? 'kubectl'
const context = process.argv[2]
const target = fileURLToPath(new URL('../src/plan/kubernetes.json', import.meta.url))

interface OpenApiSchema {
  $ref?: string
  type?: string
  format?: string
  enum?: string[]
  properties?: Record<string, OpenApiSchema>
  additionalProperties?: OpenApiSchema
  items?: OpenApiSchema
  allOf?: OpenApiSchema[]
  oneOf?: OpenApiSchema[]
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[]
}

function ask(path: string): any {
  const { status, stdout, stderr } = spawnSync(kubectl, [...(context ? ['--context', context] : []), 'get', '--raw', path], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (status !== 0) throw new Error(`kubectl get --raw ${path}: ${stderr}`)
  return JSON.parse(stdout)
}

/** `core.v1.PodSpec` of `io.k8s.api.core.v1.PodSpec`: the last three parts, which are enough to tell definitions apart. */
function shortName(name: string): string {
  return name
    .slice(name.lastIndexOf('/') + 1)
    .split('.')
    .slice(-3)
    .join('.')
}

/**
 * One type as a word: s string, i integer, n number, b boolean, x integer or string, q string or number, o any mapping, * anything, `[` and `{` lists and mappings of what
 * follows, # a definition, s(a|b) one of these strings.
 */
function typeWord(schema: OpenApiSchema, use: (name: string) => void): string {
  const ref = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]!.$ref : undefined)
  if (ref !== undefined) {
    const name = shortName(ref)
    const own = definitions.get(name)
    if (own && !own.properties) return typeWord(own, use)
    use(name)
    return `#${name}`
  }
  if (schema.format === 'int-or-string') return 'x'
  if (schema.oneOf) return 'q'
  if (schema.type === 'array') return `[${typeWord(schema.items ?? {}, use)}`
  if (schema.type === 'object') return schema.additionalProperties ? `{${typeWord(schema.additionalProperties, use)}` : 'o'
  if (schema.enum) return `s(${schema.enum.filter((item) => item !== '').join('|')})`
  return ({ string: 's', integer: 'i', number: 'n', boolean: 'b' } as Record<string, string>)[schema.type ?? ''] ?? '*'
}

const definitions = new Map<string, OpenApiSchema>()
const fullNames = new Map<string, string>()
const kinds: Record<string, Record<string, [plural: string, namespaced: 0 | 1, definition: string]>> = {}
const written: Record<string, Record<string, string>> = {}

function define(name: string): void {
  if (written[name]) return
  const fields: Record<string, string> = {}
  written[name] = fields
  const schema = definitions.get(name)!
  const isKind = schema['x-kubernetes-group-version-kind'] !== undefined
  for (const [field, type] of Object.entries(schema.properties ?? {})) {
    // What the server says of an object is not written in a chart.
    fields[field] = isKind && field === 'status' ? 'o' : field === 'managedFields' ? '[o' : typeWord(type, define)
  }
}

const { gitVersion } = ask('/version')
const { paths } = ask('/openapi/v3')
const groupVersions = Object.keys(paths).filter((path) => /^(api\/[^/]+|apis\/[^/]+\/[^/]+)$/.test(path))
for (const path of groupVersions) {
  for (const [name, schema] of Object.entries(ask(`/openapi/v3/${path}`).components?.schemas ?? {})) {
    const known = fullNames.get(shortName(name))
    if (known !== undefined && known !== name) throw new Error(`${known} and ${name} have one short name`)
    fullNames.set(shortName(name), name)
    definitions.set(shortName(name), schema as OpenApiSchema)
  }
}
for (const path of groupVersions.sort()) {
  const apiVersion = path.replace(/^apis?\//, '')
  const [version, group] = apiVersion.split('/').reverse() as [string, string?]
  const found: [string, [string, 0 | 1, string]][] = []
  for (const { name, kind, namespaced, verbs } of ask(`/${path}`).resources as Record<string, any>[]) {
    // Reviews and the like are no objects that a chart could hold.
    if (name.includes('/') || !verbs.includes('create') || !verbs.includes('get')) continue
    const definition = [...definitions].find(([, schema]) =>
      schema['x-kubernetes-group-version-kind']?.some((is) => is.group === (group ?? '') && is.version === version && is.kind === kind),
    )
    if (!definition) throw new Error(`${kind} in ${apiVersion} has no schema`)
    define(definition[0])
    found.push([kind, [name, namespaced ? 1 : 0, definition[0]]])
  }
  if (found.length > 0) kinds[apiVersion] = Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)))
}
const lines = Object.entries(written)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, fields]) => `${JSON.stringify(name)}:${JSON.stringify(fields)}`)
writeFileSync(
  target,
  `{"version":${JSON.stringify(gitVersion)},\n"kinds":${JSON.stringify(kinds)},\n"definitions":{\n${lines.join(',\n')}\n}}\n`,
)
console.log(`${target}: ${lines.length} definitions, ${Object.values(kinds).flatMap(Object.keys).length} kinds of ${gitVersion}`)
