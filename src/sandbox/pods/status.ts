import { copy, equal, type KubeObject, timestamp } from '../object.ts'

/** A container as its Pod's worker knows it. */
export interface ContainerState {
  name: string
  state: any
  lastState: any
  ready: boolean
  started: boolean
  restartCount: number
  image: string
  imageID: string
  containerID: string
}

export function newState(container: any, initializing: boolean): ContainerState {
  return {
    name: container.name,
    state: { waiting: { reason: initializing ? 'PodInitializing' : 'ContainerCreating' } },
    lastState: {},
    ready: false,
    started: false,
    restartCount: 0,
    image: container.image,
    imageID: '',
    containerID: '',
  }
}

function shown(state: ContainerState): any {
  return { ...copy(state), ...(state.containerID ? {} : { containerID: undefined }) }
}

/** Sets a condition in a list; the time of transition moves only with the status. */
export function setCondition(conditions: any[], type: string, status: 'True' | 'False', reason?: string, message?: string): void {
  const old = conditions.find((c) => c.type === type)
  const next = {
    type,
    status,
    lastProbeTime: null,
    lastTransitionTime: old?.status === status ? old.lastTransitionTime : timestamp(),
    ...(reason ? { reason } : {}),
    ...(message ? { message } : {}),
  }
  if (old) conditions[conditions.indexOf(old)] = next
  else conditions.push(next)
}

/** The Pod's status from its containers, as the kubelet computes it. */
export function podStatus(
  pod: KubeObject,
  inits: ContainerState[],
  containers: ContainerState[],
  facts: { podIP?: string; startTime: string; mounted: boolean; failure?: { reason: string; message: string } },
): any {
  const before = pod.status ?? {}
  const initSpecs: any[] = pod.spec.initContainers ?? []
  const sidecar = (i: number): boolean => initSpecs[i]?.restartPolicy === 'Always'
  // Once the containers have begun, a sidecar that ends takes nothing back.
  const begun = containers.some((s) => s.state.running || s.state.terminated || s.lastState.terminated)
  const initialized = begun || inits.every((s, i) => (sidecar(i) ? s.started : s.state.terminated?.exitCode === 0))
  const failedInit = inits.some((s, i) => !sidecar(i) && s.state.terminated && s.state.terminated.exitCode !== 0)
  const phase = facts.failure ? 'Failed' : phaseOf(pod, initialized, failedInit, containers)
  const conditions = copy(before.conditions ?? [])
  const done = phase === 'Succeeded' || phase === 'Failed'
  setCondition(conditions, 'PodReadyToStartContainers', facts.mounted && !done ? 'True' : 'False')
  const incomplete = initialized
    ? []
    : inits.filter((s, i) => !(sidecar(i) ? s.started : s.state.terminated?.exitCode === 0)).map((s) => s.name)
  if (initialized) setCondition(conditions, 'Initialized', 'True', phase === 'Succeeded' ? 'PodCompleted' : undefined)
  else
    setCondition(
      conditions,
      'Initialized',
      'False',
      'ContainersNotInitialized',
      `containers with incomplete status: [${incomplete.join(' ')}]`,
    )
  const unready = [...containers.filter((s) => !s.ready), ...inits.filter((s, i) => sidecar(i) && !s.ready)].map((s) => s.name)
  const gates = (pod.spec.readinessGates ?? []).filter(
    (g: any) => !(before.conditions ?? []).some((c: any) => c.type === g.conditionType && c.status === 'True'),
  )
  const [reason, message] = done
    ? [phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed', undefined]
    : ['ContainersNotReady', `containers with unready status: [${unready.join(' ')}]`]
  const ready = unready.length === 0 && !done
  if (ready && gates.length > 0)
    setCondition(
      conditions,
      'Ready',
      'False',
      'ReadinessGatesNotReady',
      gates.map((g: any) => `corresponding condition of pod readiness gate "${g.conditionType}" does not exist.`).join(', '),
    )
  else if (ready) setCondition(conditions, 'Ready', 'True')
  else setCondition(conditions, 'Ready', 'False', reason, message)
  if (ready) setCondition(conditions, 'ContainersReady', 'True')
  else setCondition(conditions, 'ContainersReady', 'False', reason, message)
  const generation = pod.metadata.generation
  for (const condition of conditions)
    if (generation !== undefined && condition.type !== 'PodScheduled') condition.observedGeneration = generation
  return {
    ...before,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    phase,
    conditions,
    hostIP: '192.168.49.2',
    hostIPs: [{ ip: '192.168.49.2' }],
    ...(facts.podIP ? { podIP: facts.podIP, podIPs: [{ ip: facts.podIP }] } : {}),
    startTime: facts.startTime,
    ...(facts.failure ? { reason: facts.failure.reason, message: facts.failure.message } : {}),
    ...(inits.length ? { initContainerStatuses: inits.map(shown) } : {}),
    containerStatuses: containers.map(shown),
  }
}

function phaseOf(pod: KubeObject, initialized: boolean, failedInit: boolean, containers: ContainerState[]): string {
  const policy = pod.spec.restartPolicy
  if (!initialized) return failedInit && policy === 'Never' ? 'Failed' : 'Pending'
  let waiting = 0
  let running = 0
  let stopped = 0
  let failed = 0
  for (const { state, lastState } of containers) {
    if (state.running) running++
    else if (state.terminated) {
      stopped++
      if (state.terminated.exitCode !== 0) failed++
    } else if (lastState.terminated) stopped++
    else waiting++
  }
  if (waiting > 0) return 'Pending'
  if (running > 0) return 'Running'
  if (stopped > 0) {
    if (policy === 'Always') return 'Running'
    if (failed === 0 && containers.every((c) => c.state.terminated)) return 'Succeeded'
    return policy === 'Never' ? 'Failed' : 'Running'
  }
  return 'Pending'
}

export function sameStatus(a: any, b: any): boolean {
  return equal(JSON.parse(JSON.stringify(a ?? {})), JSON.parse(JSON.stringify(b ?? {})))
}
