import { isApiError } from '../cluster/api-error.ts'
import { acquireLock, type Lock } from '../cluster/lease.ts'
import { ConvergeError, messageOf } from '../errors.ts'
import { displayName, type KubeObject, refOf } from '../resource.ts'
import type { RunSettings } from './options.ts'
import type { Run } from './run.ts'

const namespaceRef = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', name })

/** Whether the release's namespace exists. Where it may not be asked for, it is taken to exist: whoever has rights in one namespace only was given that one. */
export async function namespaceExists(run: Run): Promise<boolean> {
  try {
    return (await run.cluster.get(namespaceRef(run.release.namespace), { signal: run.signal })) !== undefined
  } catch (error) {
    if (isApiError(error, 403)) return true
    throw error
  }
}

/** Creates the release's namespace as Helm's --create-namespace does. */
export async function createNamespace(run: Run, settings: RunSettings): Promise<void> {
  const { namespace } = run.release
  if (!settings.createNamespace)
    throw new ConvergeError('ERR_NAMESPACE_NOT_FOUND', `namespace "${namespace}" does not exist`, {
      hint: 'Create it, or leave out --no-create-namespace.',
    })
  try {
    await run.cluster.create(
      { ...namespaceRef(namespace), metadata: { name: namespace, labels: { name: namespace } } },
      { signal: run.signal },
    )
  } catch (error) {
    if (!isApiError(error, 409)) throw error
  }
}

/** Takes the release's lock, telling who holds it while it waits. */
export async function lockRelease(run: Run, settings: RunSettings): Promise<Lock> {
  const lock = await acquireLock(run.cluster, {
    namespace: run.release.namespace,
    release: run.release.name,
    timeoutMs: settings.lockTimeoutMs,
    signal: run.signal,
    onWaiting: (holder, sinceMs) =>
      void run.emit({ type: 'lock', state: 'waiting', holder: `${holder}, since ${Math.round(sinceMs / 1000)}s` }),
    onWarning: (message, hint) => void run.emit({ type: 'warning', message, hint }),
  })
  await run.emit({ type: 'lock', state: 'acquired' })
  return lock
}

/** How long a new CRD may take until its kinds are served, milliseconds. */
const crdBound = 60_000

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
  await Promise.all(crds.filter((crd) => crd.kind === 'CustomResourceDefinition').map((crd) => waitServed(run, crd)))
  cluster.forgetDiscovery()
}

async function waitServed(run: Run, crd: KubeObject): Promise<void> {
  const bound = AbortSignal.timeout(crdBound)
  const signal = AbortSignal.any([run.signal, bound])
  const { name } = crd.metadata
  const watch = run.cluster.watch({ apiVersion: crd.apiVersion, kind: crd.kind, fieldSelector: `metadata.name=${name}`, signal })
  for await (const event of watch) {
    if (event.type === 'interrupted' && event.fatal) return
    if ((event.type === 'added' || event.type === 'modified') && isEstablished(event.object)) return
  }
  run.signal.throwIfAborted()
  throw new ConvergeError('ERR_CRD', `CustomResourceDefinition/${name} is not served after ${crdBound / 1000}s`, {
    hint: `Look at its conditions: kubectl describe crd ${name}`,
  })
}

function isEstablished(crd: KubeObject): boolean {
  const conditions = (crd.status?.conditions ?? []) as { type: string; status: string }[]
  return conditions.some((condition) => condition.type === 'Established' && condition.status === 'True')
}
