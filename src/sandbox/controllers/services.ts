import type { Api } from '../api/api.ts'
import { deleteObject } from '../api/deleting.ts'
import { createObject, modify } from '../api/rest.ts'
import { controllerReference, equal, type KubeObject } from '../object.ts'
import { StatusError } from '../status.ts'
import { isReady, MANAGER } from './owned.ts'
import { createQueue, fromKey, keyOf } from './queue.ts'

const SLICES = 'endpointslices.discovery.k8s.io'

/** Endpoints and EndpointSlices of Services, and addresses of load balancers and Ingresses. */
export function runServices(api: Api): () => void {
  const queue = createQueue(api, (key) => sync(api, key))
  let balancers = 0
  const address = (): string => `172.18.255.${(++balancers % 250) + 1}`
  const affected = (pod: KubeObject): void => {
    for (const service of api.store.list('services', pod.metadata.namespace)) if (selected(service, pod)) queue.add(keyOf(service))
  }
  const ends = [
    api.store.subscribe('services', ({ type, object }) => {
      queue.add(keyOf(object))
      if (type !== 'DELETED' && object.spec.type === 'LoadBalancer' && !object.status?.loadBalancer?.ingress)
        api.clock.after(0.3, () => {
          modify(
            api,
            'services',
            object,
            (next) => (next.status = { ...next.status, loadBalancer: { ingress: [{ ip: address(), ipMode: 'VIP' }] } }),
            { manager: 'cloud-controller-manager', subresource: 'status' },
          )
        })
    }),
    api.store.subscribe('ingresses.networking.k8s.io', ({ type, object }) => {
      if (type === 'DELETED' || object.status?.loadBalancer?.ingress) return
      api.clock.after(0.2, () => {
        modify(
          api,
          'ingresses.networking.k8s.io',
          object,
          (next) => (next.status = { loadBalancer: { ingress: [{ ip: '172.18.255.1' }] } }),
          { manager: 'ingress-controller', subresource: 'status' },
        )
      })
    }),
    api.store.subscribe('pods', ({ object, previous, type }) => {
      if (type === 'ADDED' && !object.status?.podIP) return
      if (
        previous &&
        type === 'MODIFIED' &&
        isReady(previous) === isReady(object) &&
        previous.status?.podIP === object.status?.podIP &&
        equal(previous.metadata.labels, object.metadata.labels) &&
        previous.metadata.deletionTimestamp === object.metadata.deletionTimestamp
      )
        return
      affected(object)
      if (previous && !equal(previous.metadata.labels, object.metadata.labels)) affected(previous)
    }),
  ]
  return () => {
    for (const end of ends) end()
  }
}

function selected(service: KubeObject, pod: KubeObject): boolean {
  const selector = Object.entries(service.spec.selector ?? {})
  return selector.length > 0 && selector.every(([key, value]) => pod.metadata.labels?.[key] === value)
}

function targetPort(port: any, pod: KubeObject): number | undefined {
  if (typeof port.targetPort === 'number') return port.targetPort
  if (typeof port.targetPort === 'string')
    for (const container of pod.spec.containers)
      for (const p of container.ports ?? []) if (p.name === port.targetPort) return p.containerPort
  return typeof port.targetPort === 'string' ? undefined : port.port
}

function sync(api: Api, key: string): void {
  const service = fromKey(api, 'services', key)
  const [namespace, name] = key.split('/') as [string, string]
  if (!service) {
    if (api.store.get('endpoints', namespace, name)?.metadata.labels?.['endpoints.kubernetes.io/managed-by'])
      quietly(() => deleteObject(api, api.registry.stored('endpoints')!, namespace, name, {}))
    return
  }
  if (!service.spec.selector || service.spec.type === 'ExternalName' || service.metadata.deletionTimestamp) return
  const home = api.store.get('namespaces', undefined, namespace)
  if (!home || home.metadata.deletionTimestamp) return
  const pods = api.store
    .list('pods', namespace)
    .filter((p) => selected(service, p) && p.status?.podIP && p.status.phase !== 'Succeeded' && p.status.phase !== 'Failed')
  const reference = (pod: KubeObject): any => ({ kind: 'Pod', namespace, name: pod.metadata.name, uid: pod.metadata.uid })
  const isUp = (pod: KubeObject): boolean =>
    (isReady(pod) && !pod.metadata.deletionTimestamp) || service.spec.publishNotReadyAddresses === true
  const first = pods[0]
  const ports = (service.spec.ports ?? []).map((p: any) => ({
    ...(p.name ? { name: p.name } : {}),
    port: first ? (targetPort(p, first) ?? p.port) : p.port,
    protocol: p.protocol,
  }))
  const address = (pod: KubeObject): any => ({
    ip: pod.status.podIP,
    nodeName: pod.spec.nodeName,
    targetRef: reference(pod),
    ...(pod.spec.subdomain === name && pod.spec.hostname ? { hostname: pod.spec.hostname } : {}),
  })
  const up = pods.filter(isUp).map(address)
  const down = pods.filter((p) => !isUp(p)).map(address)
  const subsets =
    pods.length === 0
      ? undefined
      : [{ ...(up.length ? { addresses: up } : {}), ...(down.length ? { notReadyAddresses: down } : {}), ports }]
  const labels = { ...service.metadata.labels, 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' }
  write(
    api,
    service,
    'endpoints',
    name,
    { apiVersion: 'v1', kind: 'Endpoints', metadata: { name, labels }, ...(subsets ? { subsets } : {}) },
    ['subsets'],
  )
  const endpoints = pods.map((pod) => {
    const serving = isReady(pod)
    return {
      addresses: [pod.status.podIP],
      conditions: { ready: isUp(pod), serving, terminating: pod.metadata.deletionTimestamp !== undefined },
      nodeName: pod.spec.nodeName,
      targetRef: reference(pod),
    }
  })
  const existing = api.store.list(SLICES, namespace).find((s) => s.metadata.ownerReferences?.some((r) => r.uid === service.metadata.uid))
  const slice = existing?.metadata.name ?? `${name.slice(0, 57)}-${api.names.suffix()}`
  write(
    api,
    service,
    SLICES,
    slice,
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: slice,
        labels: {
          ...service.metadata.labels,
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
          'kubernetes.io/service-name': name,
        },
        ownerReferences: [controllerReference(service)],
      },
      addressType: 'IPv4',
      endpoints,
      ports: ports.map((p: any) => ({ name: p.name ?? '', port: p.port, protocol: p.protocol })),
    },
    ['endpoints', 'ports'],
  )
}

function write(api: Api, service: KubeObject, key: string, name: string, object: any, fields: string[]): void {
  const namespace = service.metadata.namespace!
  const current = api.store.get(key, namespace, name)
  if (!current) {
    quietly(() => createObject(api, api.registry.stored(key)!, namespace, object, { manager: MANAGER, fieldValidation: 'Ignore' }))
    return
  }
  if (fields.every((field) => equal(current[field] ?? null, object[field] ?? null))) return
  modify(
    api,
    key,
    current,
    (next) => {
      for (const field of fields) {
        if (object[field] === undefined) delete next[field]
        else next[field] = object[field]
      }
    },
    { manager: MANAGER },
  )
}

function quietly(action: () => void): void {
  try {
    action()
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
  }
}
