import type { Api } from '../api/api.ts'
import { createObject, modify } from '../api/rest.ts'
import { recordEvent } from '../events.ts'
import type { KubeObject } from '../object.ts'
import { StatusError } from '../status.ts'
import { MANAGER } from './owned.ts'
import { createQueue, fromKey, keyOf } from './queue.ts'

const CLAIMS = 'persistentvolumeclaims'
const CLASSES = 'storageclasses.storage.k8s.io'
const REPORTER = { component: 'persistentvolume-controller' }

/** Binds claims to volumes: of their class, made on demand, or to one that fits. */
export function runVolumes(api: Api): () => void {
  const queue = createQueue(api, (key) => sync(api, key, (k, s) => queue.addAfter(k, s)))
  const ends = [
    api.store.subscribe(CLAIMS, ({ object, type }) => {
      if (type === 'DELETED') release(api, object)
      else queue.add(keyOf(object))
    }),
    api.store.subscribe(CLASSES, () => {
      for (const claim of api.store.list(CLAIMS)) if (claim.status?.phase === 'Pending') queue.add(keyOf(claim))
    }),
    api.store.subscribe('persistentvolumes', ({ type, object }) => {
      if (type !== 'DELETED' && object.metadata.deletionTimestamp)
        unprotect(api, 'persistentvolumes', object, 'kubernetes.io/pv-protection')
      else if (type === 'ADDED') {
        if (object.status?.phase === 'Pending')
          modify(api, 'persistentvolumes', object, (next) => (next.status = { phase: 'Available' }), {
            manager: MANAGER,
            subresource: 'status',
          })
        for (const claim of api.store.list(CLAIMS)) if (claim.status?.phase === 'Pending') queue.add(keyOf(claim))
      }
    }),
    api.store.subscribe('pods', ({ object, previous, type }) => {
      const bound = object.spec.nodeName && !previous?.spec.nodeName
      if (type === 'DELETED' || bound)
        for (const v of object.spec.volumes ?? [])
          if (v.persistentVolumeClaim) queue.add(`${object.metadata.namespace}/${v.persistentVolumeClaim.claimName}`)
    }),
  ]
  return () => {
    for (const end of ends) end()
  }
}

function users(api: Api, claim: KubeObject): KubeObject[] {
  return api.store
    .list('pods', claim.metadata.namespace)
    .filter(
      (p) =>
        p.spec.volumes?.some((v: any) => v.persistentVolumeClaim?.claimName === claim.metadata.name) &&
        p.status?.phase !== 'Succeeded' &&
        p.status?.phase !== 'Failed',
    )
}

function unprotect(api: Api, key: string, object: KubeObject, finalizer: string): void {
  if (!object.metadata.finalizers?.includes(finalizer)) return
  modify(
    api,
    key,
    object,
    (next) => {
      next.metadata.finalizers = next.metadata.finalizers!.filter((f) => f !== finalizer)
      if (next.metadata.finalizers.length === 0) delete next.metadata.finalizers
    },
    { manager: MANAGER },
  )
}

function release(api: Api, claim: KubeObject): void {
  const volume = claim.spec.volumeName && api.store.get('persistentvolumes', undefined, claim.spec.volumeName)
  if (!volume) return
  if (volume.spec.persistentVolumeReclaimPolicy === 'Delete') api.store.remove('persistentvolumes', volume)
  else
    modify(api, 'persistentvolumes', volume, (next) => (next.status = { phase: 'Released' }), { manager: MANAGER, subresource: 'status' })
}

