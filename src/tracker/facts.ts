import { displayName, type KubeObject } from '../resource.ts'
import { formatDuration } from './duration.ts'
import { type ContainerView, lastRun, restartsOf, shorten, signalName } from './kinds/containers.ts'
import { runMs } from './kinds/settle.ts'
import type { Incident } from './status.ts'

export interface Fact {
  label: string
  text: string
}

/** The labelled facts about a failing container in order of weight. `previous` is the resource's manifest of the last good revision. */
export function containerFacts(container: ContainerView, pod: KubeObject, incident: Incident | undefined, previous?: KubeObject): Fact[] {
  const facts: Fact[] = []
  const image: string = container.spec?.image ?? ''
  const before = previousImage(previous, container.name)
  facts.push({ label: 'image', text: before && before !== image ? `${image}  (the last good revision had ${before})` : image })
  const end = lastRun(container)
  if (end && !neverRan(end.terminated)) facts.push({ label: 'exit', text: exitText(end.terminated, end.run) })
  const memory = container.spec?.resources?.limits?.memory
  if (end?.terminated.reason === 'OOMKilled')
    facts.push({ label: 'limit', text: memory ? `memory ${memory}` : 'no memory limit: the node ran out of memory' })
  const waiting = container.status?.state?.waiting
  if (
    waiting?.message &&
    waiting.reason !== incident?.reason &&
    waiting.reason !== 'CrashLoopBackOff' &&
    !incident?.message.includes(shorten(waiting.message))
  ) {
    facts.push({ label: 'state', text: `${waiting.reason}: ${shorten(waiting.message)}` })
  }
  if (incident?.reason === 'Unhealthy' && container.spec?.readinessProbe)
    facts.push({ label: 'probe', text: probeText('readiness', container.spec.readinessProbe) })
  else if (!end && container.status?.state?.running && !container.status.ready) {
    const kind = container.spec?.startupProbe && !container.status.started ? 'startup' : 'readiness'
    const probe = kind === 'startup' ? container.spec.startupProbe : container.spec?.readinessProbe
    if (probe) facts.push({ label: 'probe', text: probeText(kind, probe) })
  }
  if (pod.spec?.nodeName && (end?.terminated.reason === 'OOMKilled' || pod.status?.reason === 'Evicted'))
    facts.push({ label: 'node', text: pod.spec.nodeName })
  return facts
}

/** The image that a container of this name had in a manifest. */
export function previousImage(manifest: KubeObject | undefined, container: string): string | undefined {
  const spec = manifest?.kind === 'Pod' ? manifest.spec : manifest?.spec?.template?.spec
  const containers: { name: string; image?: string }[] = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]
  return containers.find(({ name }) => name === container)?.image
}

/** `code 1 (Error), three times, after 0.8s each` */
function exitText(terminated: any, run: number): string {
  const { exitCode, signal, reason } = terminated
  const words = [`code ${exitCode}${reason ? ` (${reason})` : ''}`]
  const number = signal || (exitCode > 128 && exitCode < 160 ? exitCode - 128 : 0)
  if (number) words.push(`by signal ${signalName(number)}`)
  const count = run + 1
  if (count > 1) words.push(`${count} times`)
  const ran = runMs(terminated)
  if (ran > 0) words.push(`after ${formatDuration(ran)}`)
  else if (terminated.startedAt && terminated.finishedAt) words.push('within its first second')
  const { message } = terminated
  // A termination message the container wrote itself.
  return words.join(', ') + (message ? `: ${shorten(message)}` : '')
}

/** Whether what ended was never started: its exit code is the runtime's. */
export function neverRan(terminated: { reason?: string } | undefined): boolean {
  return terminated?.reason === 'StartError' || terminated?.reason === 'ContainerCannotRun'
}

function probeText(kind: string, probe: any): string {
  const what = probe.httpGet
    ? `GET ${probe.httpGet.path ?? '/'} on port ${probe.httpGet.port}`
    : probe.tcpSocket
      ? `TCP on port ${probe.tcpSocket.port}`
      : probe.grpc
        ? `gRPC on port ${probe.grpc.port}`
        : `exec ${(probe.exec?.command ?? []).join(' ')}`
  return `${kind}: ${shorten(what)}, every ${probe.periodSeconds ?? 10}s`
}

/** From the resource down to what is broken. */
export function chainOf(
  object: KubeObject,
  children: readonly KubeObject[],
  pod: KubeObject | undefined,
  container: string | undefined,
): string[] {
  const chain = [displayName({ kind: object.kind, name: object.metadata.name })]
  if (pod && pod.metadata.uid !== object.metadata.uid) {
    const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller)
    const set = children.find((child) => child.kind === 'ReplicaSet' && child.metadata.uid === owner?.uid)
    if (set) chain.push(`ReplicaSet ${withoutPrefix(set.metadata.name, object.metadata.name)}`)
    chain.push(`Pod ${withoutPrefix(pod.metadata.name, set?.metadata.name ?? object.metadata.name)}`)
  }
  if (!pod && object.kind === 'Deployment') {
    const revision = (item: KubeObject) => item.metadata.annotations?.['deployment.kubernetes.io/revision']
    const set = children.find(
      (child) => child.kind === 'ReplicaSet' && revision(child) !== undefined && revision(child) === revision(object),
    )
    if (set) chain.push(`ReplicaSet ${withoutPrefix(set.metadata.name, object.metadata.name)}`)
  }
  if (container) chain.push(`container ${container}`)
  return chain
}

function withoutPrefix(name: string, owner: string): string {
  return name.startsWith(`${owner}-`) ? name.slice(owner.length + 1) : name
}

/** The Pod that shows the problem best: the incident's own, else one that is not ready, the one that restarted most. */
export function tellingPod(pods: readonly KubeObject[], incident: Incident | undefined): KubeObject | undefined {
  return (
    pods.find((pod) => pod.metadata.name === incident?.pod) ??
    pods
      // What is wrong with the resource itself is not to be seen in Pods that are well.
      .filter((pod) => !incident || !isReady(pod))
      .sort((a, b) => Number(isReady(a)) - Number(isReady(b)) || restartsOf(b) - restartsOf(a))[0]
  )
}

function isReady(pod: KubeObject): boolean {
  return pod.status?.conditions?.some((condition: any) => condition.type === 'Ready' && condition.status === 'True') ?? false
}
