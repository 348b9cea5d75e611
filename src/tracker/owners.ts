import type { KubeObject } from '../resource.ts'

/** The uid of the controller that owns an object, or undefined. */
export function controllerOf(object: KubeObject): string | undefined {
  const owners = object.metadata.ownerReferences
  return (owners?.find((owner) => owner.controller) ?? owners?.[0])?.uid
}

/** Those of `children` of one kind that `owner` controls. */
export function ownedBy(owner: KubeObject, children: readonly KubeObject[], kind: string): KubeObject[] {
  const { uid } = owner.metadata
  return uid === undefined ? [] : children.filter((child) => child.kind === kind && controllerOf(child) === uid)
}

/** Pods that are not on their way out. */
export function isLeaving(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined
}

/** The names of the volume claims that a Pod uses. */
export function claimsOf(pod: KubeObject): string[] {
  const volumes: { persistentVolumeClaim?: { claimName: string } }[] = pod.spec?.volumes ?? []
  return volumes.flatMap((volume) => volume.persistentVolumeClaim?.claimName ?? [])
}
