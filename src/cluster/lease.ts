import { ConvergeError, isConvergeError, messageOf } from '../errors.ts'
import type { KubeObject, ResourceRef } from '../resource.ts'
import { isAlreadyExists, isApiError } from './api-error.ts'
import type { Cluster } from './cluster.ts'
import { holderIdentity, holderName, isDeadHere } from './holder.ts'

export interface LockOptions {
  namespace: string
  release: string
  /** How long to wait for another holder, in milliseconds; 0 fails at once. */
  timeoutMs: number
  signal?: AbortSignal
  /** Called when someone else holds the lock, and again when the holder changes. `sinceMs` is how long they have held it. */
  onWaiting?: (holder: string, sinceMs: number) => void
  /** Called where the run goes on without a lock because leases are forbidden. */
  onWarning?: (message: string, hint?: string) => void
  /** For tests: how long a lease lives without renewal, default 15,000. */
  ttlMs?: number
  /** Default: this process, by user, host and pid. */
  holder?: string
}

export interface Lock {
  /** Aborted, with an ERR_LOCK_LOST as its reason, when the lease could not be renewed in time or someone else took it. */
  signal: AbortSignal
  /** False where leases are forbidden and nothing is locked. */
  held: boolean
  /** Resolves while the lock is ours: at once as a rule, after a renewal where the last one is too old to rely on. Throws ERR_LOCK_LOST. */
  confirm(): Promise<void>
  release(): Promise<void>
}

/** Whether this error says that the lock was lost: another run may be at work, and this one must not touch anything. */
export function isLockLost(error: unknown): boolean {
  return isConvergeError(error) && error.code === 'ERR_LOCK_LOST'
}

/**
 * Takes the lock of a release: a Lease in its namespace that is renewed until released. Waits by a watch while another run holds it; a holder that
 * does not renew it for its whole duration is dead, as is one whose process on this machine has ended. The clock is the server's, so machines
 * whose clocks differ judge alike.
 * Errors: ERR_LOCK_TIMEOUT with the holder; ApiErrors; the signal's reason.
 */
export async function acquireLock(cluster: Cluster, options: LockOptions): Promise<Lock> {
  const ref: ResourceRef = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    name: leaseName(options.release),
    namespace: options.namespace,
  }
  const ttlMs = options.ttlMs ?? 15_000
  const holder = options.holder ?? holderIdentity()
  let lease: KubeObject
  try {
    lease = await take(cluster, ref, holder, ttlMs, options)
  } catch (error) {
    if (!isApiError(error, 403) && !(isApiError(error, 404) && error.code === 'ERR_KUBE_NO_KIND')) throw error
    const hint = `two deploys of this release at once would disturb each other; allow get, create, update, delete and watch on leases in "${options.namespace}"`
    options.onWarning?.(`the release is not locked: ${messageOf(error)}`, hint)
    return { signal: new AbortController().signal, held: false, confirm: async () => {}, release: async () => {} }
  }
  return renewing(cluster, ref, lease, holder, ttlMs)
}

/** `converge-<release>`; a name of Kubernetes may be 253 characters long, a release's 53. */
export function leaseName(release: string): string {
  const name = `converge-${release}`
  return name.length <= 253
    ? name
    : `${name.slice(0, 240)}-${process.getBuiltinModule('node:crypto').createHash('sha256').update(name).digest('hex').slice(0, 8)}`
}

async function take(cluster: Cluster, ref: ResourceRef, holder: string, ttlMs: number, options: LockOptions): Promise<KubeObject> {
  const deadline = Date.now() + options.timeoutMs
  const told: Told = { holder: '', version: '', since: 0 }
  for (;;) {
    options.signal?.throwIfAborted()
    const existing = await cluster.get(ref, options)
    if (!existing) {
      try {
        return await cluster.create(leaseObject(ref, holder, ttlMs, cluster.now()), options)
      } catch (error) {
        if (isAlreadyExists(error)) continue
        throw error
      }
    }
    const other: string = existing.spec?.holderIdentity ?? ''
    if (other === '' || isDeadHere(other) || expiresIn(existing, cluster.now(), told) <= 0) {
      try {
        return await cluster.replace(takenOver(existing, holder, ttlMs, cluster.now()), options)
      } catch (error) {
        if (isApiError(error, 404, 409)) continue
        throw error
      }
    }
    tell(existing, other, cluster.now(), told, options)
    if (options.timeoutMs <= 0 || Date.now() >= deadline) throw timedOut(options.release, other)
    await untilChanged(cluster, ref, existing, ttlMs, deadline, options.signal, told, options)
  }
}

