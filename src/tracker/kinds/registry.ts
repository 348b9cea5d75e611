import { groupOf, type KubeObject } from '../../resource.ts'
import { type KindRules, ready } from '../rules.ts'
import { apiService, customResourceDefinition, namespace } from './cluster-scoped.ts'
import { daemonSet } from './daemonset.ts'
import { deployment } from './deployment.ts'
import { generic } from './generic.ts'
import { job } from './job.ts'
import { gateway, ingress, route, service } from './network.ts'
import { operatorRules } from './operators.ts'
import { pod } from './pod.ts'
import { replicaSet } from './replicaset.ts'
import { cronJob, horizontalPodAutoscaler, podDisruptionBudget } from './scaling.ts'
import { statefulSet } from './statefulset.ts'
import { persistentVolume, persistentVolumeClaim } from './storage.ts'

const present: KindRules = { status: () => ready('ready'), static: () => true }

const rules: Record<string, KindRules> = {
  ...operatorRules,
  'apps/Deployment': deployment,
  'extensions/Deployment': deployment,
  'apps/StatefulSet': statefulSet,
  'apps/DaemonSet': daemonSet,
  'extensions/DaemonSet': daemonSet,
  'apps/ReplicaSet': replicaSet,
  '/ReplicationController': replicaSet,
  'batch/Job': job,
  'batch/CronJob': cronJob,
  '/Pod': pod,
  '/Service': service,
  'networking.k8s.io/Ingress': ingress,
  'extensions/Ingress': ingress,
  'gateway.networking.k8s.io/GatewayClass': gateway,
  'gateway.networking.k8s.io/Gateway': gateway,
  'gateway.networking.k8s.io/HTTPRoute': route,
  'gateway.networking.k8s.io/GRPCRoute': route,
  'gateway.networking.k8s.io/TLSRoute': route,
  'gateway.networking.k8s.io/TCPRoute': route,
  'gateway.networking.k8s.io/UDPRoute': route,
  '/PersistentVolumeClaim': persistentVolumeClaim,
  '/PersistentVolume': persistentVolume,
  'autoscaling/HorizontalPodAutoscaler': horizontalPodAutoscaler,
  'policy/PodDisruptionBudget': podDisruptionBudget,
  'apiextensions.k8s.io/CustomResourceDefinition': customResourceDefinition,
  'apiregistration.k8s.io/APIService': apiService,
  '/Namespace': namespace,
}

/** Kubernetes' own groups: of their kinds those without rules above hold configuration and are ready when they exist. */
const builtInGroups = new Set([
  '',
  'admissionregistration.k8s.io',
  'apps',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'extensions',
  'flowcontrol.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
])

/** The rules of a kind, whatever its version. Every kind has some. */
export function rulesOf(object: Pick<KubeObject, 'apiVersion' | 'kind'>): KindRules {
  const group = groupOf(object.apiVersion)
  const key = `${group}/${object.kind}`
  if (Object.hasOwn(rules, key)) return rules[key]!
  return builtInGroups.has(group) ? present : generic
}

/** Whether a kind comes from a definition (CRD) rather than with Kubernetes. */
export function isCustom(object: Pick<KubeObject, 'apiVersion'>): boolean {
  const group = groupOf(object.apiVersion)
  return !builtInGroups.has(group) && group !== 'apiextensions.k8s.io' && group !== 'apiregistration.k8s.io'
}

/** Whether a kind runs Pods, so that these and their events are watched with it. */
export function hasPods(object: Pick<KubeObject, 'apiVersion' | 'kind'>): boolean {
  return rulesOf(object).pods !== undefined
}
