import type { Problem } from './lifecycle.ts'
import { nearestName } from './nearest-name.ts'

/** The part of an OpenAPI v3 schema that is looked at, of Kubernetes' documents and of a CRD's openAPIV3Schema. */
export interface Schema {
  $ref?: string
  type?: string
  format?: string
  enum?: unknown[]
  required?: string[]
  default?: unknown
  nullable?: boolean
  properties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  items?: Schema
  allOf?: Schema[]
  oneOf?: Schema[]
  anyOf?: Schema[]
  'x-kubernetes-int-or-string'?: boolean
  'x-kubernetes-preserve-unknown-fields'?: boolean
  'x-kubernetes-embedded-resource'?: boolean
}

export type Schemas = Readonly<Record<string, Schema>>

/**
 * What the API server insists on, of what the schemas of its Go types call required: of many others the empty value is as good (HTTPHeader.value), or it fills them in
 * (RoleRef.apiGroup). Custom resources are held to all that their schema requires.
 */
const enforced: Record<string, string[]> = {
  DeploymentSpec: ['selector', 'template'],
  StatefulSetSpec: ['selector', 'template'],
  DaemonSetSpec: ['selector', 'template'],
  ReplicaSetSpec: ['selector'],
  JobSpec: ['template'],
  CronJobSpec: ['schedule', 'jobTemplate'],
  PodSpec: ['containers'],
  Container: ['name'],
  ContainerPort: ['containerPort'],
  EnvVar: ['name'],
  Volume: ['name'],
  VolumeMount: ['name', 'mountPath'],
  ServicePort: ['port'],
  HTTPIngressPath: ['backend', 'pathType'],
  RoleBinding: ['roleRef'],
  ClusterRoleBinding: ['roleRef'],
  RoleRef: ['kind', 'name'],
  HorizontalPodAutoscalerSpec: ['scaleTargetRef', 'maxReplicas'],
  CrossVersionObjectReference: ['kind', 'name'],
  StorageClass: ['provisioner'],
}

export interface SchemaOptions {
  /** What `$ref` names. */
  schemas?: Schemas
  /** Whether the object must be whole: what other managers have added to a live one need not be in the chart. */
  whole: boolean
}

/**
 * Where an object breaks its kind's schema: unknown fields, wrong types, values of no enum, missing fields. Only what the API server refuses as well; `status` and null
 * values are not looked at.
 */
export function checkSchema(object: Record<string, unknown>, schema: Schema, options: SchemaOptions): Problem[] {
  const problems: Problem[] = []
  check(object, { ...resolve(schema, options), nullable: true }, [], options, problems)
  return problems
}

interface Resolved extends Schema {
  /** The last part of the definition's name: `PodSpec`. */
  name?: string
}

function resolve(schema: Schema, options: SchemaOptions): Resolved {
  const ref = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]!.$ref : undefined)
  if (ref === undefined) return schema
  const name = ref.slice(ref.lastIndexOf('/') + 1)
  const found = options.schemas?.[name]
  return found ? { ...found, default: schema.default, name: name.slice(name.lastIndexOf('.') + 1) } : {}
}

function check(value: unknown, schema: Resolved, path: (string | number)[], options: SchemaOptions, problems: Problem[]): void {
  if (value === null || value === undefined) return
  const alternatives = schema.oneOf ?? schema.anyOf
  if (schema['x-kubernetes-int-or-string'] || schema.format === 'int-or-string') {
    if (typeof value !== 'string' && !Number.isInteger(value)) problems.push(wrongType(path, 'a number or a string', value))
    return
  }
  if (schema.type === undefined) {
    const types = alternatives?.map((alternative) => alternative.type)
    if (types?.length && types.every((type) => type !== undefined) && !types.some((type) => hasType(value, type!)))
      problems.push(wrongType(path, types.map((type) => words[type!] ?? type).join(' or '), value))
    return
  }
  if (!hasType(value, schema.type)) {
    problems.push(wrongType(path, words[schema.type] ?? schema.type, value))
    return
  }
  if (schema.enum && value !== '' && !schema.enum.includes(value)) {
    const allowed = schema.enum.filter((item) => item !== '').map(String)
    const near = nearestName(String(value), allowed)
    problems.push({
      path,
      message: `has ${JSON.stringify(value)} as ${pathText(path)}, which must be ${allowed.length > 1 ? `one of ${allowed.join(', ')}` : allowed[0]}`,
      ...(near ? { hint: `did you mean ${near}?` } : {}),
    })
  }
  if (schema.type === 'array') {
    const items = schema.items && resolve(schema.items, options)
    if (items) for (const [index, item] of (value as unknown[]).entries()) check(item, items, [...path, index], options, problems)
  } else if (schema.type === 'object') checkFields(value as Record<string, unknown>, schema, path, options, problems)
}