/** What is known of a lock that is waited for: whom the user was told of, and since when the Lease is as it is. */
interface Told {
  holder: string
  version: string
  since: number
}

function tell(lease: KubeObject, holder: string, now: number, told: Told, options: LockOptions): void {
  if (told.holder === holder) return
  told.holder = holder
  const since = Date.parse(lease.spec?.acquireTime ?? '')
  options.onWaiting?.(holderName(holder), Number.isNaN(since) ? 0 : Math.max(0, now - since))
}

/** Until the lease is gone or free, or was not renewed for its duration, or the deadline. Renewals only move that moment. */
async function untilChanged(
  cluster: Cluster,
  ref: ResourceRef,
  lease: KubeObject,
  ttlMs: number,
  deadline: number,
  signal: AbortSignal | undefined,
  told: Told,
  options: LockOptions,
): Promise<void> {
  const enough = new AbortController()
  const done = () => enough.abort()
  const until = (current: KubeObject) => Math.max(0, Math.min(expiresIn(current, cluster.now(), told), deadline - Date.now())) + 10
  let timer = setTimeout(done, until(lease))
  const all = AbortSignal.any([enough.signal, ...(signal ? [signal] : [])])
  let there = false
  try {
    const selector = { fieldSelector: `metadata.name=${ref.name}` }
    for await (const event of cluster.watch({
      apiVersion: ref.apiVersion,
      kind: ref.kind,
      namespace: ref.namespace,
      ...selector,
      signal: all,
    })) {
      // Freed, or gone already when the watch began.
      if (event.type === 'deleted' || (event.type === 'synced' && !there)) return
      if (event.type === 'interrupted' && event.fatal) {
        // Without the right to watch: ask again when the lease may have ended.
        clearTimeout(timer)
        timer = setTimeout(done, Math.min(ttlMs / 3, Math.max(0, deadline - Date.now())))
        await new Promise<void>((resolve) => (all.aborted ? resolve() : all.addEventListener('abort', () => resolve(), { once: true })))
        return
      }
      if (event.type !== 'added' && event.type !== 'modified') continue
      there = true
      const holder = event.object.spec?.holderIdentity
      if (!holder || isDeadHere(holder)) return
      tell(event.object, holder, cluster.now(), told, options)
      clearTimeout(timer)
      timer = setTimeout(done, until(event.object))
    }
  } finally {
    clearTimeout(timer)
    enough.abort()
    signal?.throwIfAborted()
  }
}

function timedOut(release: string, holder: string): ConvergeError {
  const message = `release "${release}" is locked by ${holderName(holder)}`
  return new ConvergeError('ERR_LOCK_TIMEOUT', message, { hint: 'wait for that deploy to end, or give more time with --lock-timeout' })
}

/**
 * Milliseconds until the lease ends without a renewal; one without times has ended. A renewal that lies in the future, by a clock that was wrong, does not keep it alive:
 * then it counts how long it has been seen as it is.
 */
function expiresIn(lease: KubeObject, now: number, told: Told): number {
  const { renewTime, leaseDurationSeconds } = lease.spec ?? {}
  const version = `${lease.metadata.uid} ${lease.metadata.resourceVersion}`
  if (told.version !== version) Object.assign(told, { version, since: performance.now() })
  const renewed = Date.parse(renewTime ?? '')
  if (Number.isNaN(renewed)) return 0
  // The server's clock is known to a second.
  const lifeMs = (leaseDurationSeconds ?? 15) * 1000 + 1_000
  return Math.min(renewed + lifeMs - now, told.since + lifeMs - performance.now())
}

function leaseObject(ref: ResourceRef, holder: string, ttlMs: number, now: number): KubeObject {
  const time = microTime(now)
  return {
    apiVersion: ref.apiVersion,
    kind: ref.kind,
    metadata: { name: ref.name, namespace: ref.namespace },
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: Math.max(1, Math.ceil(ttlMs / 1000)),
      acquireTime: time,
      renewTime: time,
      leaseTransitions: 0,
    },
  }
}