function sync(api: Api, key: string, later: (key: string, seconds: number) => void): void {
  const claim = fromKey(api, CLAIMS, key)
  if (!claim) return
  if (claim.metadata.deletionTimestamp) {
    if (users(api, claim).length === 0) unprotect(api, CLAIMS, claim, 'kubernetes.io/pvc-protection')
    return
  }
  if (claim.status?.phase === 'Bound') return
  const name = claim.spec.storageClassName
  const fitting = api.store
    .list('persistentvolumes')
    .find(
      (v) =>
        v.status?.phase === 'Available' &&
        (v.spec.storageClassName ?? '') === (name ?? '') &&
        (!claim.spec.volumeName || claim.spec.volumeName === v.metadata.name),
    )
  if (fitting) {
    bind(api, claim, fitting)
    return
  }
  if (!name) {
    recordEvent(
      api,
      claim,
      REPORTER,
      'Normal',
      'FailedBinding',
      'no persistent volumes available for this claim and no storage class is set',
    )
    return
  }
  const storageClass = api.store.get(CLASSES, undefined, name)
  if (!storageClass) {
    recordEvent(api, claim, REPORTER, 'Warning', 'ProvisioningFailed', `storageclass.storage.k8s.io "${name}" not found`)
    later(key, 10)
    return
  }
  if (storageClass.volumeBindingMode === 'WaitForFirstConsumer' && !users(api, claim).some((p) => p.spec.nodeName)) {
    recordEvent(api, claim, REPORTER, 'Normal', 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding')
    return
  }
  if (storageClass.provisioner === 'kubernetes.io/no-provisioner') return
  if (storageClass.provisioner !== 'sandbox.converge.dev/disk') {
    recordEvent(
      api,
      claim,
      REPORTER,
      'Normal',
      'ExternalProvisioning',
      `Waiting for a volume to be created either by the external provisioner '${storageClass.provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
    )
    return
  }
  api.clock.after(0.1, () => {
    const fresh = fromKey(api, CLAIMS, key)
    if (!fresh || fresh.status?.phase === 'Bound' || fresh.metadata.deletionTimestamp) return
    try {
      const volume = createObject(
        api,
        api.registry.stored('persistentvolumes')!,
        undefined,
        {
          apiVersion: 'v1',
          kind: 'PersistentVolume',
          metadata: { name: `pvc-${fresh.metadata.uid}` },
          spec: {
            capacity: { storage: fresh.spec.resources?.requests?.storage ?? '1Gi' },
            accessModes: fresh.spec.accessModes,
            persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
            storageClassName: name,
            hostPath: { path: `/sandbox/${fresh.metadata.uid}` },
          },
        },
        { manager: MANAGER, fieldValidation: 'Ignore' },
      )
      recordEvent(
        api,
        fresh,
        { component: 'sandbox.converge.dev/disk' },
        'Normal',
        'ProvisioningSucceeded',
        `Successfully provisioned volume ${volume.metadata.name}`,
      )
      bind(api, fresh, volume)
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
    }
  })
}

function bind(api: Api, claim: KubeObject, volume: KubeObject): void {
  modify(
    api,
    'persistentvolumes',
    volume,
    (next) => {
      next.spec.claimRef = {
        kind: 'PersistentVolumeClaim',
        apiVersion: 'v1',
        namespace: claim.metadata.namespace,
        name: claim.metadata.name,
        uid: claim.metadata.uid,
      }
    },
    { manager: MANAGER },
  )
  modify(api, 'persistentvolumes', volume, (next) => (next.status = { phase: 'Bound' }), { manager: MANAGER, subresource: 'status' })
  modify(
    api,
    CLAIMS,
    claim,
    (next) => {
      next.metadata.annotations = {
        ...next.metadata.annotations,
        'pv.kubernetes.io/bind-completed': 'yes',
        'pv.kubernetes.io/bound-by-controller': 'yes',
      }
      next.spec.volumeName = volume.metadata.name
    },
    { manager: MANAGER },
  )
  modify(
    api,
    CLAIMS,
    claim,
    (next) => (next.status = { phase: 'Bound', accessModes: claim.spec.accessModes, capacity: volume.spec.capacity }),
    { manager: MANAGER, subresource: 'status' },
  )
}
