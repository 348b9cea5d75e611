import { groupOf, type KubeObject } from '../resource.ts'
import type { Problem } from './lifecycle.ts'

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const qualified = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/
const pathSegment = /^(?!\.{1,2}$)[^/%]+$/

/** Kinds whose names may hold nearly anything, such as `system:node`. */
const freeKinds = new Set(['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding', 'PodDisruptionBudget'])
/** Kinds whose names are no longer than a label, and without dots; and those with a limit that leaves room for what is put behind the name. */
const labelKinds = new Set(['Service', 'Namespace', 'StatefulSet'])
const shortKinds: Record<string, number> = { Job: 63, CronJob: 52 }
const standardFinalizers = new Set<unknown>(['kubernetes', 'foregroundDeletion', 'orphan'])
/** Groups of Kubernetes' own, whose rules are known; others' servers may have rules of their own. */
const ownGroups = new Set([
  '',
  'apps',
  'batch',
  'autoscaling',
  'policy',
  'networking.k8s.io',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'admissionregistration.k8s.io',
])

/** Names, labels and annotation keys that the API server refuses (apimachinery's validation rules; by kind where kinds differ). */
export function checkNames(object: KubeObject): Problem[] {
  const { kind, metadata } = object
  const problems: Problem[] = []
  const reason = badName(kind, object.apiVersion, metadata.name)
  if (reason) problems.push({ path: ['metadata', 'name'], message: `has an invalid name: ${reason}` })
  if (metadata.namespace && (!label.test(metadata.namespace) || metadata.namespace.length > 63))
    problems.push({ path: ['metadata', 'namespace'], message: `has an invalid namespace ${JSON.stringify(metadata.namespace)}` })
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    const path = ['metadata', 'labels', key]
    if (!isQualified(key)) problems.push({ path, message: `has an invalid label key ${JSON.stringify(key)}` })
    if (typeof value !== 'string') problems.push({ path, message: `has a label ${key} that is no string`, hint: 'quote its value' })
    else if (value !== '' && (value.length > 63 || !qualified.test(value)))
      problems.push({
        path,
        message: `has an invalid label value ${key}: ${JSON.stringify(value)}`,
        hint: 'at most 63 letters, digits, ".", "-" and "_", and a letter or digit at both ends',
      })
  }
  const size = Object.entries(metadata.annotations ?? {}).reduce((sum, [key, value]) => sum + Buffer.byteLength(`${key}${value}`), 0)
  if (size > 262_144)
    problems.push({ path: ['metadata', 'annotations'], message: `has ${size} bytes of annotations, and must not have more than 262144` })
  for (const [index, finalizer] of (Array.isArray(metadata.finalizers) ? metadata.finalizers : []).entries()) {
    if (standardFinalizers.has(finalizer) || (String(finalizer).includes('/') && isQualified(String(finalizer)))) continue
    problems.push({
      path: ['metadata', 'finalizers', index],
      message: `has an invalid finalizer ${JSON.stringify(finalizer)}`,
      hint: 'a name with a domain: example.org/name',
    })
  }
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    const path = ['metadata', 'annotations', key]
    if (!isQualified(key.toLowerCase())) problems.push({ path, message: `has an invalid annotation key ${JSON.stringify(key)}` })
    if (typeof value !== 'string') problems.push({ path, message: `has an annotation ${key} that is no string`, hint: 'quote its value' })
  }
  return problems
}

function badName(kind: string, apiVersion: string, name: string): string | undefined {
  if (!ownGroups.has(groupOf(apiVersion))) return undefined
  const quoted = JSON.stringify(name)
  if (freeKinds.has(kind)) return pathSegment.test(name) ? undefined : `${quoted} may not hold "/" or "%"`
  if (labelKinds.has(kind))
    return name.length <= 63 && label.test(name)
      ? undefined
      : `${quoted} must be at most 63 lower-case letters, digits and "-", with a letter or digit at both ends`
  const longest = shortKinds[kind] ?? 253
  return name.length <= longest && subdomain.test(name)
    ? undefined
    : `${quoted} must be at most ${longest} lower-case letters, digits, "-" and ".", with a letter or digit at both ends`
}

function isQualified(key: string): boolean {
  const parts = key.split('/')
  if (parts.length > 2) return false
  const [prefix, name] = parts.length === 2 ? (parts as [string, string]) : [undefined, parts[0]!]
  return name.length <= 63 && qualified.test(name) && (prefix === undefined || (prefix.length <= 253 && subdomain.test(prefix)))
}
