import { isApiError } from '../cluster/api-error.ts'
import { acquireLock, type Lock } from '../cluster/lease.ts'
import { ConvergeError } from '../errors.ts'
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

/** Takes the release's lock, telling who holds it while it waits. From then on the run writes nothing without it. */
export async function lockRelease(run: Run, settings: RunSettings): Promise<Lock> {
  const lock = await acquireLock(run.fence.open, {
    namespace: run.release.namespace,
    release: run.release.name,
    timeoutMs: settings.lockTimeoutMs,
    signal: run.signal,
    onWaiting: (holder, sinceMs) =>
      void run.emit({ type: 'lock', state: 'waiting', holder: `${holder}, since ${Math.round(sinceMs / 1000)}s` }),
    onWarning: (message, hint) => void run.emit({ type: 'warning', message, hint }),
  })
  run.fence.hold(lock)
  await run.emit({ type: 'lock', state: 'acquired' })
  return {
    ...lock,
    async release() {
      run.fence.hold(undefined)
      await lock.release()
    },
  }
}
