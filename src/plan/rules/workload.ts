import { checkPodSpec } from './pod.ts'
import {
  checkLabels,
  checkRange,
  isMapping,
  type Judgement,
  lack,
  type Mapping,
  mappingOf,
  mappingsOf,
  type Path,
  say,
  textOf,
} from './rule.ts'
import { scheduleProblem } from './schedule.ts'

/** Deployment, StatefulSet, DaemonSet, ReplicaSet: Pods from a template, found by a selector. */
export function checkWorkload(judgement: Judgement, kind: string, spec: Mapping): void {
  const { selector, template } = spec
  checkRange(judgement, spec.replicas, ['spec', 'replicas'], 0)
  checkRange(judgement, spec.minReadySeconds, ['spec', 'minReadySeconds'], 0)
  checkRange(judgement, spec.revisionHistoryLimit, ['spec', 'revisionHistoryLimit'], 0)
  const labels = mappingOf(mappingOf(mappingOf(template).metadata).labels)
  if (isMapping(selector)) {
    const wanted = mappingOf(selector.matchLabels)
    checkLabels(judgement, wanted, ['spec', 'selector', 'matchLabels'])
    if (Object.keys(wanted).length === 0 && mappingsOf(selector.matchExpressions).length === 0)
      lack(judgement, ['spec', 'selector'], 'has an empty selector')
    const missing = Object.entries(wanted).find(([key, value]) => labels[key] !== value)
    if (missing && isMapping(template))
      lack(judgement, ['spec', 'template', 'metadata', 'labels'], `selects ${missing.join('=')}, which its own template has not as a label`)
  }
  const deadline = spec.progressDeadlineSeconds ?? 600
  if (kind === 'Deployment' && typeof spec.minReadySeconds === 'number' && spec.minReadySeconds >= deadline)
    say(
      judgement,
      ['spec', 'minReadySeconds'],
      `has ${spec.minReadySeconds} as minReadySeconds, which must be less than progressDeadlineSeconds, ${deadline}`,
    )
  checkStrategy(judgement, kind, spec)
  const claims = mappingsOf(spec.volumeClaimTemplates).map(([, claim]) => String(mappingOf(claim.metadata).name))
  checkTemplate(judgement, template, ['spec', 'template'], claims)
  const policy = mappingOf(mappingOf(template).spec).restartPolicy
  if (policy === 'Never' || policy === 'OnFailure')
    say(judgement, ['spec', 'template', 'spec', 'restartPolicy'], `has ${policy} as restartPolicy, which must be Always in a ${kind}`)
}

export function checkJob(judgement: Judgement, spec: Mapping, path: Path): void {
  for (const field of ['parallelism', 'completions', 'backoffLimit', 'activeDeadlineSeconds', 'ttlSecondsAfterFinished'])
    checkRange(judgement, spec[field], [...path, field], 0)
  checkTemplate(judgement, spec.template, [...path, 'template'], [])
  const pod = mappingOf(mappingOf(spec.template).spec)
  const at = [...path, 'template', 'spec']
  if (pod.restartPolicy === 'Always')
    say(judgement, [...at, 'restartPolicy'], 'has Always as restartPolicy, which must be OnFailure or Never in a Job')
  else if (!pod.restartPolicy && isMapping(mappingOf(spec.template).spec))
    lack(judgement, at, `has no restartPolicy in ${textOf(at)}, which must be OnFailure or Never in a Job`)
}

export function checkCronJob(judgement: Judgement, spec: Mapping): void {
  if (typeof spec.schedule === 'string') {
    const problem = scheduleProblem(spec.schedule)
    if (problem) say(judgement, ['spec', 'schedule'], `has ${JSON.stringify(spec.schedule)} as its schedule: ${problem}`)
  }
  checkJob(judgement, mappingOf(mappingOf(spec.jobTemplate).spec), ['spec', 'jobTemplate', 'spec'])
}

function checkTemplate(judgement: Judgement, template: unknown, path: Path, claims: readonly string[]): void {
  const { metadata, spec } = mappingOf(template)
  checkLabels(judgement, mappingOf(metadata).labels, [...path, 'metadata', 'labels'])
  if (isMapping(spec)) checkPodSpec(judgement, spec, [...path, 'spec'], claims)
}

function checkStrategy(judgement: Judgement, kind: string, spec: Mapping): void {
  if (kind !== 'Deployment') return
  const { type, rollingUpdate } = mappingOf(spec.strategy)
  if (!isMapping(rollingUpdate)) return
  const path = ['spec', 'strategy', 'rollingUpdate']
  if (type === 'Recreate') say(judgement, path, 'has rollingUpdate with the strategy Recreate', 'leave it out')
  const { maxSurge, maxUnavailable } = rollingUpdate
  for (const [name, value] of Object.entries({ maxSurge, maxUnavailable })) checkPercentage(judgement, value, [...path, name])
  if (isZero(maxSurge) && isZero(maxUnavailable))
    say(judgement, path, 'has 0 as maxSurge and as maxUnavailable, so that no Pod could ever be replaced')
}

function isZero(value: unknown): boolean {
  return value === 0 || value === '0%'
}

/** A number or a part of a whole: 1, 25%. */
export function checkPercentage(judgement: Judgement, value: unknown, path: Path): void {
  checkRange(judgement, value, path, 0)
  if (typeof value === 'string' && !/^\d+%$/.test(value))
    say(judgement, path, `has ${JSON.stringify(value)} as ${textOf(path)}, which must be a number or a percentage`)
}
