import type { Cluster } from '../cluster/cluster.ts'
import type { KubeObject } from '../resource.ts'
import type { Diagnosis } from './diagnosis.ts'
import { contextAt, readScene, type Scene } from './evidence.ts'
import { chainOf, containerFacts, type Fact, neverRan, tellingPod } from './facts.ts'
import { hintFor } from './hint.ts'
import { isFailedRun } from './kinds/container-problems.ts'
import { type ContainerView, containersOf, containerWord, lastRun, shorten } from './kinds/containers.ts'
import { podProblems } from './kinds/pod.ts'
import { rulesOf } from './kinds/registry.ts'
import { bindingFailures } from './kinds/storage.ts'
import type { KubernetesEvent } from './kubernetes-event.ts'
import { cleanLine } from './log-line.ts'
import type { Evidence } from './outcome.ts'
import type { Incident } from './status.ts'
import { summarize, tellingIncident } from './summary.ts'

export interface DiagnoseOptions {
  signal: AbortSignal
  /** Default 5 seconds: what has not answered by then is left out. */
  timeoutMs?: number
  /** The resource's manifest in the last good revision: its images are compared. */
  previous?: KubeObject
}

const logLines = 20
const mostEvents = 5

/**
 * Finds out why a resource failed, or is not ready: reads it, its Pods, events and logs once more, so it must be called before anything is
 * deleted. Never rejects: what cannot be read is left out.
 */
export async function diagnose(cluster: Cluster, evidence: Evidence, options: DiagnoseOptions): Promise<Diagnosis> {
  const { status, object: known } = evidence
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs ?? 5_000)])
  const scene = await readScene(cluster, known, signal)
  const incidents = evidence.incidents.length > 0 ? evidence.incidents : presentIncidents(scene)
  const incident = tellingIncident(incidents)
  const run = incidents.filter((candidate) => candidate.container).at(-1)
  const about = incident?.container ? incident : (run ?? incident)
  const pod = tellingPod(scene.pods, about)
  const container = pod && tellingContainer(pod, about)
  const [logs, hint] = await Promise.all([
    lastLines(cluster, pod, container, about, evidence, signal),
    incident
      ? hintFor({
          cluster,
          namespace: status.ref.namespace ?? '',
          incident,
          object: scene.object,
          container,
          pod,
          previous: options.previous,
          signal,
        }).catch(() => undefined)
      : undefined,
  ])
  const facts: Fact[] = container && pod ? containerFacts(container, pod, about, options.previous) : []
  const claim = scene.events.find(({ about, reason }) => about.kind === 'PersistentVolumeClaim' && bindingFailures.has(reason))
  if (claim && incident?.reason === 'Unschedulable' && !incident.message.includes('PersistentVolumeClaim/')) {
    facts.push({ label: 'volume', text: `PersistentVolumeClaim/${claim.about.name}: ${shorten(claim.message)} (${claim.reason})` })
  }
  const extent = extentOf(scene, incidents, about)
  return {
    ref: status.ref,
    summary: summarize(status, incidents),
    chain: chainOf(scene.object, scene.children, pod, container?.name),
    ...(extent ? { extent } : {}),
    facts,
    ...(logs ? { logs } : {}),
    events: tellingEvents(scene.events, incident),
    ...(hint ? { hint } : {}),
  }
}

/** What is wrong at this moment with something that has not failed yet, without waiting for graces. */
function presentIncidents(scene: Scene): Incident[] {
  const context = contextAt(scene.object, scene.children, scene.events)
  const own = rulesOf(scene.object).problems?.(scene.object, context) ?? []
  const below = scene.pods.flatMap((pod) =>
    podProblems(
      pod,
      scene.events.filter((event) => event.about.uid === pod.metadata.uid),
      context,
    ),
  )
  return [...below, ...own].map(({ graceMs: _, suppliable: __, run: ___, dueAt: ____, ...incident }) => incident)
}

/** The container that an incident names; else one that failed, waits or is not ready; else the first. */
function tellingContainer(pod: KubeObject, incident: Incident | undefined): ContainerView | undefined {
  const containers = containersOf(pod)
  const named = containers.find((container) => container.name === incident?.container)
  if (named) return named
  const policy: string = pod.spec?.restartPolicy ?? 'Always'
  const crashed = containers.find((container) => {
    const end = lastRun(container)
    return end && isFailedRun(container, end.terminated, policy)
  })
  // As long as an init container runs, the others wait for it.
  const init = containers.find(({ init, sidecar, status }) => init && !sidecar && status?.state?.running)
  if (init) return init
  // A Pod that no node has taken has no container to look at.
  return crashed ?? (pod.spec?.nodeName ? containers.find((container) => containerWord(container) !== undefined) : undefined)
}

