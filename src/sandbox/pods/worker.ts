import { createHash } from 'node:crypto'
import type { Api } from '../api/api.ts'
import { deleteObject } from '../api/deleting.ts'
import { modify } from '../api/rest.ts'
import { recordEvent } from '../events.ts'
import { type KubeObject, timestamp } from '../object.ts'
import { type Behaviour, behaviourOf } from './behaviour.ts'
import { type Run, SHELL_IMAGES, sleep, startContainer } from './container.ts'
import { ConfigProblem } from './environment.ts'
import { availability, invalidName, pullError, references, split } from './image.ts'
import type { PodLogs } from './logs.ts'
import { probe } from './probes.ts'
import { type ContainerState, newState, podStatus, sameStatus } from './status.ts'
import { type Disks, mountProblems } from './volumes.ts'

/** What all Pods of the node share. */
export interface Node {
  api: Api
  logs: PodLogs
  disks: Disks
  /** Images that were pulled before. */
  images: Set<string>
  nextAddress(): string
}

/** The kubelet's worker for one Pod. */
export interface Worker {
  /** The Pod changed: it may be going, or a gate may be open. */
  changed(pod: KubeObject): void
  /** ConfigMaps, Secrets or claims changed: what waited for one looks again. */
  retry(): void
  /** Forgets the Pod at once: it is gone from the store, or the sandbox stops. */
  stop(): void
}

const REPORTER = { component: 'kubelet', host: 'sandbox' }
const FIRST_BACKOFF = 1
const LAST_BACKOFF = 10

