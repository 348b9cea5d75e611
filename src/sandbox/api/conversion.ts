import type { KubeObject } from '../object.ts'
import { apiVersionOf, type Resource } from '../resources.ts'

/** The stored form of an object that came in as `resource`'s version: events as core/v1, autoscalers as autoscaling/v2. */
export function toStored(resource: Resource, object: KubeObject): KubeObject {
  if (resource.group === 'events.k8s.io') {
    const {
      regarding,
      note,
      reportingController,
      deprecatedSource,
      deprecatedFirstTimestamp,
      deprecatedLastTimestamp,
      deprecatedCount,
      ...rest
    } = object
    return {
      ...rest,
      apiVersion: 'v1',
      involvedObject: regarding ?? {},
      message: note,
      reportingComponent: reportingController ?? '',
      source: deprecatedSource ?? {},
      firstTimestamp: deprecatedFirstTimestamp ?? null,
      lastTimestamp: deprecatedLastTimestamp ?? null,
      count: deprecatedCount,
    } as KubeObject
  }
  if (resource.group === 'autoscaling' && resource.version === 'v1') {
    const { targetCPUUtilizationPercentage: target, ...spec } = object.spec ?? {}
    const metrics =
      target === undefined
        ? undefined
        : [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: target } } }]
    return { ...object, apiVersion: 'autoscaling/v2', spec: { ...spec, ...(metrics ? { metrics } : {}) } }
  }
  return object
}

/** A stored object as `resource`'s version shows it. */
export function fromStored(resource: Resource, object: KubeObject): KubeObject {
  if (resource.group === 'events.k8s.io') {
    const { involvedObject, message, reportingComponent, source, firstTimestamp, lastTimestamp, count, ...rest } = object
    return {
      ...rest,
      apiVersion: 'events.k8s.io/v1',
      regarding: involvedObject,
      note: message,
      reportingController: reportingComponent,
      deprecatedSource: source,
      deprecatedFirstTimestamp: firstTimestamp,
      deprecatedLastTimestamp: lastTimestamp,
      deprecatedCount: count,
    } as KubeObject
  }
  if (resource.group === 'autoscaling' && resource.version === 'v1') {
    const { metrics, behavior, ...spec } = object.spec ?? {}
    const cpu = metrics?.find((m: any) => m.resource?.name === 'cpu')?.resource?.target?.averageUtilization
    return {
      ...object,
      apiVersion: 'autoscaling/v1',
      spec: { ...spec, ...(cpu === undefined ? {} : { targetCPUUtilizationPercentage: cpu }) },
    }
  }
  const apiVersion = apiVersionOf(resource)
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion }
}
