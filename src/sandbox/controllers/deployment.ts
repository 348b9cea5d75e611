import type { Api } from '../api/api.ts'
import { deleteObject } from '../api/deleting.ts'
import { templateHash } from '../api/names.ts'
import { createObject, modify } from '../api/rest.ts'
import { recordEvent } from '../events.ts'
import { controllerReference, copy, equal, type KubeObject } from '../object.ts'
import { StatusError } from '../status.ts'
import { HASH, limits, newest, RESOURCE, REVISION, revision, SETS, sum } from './deployment-sets.ts'
import { progress, status } from './deployment-status.ts'
import { MANAGER, owned } from './owned.ts'
import { addOwner, createQueue, fromKey, keyOf } from './queue.ts'

/** Rolls ReplicaSets for Deployments. */
export function runDeployments(api: Api): () => void {
  const queue = createQueue(api, (key) => sync(api, key, (k, s) => queue.addAfter(k, s)))
  const ends = [
    api.store.subscribe(RESOURCE, ({ object }) => queue.add(keyOf(object))),
    api.store.subscribe(SETS, (change) => addOwner(queue, 'Deployment', change)),
    api.store.subscribe('pods', ({ type, object }) => {
      // Recreate waits for the last old Pod.
      if (type !== 'DELETED') return
      const set = object.metadata.ownerReferences?.find((r) => r.kind === 'ReplicaSet')
      const owner =
        set && api.store.get(SETS, object.metadata.namespace, set.name)?.metadata.ownerReferences?.find((r) => r.kind === 'Deployment')
      if (owner) queue.add(`${object.metadata.namespace}/${owner.name}`)
    }),
  ]
  return () => {
    for (const end of ends) end()
  }
}

function sync(api: Api, key: string, later: (key: string, seconds: number) => void): void {
  const deployment = fromKey(api, RESOURCE, key)
  if (!deployment) return
  let sets = owned(api, SETS, deployment)
  if (deployment.metadata.deletionTimestamp) {
    status(api, deployment, sets, newest(deployment, sets), later)
    return
  }
  let current = newest(deployment, sets)
  if (deployment.spec.paused) {
    scaleOnly(api, deployment, sets, current)
    status(api, deployment, owned(api, SETS, deployment), current, later)
    return
  }
  current = ensureNew(api, deployment, sets, current)
  if (!current) return
  const fresh = fromKey(api, RESOURCE, key)
  if (!fresh) return
  sets = owned(api, SETS, fresh)
  current = sets.find((s) => s.metadata.uid === current!.metadata.uid) ?? current
  const old = sets.filter((s) => s.metadata.uid !== current!.metadata.uid)
  if (fresh.spec.strategy?.type === 'Recreate') recreate(api, fresh, current, old)
  else roll(api, fresh, current, old)
  sets = owned(api, SETS, fresh)
  status(
    api,
    fromKey(api, RESOURCE, key) ?? fresh,
    sets,
    sets.find((s) => s.metadata.uid === current!.metadata.uid),
    later,
  )
  clean(api, fromKey(api, RESOURCE, key) ?? fresh, sets)
}

