import { quotaUsage } from '../api/admission.ts'
import type { Api } from '../api/api.ts'
import { modify } from '../api/rest.ts'
import { equal, type KubeObject, timestamp } from '../object.ts'
import { selects } from '../selectors.ts'
import { isReady, MANAGER, portion } from './owned.ts'
import { createQueue, fromKey, keyOf } from './queue.ts'

/** Statuses that need no more than a look: CustomResourceDefinitions, budgets, autoscalers, quotas, APIServices. */
export function runStatuses(api: Api): () => void {
  const budgets = createQueue(api, (key) => budget(api, key))
  const scalers = createQueue(api, (key) => autoscaler(api, key))
  const quotas = createQueue(api, (key) => quota(api, key))
  const of = (key: string, namespace: string | undefined): KubeObject[] => (namespace ? api.store.list(key, namespace) : [])
  const ends = [
    api.store.subscribe('customresourcedefinitions.apiextensions.k8s.io', ({ type, object }) => {
      if (type === 'DELETED') api.registry.removeCustom(object)
      else definition(api, object)
    }),
    api.store.subscribe('poddisruptionbudgets.policy', ({ object }) => budgets.add(keyOf(object))),
    api.store.subscribe('horizontalpodautoscalers.autoscaling', ({ object }) => scalers.add(keyOf(object))),
    api.store.subscribe('resourcequotas', ({ object }) => quotas.add(keyOf(object))),
    api.store.subscribe('pods', ({ object }) => {
      for (const b of of('poddisruptionbudgets.policy', object.metadata.namespace)) budgets.add(keyOf(b))
    }),
    api.store.subscribe('*', ({ type, object }) => {
      if (type !== 'MODIFIED') for (const q of of('resourcequotas', object.metadata.namespace)) quotas.add(keyOf(q))
    }),
    api.store.subscribe('apiservices.apiregistration.k8s.io', ({ type, object }) => {
      if (type === 'DELETED' || object.status?.conditions) return
      modify(
        api,
        'apiservices.apiregistration.k8s.io',
        object,
        (next) =>
          (next.status = {
            conditions: [
              { type: 'Available', status: 'True', lastTransitionTime: timestamp(), reason: 'Passed', message: 'all checks passed' },
            ],
          }),
        { manager: MANAGER, subresource: 'status' },
      )
    }),
  ]
  return () => {
    for (const end of ends) end()
  }
}

/** Serves a custom resource, and says so as soon as it does. */
function definition(api: Api, crd: KubeObject): void {
  const conflict = takenNames(api, crd)
  if (conflict) {
    refuseNames(api, crd, conflict)
    return
  }
  api.registry.addCustom(crd)
  const has = (type: string): boolean => crd.status?.conditions?.some((c: any) => c.type === type && c.status === 'True')
  if (has('Established') && equal(crd.status?.acceptedNames, crd.spec.names)) return
  api.clock.after(0.02, () => {
    const now = timestamp()
    modify(
      api,
      'customresourcedefinitions.apiextensions.k8s.io',
      crd,
      (next) => {
        next.status = {
          conditions: [
            { type: 'NamesAccepted', status: 'True', lastTransitionTime: now, reason: 'NoConflicts', message: 'no conflicts found' },
            {
              type: 'Established',
              status: 'True',
              lastTransitionTime: now,
              reason: 'InitialNamesAccepted',
              message: 'the initial names have been accepted',
            },
          ],
          acceptedNames: next.spec.names,
          storedVersions: next.spec.versions.filter((v: any) => v.storage).map((v: any) => v.name),
        }
      },
      { manager: 'kube-apiserver', subresource: 'status' },
    )
  })
}

/** The name of a definition that another one of its group has already, in the API server's words. */
function takenNames(api: Api, crd: KubeObject): { reason: string; message: string } | undefined {
  const others = api.store
    .list('customresourcedefinitions.apiextensions.k8s.io')
    .filter((other) => other.metadata.uid !== crd.metadata.uid && other.spec.group === crd.spec.group && other.status?.acceptedNames)
  for (const [field, reason] of [
    ['plural', 'PluralConflict'],
    ['singular', 'SingularConflict'],
    ['kind', 'KindConflict'],
    ['listKind', 'ListKindConflict'],
  ] as const) {
    const name = crd.spec.names[field]
    if (name && others.some((other) => other.status.acceptedNames[field] === name))
      return { reason, message: `"${name}" is already in use` }
  }
  return undefined
}

function refuseNames(api: Api, crd: KubeObject, { reason, message }: { reason: string; message: string }): void {
  if (crd.status?.conditions?.some((c: any) => c.type === 'NamesAccepted' && c.reason === reason)) return
  const lastTransitionTime = timestamp()
  api.clock.after(0.02, () =>
    modify(
      api,
      'customresourcedefinitions.apiextensions.k8s.io',
      crd,
      (next) => {
        next.status = {
          conditions: [
            { type: 'NamesAccepted', status: 'False', lastTransitionTime, reason, message },
            { type: 'Established', status: 'False', lastTransitionTime, reason: 'NotAccepted', message: 'not all names are accepted' },
          ],
          acceptedNames: { plural: '', kind: '' },
          storedVersions: next.spec.versions.filter((v: any) => v.storage).map((v: any) => v.name),
        }
      },
      { manager: 'kube-apiserver', subresource: 'status' },
    ),
  )
}