function checkFields(
  value: Record<string, unknown>,
  schema: Resolved,
  path: (string | number)[],
  options: SchemaOptions,
  problems: Problem[],
): void {
  const { properties, additionalProperties } = schema
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true || schema['x-kubernetes-embedded-resource'] === true
  const root = path.length === 0
  for (const [key, field] of Object.entries(value)) {
    if (root && (key === 'status' || key === 'apiVersion' || key === 'kind')) continue
    const at = [...path, key]
    const known = properties && Object.hasOwn(properties, key) ? properties[key] : undefined
    if (known) {
      // Labels and annotations have rules of their own.
      if (path[0] === 'metadata' && path.length === 1 && (key === 'labels' || key === 'annotations')) continue
      check(field, resolve(known, options), at, options, problems)
    } else if (typeof additionalProperties === 'object') check(field, resolve(additionalProperties, options), at, options, problems)
    else if (properties && additionalProperties !== true && !open) {
      if (root && key === 'metadata') continue
      const near = nearestName(key, Object.keys(properties))
      problems.push({ path: at, message: `has an unknown field ${pathText(at)}`, ...(near ? { hint: `did you mean ${near}?` } : {}) })
    }
  }
  if (!options.whole) return
  const required = schema.name === undefined ? (schema.required ?? []) : (enforced[schema.name] ?? [])
  for (const key of required) {
    if (root && (key === 'apiVersion' || key === 'kind' || key === 'metadata' || key === 'status')) continue
    if (properties && properties[key]?.default !== undefined && schema.name === undefined) continue
    if (value[key] === undefined || value[key] === null) problems.push({ path, message: `lacks ${pathText([...path, key])}` })
  }
}

const words: Record<string, string> = {
  string: 'a string',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
}

function hasType(value: unknown, type: string): boolean {
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)
  if (type === 'integer') return Number.isInteger(value) || typeof value === 'bigint'
  if (type === 'number') return typeof value === 'number' || typeof value === 'bigint'
  return typeof value === type
}

function wrongType(path: readonly (string | number)[], wanted: string, value: unknown): Problem {
  const got = Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'a mapping' : (words[typeof value] ?? typeof value)
  const shown = typeof value === 'boolean' ? String(value) : got
  const hint =
    wanted === 'a string'
      ? 'quote it'
      : typeof value === 'string' && /^(-?\d+|true|false)$/.test(value)
        ? 'leave out the quotes'
        : undefined
  const scalar = typeof value !== 'object'
  return { path, message: `has ${shown} where ${pathText(path)} must be ${wanted}`, ...(hint && scalar ? { hint } : {}) }
}

/** `spec.template.spec.containers[0].image` */
export function pathText(path: readonly (string | number)[]): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('')
}

/** The path of the API server's `spec.containers[0].name`, or of its `data[a/b]`. */
export function parsePath(text: string): (string | number)[] {
  return [...text.matchAll(/\[([^\]]*)\]|[^.[\]]+/g)].map((match) => {
    const key = match[1]
    return key === undefined ? match[0] : /^\d+$/.test(key) ? Number(key) : key
  })
}

const text: Schema = { type: 'string' }
const texts: Schema = { type: 'object', additionalProperties: text }
const meta: Schema = { type: 'object' }

