import { createHash } from 'node:crypto'
import { ConvergeError } from '../errors.ts'
import type { Change } from '../plan/change.ts'
import { decodeRecord, encodeRecord } from '../release/codec.ts'
import type { History } from '../release/history.ts'
import { buildRecord } from '../release/record.ts'
import { displayName, type KubeObject, keyOf } from '../resource.ts'
import { type Content, contentOfRecord } from './content.ts'

/** A plan as it lies in a file: what is to be deployed, and what the cluster looked like when it was shown. It holds the chart's secrets. */
export interface SavedPlan {
  version: 1
  release: string
  namespace: string
  environment?: string
  /** The API server that it was made for. */
  server: string
  /** The last revision then, and its status. */
  base: { revision: number; status: string }
  /** The revision with everything of it, as a release record is encoded. */
  record: string
  crds: KubeObject[]
  /** One digest for each change: what it does, and to which state of which object. */
  digests: Record<string, string>
}

export async function savePlan(
  input: Pick<SavedPlan, 'release' | 'namespace' | 'environment' | 'server'> & {
    content: Content
    changes: readonly Change[]
    history: History
  },
): Promise<SavedPlan> {
  const { release, namespace, environment, server, content, history } = input
  const record = buildRecord({ ...content.stored, name: release, namespace, revision: history.next, status: 'unknown', description: '' })
  return {
    version: 1,
    release,
    namespace,
    environment,
    server,
    base: baseOf(history),
    record: await encodeRecord(record),
    crds: content.crds,
    digests: digestsOf(input.changes),
  }
}

/** Reads a saved plan. Throws ERR_PLAN_INVALID for what is none. */
export function parsePlan(text: string, file: string): SavedPlan {
  try {
    const plan = JSON.parse(text) as SavedPlan
    if (plan.version === 1 && typeof plan.record === 'string' && typeof plan.digests === 'object') return plan
  } catch {
    // told below
  }
  throw new ConvergeError('ERR_PLAN_INVALID', `${file} is not a saved plan`, { hint: 'Make one with converge plan --save-plan FILE.' })
}

export async function contentOfPlan(plan: SavedPlan): Promise<Content> {
  return { ...contentOfRecord(await decodeRecord(plan.record, 'the saved plan')), crds: plan.crds }
}

/** Throws ERR_PLAN_STALE where the release or an object has moved since the plan was made. */
export function requireFresh(plan: SavedPlan, server: string, history: History, changes: readonly Change[]): void {
  const stale = (message: string, details: string[] = []) =>
    new ConvergeError('ERR_PLAN_STALE', `the plan does not hold any more: ${message}`, {
      details,
      hint: 'Make a new one; nothing was touched.',
    })
  if (plan.server !== server) throw stale(`it was made for ${plan.server}, this is ${server}`)
  const base = baseOf(history)
  if (base.revision !== plan.base.revision || base.status !== plan.base.status)
    throw stale(`the release is at revision ${base.revision} (${base.status}), it was at ${plan.base.revision} (${plan.base.status})`)
  const digests = digestsOf(changes)
  const moved = [...new Set([...Object.keys(digests), ...Object.keys(plan.digests)])].filter((key) => digests[key] !== plan.digests[key])
  if (moved.length > 0) {
    const names = new Map(changes.map((change) => [keyOf(change.ref), displayName(change.ref)]))
    throw stale(
      `${moved.length} object${moved.length > 1 ? 's have' : ' has'} changed in the cluster`,
      moved.slice(0, 20).map((key) => names.get(key) ?? key),
    )
  }
}

function baseOf(history: History): SavedPlan['base'] {
  return { revision: history.last?.revision ?? 0, status: history.last?.status ?? 'none' }
}

function digestsOf(changes: readonly Change[]): Record<string, string> {
  return Object.fromEntries(
    changes.map(({ ref, operation, fields, live }) => {
      // A status that moved on is no change; kinds that count generations say so.
      const state = live?.metadata.generation ?? live?.metadata.resourceVersion
      return [
        keyOf(ref),
        createHash('sha256')
          .update(JSON.stringify([operation, fields, live?.metadata.uid, state]))
          .digest('hex')
          .slice(0, 32),
      ]
    }),
  )
}
