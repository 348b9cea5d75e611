import type { KubeObject, ObjectMeta, OwnerReference } from '../resource.ts'

/** What is kept of each watched object: enough for every rule, little enough for thousands of them. */
export function trimObject(object: KubeObject): KubeObject {
  if (object.kind === 'Pod') return trimPod(object)
  if (object.kind === 'ReplicaSet') return trimReplicaSet(object)
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata: metadata as ObjectMeta }
}

const keptLabels = ['controller-revision-hash', 'pod-template-generation', 'batch.kubernetes.io/job-completion-index']
const none = Object.freeze({})

function trimMeta(metadata: ObjectMeta): ObjectMeta {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp, ownerReferences } = metadata
  return {
    name,
    namespace,
    uid,
    resourceVersion,
    generation,
    creationTimestamp,
    deletionTimestamp,
    ownerReferences: ownerReferences && sharedOwners(ownerReferences),
  }
}

function trimReplicaSet(object: KubeObject): KubeObject {
  const revision = object.metadata.annotations?.['deployment.kubernetes.io/revision']
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { ...trimMeta(object.metadata), ...(revision ? { annotations: { 'deployment.kubernetes.io/revision': revision } } : {}) },
    spec: { replicas: object.spec?.replicas, minReadySeconds: object.spec?.minReadySeconds },
    status: object.status,
  }
}

function trimPod(object: KubeObject): KubeObject {
  const metadata = trimMeta(object.metadata)
  const labels = keptLabels.filter((key) => object.metadata.labels?.[key] !== undefined)
  metadata.labels = labels.length === 0 ? none : Object.fromEntries(labels.map((key) => [key, object.metadata.labels![key]!]))
  const { spec = {}, status = {} } = object
  const { nodeName, restartPolicy, readinessGates, initContainers, containers, volumes } = spec
  return {
    apiVersion: object.apiVersion,
    kind: 'Pod',
    metadata,
    spec: {
      nodeName,
      restartPolicy,
      readinessGates,
      initContainers: initContainers && sharedSpecs(initContainers),
      containers: containers && sharedSpecs(containers),
      volumes: volumes?.filter((volume: any) => volume.persistentVolumeClaim),
    },
    status: {
      phase: status.phase,
      reason: status.reason,
      message: status.message,
      nominatedNodeName: status.nominatedNodeName,
      conditions: status.conditions?.map(trimCondition),
      initContainerStatuses: status.initContainerStatuses?.map(trimStatus),
      containerStatuses: status.containerStatuses?.map(trimStatus),
    },
  }
}

/** What the Pods of one template have in common is kept once. */
const mostShared = 5_000
const specs = new Map<string, unknown[]>()
const owners = new Map<string, OwnerReference[]>()

function sharedSpecs(containers: unknown[]): unknown[] {
  const trimmed = containers.map(trimContainer)
  return share(specs, JSON.stringify(trimmed), trimmed)
}

function sharedOwners(references: OwnerReference[]): OwnerReference[] {
  const [first] = references
  // Of several any may change; almost all have one.
  return first && references.length === 1 ? share(owners, `${first.uid} ${first.controller}`, references) : references
}

function share<T>(known: Map<string, T>, key: string, value: T): T {
  const same = known.get(key)
  if (same !== undefined) return same
  if (known.size >= mostShared) known.clear()
  known.set(key, value)
  return value
}

function trimContainer(container: any) {
  const { name, image, restartPolicy, readinessProbe, startupProbe, resources } = container
  return {
    name,
    image,
    ...(restartPolicy ? { restartPolicy } : {}),
    ...(readinessProbe ? { readinessProbe } : {}),
    ...(startupProbe ? { startupProbe } : {}),
    ...(resources?.limits ? { resources: { limits: resources.limits } } : {}),
  }
}

function trimCondition({ type, status, reason, message }: any) {
  return reason === undefined && message === undefined ? { type, status } : { type, status, reason, message }
}

function trimStatus(status: any) {
  const { name, ready, started, restartCount, state, lastState, containerID } = status
  return { name, ready, started, restartCount, state, lastState, containerID }
}

/** Of an Event only what `readEvent` reads. */
export function trimEvent(object: KubeObject): KubeObject {
  const { name, namespace, uid, creationTimestamp } = object.metadata
  const { managedFields: _, ...rest } = { ...object, metadata: { name, namespace, uid, creationTimestamp } } as KubeObject & {
    managedFields?: unknown
  }
  return rest as KubeObject
}
