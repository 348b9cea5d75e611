import type { Api } from '../api/api.ts'
import { createObject, modify } from '../api/rest.ts'
import { recordEvent } from '../events.ts'
import { controllerOf, controllerReference, copy, type KubeObject } from '../object.ts'
import { selects } from '../selectors.ts'
import { StatusError } from '../status.ts'

export const MANAGER = 'kube-controller-manager'

/** What `owner` controls of a resource. Orphans that its selector selects are adopted. */
export function owned(api: Api, resource: string, owner: KubeObject): KubeObject[] {
  const out: KubeObject[] = []
  for (const object of api.store.list(resource, owner.metadata.namespace)) {
    const reference = controllerOf(object)
    if (reference) {
      if (reference.uid === owner.metadata.uid) out.push(object)
      continue
    }
    if (object.metadata.deletionTimestamp || owner.metadata.deletionTimestamp || !selects(owner.spec.selector, object.metadata.labels))
      continue
    const adopted = modify(
      api,
      resource,
      object,
      (next) => {
        next.metadata.ownerReferences = [...(next.metadata.ownerReferences ?? []), controllerReference(owner)]
      },
      { manager: MANAGER },
    )
    if (adopted) out.push(adopted)
  }
  return out
}

export function isReady(pod: KubeObject): boolean {
  return pod.status?.conditions?.some((c: any) => c.type === 'Ready' && c.status === 'True') ?? false
}

/** Seconds until a ready Pod counts as available; 0 when it does, undefined when it is not ready. */
export function availableIn(pod: KubeObject, minReadySeconds: number): number | undefined {
  const ready = pod.status?.conditions?.find((c: any) => c.type === 'Ready' && c.status === 'True')
  if (!ready) return undefined
  if (minReadySeconds === 0) return 0
  return Math.max(0, (Date.parse(ready.lastTransitionTime) + minReadySeconds * 1000 - Date.now()) / 1000)
}

export function isActive(pod: KubeObject): boolean {
  return !pod.metadata.deletionTimestamp && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed'
}

/** Creates a Pod from a template for its controller, and says so. Gives the reason where the API refuses. */
export function createPod(
  api: Api,
  owner: KubeObject,
  template: any,
  metadata: Record<string, any>,
  reporter: string,
  change?: (pod: any) => void,
): { pod?: KubeObject; problem?: string } {
  const pod: any = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      labels: { ...template?.metadata?.labels, ...metadata.labels },
      annotations: { ...template?.metadata?.annotations, ...metadata.annotations },
      ...(template?.metadata?.finalizers ? { finalizers: template.metadata.finalizers } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    spec: copy(template?.spec ?? {}),
  }
  change?.(pod)
  try {
    const created = createObject(api, api.registry.stored('pods')!, owner.metadata.namespace, pod, {
      manager: MANAGER,
      fieldValidation: 'Ignore',
    })
    if (metadata.generateName)
      recordEvent(api, owner, { component: reporter }, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`)
    return { pod: created }
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    if (!/because it is being terminated/.test(error.message) && metadata.generateName)
      recordEvent(api, owner, { component: reporter }, 'Warning', 'FailedCreate', `Error creating: ${error.message}`)
    return { problem: error.message }
  }
}

/** `25%` or a number, of `total`; percentages round up for surge, down for unavailability. */
export function portion(value: string | number | undefined, total: number, up: boolean): number {
  if (value === undefined) return 0
  if (typeof value === 'number') return value
  const exact = (Number.parseInt(value, 10) * total) / 100
  return up ? Math.ceil(exact) : Math.floor(exact)
}
