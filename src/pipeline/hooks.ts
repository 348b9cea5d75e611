import type { Hook, HookEvent, Manifest } from '../chart/manifests.ts'
import { isLockLost } from '../cluster/lease.ts'
import { messageOf } from '../errors.ts'
import { annotation } from '../plan/lifecycle.ts'
import { displayName, type KubeObject, refOf } from '../resource.ts'
import { awaitAbsence } from './absence.ts'
import { prepareDesired } from './desired.ts'
import { refuse, type SourceManifest } from './findings.ts'
import type { Guard } from './guard.ts'
import { persistently } from './persist.ts'
import type { Run } from './run.ts'
import { followHook } from './track.ts'

/** What became of one hook, as the release record keeps it. */
export interface HookRun {
  hook: Hook
  startedAt: number
  completedAt: number
  phase: 'Succeeded' | 'Failed'
}

/** The hooks of an event in the order in which they run: by weight (`werf.io/weight`, else Helm's), then by name. */
export function hooksOf(hooks: readonly Hook[], event: HookEvent): Hook[] {
  return hooks
    .filter((hook) => hook.events.includes(event))
    .sort((a, b) => weightOf(a) - weightOf(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

function weightOf(hook: Hook): number {
  return Number.parseInt(annotationOf(hook, 'weight') ?? '', 10) || hook.weight
}

function annotationOf(manifest: Manifest, name: string): string | undefined {
  const { metadata } = manifest.object() as { metadata?: unknown }
  return typeof metadata === 'object' && metadata !== null ? annotation({ metadata: metadata as never }, name) : undefined
}

/** A resource of the release that `werf.io/deploy-on` has applied before or after the others. */
interface StagedHook extends Hook {
  staged: true
}

/** All that runs before or after the release's other resources: hooks, on the events of `werf.io/deploy-on` where they have it, and resources that it names such events for. */
export function stagedHooks({ hooks, manifests }: { hooks: readonly Hook[]; manifests: readonly Manifest[] }): Hook[] {
  const eventsOf = (manifest: Manifest) =>
    (annotationOf(manifest, 'deploy-on') ?? '')
      .split(',')
      .map((event) => event.trim().replace(/^test-success$/, 'test'))
      .filter((event) => /^(pre|post)-|^test$/.test(event)) as HookEvent[]
  const staged = manifests.flatMap((manifest): StagedHook[] => {
    const events = eventsOf(manifest)
    if (events.length === 0) return []
    return [
      Object.assign(Object.create(manifest), {
        events,
        weight: 0,
        deletePolicies: manifest.kind === 'Job' ? [] : ['none'],
        outputLogPolicies: [],
        staged: true,
      }),
    ]
  })
  const moved = hooks.map((hook) => {
    const events = eventsOf(hook)
    return events.length === 0 ? hook : (Object.assign(Object.create(hook), { events }) as Hook)
  })
  return [...moved, ...staged]
}

export interface HookOptions {
  guard: Guard
  logs: boolean
  onFinished: (run: HookRun) => void
}

/**
 * Runs the hooks of an event one after another, each followed with its logs until it has succeeded; the first that fails ends it with ERR_HOOK_FAILED. Delete policies as
 * Helm: `before-hook-creation` (the default) before, `hook-succeeded` after all of the event have succeeded, in reverse order, `hook-failed` at once.
 */
export async function runHooks(run: Run, hooks: readonly Hook[], event: HookEvent, options: HookOptions): Promise<void> {
  const finished: { hook: Hook; object: KubeObject }[] = []
  try {
    for (const hook of hooksOf(hooks, event)) finished.push({ hook, object: await runHook(run, hook, event, options) })
  } finally {
    if (!run.signal.aborted) {
      for (const { hook, object } of finished.reverse()) {
        if (policiesOf(hook).has('hook-succeeded')) await deleteHook(run, event, object, options.guard)
      }
    }
  }
}

async function runHook(run: Run, hook: Hook, event: HookEvent, options: HookOptions): Promise<KubeObject> {
  const { cluster, signal, release } = run
  const { desired, findings } = await prepareDesired(cluster, release, [hook as unknown as SourceManifest], [], {
    owned: 'staged' in hook,
    signal,
  })
  if (findings.length > 0 || !desired[0]) throw refuse(findings)
  const object = desired[0].object
  const ref = refOf(object)
  const startedAt = run.now()
  const policy = policiesOf(hook)
  let old: KubeObject | undefined
  if (policy.has('before-hook-creation')) {
    old = await cluster.get(ref, { signal })
    if (old) {
      options.guard.replacing(old)
      await cluster.delete(ref, { propagation: 'Foreground', uid: old.metadata.uid, signal })
      await awaitAbsence(run, [{ ...ref, uid: old.metadata.uid }])
    }
  }
  const existed = policy.has('before-hook-creation') ? undefined : await cluster.get(ref, { signal })
  const replaced = old !== undefined && !runsToCompletion(ref)
  await run.emit({ type: 'hook', ref, event, state: 'started' })
  let live: KubeObject | undefined
  try {
    options.guard.attempt(ref)
    live = await cluster.apply(object, { force: true, fieldValidation: 'Strict', signal })
    options.guard.remade(ref)
    if (replaced || existed?.metadata.uid === live.metadata.uid) options.guard.removed(ref)
    else options.guard.created(live)
    await followHook(run, object, live, options.logs, `${event} hook`)
  } catch (error) {
    const ms = run.now() - startedAt
    await run.emit({ type: 'hook', ref, event, state: 'failed', ms })
    options.onFinished({ hook, startedAt, completedAt: run.now(), phase: 'Failed' })
    if (live && policy.has('hook-failed') && !signal.aborted) await deleteHook(run, event, live, options.guard)
    if (signal.aborted) throw signal.reason
    throw error
  }
  const completedAt = run.now()
  options.onFinished({ hook, startedAt, completedAt, phase: 'Succeeded' })
  await run.emit({ type: 'hook', ref, event, state: 'succeeded', ms: completedAt - startedAt })
  return live
}

/** Whether the hook is work rather than a thing: the one before is of no more use once a new one was made. */
export function runsToCompletion({ kind }: { kind: string }): boolean {
  return kind === 'Job' || kind === 'Pod'
}

async function deleteHook(run: Run, event: HookEvent, object: KubeObject, guard: Guard): Promise<void> {
  const ref = refOf(object)
  // Helm never deletes CRDs that came as hooks: their objects would go with them.
  if (ref.kind === 'CustomResourceDefinition') return
  try {
    const { uid } = object.metadata
    await persistently(run.signal, () => run.cluster.delete(ref, { propagation: 'Foreground', uid, signal: run.signal }))
    await awaitAbsence(run, [{ ...ref, uid }])
    guard.removed(ref)
    await run.emit({ type: 'hook', ref, event, state: 'deleted' })
  } catch (error) {
    if (run.signal.aborted || isLockLost(error)) throw error
    await run.emit({ type: 'warning', message: `hook ${displayName(ref)} could not be deleted: ${messageOf(error)}` })
  }
}

/** When a hook is deleted, in Helm's words: `werf.io/delete-policy` wins over Helm's; neither means `before-hook-creation`. */
export function policiesOf(hook: Hook): Set<string> {
  const own = annotation(hook.object() as unknown as KubeObject, 'delete-policy')
  if (own !== undefined) {
    const names: Record<string, string> = { 'before-creation': 'before-hook-creation', succeeded: 'hook-succeeded', failed: 'hook-failed' }
    return new Set(own.split(',').map((text) => names[text.trim()] ?? text.trim()))
  }
  return new Set(hook.deletePolicies.length === 0 ? ['before-hook-creation'] : hook.deletePolicies)
}