/** The last lines of a container, with those of the run before it where it has few; what was streamed where the Pod is gone. */
async function lastLines(
  cluster: Cluster,
  pod: KubeObject | undefined,
  container: ContainerView | undefined,
  incident: Incident | undefined,
  evidence: Evidence,
  signal: AbortSignal,
): Promise<Diagnosis['logs']> {
  const streamed =
    evidence.tails.find((tail) => tail.pod === incident?.pod && tail.container === incident?.container) ??
    (pod ? undefined : evidence.tails.at(-1))
  if (!pod || !container) return streamed && { pod: streamed.pod, container: streamed.container, lines: streamed.lines }
  const { state, lastState } = container.status ?? {}
  if (!state?.running && !state?.terminated && !lastState?.terminated) return undefined
  // A process that could not be started has said nothing.
  if (!state?.running && neverRan(state?.terminated ?? lastState?.terminated)) return undefined
  const { name, namespace = '' } = pod.metadata
  const read = async (previous: boolean): Promise<string[]> => {
    const lines: string[] = []
    try {
      for await (const line of cluster.logs({ namespace, pod: name, container: container.name, previous, tailLines: logLines, signal })) {
        if (line.time !== undefined || !line.text.startsWith('unable to retrieve')) lines.push(cleanLine(line.text))
      }
    } catch {
      // What came before the failure is worth showing all the same.
    }
    return lines
  }
  const current = await read(false)
  // A process that is only now starting has not said yet why the one before it ended.
  const before = current.length < logLines && state?.running && lastState?.terminated ? await read(true) : []
  let lines = [...before, ...current].slice(-logLines)
  if (lines.length === 0 && streamed) lines = streamed.lines
  return { container: container.name, pod: name, lines }
}

/** `2 of 3 Pods` where a Deployment's or a set's Pods show the same. */
function extentOf(scene: Scene, incidents: readonly Incident[], incident: Incident | undefined): string | undefined {
  if (!incident?.pod || scene.pods.length < 2) return undefined
  const same = new Set(incidents.filter((candidate) => candidate.reason === incident.reason).map((candidate) => candidate.pod))
  const shown = scene.pods.filter((pod) => same.has(pod.metadata.name)).length
  return shown > 0 ? `${shown} of ${scene.pods.length} Pods` : undefined
}

/** Reasons with which the summary has said already what the kubelet tells by an event Failed. */
const saidReasons = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RunContainerError',
  'CreateContainerConfigError',
  'CreateContainerError',
])

/** Whether an event only says again that a container failed, without more words than the summary. */
function repeats(event: KubernetesEvent, incident: Incident | undefined): boolean {
  if (event.reason === 'BackOff') return incident?.container !== undefined
  return event.reason === 'Failed' && event.about.kind === 'Pod' && saidReasons.has(incident?.reason ?? '')
}

/** Warnings, the newest of each kind; what the summary and the logs do not say already is worth most. */
function tellingEvents(events: readonly KubernetesEvent[], incident: Incident | undefined): Diagnosis['events'] {
  const now = Date.now()
  const seen = new Set<string>()
  const chosen: Diagnosis['events'] = []
  for (const event of events) {
    if ((!event.warning && event.reason !== 'Killing') || repeats(event, incident)) continue
    // Names of Pods, counts and sizes differ where the words are the same.
    const message = event.message.replace(/^\(combined from similar events\): /, '')
    const key = event.reason === 'FailedScheduling' ? event.reason : `${event.reason} ${message.replace(/\S*\d\S*|"[^"]*"/g, '')}`
    if (seen.has(key)) continue
    seen.add(key)
    chosen.push({
      reason: event.reason,
      message: shorten(message.replace(/ in pod \S+\([0-9a-f-]+\)$/, '')),
      count: event.count,
      ageSeconds: Math.max(0, Math.round((now - event.lastAt) / 1000)),
    })
    if (chosen.length === mostEvents) break
  }
  return chosen
}
