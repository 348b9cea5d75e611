import type { KubeObject } from '../resource.ts'

/** What is kept of each watched object: enough for every rule, little enough for thousands of them. */
export function trimObject(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata
  if (object.kind === 'Pod') return trimPod(object, metadata as KubeObject['metadata'])
  if (object.kind === 'ReplicaSet') {
    return {
      apiVersion: object.apiVersion,
      kind: object.kind,
      metadata: metadata as KubeObject['metadata'],
      spec: { replicas: object.spec?.replicas },
      status: object.status,
    }
  }
  return { ...object, metadata: metadata as KubeObject['metadata'] }
}

const keptLabels = ['controller-revision-hash', 'pod-template-generation', 'batch.kubernetes.io/job-completion-index']

function trimPod(object: KubeObject, metadata: KubeObject['metadata']): KubeObject {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp, ownerReferences } = metadata
  const labels: Record<string, string> = {}
  for (const key of keptLabels) if (metadata.labels?.[key] !== undefined) labels[key] = metadata.labels[key]
  const { spec = {}, status = {} } = object
  return {
    apiVersion: object.apiVersion,
    kind: 'Pod',
    metadata: { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp, ownerReferences, labels },
    spec: {
      nodeName: spec.nodeName,
      restartPolicy: spec.restartPolicy,
      readinessGates: spec.readinessGates,
      initContainers: spec.initContainers?.map(trimContainer),
      containers: spec.containers?.map(trimContainer),
      volumes: spec.volumes?.filter((volume: any) => volume.persistentVolumeClaim),
    },
    status: {
      phase: status.phase,
      reason: status.reason,
      message: status.message,
      nominatedNodeName: status.nominatedNodeName,
      conditions: status.conditions,
      initContainerStatuses: status.initContainerStatuses?.map(trimStatus),
      containerStatuses: status.containerStatuses?.map(trimStatus),
    },
  }
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
