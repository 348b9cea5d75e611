import { ConvergeError } from '../errors.ts'
import { displayName, type KubeObject, type ResourceRef, refOf } from '../resource.ts'
import { startTracking } from '../tracker/track.ts'
import type { Run } from './run.ts'

/** Waits until an object that is no part of the release is there and ready, as `<id>.external-dependency.werf.io` asks. Bound by the run's timeout. Throws where it has failed. */
export async function awaitExternal(run: Run, wanted: ResourceRef): Promise<void> {
  const { cluster, signal } = run
  const resource = await cluster.resourceOf(wanted.apiVersion, wanted.kind, { signal })
  if (!resource)
    throw new ConvergeError('ERR_DEPENDENCY', `the external dependency ${displayName(wanted)} is of a kind that the cluster does not serve`)
  const { namespace, ...rest } = wanted
  const ref: ResourceRef = resource.namespaced ? { ...rest, namespace } : rest
  let object = await cluster.get(ref, { signal })
  if (!object) {
    const where = ref.namespace ? ` in namespace ${ref.namespace}` : ''
    await run.emit({ type: 'warning', message: `waiting for ${displayName(ref)}${where}, which others have to create` })
    object = await appearance(run, ref)
  }
  const tracking = startTracking({ cluster, signal, namespace: run.release.namespace, logs: false, now: run.now })
  void drain(tracking.events)
  tracking.expect([object])
  tracking.applied(object)
  const { outcome, failed } = await tracking.settled([refOf(object)])
  await tracking.stop()
  if (signal.aborted) throw unmet(ref, 'is not ready')
  if (outcome === 'failed')
    throw new ConvergeError('ERR_DEPENDENCY', `the external dependency ${displayName(ref)} failed: ${failed[0]?.status.reason ?? ''}`)
}

async function appearance(run: Run, { apiVersion, kind, namespace, name }: ResourceRef): Promise<KubeObject> {
  const watching = new AbortController()
  const signal = AbortSignal.any([run.signal, watching.signal])
  try {
    for await (const event of run.cluster.watch({ apiVersion, kind, namespace, fieldSelector: `metadata.name=${name}`, signal })) {
      if (event.type === 'added' || event.type === 'modified') return event.object
      if (event.type === 'interrupted' && event.fatal)
        throw new ConvergeError(
          'ERR_DEPENDENCY',
          `the external dependency ${displayName({ kind, name })} cannot be watched: ${event.reason}`,
        )
    }
  } finally {
    watching.abort()
  }
  throw unmet({ kind, name }, run.signal.aborted ? 'did not appear' : 'cannot be watched')
}

function unmet(ref: Pick<ResourceRef, 'kind' | 'name'>, what: string): ConvergeError {
  return new ConvergeError('ERR_DEPENDENCY', `the external dependency ${displayName(ref)} ${what}`)
}

async function drain(events: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of events) {
    // nobody listens
  }
}
