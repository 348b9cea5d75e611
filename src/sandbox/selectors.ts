import type { KubeObject } from './object.ts'
import { badRequest } from './status.ts'

export type LabelRequirement = { key: string; operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt'; values: string[] }

/** Reads a `labelSelector` query (`a=b,c!=d,e in (f,g),h,!i`). Throws the API's 400 on a broken one. */
export function parseLabelSelector(text: string): LabelRequirement[] {
  const requirements: LabelRequirement[] = []
  const tokens = text.match(/[()]|!=|==|=|,|!|>|<|[^\s()=!,<>]+/g) ?? []
  let i = 0
  const fail = (): never => {
    throw badRequest(`unable to parse requirement: found '${tokens[i] ?? ''}', expected: identifier`)
  }
  const word = (): string => {
    const token = tokens[i]
    if (token === undefined || /^[()=!,<>]/.test(token)) return fail()
    i++
    return token
  }
  while (i < tokens.length) {
    if (tokens[i] === '!') {
      i++
      requirements.push({ key: word(), operator: 'DoesNotExist', values: [] })
    } else {
      const key = word()
      const operator = tokens[i]
      if (operator === undefined || operator === ',') requirements.push({ key, operator: 'Exists', values: [] })
      else if (operator === '=' || operator === '==' || operator === '!=') {
        i++
        const value = tokens[i] === undefined || tokens[i] === ',' ? '' : word()
        requirements.push({ key, operator: operator === '!=' ? 'NotIn' : 'In', values: [value] })
      } else if (operator === '>' || operator === '<') {
        i++
        requirements.push({ key, operator: operator === '>' ? 'Gt' : 'Lt', values: [word()] })
      } else if (operator === 'in' || operator === 'notin') {
        i++
        if (tokens[i++] !== '(') fail()
        const values: string[] = []
        while (tokens[i] !== ')') {
          if (i >= tokens.length) fail()
          if (tokens[i] === ',') i++
          else values.push(word())
        }
        i++
        requirements.push({ key, operator: operator === 'in' ? 'In' : 'NotIn', values })
      } else throw badRequest(`unable to parse requirement: found '${operator}', expected: in, notin, =, ==, !=, gt, lt`)
    }
    if (i < tokens.length && tokens[i++] !== ',') fail()
  }
  return requirements
}

export function matchesLabels(requirements: readonly LabelRequirement[], labels: Record<string, string> | undefined): boolean {
  return requirements.every(({ key, operator, values }) => {
    const value = labels?.[key]
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value)
      case 'NotIn':
        return value === undefined || !values.includes(value)
      case 'Exists':
        return value !== undefined
      case 'DoesNotExist':
        return value === undefined
      case 'Gt':
        return value !== undefined && Number(value) > Number(values[0])
      case 'Lt':
        return value !== undefined && Number(value) < Number(values[0])
    }
    return false
  })
}

/** Whether a LabelSelector object (`matchLabels`, `matchExpressions`) selects the labels; none selects nothing, an empty one everything. */
export function selects(selector: any, labels: Record<string, string> | undefined): boolean {
  if (!selector) return false
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) if (labels?.[key] !== value) return false
  const expressions = (selector.matchExpressions ?? []).map((e: any) => ({ key: e.key, operator: e.operator, values: e.values ?? [] }))
  return matchesLabels(expressions, labels)
}

export type FieldRequirement = { path: string; equals: boolean; value: string }

const FIELDS: Record<string, string[]> = {
  pods: ['spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName', 'spec.hostNetwork', 'status.phase'],
  events: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
    'regarding.kind',
    'regarding.namespace',
    'regarding.name',
    'regarding.uid',
  ],
  secrets: ['type'],
  namespaces: ['status.phase'],
  nodes: ['spec.unschedulable'],
  jobs: ['status.successful'],
  services: ['spec.clusterIP', 'spec.type'],
  replicasets: ['status.replicas'],
}

/** Reads a `fieldSelector` query; only the fields that a real API server indexes are known. */
export function parseFieldSelector(text: string, resource: string): FieldRequirement[] {
  if (text === '') return []
  return text.split(',').map((part) => {
    const match = /^([^!=]+)(==|!=|=)(.*)$/.exec(part)
    if (!match) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`)
    const path = match[1]!
    if (path !== 'metadata.name' && path !== 'metadata.namespace' && !FIELDS[resource]?.includes(path))
      throw badRequest(
        FIELDS[resource]
          ? `field label not supported: ${path}`
          : `${JSON.stringify(path)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
      )
    return { path, equals: match[2] !== '!=', value: match[3]! }
  })
}

export function matchesFields(requirements: readonly FieldRequirement[], object: KubeObject): boolean {
  return requirements.every(({ path, equals, value }) => {
    let at: any = object
    if (path === 'source') at = object.source?.component ?? object.reportingComponent
    else {
      for (const part of path.split('.')) at = at?.[part]
      if (at === undefined && path.startsWith('regarding.')) at = object.involvedObject?.[path.slice('regarding.'.length)]
    }
    const text =
      at === undefined || at === null ? (path === 'spec.unschedulable' || path === 'spec.hostNetwork' ? 'false' : '') : String(at)
    return (text === value) === equals
  })
}
