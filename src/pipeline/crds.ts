import { setTimeout as pause } from 'node:timers/promises'
import { isApiError } from '../cluster/api-error.ts'
import { ConvergeError, messageOf } from '../errors.ts'
import { displayName, type KubeObject, refOf } from '../resource.ts'
import type { Run } from './run.ts'

/** How long a new CRD may take until its kinds are served, milliseconds. */
const crdBound = 60_000
/** How long a name may be another definition's. */
const refusalPatience = 5_000
const namesHint = 'Another definition has these names; remove it, or choose other names: kubectl get crd'

/** Applies CRDs, new and changed ones, and waits until their kinds are served. Gives those that did not exist. */
export async function applyCrds(run: Run, crds: readonly KubeObject[]): Promise<void> {
  if (crds.length === 0) return
  const { cluster } = run
  for (const crd of crds) {
    try {
      await cluster.apply(crd, { force: true, signal: run.signal })
    } catch (error) {
      if (!isApiError(error, 403)) throw error
      const live = await cluster.get(refOf(crd), { signal: run.signal }).catch(() => undefined)
      if (!live) throw error
      await run.emit({ type: 'warning', message: `${displayName(refOf(crd))} is left as it is: ${messageOf(error)}` })
    }
  }
  await awaitServed(run, crds)
}

/** Returns when the kinds of those among `objects` that are CRDs are served. Throws ERR_CRD where one is not within a minute. */
export async function awaitServed(run: Run, objects: readonly KubeObject[]): Promise<void> {
  const crds = objects.filter((object) => object.kind === 'CustomResourceDefinition')
  if (crds.length === 0) return
  const signal = AbortSignal.any([run.signal, AbortSignal.timeout(crdBound)])
  await Promise.all(crds.map((crd) => awaitEstablished(run, crd, signal)))
  for (const crd of crds) await awaitDiscovered(run, crd, signal)
}

async function awaitEstablished(run: Run, crd: KubeObject, signal: AbortSignal): Promise<void> {
  const { name } = crd.metadata
  const stop = new AbortController()
  const watch = run.cluster.watch({
    apiVersion: crd.apiVersion,
    kind: crd.kind,
    fieldSelector: `metadata.name=${name}`,
    signal: AbortSignal.any([signal, stop.signal]),
  })
  let refusal: string | undefined
  let patience: NodeJS.Timeout | undefined
  try {
    for await (const event of watch) {
      if (event.type === 'interrupted' && event.fatal) return
      if (event.type !== 'added' && event.type !== 'modified') continue
      if (isEstablished(event.object)) return
      refusal = refusalOf(event.object)
      // Names become free when the definition that has them goes.
      if (refusal) patience ??= setTimeout(() => stop.abort(), refusalPatience)
    }
  } finally {
    clearTimeout(patience)
  }
  run.signal.throwIfAborted()
  throw refusal
    ? new ConvergeError('ERR_CRD', `CustomResourceDefinition/${name} is refused: ${refusal}`, { hint: namesHint })
    : notServed(name)
}

/** An established CRD appears in the API server's discovery a moment later, and no watch tells when. */
async function awaitDiscovered(run: Run, crd: KubeObject, signal: AbortSignal): Promise<void> {
  const { group, names, versions = [] } = crd.spec ?? {}
  const version = (versions as { name: string; served: boolean }[]).find(({ served }) => served)
  if (!version) return
  for (;;) {
    run.cluster.forgetDiscovery()
    if (await run.cluster.resourceOf(`${group}/${version.name}`, names.kind, { signal: run.signal })) return
    await pause(100, undefined, { signal }).catch(() => {})
    run.signal.throwIfAborted()
    if (signal.aborted) throw notServed(crd.metadata.name)
  }
}

/** Why the names of a definition cannot be its own, or undefined. */
function refusalOf(crd: KubeObject): string | undefined {
  const conditions = (crd.status?.conditions ?? []) as { type: string; status: string; reason?: string; message?: string }[]
  const names = conditions.find((condition) => condition.type === 'NamesAccepted' && condition.status === 'False')
  return names && `${names.message ?? 'its names are taken'} (${names.reason ?? 'NamesNotAccepted'})`
}

function notServed(name: string): ConvergeError {
  return new ConvergeError('ERR_CRD', `CustomResourceDefinition/${name} is not served after ${crdBound / 1000}s`, {
    hint: `Look at its conditions: kubectl describe crd ${name}`,
  })
}

function isEstablished(crd: KubeObject): boolean {
  const conditions = (crd.status?.conditions ?? []) as { type: string; status: string }[]
  return conditions.some((condition) => condition.type === 'Established' && condition.status === 'True')
}