function takenOver(lease: KubeObject, holder: string, ttlMs: number, now: number): KubeObject {
  const time = microTime(now)
  const leaseTransitions = (lease.spec?.leaseTransitions ?? 0) + 1
  const spec = {
    holderIdentity: holder,
    leaseDurationSeconds: Math.max(1, Math.ceil(ttlMs / 1000)),
    acquireTime: time,
    renewTime: time,
    leaseTransitions,
  }
  return { ...lease, spec }
}

/** MicroTime of Kubernetes: RFC 3339 with six digits. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z')
}

function renewing(cluster: Cluster, ref: ResourceRef, taken: KubeObject, holder: string, ttlMs: number): Lock {
  const lost = new AbortController()
  const stop = new AbortController()
  let lease = taken
  let renewed = moment()
  let timer: NodeJS.Timeout
  let running: Promise<void> | undefined

  const lose = (why: string) => {
    if (stop.signal.aborted || lost.signal.aborted) return
    const hint = 'another deploy may run now; this one stops where it is and touches nothing more'
    lost.abort(new ConvergeError('ERR_LOCK_LOST', `the lock of the release was lost: ${why}`, { hint }))
    stop.abort()
  }

  const schedule = (ms: number) => {
    clearTimeout(timer)
    timer = setTimeout(renew, ms)
    timer.unref()
  }

  /** One renewal at a time, whoever asks. */
  function renew(): Promise<void> {
    running ??= renewOnce().finally(() => {
      running = undefined
    })
    return running
  }

  async function renewOnce(): Promise<void> {
    for (let attempt = 1; !stop.signal.aborted; attempt++) {
      const sent = moment()
      // A process that was paused for longer than its lease lives may still hold it, where nobody came: the server knows.
      const bound = ttlMs - age(renewed)
      const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(Math.ceil(bound > 0 ? bound : ttlMs / 3))])
      try {
        lease = await cluster.replace({ ...lease, spec: { ...lease.spec, renewTime: microTime(cluster.now()) } }, { signal })
        renewed = sent
        return schedule(ttlMs / 3)
      } catch (error) {
        if (stop.signal.aborted) return
        if (isApiError(error, 404)) return lose('its Lease was deleted')
        const changed = isApiError(error, 409)
        if (changed) await adopt(signal).catch(() => {})
        if (stop.signal.aborted || (changed && attempt === 1)) continue
        if (age(renewed) >= ttlMs) return lose(`it could not be renewed for ${Math.round(ttlMs / 1000)} s: ${messageOf(error)}`)
        return schedule(ttlMs / 15)
      }
    }
  }

  /** After a conflict: the Lease changed. It is still ours, or it is lost. */
  async function adopt(signal: AbortSignal): Promise<void> {
    const current = await cluster.get(ref, { signal })
    if (!current) return lose('its Lease was deleted')
    if (current.spec?.holderIdentity !== holder) return lose(`${holderName(current.spec?.holderIdentity || 'someone')} took it`)
    lease = current
  }

  schedule(ttlMs / 3)
  return {
    signal: lost.signal,
    held: true,
    async confirm() {
      lost.signal.throwIfAborted()
      // With something to spare: the write that waits for this takes its time, too.
      if (stop.signal.aborted || age(renewed) < ttlMs * 0.9) return
      await renew()
      if (age(renewed) >= ttlMs) lose('it could not be renewed in time')
      lost.signal.throwIfAborted()
    },
    async release() {
      if (stop.signal.aborted) return
      stop.abort()
      clearTimeout(timer)
      await running
      await free(cluster, ref, lease)
    },
  }
}

interface Moment {
  wall: number
  uptime: number
}

function moment(): Moment {
  return { wall: Date.now(), uptime: performance.now() }
}

/** Milliseconds since then by the clock that says more: one of them stands still while the machine sleeps, the other may be set back. */
function age({ wall, uptime }: Moment): number {
  return Math.max(Date.now() - wall, performance.now() - uptime)
}

/** Nothing is left behind; where deleting is forbidden, a Lease without a holder. Best effort: a lease that stays ends by itself. */
async function free(cluster: Cluster, ref: ResourceRef, lease: KubeObject): Promise<void> {
  try {
    await cluster.delete(ref, { uid: lease.metadata.uid, signal: AbortSignal.timeout(5_000) })
  } catch (error) {
    if (!isApiError(error, 403)) return
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 }
    await cluster.replace({ ...lease, spec }, { signal: AbortSignal.timeout(5_000) }).catch(() => {})
  }
}