/** The ReplicaSet of the current template, created or raised to the newest revision. */
function ensureNew(api: Api, deployment: KubeObject, sets: KubeObject[], current: KubeObject | undefined): KubeObject | undefined {
  const next = Math.max(0, ...sets.filter((s) => s !== current).map(revision)) + 1
  const annotations = Object.fromEntries(
    Object.entries(deployment.metadata.annotations ?? {}).filter(
      ([k]) => k !== 'kubectl.kubernetes.io/last-applied-configuration' && k !== REVISION,
    ),
  )
  const wanted = deployment.spec.replicas ?? 1
  const counts = {
    'deployment.kubernetes.io/desired-replicas': String(wanted),
    'deployment.kubernetes.io/max-replicas': String(wanted + limits(deployment).surge),
  }
  let set = current
  let created = false
  if (!set) {
    let name = `${deployment.metadata.name}-${templateHash(deployment.spec.template)}`
    const taken = api.store.get(SETS, deployment.metadata.namespace, name)
    if (taken) name = `${deployment.metadata.name}-${templateHash([deployment.spec.template, sets.length, api.store.version()])}`
    const hash = name.slice(deployment.metadata.name.length + 1)
    const template = copy(deployment.spec.template)
    template.metadata = { ...template.metadata, labels: { ...template.metadata?.labels, [HASH]: hash } }
    const old = sum(sets, (s) => s.spec.replicas)
    const start =
      deployment.spec.strategy?.type === 'Recreate'
        ? old > 0
          ? 0
          : wanted
        : Math.min(wanted, Math.max(0, wanted + limits(deployment).surge - old))
    try {
      set = createObject(
        api,
        api.registry.stored(SETS)!,
        deployment.metadata.namespace,
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          metadata: {
            name,
            labels: template.metadata.labels,
            annotations: { ...annotations, ...counts, [REVISION]: String(next) },
            ownerReferences: [controllerReference(deployment)],
          },
          spec: {
            replicas: start,
            ...(deployment.spec.minReadySeconds ? { minReadySeconds: deployment.spec.minReadySeconds } : {}),
            selector: { ...copy(deployment.spec.selector), matchLabels: { ...deployment.spec.selector.matchLabels, [HASH]: hash } },
            template,
          },
        },
        { manager: MANAGER, fieldValidation: 'Ignore' },
      )
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      const message = `Failed to create new replica set "${name}": ${error.message}`
      recordEvent(api, deployment, { component: 'deployment-controller' }, 'Warning', 'ReplicaSetCreateError', message)
      progress(api, deployment, 'False', 'ReplicaSetCreateError', message)
      return undefined
    }
    created = true
    if (start > 0)
      recordEvent(
        api,
        deployment,
        { component: 'deployment-controller' },
        'Normal',
        'ScalingReplicaSet',
        `Scaled up replica set ${name} from 0 to ${start}`,
      )
  } else {
    const to = Math.max(revision(set), next)
    const wantedAnnotations = { ...set.metadata.annotations, ...annotations, ...counts, [REVISION]: String(to) }
    if (!equal(wantedAnnotations, set.metadata.annotations) || (set.spec.minReadySeconds ?? 0) !== (deployment.spec.minReadySeconds ?? 0))
      set =
        modify(
          api,
          SETS,
          set,
          (copied) => {
            copied.metadata.annotations = wantedAnnotations
            if (deployment.spec.minReadySeconds) copied.spec.minReadySeconds = deployment.spec.minReadySeconds
            else delete copied.spec.minReadySeconds
          },
          { manager: MANAGER },
        ) ?? set
  }
  const number = String(revision(set))
  if (deployment.metadata.annotations?.[REVISION] !== number)
    modify(api, RESOURCE, deployment, (copied) => (copied.metadata.annotations = { ...copied.metadata.annotations, [REVISION]: number }), {
      manager: MANAGER,
      subresource: 'status',
    })
  if (created)
    progress(
      api,
      fromKey(api, RESOURCE, keyOf(deployment)) ?? deployment,
      'True',
      'NewReplicaSetCreated',
      `Created new replica set "${set.metadata.name}"`,
    )
  else if (!deployment.status?.conditions?.some((c: any) => c.type === 'Progressing'))
    progress(
      api,
      fromKey(api, RESOURCE, keyOf(deployment)) ?? deployment,
      'True',
      'FoundNewReplicaSet',
      `Found new replica set "${set.metadata.name}"`,
    )
  return set
}

function scaleOnly(api: Api, deployment: KubeObject, sets: KubeObject[], current: KubeObject | undefined): void {
  const active = sets.filter((s) => (s.spec.replicas ?? 0) > 0)
  const target = active.length === 1 ? active[0]! : active.length === 0 ? current : undefined
  if (target) scale(api, deployment, target, deployment.spec.replicas ?? 1)
}

