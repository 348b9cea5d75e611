import type { KubeObject } from '../resource.ts'

/** Something wrong with one place of an object. */
export interface Problem {
  /** Keys and indexes from the root of the object. */
  path: readonly (string | number)[]
  /** The end of a sentence whose subject is the object: `has no metadata.name`. */
  message: string
  hint?: string
}

const prefixes = ['werf.io/', 'converge.dev/']
const propagations = ['Foreground', 'Background', 'Orphan']
const stages = ['install', 'upgrade', 'rollback', 'delete'].flatMap((stage) => [`pre-${stage}`, stage, `post-${stage}`])

type Check = (value: string) => string | undefined

const checks: Record<string, Check> = {
  weight: (value) => (/^[+-]?\d{1,9}$/.test(value) ? undefined : 'it must be a whole number'),
  'deploy-on': words([...stages, 'test', 'test-success']),
  'delete-policy': words(['before-creation', 'before-creation-if-immutable', 'succeeded', 'failed']),
  'resource-policy': words(['skip-create', 'skip-update', 'skip-recreate', 'skip-delete', 'keep']),
  ownership: oneOf(['release', 'anyone']),
  'delete-propagation': oneOf(propagations),
  'replicas-on-creation': (value) => (/^\d{1,9}$/.test(value) ? undefined : 'it must be a whole number that is not negative'),
  sensitive: (value) => (/^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(value) ? undefined : 'it must be true or false'),
  'sensitive-paths': (value) => (value === '' ? 'it must not be empty' : undefined),
}

/** The names that are read here, without prefix. */
export const lifecycleAnnotations: readonly string[] = Object.keys(checks)

/** The value of an annotation of werf's or of its synonym, which wins; without blanks around it. */
export function annotation(object: Pick<KubeObject, 'metadata'>, name: string): string | undefined {
  const annotations = object.metadata.annotations ?? {}
  const value = annotations[`converge.dev/${name}`] ?? annotations[`werf.io/${name}`]
  return value === undefined || value === null ? undefined : String(value).trim()
}

/** Annotations about a resource's life that hold what nobody can obey. Those about its order are checked where the order is made, those about tracking by the tracker. */
export function checkLifecycle(object: Pick<KubeObject, 'metadata'>): Problem[] {
  const problems: Problem[] = []
  const report = (key: string, value: string, reason: string | undefined) => {
    if (reason)
      problems.push({ path: ['metadata', 'annotations', key], message: `is annotated ${key}: ${JSON.stringify(value)}; ${reason}` })
  }
  for (const [key, raw] of Object.entries(object.metadata.annotations ?? {})) {
    const value = String(raw).trim()
    if (key === 'helm.sh/resource-policy') report(key, value, value === 'keep' ? undefined : 'it must be keep')
    const prefix = prefixes.find((candidate) => key.startsWith(candidate))
    const name = prefix && key.slice(prefix.length)
    if (name && Object.hasOwn(checks, name)) report(key, value, checks[name]!(value))
  }
  return problems
}

/** `werf.io/resource-policy`, else Helm's. */
export function policies(object: KubeObject): Set<string> {
  return listed(annotation(object, 'resource-policy') ?? object.metadata.annotations?.['helm.sh/resource-policy'])
}

export function deletePolicies(object: KubeObject): Set<string> {
  return listed(annotation(object, 'delete-policy'))
}

/** Whether the resource is made anew where the server lets nobody change it. As nelm: a Job is, since nothing that matters of it can be changed, unless the chart says otherwise. */
export function recreates(object: KubeObject): boolean {
  const declared = deletePolicies(object)
  return declared.has('before-creation-if-immutable') || (declared.size === 0 && object.kind === 'Job')
}

/** How the resource is deleted: the chart's word, which a kept live object repeats; Foreground where there is none. */
export function propagationOf(object: KubeObject | undefined): 'Foreground' | 'Background' | 'Orphan' {
  const text = object && annotation(object, 'delete-propagation')
  return text === 'Background' || text === 'Orphan' ? text : 'Foreground'
}

/** `werf.io/replicas-on-creation`: the count is sent when the object is created and left to whoever scales it later. */
export function withCreationReplicas(object: KubeObject): KubeObject {
  const text = annotation(object, 'replicas-on-creation')
  if (text === undefined || !/^\d+$/.test(text)) return object
  return { ...object, spec: { ...object.spec, replicas: Number(text) } }
}

/** Whether the resource is part of what this action applies (`werf.io/deploy-on`; default install, upgrade and rollback). */
export function isDeployedOn(object: KubeObject, action: 'install' | 'upgrade' | 'rollback'): boolean {
  const on = annotation(object, 'deploy-on')
  return on === undefined || listed(on).has(action)
}

function listed(value: string | undefined): Set<string> {
  return new Set(
    String(value ?? '')
      .split(',')
      .map((text) => text.trim())
      .filter((text) => text !== ''),
  )
}

function words(allowed: readonly string[]): Check {
  return (value) => {
    const wrong = value.split(',').find((word) => !allowed.includes(word.trim()))
    return wrong === undefined ? undefined : `${JSON.stringify(wrong.trim())} is none of ${allowed.join(', ')}`
  }
}

function oneOf(allowed: readonly string[]): Check {
  return (value) => (allowed.includes(value) ? undefined : `it must be one of ${allowed.join(', ')}`)
}