/** The schemas of kinds that come in hundreds, so that nothing has to be asked for them. */
export const plainSchemas: Readonly<Record<string, Schema>> = {
  'v1/ConfigMap': { type: 'object', properties: { metadata: meta, data: texts, binaryData: texts, immutable: { type: 'boolean' } } },
  'v1/Secret': {
    type: 'object',
    properties: { metadata: meta, data: texts, stringData: texts, immutable: { type: 'boolean' }, type: text },
  },
}

/** What the schema of a ConfigMap or a Secret does not say: keys, base64. Values are not named, they may be secret. */
export function checkData(object: Record<string, any>, whole: boolean): Problem[] {
  const problems: Problem[] = []
  const size = ['data', 'binaryData', 'stringData'].reduce((sum, field) => sum + sizeOf(object[field], field, object.kind), 0)
  if (size > 1024 * 1024) problems.push({ path: ['data'], message: `holds ${size} bytes, and must not hold more than 1048576` })
  const twice = Object.keys(object.binaryData ?? {}).find((key) => Object.hasOwn(object.data ?? {}, key))
  if (twice !== undefined) problems.push({ path: ['data', twice], message: `has ${twice} in data and in binaryData` })
  const needed = object.kind === 'Secret' && whole ? (secretKeys[object.type] ?? []) : []
  const missing = needed.filter((key) => !Object.hasOwn(object.data ?? {}, key) && !Object.hasOwn(object.stringData ?? {}, key))
  if (missing.length > 0)
    problems.push({ path: ['type'], message: `lacks ${missing.join(' and ')}, which a Secret of type ${object.type} must have` })
  if (object.kind === 'Secret' && object.type === 'kubernetes.io/dockerconfigjson') {
    const plain =
      object.stringData?.['.dockerconfigjson'] ?? Buffer.from(String(object.data?.['.dockerconfigjson'] ?? 'e30='), 'base64').toString()
    if (typeof plain === 'string' && !isJson(plain)) problems.push({ path: ['type'], message: 'has .dockerconfigjson that is no JSON' })
  }
  if (
    object.type === 'kubernetes.io/basic-auth' &&
    whole &&
    !['username', 'password'].some((key) => object.data?.[key] ?? object.stringData?.[key])
  )
    problems.push({
      path: ['type'],
      message: 'has neither username nor password, which a Secret of type kubernetes.io/basic-auth must have',
    })
  for (const field of ['data', 'binaryData', 'stringData']) {
    const values = object[field]
    if (typeof values !== 'object' || values === null) continue
    for (const [key, value] of Object.entries(values as Record<string, unknown>)) {
      const path = [field, key]
      if (!/^[-._a-zA-Z0-9]{1,253}$/.test(key) || key === '.' || key === '..')
        problems.push({
          path,
          message: `has an invalid key ${JSON.stringify(key)} in ${field}`,
          hint: 'letters, digits, "-", "_" and "." only',
        })
      const encoded = field === 'binaryData' || (field === 'data' && object.kind === 'Secret')
      if (encoded && typeof value === 'string' && !isBase64(value))
        problems.push({
          path,
          message: `has ${field}.${key}, which is not base64`,
          hint: object.kind === 'Secret' ? 'use b64enc, or put it in stringData' : 'use b64enc',
        })
    }
  }
  return problems
}

/** The configuration of Docker in a Secret is looked at by the API server; it is not quoted. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** What the API server wants in Secrets of its own types. */
const secretKeys: Record<string, string[]> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
}

function sizeOf(values: unknown, field: string, kind: string): number {
  if (typeof values !== 'object' || values === null) return 0
  const encoded = field === 'binaryData' || (field === 'data' && kind === 'Secret')
  return Object.values(values).reduce<number>(
    (sum, value) => sum + (typeof value === 'string' ? Buffer.byteLength(value, encoded ? 'base64' : 'utf8') : 0),
    0,
  )
}

function isBase64(value: string): boolean {
  const plain = value.replace(/[\r\n]/g, '')
  return plain.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(plain)
}
