import type { KubeObject } from '../../resource.ts'
import type { Problem } from '../lifecycle.ts'
import { checkPodSpec, checkQuantity } from './pod.ts'
import { checkPortRef, checkRange, isMapping, type Judgement, lack, type Mapping, mappingOf, mappingsOf, say, subdomain } from './rule.ts'
import { checkService } from './service.ts'
import { checkCronJob, checkJob, checkPercentage, checkWorkload } from './workload.ts'

/**
 * What the API server refuses of the kinds that charts are made of, beyond names and types: what is twice, out of its range, or does not go together. Not all that it
 * refuses; nothing that it takes. With `whole` false, what is missing is not told, another manager may have it.
 */
export function checkRules(object: KubeObject, whole: boolean): Problem[] {
  const judgement: Judgement = { problems: [], whole }
  const rule = Object.hasOwn(rules, `${object.apiVersion}/${object.kind}`) ? rules[`${object.apiVersion}/${object.kind}`] : undefined
  rule?.(judgement, object)
  return judgement.problems
}

type Rule = (judgement: Judgement, object: KubeObject) => void

const spec = (object: KubeObject): Mapping => mappingOf(object.spec)
const workload: Rule = (judgement, object) => checkWorkload(judgement, object.kind, spec(object))

const rules: Record<string, Rule> = {
  'v1/Pod': (judgement, object) => checkPodSpec(judgement, spec(object), ['spec']),
  'apps/v1/Deployment': workload,
  'apps/v1/StatefulSet': workload,
  'apps/v1/DaemonSet': workload,
  'apps/v1/ReplicaSet': workload,
  'batch/v1/Job': (judgement, object) => checkJob(judgement, spec(object), ['spec']),
  'batch/v1/CronJob': (judgement, object) => checkCronJob(judgement, spec(object)),
  'v1/Service': (judgement, object) => checkService(judgement, spec(object)),
  'v1/PersistentVolumeClaim': (judgement, object) => {
    const { accessModes, resources } = spec(object)
    if (!Array.isArray(accessModes) || accessModes.length === 0) lack(judgement, ['spec'], 'has no accessModes')
    const size = mappingOf(mappingOf(resources).requests).storage
    if (size === undefined) lack(judgement, ['spec'], 'has no size in spec.resources.requests.storage')
    else checkQuantity(judgement, size, ['spec', 'resources', 'requests', 'storage'])
  },
  'networking.k8s.io/v1/Ingress': checkIngress,
  'networking.k8s.io/v1/NetworkPolicy': (judgement, object) => {
    for (const direction of ['ingress', 'egress'])
      for (const [index, item] of mappingsOf(spec(object)[direction]))
        for (const [at, { port }] of mappingsOf(item.ports)) checkPortRef(judgement, port, ['spec', direction, index, 'ports', at, 'port'])
  },
  'autoscaling/v2/HorizontalPodAutoscaler': (judgement, object) => {
    const { minReplicas = 1, maxReplicas } = spec(object)
    checkRange(judgement, maxReplicas, ['spec', 'maxReplicas'], 1)
    if (typeof maxReplicas === 'number' && maxReplicas >= 1 && minReplicas > maxReplicas)
      say(judgement, ['spec', 'maxReplicas'], `has ${maxReplicas} as maxReplicas, which is less than minReplicas, ${minReplicas}`)
  },
  'policy/v1/PodDisruptionBudget': (judgement, object) => {
    const { minAvailable, maxUnavailable } = spec(object)
    for (const [name, value] of Object.entries({ minAvailable, maxUnavailable })) checkPercentage(judgement, value, ['spec', name])
    if (isSet(minAvailable) && isSet(maxUnavailable))
      say(judgement, ['spec'], 'has both minAvailable and maxUnavailable', 'leave out one of them')
  },
  'rbac.authorization.k8s.io/v1/Role': checkRole,
  'rbac.authorization.k8s.io/v1/ClusterRole': checkRole,
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null
}

function checkIngress(judgement: Judgement, object: KubeObject): void {
  const { rules: hosts, defaultBackend } = spec(object)
  if (mappingsOf(hosts).length === 0 && !isMapping(defaultBackend)) lack(judgement, ['spec'], 'has neither rules nor a defaultBackend')
  for (const [index, { host, http }] of mappingsOf(hosts)) {
    if (typeof host === 'string' && host !== '' && !subdomain.test(host.replace(/^\*\./, '')))
      say(
        judgement,
        ['spec', 'rules', index, 'host'],
        `has ${JSON.stringify(host)} as a host`,
        'a-z, 0-9, "-" and "." only: no port, no scheme, no capital letters',
      )
    for (const [at, { path, pathType }] of mappingsOf(mappingOf(http).paths))
      if (typeof path === 'string' && path !== '' && !path.startsWith('/') && (pathType === 'Prefix' || pathType === 'Exact'))
        say(
          judgement,
          ['spec', 'rules', index, 'http', 'paths', at, 'path'],
          `has ${JSON.stringify(path)} as a path, which must begin with "/"`,
        )
  }
}

function checkRole(judgement: Judgement, object: KubeObject): void {
  for (const [index, rule] of mappingsOf(object.rules)) {
    if (!Array.isArray(rule.verbs) || rule.verbs.length === 0) lack(judgement, ['rules', index], `has no verbs in rules[${index}]`)
    const named = ['resources', 'nonResourceURLs'].some((field) => Array.isArray(rule[field]) && rule[field].length > 0)
    if (!named) lack(judgement, ['rules', index], `has no resources in rules[${index}]`)
  }
}
