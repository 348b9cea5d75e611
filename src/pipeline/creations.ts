import type { Hook } from '../chart/manifests.ts'
import type { Change } from '../plan/change.ts'
import type { ResourceRef } from '../resource.ts'
import { policiesOf, runsToCompletion } from './hooks.ts'
import type { Run } from './run.ts'

/**
 * Everything that this run will create and that is not there yet. Hooks that exist are none of it, also where they are made anew: a ConfigMap or a ServiceAccount that came
 * as a hook may be in use. Jobs and Pods are: after a failure they must not go on.
 */
export async function expectedCreations(
  run: Pick<Run, 'cluster' | 'release' | 'signal'>,
  changes: readonly Change[],
  hooks: readonly Hook[],
): Promise<(ResourceRef & { hook?: boolean })[]> {
  const creations: (ResourceRef & { hook?: boolean })[] = changes
    .filter((change) => change.operation === 'create')
    .map((change) => change.ref)
  for (const hook of hooks) {
    const resource = await run.cluster.resourceOf(hook.apiVersion, hook.kind, { signal: run.signal })
    const object = hook.object() as { metadata?: { namespace?: string } }
    const ref: ResourceRef = {
      apiVersion: hook.apiVersion,
      kind: hook.kind,
      name: hook.name,
      ...(resource?.namespaced === false ? {} : { namespace: object.metadata?.namespace || run.release.namespace }),
    }
    const replaced = runsToCompletion(hook) && policiesOf(hook).has('before-hook-creation')
    if (resource && (replaced || !(await run.cluster.get(ref, { signal: run.signal })))) creations.push({ ...ref, hook: true })
  }
  return creations
}
