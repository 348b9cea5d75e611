import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { ConvergeError, messageOf } from '../errors.ts'
import { goJson, sortedMaps } from './go-json.ts'
import type { HookRecord, ReleaseRecord } from './record.ts'

const compress = promisify(gzip)
const decompress = promisify(gunzip)

/** The most that a stored release may unfold to; the largest that fits a Secret are far below it. */
const maxDecodedBytes = 512 * 1024 * 1024

/** A record as its Secret holds it below `release`: base64 of gzip of JSON. (The Secret's own base64 comes on top.) */
export async function encodeRecord(record: ReleaseRecord): Promise<string> {
  return packed(recordJson(record))
}

/** Base64 of gzip at level 9, as Helm packs. */
export async function packed(text: string): Promise<string> {
  return (await compress(Buffer.from(text, 'utf8'), { level: 9 })).toString('base64')
}

/** The opposite of `packed`; also takes text that was not compressed, as Helm does. */
export async function unpacked(text: string): Promise<string> {
  const bytes = Buffer.from(text, 'base64')
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 0x08
  return (zipped ? await decompress(bytes, { maxOutputLength: maxDecodedBytes }) : bytes).toString('utf8')
}

/** Helm's JSON of a record, without labels. Fields of newer Helms that this version does not know keep their place at the end. */
export function recordJson(record: ReleaseRecord): string {
  const { name, info, chart, config, manifest, hooks, version, namespace, apply_method, labels: _, ...rest } = record
  const { first_deployed, last_deployed, deleted, description, status, rollback_revision, notes, ...otherInfo } = info
  return goJson({
    name,
    info: {
      first_deployed,
      last_deployed,
      deleted: deleted || undefined,
      description: description || undefined,
      status,
      rollback_revision: rollback_revision || undefined,
      notes: notes || undefined,
      ...otherInfo,
    },
    chart: chart && { ...chart, values: sortedMaps(chart.values) },
    config: isEmptyMap(config) ? undefined : sortedMaps(config),
    manifest: manifest || undefined,
    hooks: hooks?.length ? hooks.map(hookJson) : undefined,
    version: version || undefined,
    namespace: namespace || undefined,
    apply_method,
    ...rest,
  })
}

function hookJson(hook: HookRecord): object {
  const { name, kind, path, manifest, events, last_run, weight, delete_policies, output_log_policies, ...rest } = hook
  const { started_at, completed_at, phase } = last_run
  return {
    name,
    kind,
    path,
    manifest,
    events,
    last_run: { started_at: started_at || undefined, completed_at: completed_at || undefined, phase },
    weight: weight || undefined,
    delete_policies: delete_policies?.length ? delete_policies : undefined,
    output_log_policies: output_log_policies?.length ? output_log_policies : undefined,
    ...rest,
  }
}

function isEmptyMap(value: unknown): boolean {
  if (value === undefined || value === null) return true
  return value instanceof Map ? value.size === 0 : Object.keys(value).length === 0
}

/**
 * Reads what `encodeRecord`, Helm 3 or Helm 4 wrote. Tolerant: what older or newer versions leave out is filled in, what they add is kept.
 * `where` names the object in the message. Errors: ERR_RELEASE_UNREADABLE.
 */
export async function decodeRecord(text: string, where: string): Promise<ReleaseRecord> {
  let parsed: Partial<ReleaseRecord> | null
  try {
    parsed = JSON.parse(await unpacked(text))
  } catch (error) {
    throw unreadable(where, messageOf(error), error)
  }
  if (parsed === null || typeof parsed !== 'object' || typeof parsed.name !== 'string') throw unreadable(where, 'it is not a Helm release')
  const info = parsed.info ?? ({} as Partial<ReleaseRecord['info']>)
  return {
    ...parsed,
    name: parsed.name,
    info: { ...info, first_deployed: info.first_deployed ?? '', last_deployed: info.last_deployed ?? '', status: info.status ?? 'unknown' },
    manifest: parsed.manifest ?? '',
    hooks: (parsed.hooks ?? []).map((hook) => ({ ...hook, events: hook.events ?? [], last_run: hook.last_run ?? { phase: '' } })),
    version: parsed.version ?? 0,
    namespace: parsed.namespace ?? '',
  }
}

function unreadable(where: string, reason: string, cause?: unknown): ConvergeError {
  return new ConvergeError('ERR_RELEASE_UNREADABLE', `cannot read the release in ${where}: ${reason}`, { cause })
}