export function startWorker(node: Node, first: KubeObject): Worker {
  const { api } = node
  let pod = first
  const behaviour = behaviourOf(pod)
  const gone = new AbortController()
  /** Aborts when no container may start any more: deletion, eviction, deadline. */
  const ending = new AbortController()
  const startTime = timestamp()
  const specs: any[] = pod.spec.containers
  const initSpecs: any[] = pod.spec.initContainers ?? []
  const inits = initSpecs.map((c) => newState(c, true))
  const containers = specs.map((c) => newState(c, initSpecs.length > 0))
  const runs = new Map<string, Run>()
  let podIP: string | undefined
  let mounted = false
  let failure: { reason: string; message: string } | undefined
  let wake = new Set<() => void>()
  let terminating = false
  let queued = false

  const event = (type: 'Normal' | 'Warning', reason: string, message: string, container?: any): void => {
    const list = initSpecs.includes(container) ? 'initContainers' : 'containers'
    recordEvent(api, pod, REPORTER, type, reason, message, container ? `spec.${list}{${container.name}}` : undefined)
  }

  const publishNow = (): void => {
    queued = false
    if (gone.signal.aborted) return
    const current = api.store.get('pods', pod.metadata.namespace, pod.metadata.name)
    if (!current || current.metadata.uid !== pod.metadata.uid) return
    const status = podStatus(current, inits, containers, { podIP, startTime, mounted, failure })
    if (sameStatus(current.status, status)) return
    modify(api, 'pods', current, (next) => (next.status = JSON.parse(JSON.stringify(status))), {
      manager: 'kubelet',
      subresource: 'status',
    })
  }
  // Changes of one turn become one write.
  const publish = (): void => {
    if (queued) return
    queued = true
    queueMicrotask(publishNow)
  }

  /** Waits until something that the Pod refers to changed, or for `seconds`. */
  const waitForChange = (seconds: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const finish = (): void => {
        cancel()
        wake.delete(finish)
        ending.signal.removeEventListener('abort', aborted)
        resolve()
      }
      const cancel = api.clock.after(seconds, finish)
      const aborted = (): void => {
        cancel()
        wake.delete(finish)
        reject(new Error('ending'))
      }
      if (ending.signal.aborted) aborted()
      else ending.signal.addEventListener('abort', aborted, { once: true })
      wake.add(finish)
    })
  const pause = (seconds: number): Promise<void> => sleep(api, seconds, ending.signal)

  async function pull(container: any, state: ContainerState): Promise<void> {
    for (let backoff = FIRST_BACKOFF; ; backoff = Math.min(backoff * 2, LAST_BACKOFF)) {
      const found = availability(container.image)
      if (found === 'invalid') {
        const message = `Failed to apply default image tag "${container.image}": couldn't parse image name "${container.image}": ${invalidName(container.image)}`
        event('Warning', 'InspectFailed', message, container)
        event('Warning', 'Failed', 'Error: InvalidImageName', container)
        state.state = { waiting: { reason: 'InvalidImageName', message } }
        publish()
        await pause(backoff * 5)
        continue
      }
      const present = node.images.has(container.image)
      if (container.imagePullPolicy === 'Never' && !present) {
        const message = `Container image "${container.image}" is not present with pull policy of Never`
        event('Warning', 'ErrImageNeverPull', message, container)
        event('Warning', 'Failed', 'Error: ErrImageNeverPull', container)
        state.state = { waiting: { reason: 'ErrImageNeverPull', message } }
        publish()
        await pause(backoff * 5)
        continue
      }
      if (present && container.imagePullPolicy !== 'Always') {
        event(
          'Normal',
          'Pulled',
          `Container image "${container.image}" already present on machine and can be accessed by the pod`,
          container,
        )
        return
      }
      event('Normal', 'Pulling', `Pulling image "${container.image}"`, container)
      const from = Date.now()
      await pause(present ? 0.02 : behaviour.pullTime)
      if (found === 'ok') {
        node.images.add(container.image)
        const took = `${Date.now() - from}ms`
        const bytes = 5_000_000 + (Number.parseInt(createHash('sha256').update(container.image).digest('hex').slice(0, 6), 16) % 90_000_000)
        event(
          'Normal',
          'Pulled',
          `Successfully pulled image "${container.image}" in ${took} (${took} including waiting). Image size: ${bytes} bytes.`,
          container,
        )
        return
      }
      const error = pullError(container.image)
      const code = found === 'missing' ? `rpc error: code = NotFound desc = ${error}` : error
      event('Warning', 'Failed', `Failed to pull image "${container.image}": ${code}`, container)
      event('Warning', 'Failed', 'Error: ErrImagePull', container)
      state.state = { waiting: { reason: 'ErrImagePull', message: code } }
      publish()
      await pause(0.3)
      event('Normal', 'BackOff', `Back-off pulling image "${container.image}"`, container)
      event('Warning', 'Failed', 'Error: ImagePullBackOff', container)
      state.state = {
        waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${container.image}": ErrImagePull: ${code}` },
      }
      publish()
      await pause(backoff)
    }
  }

  /** Creates and starts a container; waits while its configuration is not there. */
  async function create(container: any, state: ContainerState): Promise<Run> {
    for (let backoff = FIRST_BACKOFF; ; backoff = Math.min(backoff * 2, LAST_BACKOFF)) {
      await pull(container, state)
      try {
        await pause(behaviour.startDelay)
        const first = [...initSpecs, ...specs].find((c) => specs[0] === c)
        const failing =
          (behaviour.fail === 'crash' || behaviour.fail === 'oom') && container === first && state.restartCount < behaviour.failTimes
        const problem = rootProblem(container)
        if (problem) throw new ConfigProblem(problem)
        const log = node.logs.open(pod.metadata.uid, container.name)
        const run = startContainer(api, pod, container, { log, disks: node.disks, behaviour, failing })
        Object.assign(state, references(container.image))
        state.containerID = `containerd://${createHash('sha256').update(`${pod.metadata.uid}/${container.name}/${state.restartCount}`).digest('hex')}`
        event('Normal', 'Created', 'Container created', container)
        return run
      } catch (error) {
        if (!(error instanceof ConfigProblem)) throw error
        state.state = { waiting: { reason: 'CreateContainerConfigError', message: error.message } }
        event('Warning', 'Failed', `Error: ${error.message}`, container)
        publish()
        await waitForChange(backoff)
      }
    }
  }

  /** Why a container that must not run as root cannot start; base images run as root. */
  function rootProblem(container: any): string | undefined {
    const { runAsNonRoot, runAsUser } = { ...pod.spec.securityContext, ...container.securityContext }
    if (!runAsNonRoot) return undefined
    const who = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${container.name})`
    if (runAsUser === 0) return `container's runAsUser breaks non-root policy ${who}`
    if (runAsUser === undefined && SHELL_IMAGES.test(split(container.image).path))
      return `container has runAsNonRoot and image will run as root ${who}`
    return undefined
  }

  const always = (container: any): boolean =>
    container.restartPolicy === 'Always' || (!initSpecs.includes(container) && pod.spec.restartPolicy === 'Always')
  const restarts = (container: any, code: number): boolean =>
    always(container) ||
    (pod.spec.restartPolicy === 'OnFailure' && code !== 0) ||
    (initSpecs.includes(container) && pod.spec.restartPolicy !== 'Never' && code !== 0)

  /** Runs a container, again and again as its policy says. Resolves at the exit after which it is not restarted. */
  async function keepRunning(container: any, state: ContainerState, onStarted?: () => void): Promise<number> {
    let backoff = 0
    for (;;) {
      const run = await create(container, state)
      runs.set(container.name, run)
      const refused = await Promise.race([run.done.then((exit) => exit.reason === 'StartError'), Promise.resolve().then(() => false)])
      const startedAt = timestamp()
      const from = Date.now()
      state.state = { running: { startedAt } }
      state.started = !container.startupProbe
      state.ready = false
      const probing = new AbortController()
      let killedBy: string | undefined
      if (!refused) event('Normal', 'Started', 'Container started', container)
      if (container.lifecycle?.postStart?.exec && !refused) void postStart(container, run)
      const isInit = initSpecs.includes(container) && container.restartPolicy !== 'Always'
      if (!isInit)
        void probe(api, container, run, behaviour, probing.signal, {
          failed: (kind, message) => event('Warning', 'Unhealthy', `${kind} probe failed: ${message}`, container),
          started: () => {
            state.started = true
            onStarted?.()
            publish()
          },
          ready: (value) => {
            if (state.ready === value) return
            state.ready = value
            publish()
          },
          restart: (kind) => {
            event('Normal', 'Killing', `Container ${container.name} failed ${kind.toLowerCase()} probe, will be restarted`, container)
            killedBy = kind
            run.kill('TERM')
            api.clock.after(Math.min(pod.spec.terminationGracePeriodSeconds ?? 30, 30), () => run.kill('KILL'))
          },
        })
      publish()
      const exit = await run.done
      probing.abort()
      runs.delete(container.name)
      const code = exit.code
      const reason = exit.reason ?? (code === 0 ? 'Completed' : 'Error')
      const terminated = {
        exitCode: code,
        reason,
        ...(exit.message ? { message: exit.message } : {}),
        startedAt: exit.reason === 'StartError' ? '1970-01-01T00:00:00Z' : startedAt,
        finishedAt: timestamp(),
        containerID: state.containerID,
        ...(termination(container, code) ?? {}),
      }
      state.state = { terminated }
      state.ready = isInit && code === 0
      state.started = false
      if (exit.reason === 'StartError') event('Warning', 'Failed', `Error: ${exit.message}`, container)
      publish()
      if (ending.signal.aborted || (!restarts(container, code) && !(killedBy && pod.spec.restartPolicy !== 'Never'))) return code
      // The first restart is at once; then the wait doubles, and is forgotten after a long good run.
      if ((Date.now() - from) / 1000 > 60) backoff = 0
      await pause(0.2)
      if (backoff > 0) {
        const message = `back-off ${backoff}s restarting failed container=${container.name} pod=${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`
        state.lastState = { terminated }
        state.state = { waiting: { reason: 'CrashLoopBackOff', message } }
        event(
          'Warning',
          'BackOff',
          `Back-off restarting failed container ${container.name} in pod ${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`,
          container,
        )
        publish()
        await pause(backoff)
      }
      backoff = backoff === 0 ? FIRST_BACKOFF : Math.min(backoff * 2, LAST_BACKOFF)
      state.lastState = { terminated }
      state.restartCount++
    }
  }

  /** A hook that fails ends the container. */
  async function postStart(container: any, run: Run): Promise<void> {
    const { code } = await run.exec(container.lifecycle.postStart.exec.command ?? [], 30)
    if (code === 0 || ending.signal.aborted || runs.get(container.name) !== run) return
    event('Warning', 'FailedPostStartHook', 'PostStartHook failed', container)
    event('Normal', 'Killing', 'FailedPostStartHook', container)
    run.kill('TERM')
    api.clock.after(Math.min(pod.spec.terminationGracePeriodSeconds ?? 30, 30), () => run.kill('KILL'))
  }

  /** The end of the log as the termination message, where the container asks for it. */
  function termination(container: any, code: number): { message: string } | undefined {
    if (container.terminationMessagePolicy !== 'FallbackToLogsOnError' || code === 0) return undefined
    const lines = node.logs.current(pod.metadata.uid, container.name)?.lines.slice(-80) ?? []
    return lines.length
      ? {
          message: `${lines
            .map((l) => l.text)
            .join('\n')
            .slice(-2048)}\n`,
        }
      : undefined
  }

  async function mount(): Promise<void> {
    for (let backoff = 0.5; ; backoff = Math.min(backoff * 2, LAST_BACKOFF)) {
      const problems = mountProblems(api, pod)
      if (problems.length === 0) return
      for (const problem of problems) event('Warning', 'FailedMount', problem)
      publish()
      await waitForChange(backoff)
    }
  }

  async function live(): Promise<void> {
    publish()
    await mount()
    podIP = pod.spec.hostNetwork ? '192.168.49.2' : node.nextAddress()
    mounted = true
    publish()
    const background: Promise<unknown>[] = []
    for (const [i, container] of initSpecs.entries()) {
      if (container.restartPolicy === 'Always') {
        await new Promise<void>((resolve, reject) => {
          background.push(keepRunning(container, inits[i]!, resolve).catch(reject))
        })
        continue
      }
      const code = await keepRunning(container, inits[i]!)
      if (code !== 0 || ending.signal.aborted) return finish()
    }
    for (const state of containers)
      if (state.state.waiting?.reason === 'PodInitializing') state.state = { waiting: { reason: 'PodInitializing' } }
    await Promise.all(specs.map((container, i) => keepRunning(container, containers[i]!)))
    // Sidecars end with the main containers.
    if (!ending.signal.aborted) ending.abort()
    const sidecars = initSpecs
      .filter((container) => container.restartPolicy === 'Always')
      .flatMap((container) => runs.get(container.name) ?? [])
    for (const run of sidecars) run.kill('TERM')
    if (sidecars.length > 0)
      api.clock.after(pod.spec.terminationGracePeriodSeconds ?? 30, () => {
        for (const run of sidecars) run.kill('KILL')
      })
    await Promise.allSettled(background)
    finish()
  }

  function finish(): void {
    publish()
  }

  /** Ends the Pod for good, as eviction and deadlines do: its containers are stopped first. */
  async function fail(reason: string, message: string, grace: number): Promise<void> {
    if (failure || terminating) return
    ending.abort()
    await stopAll(grace)
    failure = { reason, message }
    publish()
  }

  /** Stops every container: its preStop hook, TERM, and KILL after the grace period. */
  async function stopAll(grace: number): Promise<void> {
    await Promise.all(
      [...runs.entries()].map(async ([name, run]) => {
        const container = [...specs, ...initSpecs].find((c) => c.name === name)
        event('Normal', 'Killing', `Stopping container ${name}`, container)
        const cancel = api.clock.after(grace, () => run.kill('KILL'))
        if (container.lifecycle?.preStop?.exec)
          await Promise.race([run.exec(container.lifecycle.preStop.exec.command ?? [], grace), run.done])
        if (container.lifecycle?.preStop?.sleep) await sleep(api, container.lifecycle.preStop.sleep.seconds, gone.signal).catch(() => {})
        run.kill('TERM')
        await run.done
        cancel()
      }),
    )
  }

  /** Deletion: TERM, the grace period, KILL, and then the Pod goes. */
  async function terminate(): Promise<void> {
    if (terminating) return
    terminating = true
    ending.abort()
    const grace = pod.metadata.deletionGracePeriodSeconds ?? 30
    await stopAll(grace)
    if (gone.signal.aborted) return
    publishNow()
    const current = api.store.get('pods', pod.metadata.namespace, pod.metadata.name)
    if (!current || current.metadata.uid !== pod.metadata.uid) return
    deleteObject(api, api.registry.stored('pods')!, pod.metadata.namespace, pod.metadata.name, {
      gracePeriodSeconds: 0,
      preconditions: { uid: pod.metadata.uid },
    })
  }

  if (behaviour.fail === 'evict') scheduleEviction(behaviour)
  function scheduleEviction(b: Behaviour): void {
    const cancel = api.clock.after(b.failAfter + 0.4, () => {
      const message = 'The node was low on resource: memory. Threshold quantity: 100Mi, available: 42Mi. '
      event('Warning', 'Evicted', message)
      void fail('Evicted', message, 1)
    })
    gone.signal.addEventListener('abort', cancel, { once: true })
  }
  if (pod.spec.activeDeadlineSeconds !== undefined) {
    const cancel = api.clock.after(pod.spec.activeDeadlineSeconds, () => {
      event('Normal', 'DeadlineExceeded', 'Pod was active on the node longer than the specified deadline')
      void fail(
        'DeadlineExceeded',
        'Pod was active on the node longer than the specified deadline',
        pod.spec.terminationGracePeriodSeconds ?? 30,
      )
    })
    gone.signal.addEventListener('abort', cancel, { once: true })
  }
  live().catch(() => {
    // Aborted: the Pod is going, or the sandbox stops.
    if (!gone.signal.aborted) publish()
  })
  if (pod.metadata.deletionTimestamp) void terminate()

  return {
    changed(next) {
      pod = next
      if (next.metadata.deletionTimestamp && !terminating) void terminate()
      else if (next.spec.readinessGates?.length) publish()
    },
    retry() {
      const all = wake
      wake = new Set()
      for (const action of all) action()
    },
    stop() {
      gone.abort()
      ending.abort()
      for (const run of runs.values()) run.kill('KILL')
    },
  }
}
