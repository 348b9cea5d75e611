import data from './kubernetes.json' with { type: 'json' }
import type { Schema, Schemas } from './schema.ts'

/** A kind of Kubernetes itself, as the embedded schema has it. */
export interface KubernetesKind {
  plural: string
  namespaced: boolean
  schema: Schema
  schemas: Schemas
}

interface KubernetesData {
  version: string
  /** By apiVersion and kind: the plural, whether it is namespaced, and its definition. */
  kinds: Record<string, Record<string, [plural: string, namespaced: 0 | 1, definition: string]>>
  /** The fields of each definition, each with its type as one word. */
  definitions: Record<string, Record<string, string>>
}

/** What scripts/kubernetes-schema.ts read from an API server. */
export const kubernetesData = data as unknown as KubernetesData

/** The version whose kinds and fields are embedded: `v1.36.3`. */
export const kubernetesVersion = kubernetesData.version

let schemas: Record<string, Schema> | undefined

/** A kind of the embedded version, with its schema; undefined for what that version does not serve by default. */
export function kubernetesKind(apiVersion: string, kind: string): KubernetesKind | undefined {
  const kinds = Object.hasOwn(kubernetesData.kinds, apiVersion) ? kubernetesData.kinds[apiVersion]! : {}
  const known = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
  if (!known) return undefined
  const [plural, namespaced, definition] = known
  schemas ??= Object.fromEntries(Object.entries(kubernetesData.definitions).map(([name, fields]) => [name, definitionOf(fields)]))
  return { plural, namespaced: namespaced === 1, schema: { $ref: `#/${definition}` }, schemas }
}

/** Whether all kinds of the group are Kubernetes' own: groups without a dot can be nobody else's. */
export function isKubernetesGroup(group: string): boolean {
  return !group.includes('.') || Object.keys(kubernetesData.kinds).some((apiVersion) => apiVersion.startsWith(`${group}/`))
}

function definitionOf(fields: Record<string, string>): Schema {
  return { type: 'object', properties: Object.fromEntries(Object.entries(fields).map(([name, word]) => [name, schemaOf(word)])) }
}

const scalars: Record<string, Schema> = {
  s: { type: 'string' },
  i: { type: 'integer' },
  n: { type: 'number' },
  b: { type: 'boolean' },
  o: { type: 'object' },
  x: { format: 'int-or-string' },
  q: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  '*': {},
}

/** The words are those of scripts/kubernetes-schema.ts. */
function schemaOf(word: string): Schema {
  if (word.startsWith('[')) return { type: 'array', items: schemaOf(word.slice(1)) }
  if (word.startsWith('{')) return { type: 'object', additionalProperties: schemaOf(word.slice(1)) }
  if (word.startsWith('#')) return { $ref: `#/${word.slice(1)}` }
  if (word.startsWith('s(')) return { type: 'string', enum: word.slice(2, -1).split('|') }
  return scalars[word]!
}