function recreate(api: Api, deployment: KubeObject, current: KubeObject, old: KubeObject[]): void {
  for (const set of old) scale(api, deployment, set, 0)
  const left = old.some((set) =>
    api.store
      .list('pods', set.metadata.namespace)
      .some(
        (p) =>
          p.metadata.ownerReferences?.some((r) => r.uid === set.metadata.uid) &&
          p.status?.phase !== 'Succeeded' &&
          p.status?.phase !== 'Failed',
      ),
  )
  if (!left) scale(api, deployment, current, deployment.spec.replicas ?? 1)
}

function roll(api: Api, deployment: KubeObject, current: KubeObject, old: KubeObject[]): void {
  const wanted = deployment.spec.replicas ?? 1
  const { surge, unavailable } = limits(deployment)
  const mine = current.spec.replicas ?? 0
  const total = mine + sum(old, (s) => s.spec.replicas)
  if (mine > wanted) {
    scale(api, deployment, current, wanted)
    return
  }
  if (mine < wanted) {
    const room = wanted + surge - total
    if (room > 0) {
      scale(api, deployment, current, mine + Math.min(room, wanted - mine))
      return
    }
  }
  const active = old.filter((s) => (s.spec.replicas ?? 0) > 0).sort((a, b) => revision(a) - revision(b))
  if (active.length === 0) return
  const least = wanted - unavailable
  const newUnavailable = mine - (current.status?.availableReplicas ?? 0)
  let room = total - least - newUnavailable
  if (room <= 0) return
  // Old Pods that are not healthy go first, they take nothing away.
  const remaining = new Map(active.map((s) => [s, s.spec.replicas as number]))
  for (const set of active) {
    const unhealthy = Math.min(room, Math.max(0, remaining.get(set)! - (set.status?.availableReplicas ?? 0)))
    remaining.set(set, remaining.get(set)! - unhealthy)
    room -= unhealthy
  }
  const available = (current.status?.availableReplicas ?? 0) + sum(old, (s) => s.status?.availableReplicas)
  let spare = available - least
  for (const set of active) {
    if (spare <= 0) break
    const down = Math.min(spare, remaining.get(set)!)
    remaining.set(set, remaining.get(set)! - down)
    spare -= down
  }
  for (const [set, replicas] of remaining) scale(api, deployment, set, replicas)
}

function scale(api: Api, deployment: KubeObject, set: KubeObject, replicas: number): void {
  const from = set.spec.replicas ?? 0
  if (from === replicas) return
  modify(api, SETS, set, (next) => (next.spec.replicas = replicas), { manager: MANAGER })
  recordEvent(
    api,
    deployment,
    { component: 'deployment-controller' },
    'Normal',
    'ScalingReplicaSet',
    `Scaled ${replicas > from ? 'up' : 'down'} replica set ${set.metadata.name} from ${from} to ${replicas}`,
  )
}

/** Deletes old ReplicaSets beyond revisionHistoryLimit, once the rollout is complete. */
function clean(api: Api, deployment: KubeObject, sets: KubeObject[]): void {
  const done = deployment.status?.conditions?.some((c: any) => c.type === 'Progressing' && c.reason === 'NewReplicaSetAvailable')
  if (!done) return
  const current = newest(deployment, sets)
  const old = sets
    .filter((s) => s !== current && (s.spec.replicas ?? 0) === 0 && (s.status?.replicas ?? 0) === 0 && !s.metadata.deletionTimestamp)
    .sort((a, b) => revision(a) - revision(b))
  const excess = old.length - (deployment.spec.revisionHistoryLimit ?? 10)
  for (const set of old.slice(0, Math.max(0, excess)))
    deleteObject(api, api.registry.stored(SETS)!, set.metadata.namespace, set.metadata.name, { propagationPolicy: 'Background' })
}