function budget(api: Api, key: string): void {
  const pdb = fromKey(api, 'poddisruptionbudgets.policy', key)
  if (!pdb || pdb.metadata.deletionTimestamp) return
  const pods = api.store.list('pods', pdb.metadata.namespace).filter((p) => selects(pdb.spec.selector, p.metadata.labels))
  const healthy = pods.filter((p) => isReady(p) && !p.metadata.deletionTimestamp).length
  const { minAvailable, maxUnavailable } = pdb.spec
  const desired =
    minAvailable !== undefined
      ? portion(minAvailable, pods.length, true)
      : Math.max(0, pods.length - portion(maxUnavailable ?? 0, pods.length, true))
  const allowed = Math.max(0, healthy - desired)
  const old = pdb.status?.conditions?.[0]
  const state = allowed > 0 ? 'True' : 'False'
  const status = {
    observedGeneration: pdb.metadata.generation,
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: pods.length,
    conditions: [
      {
        type: 'DisruptionAllowed',
        status: state,
        observedGeneration: pdb.metadata.generation,
        lastTransitionTime: old?.status === state ? old.lastTransitionTime : timestamp(),
        reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
        message: '',
      },
    ],
  }
  if (!equal(pdb.status, status))
    modify(api, 'poddisruptionbudgets.policy', pdb, (next) => (next.status = status), { manager: MANAGER, subresource: 'status' })
}

function autoscaler(api: Api, key: string): void {
  const hpa = fromKey(api, 'horizontalpodautoscalers.autoscaling', key)
  if (!hpa || hpa.metadata.deletionTimestamp) return
  const { apiVersion, kind, name } = hpa.spec.scaleTargetRef ?? {}
  const resource = api.registry.reference(apiVersion ?? 'apps/v1', kind ?? '')
  const target = resource && api.store.get(resource.key, hpa.metadata.namespace, name)
  const condition = (type: string, status: string, reason: string, message: string): any => {
    const old = hpa.status?.conditions?.find((c: any) => c.type === type)
    return { type, status, lastTransitionTime: old?.status === status ? old.lastTransitionTime : timestamp(), reason, message }
  }
  if (!target) {
    const status = {
      desiredReplicas: 0,
      conditions: [
        condition(
          'AbleToScale',
          'False',
          'FailedGetScale',
          `the HPA controller was unable to get the target's current scale: ${resource?.resource ?? kind} "${name}" not found`,
        ),
      ],
    }
    if (!equal(hpa.status, status))
      modify(api, 'horizontalpodautoscalers.autoscaling', hpa, (next) => (next.status = status), {
        manager: MANAGER,
        subresource: 'status',
      })
    return
  }
  const replicas = target.spec.replicas ?? 1
  const min = hpa.spec.minReplicas ?? 1
  const wanted = Math.min(Math.max(replicas, min), hpa.spec.maxReplicas)
  if (wanted !== replicas && replicas > 0)
    modify(api, resource!.key, target, (next) => (next.spec.replicas = wanted), { manager: MANAGER, subresource: 'scale' })
  const status = {
    currentReplicas: target.status?.replicas ?? 0,
    desiredReplicas: wanted,
    conditions: [
      condition('AbleToScale', 'True', 'SucceededGetScale', "the HPA controller was able to get the target's current scale"),
      condition('ScalingActive', 'True', 'ValidMetricFound', 'the HPA was able to successfully calculate a replica count'),
      condition('ScalingLimited', 'False', 'DesiredWithinRange', 'the desired count is within the acceptable range'),
    ],
  }
  if (!equal(hpa.status, status))
    modify(api, 'horizontalpodautoscalers.autoscaling', hpa, (next) => (next.status = status), { manager: MANAGER, subresource: 'status' })
}

function quota(api: Api, key: string): void {
  const found = fromKey(api, 'resourcequotas', key)
  if (!found || found.metadata.deletionTimestamp) return
  const hard: Record<string, string> = found.spec?.hard ?? {}
  const used: Record<string, number> = Object.fromEntries(Object.keys(hard).map((name) => [name, 0]))
  for (const resource of api.store.resources()) {
    const kind = api.registry.stored(resource)
    if (!kind?.namespaced) continue
    for (const object of api.store.list(resource, found.metadata.namespace))
      for (const [name, amount] of Object.entries(quotaUsage(kind, object))) if (name in used) used[name] = used[name]! + amount
  }
  const status = {
    hard,
    used: Object.fromEntries(
      Object.entries(used).map(([name, amount]) => [
        name,
        String(Math.round(amount * 1000) % 1000 === 0 ? Math.round(amount) : `${Math.round(amount * 1000)}m`),
      ]),
    ),
  }
  if (!equal(found.status, status))
    modify(api, 'resourcequotas', found, (next) => (next.status = status), { manager: MANAGER, subresource: 'status' })
}
